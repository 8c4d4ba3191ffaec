/* SPDX-License-Identifier: MIT */
/*
 * One translation from end to end: region, passes, code, publication; with the
 * dumps that -d asks for at each stage.
 */
#include "util/osdep.h"

#include "tcg/disas.h"
#include "tcg/cold.h"
#include "util/log.h"

/* Budgets: instructions and blocks. */
enum {
    TIER0_INSNS = 48, TIER0_BLOCKS = 1,
    TIER1_INSNS = 512, TIER1_BLOCKS = 64,
};

unsigned tcg_max_insns;
bool tcg_no_chain;

/* ---- dumps ------------------------------------------------------------------- */

static void dump_region(TCGContext *s, FILE *f)
{
    const TCGRegion *r = s->region;
    unsigned i, j;

    fputs("----------------\n", f);
    for (i = 0; i < r->nb_blocks; i++) {
        const RegionBlock *b = &r->blocks[r->order[i]];
        const char *name = log_symbol(b->pc);

        if (name) {
            fprintf(f, "IN: %s\n", name);
        } else {
            fputs("IN:\n", f);
        }
        for (j = 0; j < b->nb; j++) {
            const TCGInsn *insn = &r->insns[b->first + j];

            disas_guest(f, s, insn->pc, insn->len);
        }
    }
    fputc('\n', f);
}

static void dump_stage(TCGContext *s, int mask, const char *title)
{
    FILE *f;

    if (!qemu_loglevel_mask(mask) || !qemu_log_in_addr_range(s->region->pc)) {
        return;
    }
    f = qemu_log_lock();
    if (mask == CPU_LOG_TB_IN_ASM) {
        dump_region(s, f);
    } else {
        fprintf(f, "%s:\n", title);
        tcg_dump_ops(s, f);
    }
    qemu_log_unlock(f);
}

static void dump_code(TCGContext *s, const CoreTB *t)
{
    FILE *f;

    if (!qemu_loglevel_mask(CPU_LOG_TB_OUT_ASM) ||
        !qemu_log_in_addr_range(t->tb.pc)) {
        return;
    }
    f = qemu_log_lock();
    fprintf(f, "OUT: [size=%u] for 0x%" PRIx64 " tier %u\n",
            t->tb.code_size, t->tb.pc, t->tb.tier);
    disas_host(f, t->tb.code, t->tb.code_size);
    fputc('\n', f);
    qemu_log_unlock(f);
}

/* ---- the way ----------------------------------------------------------------- */

/* Flags go through returns in this program.  True if code must be flushed that
 * was made in the belief that they don't. */
static bool elided;

bool tcg_keep_ret_flags(void)
{
    if (tcg_ret_flags) {
        return false;
    }
    __atomic_store_n(&tcg_ret_flags, true, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&elided, __ATOMIC_SEQ_CST);
}

static void build(TCGContext *s, uint64_t pc, uint64_t mode,
                  unsigned max_insns, unsigned max_blocks)
{
    tcg_region_build(s, pc, mode, max_insns, max_blocks);
    if (s->region->soft) {
        tcg_pass_softmmu(s);
    }
    if (unlikely(qemu_loglevel)) {
        dump_stage(s, CPU_LOG_TB_IN_ASM, NULL);
        dump_stage(s, CPU_LOG_TB_OP, "OP");
    }
    if (!tcg_core(s)->hot) {
        tcg_pass_cold(s);
        return;
    }
    tcg_pass_flags(s);
}

/* What is hot stays; the rest has a counter that will tell. */
static void make_ops(TCGContext *s, uint64_t pc, uint64_t mode, bool hot,
                     unsigned max_insns, unsigned max_blocks)
{
    TCGCore *c = tcg_core(s);

    c->nb_flag_rets = 0;
    c->hot = hot;
    if (hot) {
        /* ORDER: tell, then look at tcg_ret_flags. */
        __atomic_store_n(&elided, true, __ATOMIC_SEQ_CST);
    }
    build(s, pc, mode, max_insns, max_blocks);
    if (unlikely(c->nb_flag_rets) && !tcg_ret_flags) {
        build(s, pc, mode, max_insns, max_blocks);
    }
    c->stays = hot || tcg_max_insns || !s->region->cut;
    if (hot) {
        tcg_pass_propagate(s);
        tcg_pass_liveness(s);
    }
    if (unlikely(qemu_loglevel)) {
        dump_stage(s, CPU_LOG_TB_OP_OPT, "OP after optimization");
    }
}

typedef enum Outcome { DONE, TOO_BIG, CACHE_FULL } Outcome;

/* Finds room and compiles; *out is findable by host pc on DONE. */
static Outcome make_code(TCGContext *s, CoreTB **out)
{
    size_t need = MIN(1024 + s->nb_ops * 24, 256 * 1024);
    CoreTB *t = tb_new(s);
    uint8_t *place;
    size_t room;

    t->tb.tier = tcg_core(s)->stays;
    t->tb.heat = t->tb.tier ? INT32_MAX : TCG_TIER0_HEAT;
    for (;;) {
        CodeSlab *slab = code_slab_get(need, &place, &room);
        int ret;

        if (!slab) {
            return need > 512 * 1024 ? TOO_BIG : CACHE_FULL;
        }
        ret = tcg_backend->compile(s, &t->tb, place, room);
        if (ret == 0) {
            tb_keep_arrays(s, t);
            code_slab_put(slab, t);
            *out = t;
            return DONE;
        }
        code_slab_put(slab, NULL);
        if (ret == TCG_COMPILE_COMPLEX || room > 512 * 1024) {
            return TOO_BIG;
        }
        need = room + 1;
    }
}

static bool protect_ranges(const CoreTB *t)
{
    unsigned i;

    if (!tcg_code_hooks.protect) {
        return true;
    }
    for (i = 0; i < t->tb.nb_ranges; i++) {
        if (!tcg_code_hooks.protect(t->tb.ranges[i].start,
                                    t->tb.ranges[i].last)) {
            return false;
        }
    }
    return true;
}

CoreTB *tb_translate(TCGContext *s, uint64_t pc, uint64_t mode, CoreTB *old,
                     bool once)
{
    bool hot = old || (tcg_max_insns && tcg_max_insns > TIER0_INSNS);
    unsigned insns = hot ? TIER1_INSNS : TIER0_INSNS, tries = 0;
    unsigned blocks = hot ? TIER1_BLOCKS : TIER0_BLOCKS;

    if (tcg_max_insns) {
        insns = MIN(insns, tcg_max_insns);
    }
    if (once) {
        insns = 1;
    }
    for (;;) {
        uint32_t epoch = tb_epoch();
        CoreTB *t, *res;
        bool fault;

        s->no_protect = once;
        make_ops(s, pc, mode, hot, insns, blocks);
        s->no_protect = false;
        if (unlikely(tcg_core(s)->nb_flag_rets > TCG_MAX_FLAG_RETS) &&
            tcg_keep_ret_flags()) {
            return NULL;
        }
        switch (make_code(s, &t)) {
        case CACHE_FULL:
            return NULL;
        case TOO_BIG:
            if (s->region->nb_insns <= 1) {
                g_error("no code can be made for the instruction at 0x%"
                        PRIx64, pc);
            }
            insns = MAX(MIN(insns, s->region->nb_insns) / 2, 1u);
            continue;
        case DONE:
            break;
        }
        dump_code(s, t);
        /* A fetch fault may be gone next time; a TB of bytes that change all
         * the time is good for one execution. */
        fault = s->region->insns[0].len == 0;
        if (once || fault || tries >= 8) {
            tb_keep_private(t);
            return t;
        }
        res = s->region->check || protect_ranges(t) ? tb_publish(t, old, epoch)
                                : (tb_keep_private(t), NULL);
        if (res) {
            cold_translated(pc);
            return res;
        }
        if (++tries == 8) {
            insns = 1;
        }
    }
}
