/* SPDX-License-Identifier: MIT */
/*
 * What a thread remembers by guest pc: where the code of indirect branches'
 * targets is, and the returns on the shadow stack.  With softmmu user and
 * system code have a bank of each, so that going to and fro forgets nothing;
 * and as a pc may come to mean other code there, a bank notes the pages that
 * its pcs are on.
 * Flow: tcg/run.c -> (this); generated code reads the current bank.
 */
#include "util/osdep.h"

#include <sys/mman.h>

#include "tcg/tb-int.h"

/* ---- the indirect-branch cache ------------------------------------------------ */

static uint64_t *jc_tags(TCGEnv *env, unsigned bank)
{
    return (uint64_t *)((uint8_t *)env + TCG_JC_TAG_OFFSET +
                        bank * TCG_JC_BANK_SIZE);
}

static uint64_t *jc_hosts(TCGEnv *env, unsigned bank)
{
    return jc_tags(env, bank) + TCG_JC_SIZE;
}

/* An empty tag must not map to its own slot; zero maps to slot 0. */
static void jc_drop(TCGEnv *env, unsigned bank, unsigned i)
{
    __atomic_store_n(&jc_tags(env, bank)[i], i == 0, __ATOMIC_RELAXED);
}

static void jc_clear(TCGEnv *env, unsigned bank)
{
    memset(jc_tags(env, bank), 0, TCG_JC_SIZE * sizeof(uint64_t));
    jc_drop(env, bank, 0);
}

/* Back ends that save flags late want code that may read them told apart. */
static uint64_t jc_tag(const CoreTB *t)
{
    return tcg_backend->jc_split && t->entry_live ? ~t->tb.pc : t->tb.pc;
}

void pcs_found(TCGThread *th, const CoreTB *t)
{
    TCGEnv *env = th->env;
    unsigned i = tcg_jc_index(t->tb.pc);

    if (tcg_no_chain || t->tb.invalid || t->tb.mode != env->mode ||
        (t->entry_reads && !tcg_ret_flags)) {
        return;         /* the last: see returns in tcg/flags.c */
    }
    __atomic_store_n(&jc_hosts(env, th->bank)[i], (uintptr_t)t->tb.code,
                     __ATOMIC_RELAXED);
    __atomic_store_n(&jc_tags(env, th->bank)[i], jc_tag(t), __ATOMIC_RELEASE);
}

void pcs_promoted(TCGThread *th, const CoreTB *t)
{
    uint64_t pc = t->tb.pc, tag = jc_tags(th->env, th->bank)[tcg_jc_index(pc)];

    if (tag == pc || tag == ~pc) {
        pcs_found(th, t);
    }
}

void pcs_purge(TCGThread *th, uint64_t pc)
{
    unsigned i = tcg_jc_index(pc), bank;

    for (bank = 0; bank < TCG_JC_BANKS; bank++) {
        uint64_t tag = __atomic_load_n(&jc_tags(th->env, bank)[i],
                                       __ATOMIC_RELAXED);

        if (tag == pc || tag == ~pc) {
            jc_drop(th->env, bank, i);
        }
    }
}

void pcs_env_new(TCGEnv *env)
{
    for (unsigned bank = 0; bank < TCG_JC_BANKS; bank++) {
        jc_drop(env, bank, 0);
    }
}

/* ---- the shadow stack --------------------------------------------------------- */

/* Its mapping, from low to high: guard, room for C helpers, frames, a margin
 * above the empty stack, guard. */
enum {
    SHADOW_GUARD = 64 << 10,
    SHADOW_ROOM = 256 << 10,
    SHADOW_SIZE = 16 << 20,
    SHADOW_TOP = 64 << 10,
    SHADOW_MAP = SHADOW_GUARD + SHADOW_ROOM + SHADOW_SIZE + SHADOW_TOP +
                 SHADOW_GUARD,
};

static void shadow_bind(TCGThread *th)
{
    const PcBank *b = &th->banks[th->bank];
    TCGEnv *env = th->env;

    env->shadow_limit = (uintptr_t)b->shadow_map + SHADOW_GUARD + SHADOW_ROOM;
    env->shadow_base = env->shadow_limit + SHADOW_SIZE;
    env->shadow_sp = b->shadow_sp ? b->shadow_sp : env->shadow_base;
}

static void shadow_alloc(PcBank *b)
{
    uint8_t *p = mmap(NULL, SHADOW_MAP, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED ||
        mprotect(p + SHADOW_GUARD, SHADOW_MAP - 2 * SHADOW_GUARD,
                 PROT_READ | PROT_WRITE) < 0) {
        g_error("cannot map a shadow stack: %s", strerror(errno));
    }
    b->shadow_map = p;
}

/* ---- banks ---------------------------------------------------------------------- */

void pcs_init(TCGThread *th)
{
    jc_clear(th->env, 0);
    th->banks[0].mode = th->env->mode;
    shadow_alloc(&th->banks[0]);
    shadow_bind(th);
}

void pcs_free(TCGThread *th)
{
    for (unsigned bank = 0; bank < TCG_JC_BANKS; bank++) {
        if (th->banks[bank].shadow_map) {
            munmap(th->banks[bank].shadow_map, SHADOW_MAP);
        }
    }
}

void pcs_reset(TCGThread *th)
{
    for (unsigned bank = 0; bank < TCG_JC_BANKS; bank++) {
        jc_clear(th->env, bank);
        memset(th->banks[bank].entries, 0, sizeof(th->banks[bank].entries));
        th->banks[bank].shadow_sp = 0;
    }
    shadow_bind(th);
}

static void take_bank(TCGThread *th, unsigned bank)
{
    th->banks[th->bank].shadow_sp = th->env->shadow_sp;
    th->bank = bank;
    if (unlikely(!th->banks[bank].shadow_map)) {
        shadow_alloc(&th->banks[bank]);
        shadow_bind(th);
        tcg_backend->thread_init(th->env);
        return;
    }
    shadow_bind(th);
}

void pcs_enter(TCGThread *th)
{
    TCGEnv *env = th->env;
    unsigned bank = tcg_jc_bank(env->mode);
    PcBank *b;

    if (bank != th->bank) {
        take_bank(th, bank);
    }
    b = &th->banks[bank];
    if (likely(b->mode == env->mode && !b->stale)) {
        return;
    }
    jc_clear(env, bank);
    b->mode = env->mode;
    b->stale = b->local = b->any = false;
    memset(b->pages, 0, sizeof(b->pages));
    memset(b->entries, 0, sizeof(b->entries));
    if (env->mode & tcg_frontend->soft_mode) {
        env->shadow_sp = env->shadow_base;
    }
}

/* ---- where the core comes in: system calls, faults and back ---------------------- */

static unsigned entry_slot(uint64_t pc)
{
    return tcg_jc_index(pc) % PCS_ENTRIES;
}

CoreTB *pcs_entry(const TCGThread *th, uint64_t pc)
{
    CoreTB *t = th->banks[th->bank].entries[entry_slot(pc)];

    return t && t->tb.pc == pc && t->tb.mode == th->env->mode &&
           !t->promoted && !__atomic_load_n(&t->tb.invalid, __ATOMIC_RELAXED)
           ? t : NULL;
}

void pcs_note_entry(TCGThread *th, CoreTB *t)
{
    th->banks[th->bank].entries[entry_slot(t->tb.pc)] = t;
}

/* ---- what goes stale ------------------------------------------------------------ */

static unsigned page_bit(uint64_t nr)
{
    return nr * 0x9e3779b97f4a7c15ull >> (64 - PCS_PAGE_BITS);
}

void pcs_note_page(TCGThread *th, uint64_t pc)
{
    PcBank *b = &th->banks[th->bank];
    uint64_t nr = pc >> 12;
    unsigned bit = page_bit(nr);

    b->pages[bit / 64] |= 1ull << bit % 64;
    b->first = b->any ? MIN(b->first, nr) : nr;
    b->last = b->any ? MAX(b->last, nr) : nr;
    b->any = true;
    b->local |= !th->env->code_global;
}

void tcg_forget_pcs(TCGEnv *env, bool keep_global)
{
    TCGThread *th = env->thread;

    for (unsigned bank = 0; bank < TCG_JC_BANKS; bank++) {
        th->banks[bank].stale |= !keep_global || th->banks[bank].local;
    }
}

void tcg_forget_pcs_in(TCGEnv *env, uint64_t first, uint64_t last)
{
    TCGThread *th = env->thread;
    unsigned bit = page_bit(first >> 12);

    for (unsigned bank = 0; bank < TCG_JC_BANKS; bank++) {
        PcBank *b = &th->banks[bank];

        if (b->any && first >> 12 <= b->last && last >> 12 >= b->first &&
            (first >> 12 != last >> 12 || (b->pages[bit / 64] >> bit % 64 & 1))) {
            b->stale = true;
        }
    }
}
