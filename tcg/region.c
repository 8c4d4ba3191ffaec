/* SPDX-License-Identifier: MIT */
/*
 * The region builder: from an entry pc, decode breadth first along direct
 * jumps, both sides of conditional branches and the return points of calls,
 * within a budget; split at every branch target so that no instruction is
 * translated twice; emit the blocks in address order, the entry first.
 * Branches by guest pc become branches to labels inside the region, or exits.
 *
 * Polls: each cycle inside a region has an edge that goes back in a depth-first
 * search; its target is a loop head and polls.  A direct exit polls if its
 * target is not above the region's entry: any poll-free chain of TBs then has
 * rising entries and ends.
 *
 * A region of one block, which is what code not known to be hot gets, is made
 * by a short cut: nothing is looked up, sorted or searched for cycles.
 */
#include "util/osdep.h"

#include "tcg/breakpoint.h"
#include "tcg/cold.h"

/* ---- decoding --------------------------------------------------------------- */

static unsigned hash_pc(uint64_t pc)
{
    return (pc ^ (pc >> 11)) & (REGION_HASH - 1);
}

static int find_insn(const TCGRegion *r, uint64_t pc)
{
    unsigned h = hash_pc(pc);

    while (r->hash[h].stamp == r->stamp) {
        if (r->insns[r->hash[h].insn].pc == pc) {
            return r->hash[h].insn;
        }
        h = (h + 1) & (REGION_HASH - 1);
    }
    return -1;
}

static void add_insn(TCGRegion *r, uint64_t pc)
{
    unsigned h = hash_pc(pc);

    while (r->hash[h].stamp == r->stamp) {
        h = (h + 1) & (REGION_HASH - 1);
    }
    r->hash[h].stamp = r->stamp;
    r->hash[h].insn = r->nb_insns++;
}

/* What never ran by the time code is hot is not worth its translation. */
static void enqueue(TCGRegion *r, uint64_t pc)
{
    if (pc == r->pc || cold_seen(pc)) {
        r->queue[r->q_tail++] = pc;
    }
}

/* Where control may go on behind a block's last instruction; true if pc
 * itself is one and should be decoded at once. */
static bool follow(TCGRegion *r, const TCGInsn *insn, uint64_t *pc)
{
    uint64_t next = insn->pc + insn->len;

    switch ((TCGInsnKind)insn->kind) {
    case INSN_JUMP:
        *pc = insn->target;
        return true;
    case INSN_COND:
        enqueue(r, next);
        enqueue(r, insn->target);
        return false;
    case INSN_CALL:
    case INSN_CALL_IND:
        enqueue(r, next);
        return false;
    default:
        return false;
    }
}

/* softmmu: are n bytes from pc within the region's page? */
static bool in_page(const TCGRegion *r, uint64_t pc, unsigned n)
{
    return pc - r->page <= 4096 - n;
}

/* Decodes from pc until something ends the block or was decoded before.
 * Queued places never outnumber twice the instructions. */
static void decode_run(TCGContext *s, TCGRegion *r, uint64_t pc)
{
    bool start = true;

    while (r->nb_insns < r->max_insns) {
        TCGInsn *insn = &r->insns[r->nb_insns];
        int known = find_insn(r, pc);

        if (r->soft && r->nb_insns && !in_page(r, pc, 1)) {
            return;
        }
        if (known >= 0) {
            r->leader[known] = true;
            return;
        }
        if (r->nb_insns && (tcg_breakpoint_at(pc) ||
                            (!r->check && !r->soft && tcg_page_checked(pc)))) {
            return;
        }
        if (start && r->nb_blocks++ >= r->max_blocks) {
            break;
        }
        memset(insn, 0, sizeof(*insn));
        insn->pc = pc;
        tcg_frontend->decode(s, s->mode, insn);
        if (insn->len == 0 && r->nb_insns > 0) {
            return;         /* fetch fault: raised by a TB of its own */
        }
        if (r->soft && !in_page(r, pc, insn->len)) {
            if (r->nb_insns) {
                return;
            }
            r->max_insns = 1;
        }
        r->leader[r->nb_insns] = start;
        r->run_start[r->nb_insns] = start;
        add_insn(r, pc);
        start = false;
        if (insn->kind != INSN_NORMAL) {
            if (!follow(r, insn, &pc)) {
                return;
            }
            start = true;
        } else {
            pc += insn->len;
        }
    }
    r->cut = true;
}

static void discover(TCGContext *s, TCGRegion *r)
{
    enqueue(r, r->pc);
    while (r->q_head != r->q_tail) {
        decode_run(s, r, r->queue[r->q_head++]);
    }
}

/* ---- blocks ----------------------------------------------------------------- */

static RegionBlock *find_block(TCGRegion *r, uint64_t pc)
{
    int i;

    if (r->linear) {
        return pc == r->pc ? &r->blocks[0] : NULL;
    }
    i = find_insn(r, pc);
    return i >= 0 && r->leader[i] ? &r->blocks[r->block_of[i]] : NULL;
}

static const TCGInsn *last_insn(const TCGRegion *r, const RegionBlock *b)
{
    return &r->insns[b->first + b->nb - 1];
}

static uint64_t block_end(const TCGRegion *r, const RegionBlock *b)
{
    const TCGInsn *insn = last_insn(r, b);

    return insn->pc + insn->len;
}

static void split_blocks(TCGRegion *r)
{
    RegionBlock *b = NULL;
    unsigned i;

    r->nb_blocks = 0;
    for (i = 0; i < r->nb_insns; i++) {
        if (r->leader[i]) {
            r->block_of[i] = r->nb_blocks;
            b = &r->blocks[r->nb_blocks++];
            *b = (RegionBlock){ .pc = r->insns[i].pc, .first = i };
        }
        b->nb++;
    }
}

/* Insertion sort: blocks come nearly in order. */
static void sort_blocks(TCGRegion *r)
{
    unsigned i, j;

    for (i = 0; i < r->nb_blocks; i++) {
        uint64_t pc = r->blocks[i].pc;

        for (j = i; j > 0 && r->blocks[r->order[j - 1]].pc > pc; j--) {
            r->order[j] = r->order[j - 1];
        }
        r->order[j] = i;
    }
}

static void note_ranges(TCGRegion *r)
{
    RegionRange *x = NULL;
    unsigned i;

    r->nb_ranges = 0;
    for (i = 0; i < r->nb_blocks; i++) {
        const RegionBlock *b = &r->blocks[r->order[i]];
        uint64_t last = block_end(r, b) - 1;

        if (last < b->pc) {     /* empty, or wraps round */
            last = b->pc;
        }
        if (x && b->pc - 1 <= x->last) {
            x->last = MAX(x->last, last);
        } else {
            x = &r->ranges[r->nb_ranges++];
            *x = (RegionRange){ b->pc, last };
        }
    }
}

static void entry_first(TCGRegion *r)
{
    unsigned i = 0;

    while (r->order[i] != 0) {
        i++;
    }
    memmove(&r->order[1], &r->order[0], i * sizeof(r->order[0]));
    r->order[0] = 0;
    for (i = 0; i < r->nb_blocks; i++) {
        r->blocks[r->order[i]].pos = i;
    }
}

static bool falls_through(const TCGInsn *insn)
{
    return insn->kind == INSN_NORMAL || insn->kind == INSN_COND ||
           insn->kind == INSN_CALL || insn->kind == INSN_CALL_IND;
}

static bool jumps(const TCGInsn *insn)
{
    return insn->kind == INSN_JUMP || insn->kind == INSN_COND;
}

/* The i-th successor (0, 1) inside the region, or NULL. */
static RegionBlock *successor(TCGRegion *r, const RegionBlock *b, unsigned i)
{
    const TCGInsn *insn = last_insn(r, b);

    if (i == 0) {
        return falls_through(insn) ? find_block(r, block_end(r, b)) : NULL;
    }
    return jumps(insn) ? find_block(r, insn->target) : NULL;
}

/* Depth first from the entry: an edge to a block still open closes a cycle,
 * and every cycle has one.  Branch targets are noted on the way, as they must
 * be known before they are emitted. */
static void note_edges(TCGRegion *r)
{
    uint16_t *stack = r->work;
    unsigned depth = 0;

    stack[depth++] = 0;
    r->blocks[0].visit = 1;
    while (depth) {
        RegionBlock *b = &r->blocks[stack[depth - 1]], *to;

        if (b->next_edge == 2) {
            b->visit = 2;
            depth--;
            continue;
        }
        to = successor(r, b, b->next_edge++);
        if (!to) {
            continue;
        }
        if (to->pos != b->pos + 1) {
            to->wants_label = true;
        }
        if (to->visit == 1) {
            to->loop_head = true;
        } else if (to->visit == 0) {
            to->visit = 1;
            stack[depth++] = to - r->blocks;
        }
    }
}

/* ---- control flow by guest pc ----------------------------------------------- */

static void emit_poll(TCGContext *s, uint64_t pc)
{
    tcg_emit(s, TCG_poll, 0)->imm = pc;
}

static void emit_exit_to(TCGContext *s, uint64_t pc)
{
    TCGRegion *r = s->region;

    if (r->step) {
        tcg_exit(s, TCG_EXIT_STEP, 0, pc);
        return;
    }
    /* Another page may be another place each time. */
    if (r->soft && pc - r->page >= REGION_NEAR_END) {
        TCGOp *op = tcg_emit(s, TCG_goto_ind, 3);

        op->in[0] = tcg_const(s, pc);
        op->imm = pc > r->pc;
        op->fl_use = FL_ALL;
        return;
    }
    if (pc <= r->pc) {
        emit_poll(s, pc);
    }
    tcg_emit(s, TCG_goto_pc, 0)->imm = pc;
}

/* Only edges that note_edges() saw may lead back to a block without a poll. */
static bool may_go_back(TCGRegion *r, const RegionBlock *to)
{
    const RegionBlock *from;

    if (!to->wants_label || to->loop_head || r->cur >= r->nb_blocks) {
        return to->wants_label && to->loop_head;
    }
    from = &r->blocks[r->order[r->cur]];
    return successor(r, from, 0) == to || successor(r, from, 1) == to;
}

/* The label of the region's block at pc, or NULL if it must be left. */
static TCGLabel *inner_label(TCGContext *s, uint64_t pc)
{
    TCGRegion *r = s->region;
    RegionBlock *b = r->step ? NULL : find_block(r, pc);

    if (!b || (b->emitted && !may_go_back(r, b))) {
        return NULL;
    }
    if (!b->label) {
        b->label = tcg_label_new(s);
    }
    return b->label;
}

static TCGLabel *stub_label(TCGContext *s, uint64_t pc)
{
    TCGRegion *r = s->region;
    unsigned i;

    for (i = 0; i < r->nb_stubs; i++) {
        if (r->stubs[i].pc == pc) {
            return r->stubs[i].label;
        }
    }
    g_assert(r->nb_stubs < REGION_MAX_STUBS);
    r->stubs[i].pc = pc;
    r->stubs[i].label = tcg_label_new(s);
    r->nb_stubs++;
    return r->stubs[i].label;
}

static TCGLabel *any_label(TCGContext *s, uint64_t pc)
{
    TCGLabel *l = inner_label(s, pc);

    return l ? l : stub_label(s, pc);
}

/* Is pc the block that will be emitted next? */
static bool comes_next(TCGRegion *r, uint64_t pc)
{
    return r->cur + 1 < r->nb_blocks &&
           r->blocks[r->order[r->cur + 1]].pc == pc;
}

/* A branch to the very next block is dropped when the block ends. */
void tcg_goto_pc(TCGContext *s, uint64_t pc)
{
    TCGLabel *l = inner_label(s, pc);

    if (l) {
        tcg_br(s, l);
    } else {
        emit_exit_to(s, pc);
    }
}

void tcg_brcc_pc(TCGContext *s, TCGCc cc, uint64_t taken, uint64_t next)
{
    if (comes_next(s->region, taken) && taken != next) {
        tcg_brcc_pc(s, cc ^ 1, next, taken);
        return;
    }
    tcg_brcc(s, cc, any_label(s, taken));
    tcg_goto_pc(s, next);
}

void tcg_brcond_pc(TCGContext *s, TCGCond c, unsigned sz, TCGRef a, TCGRef b,
                   uint64_t taken, uint64_t next)
{
    if (comes_next(s->region, taken) && taken != next) {
        tcg_brcond_pc(s, c ^ 1, sz, a, b, next, taken);
        return;
    }
    tcg_brcond(s, c, sz, a, b, any_label(s, taken));
    tcg_goto_pc(s, next);
}

void tcg_exit(TCGContext *s, unsigned reason, uint64_t arg, uint64_t pc)
{
    TCGOp *op = tcg_emit(s, TCG_exit, 0);

    op->imm = reason;
    op->imm2 = pc;
    op->mem.disp = arg;
    op->fl_use = FL_ALL;
}

static void helper_step_ind(TCGEnv *env, uint64_t pc)
{
    env->pc = pc;
    tcg_exit_helper(env, TCG_EXIT_STEP, false);
}

static void emit_ind(TCGContext *s, TCGOpcode opc, TCGRef target,
                     uint64_t retpc)
{
    static const TCGHelper step = {
        helper_step_ind, "step_ind", 1, false, HE_NORETURN,
    };
    TCGOp *op;

    if (s->region->step) {
        tcg_call(s, &step, TCG_NONE, target);
        return;
    }
    op = tcg_emit(s, opc, 3);
    op->in[0] = target;
    op->imm = op->imm2 = retpc;
    op->fl_use = FL_ALL;
}

/* A call of the next instruction only asks for the pc: it never returns. */
void tcg_call_pc(TCGContext *s, uint64_t target, uint64_t retpc)
{
    TCGOp *op;

    if (s->region->step) {
        tcg_exit(s, TCG_EXIT_STEP, 0, target);
    } else if (s->region->soft && target - s->region->page >= REGION_NEAR_END) {
        tcg_call_ind(s, tcg_const(s, target), retpc);
    } else if (target != retpc) {
        op = tcg_emit(s, TCG_call_pc, 0);
        op->imm = target;
        op->imm2 = retpc;
    }
}

void tcg_call_ind(TCGContext *s, TCGRef target, uint64_t retpc)
{
    emit_ind(s, TCG_call_ind, target, retpc);
}

void tcg_goto_ind(TCGContext *s, TCGRef target)
{
    emit_ind(s, TCG_goto_ind, target, 0);
}

void tcg_ret(TCGContext *s, TCGRef target)
{
    emit_ind(s, TCG_ret, target, 0);
}

/* ---- emission --------------------------------------------------------------- */

static bool ops_full(TCGContext *s)
{
    return s->nb_ops >= TCG_SOFT_OPS || s->nb_temps >= TCG_SOFT_TEMPS;
}

static void begin_block(TCGContext *s, RegionBlock *b)
{
    b->emitted = true;
    if (b->wants_label && !b->label) {
        b->label = tcg_label_new(s);
    }
    if (b->label && (b->wants_label || b->label->refs)) {
        tcg_label_place(s, b->label);
    }
    if (b->loop_head) {
        emit_poll(s, b->pc);
    }
}

/* Drops a branch that only leads to the block placed next. */
static void end_block(TCGContext *s, TCGRegion *r)
{
    TCGOp *op = &s->ops[s->nb_ops - 1];
    RegionBlock *b;

    if (r->cur + 1 == r->nb_blocks || op->opc != TCG_br) {
        return;
    }
    b = &r->blocks[r->order[r->cur + 1]];
    if (op->label == b->label) {
        s->nb_ops--;
        b->label->refs--;
    }
}

/* ---- code that checks itself ------------------------------------------------- */

static size_t read_code(TCGContext *s, uint64_t pc, uint8_t *buf, size_t max)
{
    size_t n = 0, avail;

    while (n < max) {
        const uint8_t *p = tcg_code_hooks.fetch(s, pc + n, &avail);

        if (!p || !avail) {
            break;
        }
        avail = MIN(avail, max - n);
        memcpy(buf + n, p, avail);
        n += avail;
    }
    return n;
}

static size_t range_len(const TCGRegion *r)
{
    return r->ranges[0].last - r->ranges[0].start + 1;
}

static uint64_t load_le(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;

    while (n--) {
        v = v << 8 | p[n];
    }
    return v;
}

/*
 * Compares the block's bytes with those that were translated.  The block's
 * label stands in front, so each iteration of a loop checks again.
 */
static void emit_check(TCGContext *s, TCGRegion *r)
{
    TCGLabel *stale = tcg_label_new(s), *good = tcg_label_new(s);
    size_t len = range_len(r), i = 0;

    while (i < len) {
        unsigned sz = len - i >= 8 ? MO_64 : len - i >= 4 ? MO_32 :
                      len - i >= 2 ? MO_16 : MO_8;
        uint64_t at = (r->soft ? r->host - r->page : 0) + r->pc + i;
        TCGMem m = { tcg_const(s, at), TCG_NONE, 0, 0 };
        TCGRef t = tcg_temp_new(s, TCG_I64);

        tcg_ld(s, sz, 0, t, m)->attr = r->soft ? OPA_HOST : 0;
        tcg_brcond(s, TCG_COND_NE, MO_64, t,
                   tcg_const(s, load_le(r->bytes + i, 1 << sz)), stale);
        i += 1 << sz;
    }
    tcg_br(s, good);
    tcg_label_place(s, stale);
    tcg_exit(s, TCG_EXIT_STALE, 0, r->pc);
    tcg_label_place(s, good);
}

/* May the ops from first on have written memory? */
static bool wrote_memory(TCGContext *s, unsigned first)
{
    unsigned i;

    for (i = first; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];

        if ((tcg_op_defs[op->opc].props & P_ST) ||
            (op->opc == TCG_call && !(op->helper->effects & HE_NOGLOBALS))) {
            return true;
        }
    }
    return false;
}

/* ---- blocks ------------------------------------------------------------------ */

/* Is it a call, and does the code behind it read the callee's flags? */
static bool reads_behind(TCGContext *s, const TCGRegion *r,
                         const TCGInsn *insn)
{
    const TCGCore *c = tcg_core(s);
    unsigned i;

    if (!c->nb_flag_rets || tcg_ret_flags || r->step ||
        (insn->kind != INSN_CALL && insn->kind != INSN_CALL_IND)) {
        return false;
    }
    for (i = 0; i < MIN(c->nb_flag_rets, TCG_MAX_FLAG_RETS); i++) {
        if (c->flag_rets[i] == insn->pc + insn->len) {
            return true;
        }
    }
    return false;
}

static void emit_block(TCGContext *s, TCGRegion *r, RegionBlock *b)
{
    const TCGInsn *insn = NULL;
    unsigned i, first;
    uint64_t next;

    begin_block(s, b);
    for (i = 0; i < b->nb; i++) {
        insn = &r->insns[b->first + i];
        if (ops_full(s)) {
            r->cut = true;
            emit_exit_to(s, insn->pc);
            return;
        }
        tcg_emit(s, TCG_insn_start, 0)->imm = insn->pc;
        if (r->check && i == 0) {
            emit_check(s, r);
        }
        s->insn = insn;
        if (unlikely(reads_behind(s, r, insn))) {
            tcg_exit(s, TCG_EXIT_FLAG_RET, 0, insn->pc);
            end_block(s, r);
            return;
        }
        first = s->nb_ops;
        tcg_frontend->gen(s, insn);
        /* What was written may be the very next instruction. */
        if (r->check && i + 1 < b->nb && wrote_memory(s, first)) {
            emit_exit_to(s, insn->pc + insn->len);
            return;
        }
    }
    next = insn->pc + insn->len;
    if (insn->kind == INSN_NORMAL) {
        tcg_goto_pc(s, next);
    } else if (!r->step &&
               (insn->kind == INSN_CALL || insn->kind == INSN_CALL_IND)) {
        tcg_goto_pc(s, next);
    }
    end_block(s, r);
}

static void emit_stubs(TCGContext *s, TCGRegion *r)
{
    unsigned i;

    for (i = 0; i < r->nb_stubs; i++) {
        tcg_label_place(s, r->stubs[i].label);
        emit_exit_to(s, r->stubs[i].pc);
    }
}

static void begin_region(TCGContext *s, uint64_t pc, uint64_t mode,
                         unsigned max_insns, unsigned max_blocks)
{
    TCGRegion *r = s->region;

    if (!r) {
        r = s->region = g_malloc0(sizeof(*r));
    }
    tcg_context_reset(s);
    s->fetch_gen++;
    s->mode = mode;
    r->pc = pc;
    r->max_insns = CLAMP(max_insns, 1, REGION_MAX_INSNS);
    r->max_blocks = max_blocks;
    r->step = (mode & tcg_frontend->step_mode) || max_insns == 1;
    r->soft = mode & tcg_frontend->soft_mode;
    if (r->soft) {
        r->page = pc - (s->host & 4095);
        r->host = s->host & ~4095ull;
        r->host2 = s->host2;
        s->page = r->page;
        s->page_host = r->host;
    }
    r->check = !s->no_protect && tcg_page_checked(r->soft ? r->host : pc);
    if (mode & tcg_frontend->slow_mode) {
        r->max_insns = 1;
        r->check = false;
    }
    /* Before the code is read: what is written later must be noticed. */
    if (r->soft && !r->check && !s->no_protect && tcg_code_hooks.protect) {
        tcg_code_hooks.protect(r->host, r->host);
        if (r->host2) {
            tcg_code_hooks.protect(r->host2, r->host2);
        }
    }
    if (r->check) {
        r->max_insns = MIN(r->max_insns, REGION_CHECK_INSNS);
        r->max_blocks = 1;
    }
    if (r->step) {
        r->max_insns = 1;
    }
    r->linear = r->max_blocks == 1 && !r->check;
    r->nb_insns = r->nb_blocks = r->nb_stubs = r->nb_ranges = 0;
    r->q_head = r->q_tail = 0;
    r->cut = false;
    if (++r->stamp == 0) {
        memset(r->hash, 0, sizeof(r->hash));
        r->stamp = 1;
    }
}

/* ---- a region of one block ---------------------------------------------------- */

static void decode_block(TCGContext *s, TCGRegion *r)
{
    uint64_t pc = r->pc;

    do {
        TCGInsn *insn = &r->insns[r->nb_insns];

        if (r->nb_insns && ((r->soft ? !in_page(r, pc, 1)
                                     : tcg_page_checked(pc)) ||
                            tcg_breakpoint_at(pc))) {
            return;
        }
        *insn = (TCGInsn){ .pc = pc };
        tcg_frontend->decode(s, s->mode, insn);
        if (insn->len == 0 && r->nb_insns > 0) {
            return;
        }
        if (r->soft && !in_page(r, pc, insn->len)) {
            if (r->nb_insns) {
                return;
            }
            r->max_insns = 1;
        }
        r->nb_insns++;
        if (insn->kind != INSN_NORMAL) {
            return;
        }
        pc += insn->len;
    } while (r->nb_insns < r->max_insns);
}

static void build_linear(TCGContext *s, TCGRegion *r)
{
    RegionBlock *b = &r->blocks[0];
    const TCGInsn *last;
    bool loops;

    decode_block(s, r);
    last = &r->insns[r->nb_insns - 1];
    loops = jumps(last) && last->target == r->pc;
    *b = (RegionBlock){
        .pc = r->pc, .nb = r->nb_insns,
        .wants_label = loops, .loop_head = loops,
    };
    r->nb_blocks = 1;
    r->order[0] = 0;
    r->cut = last->kind != INSN_STOP;
    note_ranges(r);
    r->cur = 0;
    emit_block(s, r, b);
    emit_stubs(s, r);
}

/* ---- any region ---------------------------------------------------------------- */

/* One run of instructions, to be compared with the bytes from before they were
 * decoded: if those changed meanwhile the check fails and all is well. */
static void find_checked_block(TCGContext *s, TCGRegion *r)
{
    s->no_protect = true;
    r->nb_bytes = read_code(s, r->pc, r->bytes, sizeof(r->bytes));
    decode_run(s, r, r->pc);
    s->no_protect = false;
    r->check = r->insns[0].len != 0;
}

void tcg_region_build(TCGContext *s, uint64_t pc, uint64_t mode,
                      unsigned max_insns, unsigned max_blocks)
{
    TCGRegion *r;

    begin_region(s, pc, mode, max_insns, max_blocks);
    r = s->region;
    if (r->linear) {
        build_linear(s, r);
        s->insn = NULL;
        return;
    }
    if (unlikely(r->check)) {
        find_checked_block(s, r);
    } else {
        discover(s, r);
    }
    split_blocks(r);
    sort_blocks(r);
    note_ranges(r);
    r->check &= r->nb_ranges == 1 && range_len(r) <= r->nb_bytes &&
                (!r->soft || in_page(r, r->pc, range_len(r)));
    entry_first(r);
    note_edges(r);
    for (r->cur = 0; r->cur < r->nb_blocks; r->cur++) {
        emit_block(s, r, &r->blocks[r->order[r->cur]]);
    }
    emit_stubs(s, r);
    s->insn = NULL;
}
