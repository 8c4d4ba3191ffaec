/* SPDX-License-Identifier: MIT */
/*
 * Dead flags: a backward pass over the region's graph with 6-bit masks.
 * Leaves in each op fl_live (what is wanted behind it) and trims fl_def to it;
 * at direct exits it asks what the code at the target does with the flags.
 *
 * Returns.  No compiler passes flags through them, so in hot code they count as
 * the end of all flags, until a call is about to run behind which an
 * instruction that reads them is seen.  The region leaves in front of such a
 * call (which often never runs: abort() and its kin), tcg_ret_flags is set, all
 * code is flushed, and flags are kept from then on, this call's included.  Code
 * of tier 0 keeps flags always; so do all other indirect branches.  For this
 * each mask goes twice through the analysis: bits 0..5 what may be read, bits
 * 8..13 what some instruction is seen to read.
 */
#include "util/osdep.h"

#include "tcg/flags.h"

/* ---- liveness at a guest pc ------------------------------------------------- */

enum { PEEK_SLOTS = 1024, PEEK_BUDGET = 12, PEEK_FAR = 48,
       FAR_SLOTS = 256 };

/* A slot is good if its tag is the epoch of the code it was read from + 1. */
struct TCGFlagCache {
    struct {
        uint64_t pc, mode, host;
        uint32_t tag;
        uint16_t live;
        bool ends;
    } slot[PEEK_SLOTS];
    struct {
        uint64_t pc, mode, host;
        uint32_t tag;
        bool reads;
    } far[FAR_SLOTS];
};

uint32_t tcg_code_epoch;
bool tcg_ret_flags;

/* Both masks of what is live at pc; what the budget does not settle is. */
static unsigned peek_live(TCGContext *s, uint64_t pc, unsigned want,
                          unsigned *budget)
{
    bool soft = s->mode & tcg_frontend->soft_mode;
    unsigned live = 0, read;

    while (want) {
        TCGInsn insn = { .pc = pc };

        if (*budget == 0 || (soft && pc - s->page >= 4096 - 15)) {
            return live | want;
        }
        --*budget;
        tcg_frontend->peek(s, s->mode, &insn);
        if (insn.len == 0) {
            return live | want;
        }
        read = want & insn.fl_use;
        live |= insn.kind == INSN_STOP ? read : read * TWICE;
        want &= ~(read | insn.fl_def);
        switch ((TCGInsnKind)insn.kind) {
        case INSN_NORMAL:
            pc += insn.len;
            break;
        case INSN_JUMP:
        case INSN_CALL:
            pc = insn.target;
            break;
        case INSN_COND:
            live |= peek_live(s, pc + insn.len, want, budget);
            pc = insn.target;
            break;
        case INSN_RET:
            return live | (ret_ends(s) ? 0 : want);
        default:
            return live | want;
        }
    }
    return live;
}

static struct TCGFlagCache *flag_cache(TCGContext *s, uint32_t *tag)
{
    struct TCGFlagCache *c = tcg_core(s)->flag_cache;

    *tag = __atomic_load_n(&tcg_code_epoch, __ATOMIC_ACQUIRE) + 1;
    if (!c) {
        c = tcg_core(s)->flag_cache = tcg_lazy_alloc(sizeof(*c));
    }
    return c;
}

/* A look ahead translates nothing. */
static unsigned look_ahead(TCGContext *s, uint64_t pc, unsigned budget)
{
    bool was = s->no_protect;
    unsigned live;

    s->no_protect = true;
    live = peek_live(s, pc, FL_ALL, &budget);
    s->no_protect = was;
    return live;
}

unsigned tcg_flags_both_at(TCGContext *s, uint64_t pc)
{
    struct TCGFlagCache *c;
    unsigned i = (pc ^ (pc >> 10)) % PEEK_SLOTS;
    uint32_t tag;

    if (s->mode & tcg_frontend->step_mode) {
        return FL_ALL;
    }
    c = flag_cache(s, &tag);
    if (c->slot[i].pc != pc || c->slot[i].tag != tag ||
        c->slot[i].mode != s->mode || c->slot[i].host != s->page_host ||
        c->slot[i].ends != ret_ends(s)) {
        c->slot[i].live = look_ahead(s, pc, PEEK_BUDGET);
        c->slot[i].pc = pc;
        c->slot[i].mode = s->mode;
        c->slot[i].host = s->page_host;
        c->slot[i].ends = ret_ends(s);
        c->slot[i].tag = tag;
    }
    return c->slot[i].live;
}

/* Looks farther than the above: what is missed here gets wrong flags. */
bool tcg_flags_read_at(TCGContext *s, uint64_t pc)
{
    unsigned i = (pc ^ (pc >> 10)) % FAR_SLOTS;
    uint32_t tag;
    struct TCGFlagCache *c = flag_cache(s, &tag);

    if (c->far[i].pc != pc || c->far[i].tag != tag ||
        c->far[i].mode != s->mode || c->far[i].host != s->page_host) {
        c->far[i].reads = look_ahead(s, pc, PEEK_FAR) >> 8;
        c->far[i].pc = pc;
        c->far[i].mode = s->mode;
        c->far[i].host = s->page_host;
        c->far[i].tag = tag;
    }
    return c->far[i].reads;
}

unsigned tcg_flags_live_at(TCGContext *s, uint64_t pc)
{
    return tcg_flags_both_at(s, pc) & FL_ALL;
}

/* ---- the graph -------------------------------------------------------------- */

typedef struct FlagBlock {
    uint32_t start, end;        /* ops [start, end) */
    const TCGLabel *succ;       /* branched to, or NULL */
    bool falls;                 /* into the next block */
    uint16_t use, def;          /* live_in = use | (live_out & ~def) */
    uint16_t live_in;
} FlagBlock;

enum { FLAG_BLOCKS_SIZE = (TCG_MAX_OPS + 2) * sizeof(FlagBlock) };

/* Splits the ops and sums up each block in one forward pass; label->priv
 * becomes the block's index for a while. */
static unsigned summarize(TCGContext *s, FlagBlock *blocks)
{
    FlagBlock *b = blocks;
    TCGOp *op = s->ops, *end = op + s->nb_ops;

    *b = (FlagBlock){ .start = 0, .succ = NULL, .falls = true };
    for (; op < end; op++) {
        uint32_t props = tcg_op_defs[op->opc].props;
        unsigned u, kill;

        if (!(props & (P_FLD | P_FLU | P_END | P_CALL | P_LABEL))) {
            continue;
        }
        if (op->opc == TCG_label) {
            if (op > s->ops + b->start) {
                b->end = op - s->ops;
                *++b = (FlagBlock){ .start = op - s->ops, .falls = true };
            }
            op->label->priv = b - blocks;
            continue;
        }
        u = both_effects(s, op, props, &kill);
        b->use |= u & ~b->def;
        b->def |= kill;
        if ((props & (P_END | P_CALL)) && leaves(op)) {
            op->fl_use = u & FL_ALL;
        }
        if (props & P_END) {
            b->end = op + 1 - s->ops;
            b->falls = op->opc == TCG_brcc || op->opc == TCG_brcond;
            b->succ = props & P_LABEL ? op->label : NULL;
            b++;
            *b = (FlagBlock){ .start = b[-1].end, .falls = true };
        }
    }
    if (b->start < s->nb_ops) {
        b->end = s->nb_ops;
        b->falls = false;
        b++;
    }
    return b - blocks;
}

static unsigned block_out(const FlagBlock *blocks, unsigned n, unsigned i)
{
    const FlagBlock *b = &blocks[i];
    unsigned out = 0;

    if (b->succ) {
        out |= blocks[b->succ->priv].live_in;
    }
    if (b->falls) {
        out |= i + 1 < n ? blocks[i + 1].live_in : FL_ALL;
    }
    return out;
}

static void solve(FlagBlock *b, unsigned n)
{
    bool changed;
    unsigned i;

    for (i = 0; i < n; i++) {
        b[i].live_in = b[i].use;
    }
    do {
        changed = false;
        for (i = n; i-- > 0;) {
            unsigned in = b[i].use | (block_out(b, n, i) & ~b[i].def);

            changed |= in != b[i].live_in;
            b[i].live_in = in;
        }
    } while (changed);
}

static void trim_block(TCGContext *s, const FlagBlock *b, unsigned live)
{
    TCGOp *op;

    for (op = &s->ops[b->end - 1]; op >= &s->ops[b->start]; op--) {
        uint32_t props = tcg_op_defs[op->opc].props;
        unsigned kill, u;

        if (!(props & (P_FLD | P_FLU | P_END | P_CALL))) {
            op->fl_live = live;
            continue;
        }
        if (op->opc == TCG_call_pc || op->opc == TCG_call_ind) {
            if (live >> 8) {
                note_flag_return(s, op->imm2);
            }
        }
        u = both_effects(s, op, props, &kill);
        trim_op(op, live);
        live = (live & ~kill) | u;
    }
}

void tcg_pass_flags(TCGContext *s)
{
    TCGCore *c = tcg_core(s);
    FlagBlock *b;
    unsigned n, i;

    /* Every op may end a block, and a label start one besides. */
    if (!c->flag_blocks) {
        c->flag_blocks = tcg_lazy_alloc(FLAG_BLOCKS_SIZE);
    }
    b = c->flag_blocks;
    n = summarize(s, b);
    solve(b, n);
    for (i = 0; i < n; i++) {
        trim_block(s, &b[i], block_out(b, n, i));
    }
    for (i = 0; i < n; i++) {
        if (s->ops[b[i].start].opc == TCG_label) {
            s->ops[b[i].start].label->priv = 0;
        }
    }
    c->entry_reads = b[0].live_in >> 8;
    c->entry_live = b[0].live_in & FL_ALL;
}

void tcg_flags_free(TCGCore *c)
{
    if (c->flag_cache) {
        tcg_lazy_free(c->flag_cache, sizeof(*c->flag_cache));
    }
    if (c->flag_blocks) {
        tcg_lazy_free(c->flag_blocks, FLAG_BLOCKS_SIZE);
    }
}
