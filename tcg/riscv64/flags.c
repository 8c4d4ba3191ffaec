/* SPDX-License-Identifier: MIT */
/*
 * Where the guest's arithmetic flags are: at their home in the env (fl_m), or
 * (fl_h) nowhere yet, but to be made of an operation's operands and result.
 *
 *   K_SUB    of a - b, r if it is at hand
 *   K_ADD    of r = a + b
 *   K_LOGIC  of r; CF = OF = AF = 0
 *   K_RES    ZF, SF, PF of r; CF = a, OF = b (0 or 1); AF by `af`
 *   K_FCOM   CF = a, ZF = r, PF = b (not zero: set), the others 0
 *   K_BOOL   the one condition that the next op reads is r (0 or 1)
 *
 * Each is a register, a constant, or a place in the env.  `raw` ones are not
 * sign-extended from the operation's size yet.  A guest register among them
 * that is about to change is saved first (rv_wr).
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

/* ---- sources -------------------------------------------------------------------- */

static unsigned get(RVJit *j, const RVSrc *s, int32_t place, unsigned tmp)
{
    unsigned reg = s->loc;

    if (s->loc == LOC_CONST) {
        if (j->fl.kb == 0) {
            return ZR;
        }
        out_movi(j, tmp, j->fl.kb);
        return tmp;
    }
    if (s->loc == LOC_MEM) {
        out_ld_env(j, MO_64, tmp, place);
        reg = tmp;
    }
    if (s->raw && j->fl.sz != MO_64 && reg != ZR) {
        out_sext(j, j->fl.sz, tmp, reg);
        reg = tmp;
    }
    return reg;
}

static unsigned get_a(RVJit *j, unsigned tmp)
{
    return get(j, &j->fl.a, FLAG_A, tmp);
}

static unsigned get_b(RVJit *j, unsigned tmp)
{
    return get(j, &j->fl.b, FLAG_B, tmp);
}

/* The result; made of the operands if it has to be: tmp2 is used then. */
static unsigned get_r(RVJit *j, unsigned tmp, unsigned tmp2)
{
    unsigned a, b;

    if (j->fl.r.loc != LOC_NONE) {
        return get(j, &j->fl.r, FLAG_R, tmp);
    }
    a = get_a(j, tmp);
    if (j->fl.b.loc == LOC_CONST && imm12(-j->fl.kb)) {
        out_rri(j, j->fl.sz == MO_32 ? ADDIW : ADDI, tmp, a, -j->fl.kb);
    } else {
        b = get_b(j, tmp2);
        out_rrr(j, j->fl.sz == MO_32 ? SUBW : SUB, tmp, a, b);
    }
    if (j->fl.sz < MO_32) {
        out_sext(j, j->fl.sz, tmp, tmp);
    }
    return tmp;
}

/* A register that is zero if ZF is set. */
static unsigned get_z(RVJit *j, unsigned tmp, unsigned tmp2)
{
    if (j->fl.r.loc < LOC_CONST && j->fl.r.raw && j->fl.sz == MO_8) {
        out_rri(j, ANDI, tmp, j->fl.r.loc, 255);
        return tmp;
    }
    return get_r(j, tmp, tmp2);
}

static void move(RVJit *j, RVSrc *s, unsigned reg, int32_t place)
{
    unsigned from = reg;

    if (s->loc != reg) {
        return;
    }
    if (s->raw && j->fl.sz != MO_64) {
        out_sext(j, j->fl.sz, T3, reg);
        from = T3;
    }
    out_st_env(j, MO_64, from, place);
    s->loc = LOC_MEM;
    s->raw = false;
}

void rv_wr(RVJit *j, unsigned reg)
{
    unsigned keep = j->fl_h & ~j->fl_m;
    RVFlags *f = &j->fl;

    if (!j->fl_h || (f->a.loc != reg && f->b.loc != reg &&
                     f->r.loc != reg)) {
        return;
    }
    if (j->op) {
        /* What it may leave alone counts as not defined. */
        keep &= (j->op->fl_live & ~j->op->fl_def) |
                (j->op->fl_use & j->op->fl_def);
    }
    if (!keep) {
        j->fl_h = 0;
        return;
    }
    if (f->r.loc == reg && f->a.loc != R_FR && f->b.loc != R_FR) {
        if (f->r.raw && f->sz != MO_64) {
            out_sext(j, f->sz, R_FR, reg);
        } else {
            out_mv(j, R_FR, reg);
        }
        f->r = (RVSrc){ .loc = R_FR };
    }
    move(j, &f->r, reg, FLAG_R);
    move(j, &f->a, reg, FLAG_A);
    move(j, &f->b, reg, FLAG_B);
}

/* ---- single flags ------------------------------------------------------------------ */

/* rd = 0 or 1; rd is T0, T1 and T2 are used. */
static void parity(RVJit *j, unsigned rd)
{
    unsigned r;

    if (j->fl.kind == K_FCOM) {
        r = get_b(j, rd);
        out_rrr(j, SLTU, rd, ZR, r);
        return;
    }
    r = get_r(j, T0, T1);

    if (rv_host.zbb) {
        out_rri(j, ANDI, rd, r, 255);
        o32(j, CPOP | rd << 15 | rd << 7);
        out_rri(j, XORI, rd, rd, 1);
        out_rri(j, ANDI, rd, rd, 1);
        return;
    }
    out_rri(j, SRLI, T1, r, 4);
    out_rrr(j, XOR, T1, T1, r);
    out_rri(j, ANDI, T1, T1, 15);
    out_movi(j, T2, 0x9669);
    out_rrr(j, SRL, rd, T2, T1);
    out_rri(j, ANDI, rd, rd, 1);
}

void fl_carry(RVJit *j, unsigned rd)
{
    unsigned a, b;

    if (!(j->fl_h & FL_C)) {
        out_ld_env(j, MO_8, rd, ENVOFF(flags) + 1);
        out_rri(j, ANDI, rd, rd, 1);
        return;
    }
    switch (j->fl.kind) {
    case K_SUB:
        a = get_a(j, T0);
        if (j->fl.b.loc == LOC_CONST && imm12(j->fl.kb)) {
            out_rri(j, SLTIU, rd, a, j->fl.kb);
            break;
        }
        b = get_b(j, T1);
        out_rrr(j, SLTU, rd, a, b);
        break;
    case K_ADD:
        a = get_r(j, T0, T1);
        b = j->fl.b.loc != LOC_NONE ? get_b(j, T1) : get_a(j, T1);
        out_rrr(j, SLTU, rd, a, b);
        break;
    case K_RES:
        a = get_a(j, rd);
        out_mv(j, rd, a);
        break;
    case K_FCOM:
        a = get_a(j, rd);
        out_rrr(j, SLTU, rd, ZR, a);
        break;
    default:
        out_mv(j, rd, ZR);
        break;
    }
}

/* Register whose top bit is OF, except for K_RES; T0 to T2. */
static unsigned overflow_word(RVJit *j)
{
    unsigned a = get_a(j, T0), b = get_b(j, T1), r;

    if (j->fl.kind == K_SUB) {
        if (j->fl.r.loc != LOC_NONE) {
            out_rrr(j, XOR, T1, a, b);
            r = get_r(j, T2, T2);
            out_rrr(j, XOR, T0, a, r);
        } else {
            if (j->fl.sz == MO_64) {
                out_rrr(j, SUB, T2, a, b);
            } else {
                out_rrr(j, SUBW, T2, a, b);
                if (j->fl.sz < MO_32) {
                    out_sext(j, j->fl.sz, T2, T2);
                }
            }
            out_rrr(j, XOR, T1, a, b);
            out_rrr(j, XOR, T0, a, T2);
        }
    } else {
        r = get_r(j, T2, T2);
        out_rrr(j, XOR, T0, a, r);
        out_rrr(j, XOR, T1, b, r);
    }
    out_rrr(j, AND, T0, T0, T1);
    return T0;
}

/* rd = OF, 0 or 1. */
static void overflow(RVJit *j, unsigned rd)
{
    unsigned r;

    if (j->fl.kind == K_LOGIC) {
        out_mv(j, rd, ZR);
    } else if (j->fl.kind == K_RES) {
        r = get_b(j, rd);
        out_mv(j, rd, r);
    } else {
        r = overflow_word(j);
        out_rri(j, SRLI, rd, r, 63);
    }
}

/* rd = AF, 0 or 1. */
static void adjust(RVJit *j, unsigned rd)
{
    unsigned a, b, r;

    if (j->fl.kind == K_LOGIC || (j->fl.kind == K_RES && j->fl.af <= AF_ONE)) {
        out_movi(j, rd, j->fl.kind == K_RES && j->fl.af);
        return;
    }
    if (j->fl.kind == K_RES) {
        out_ld_env(j, MO_64, rd, FLAG_AF);
    } else {
        a = get_a(j, T0);
        b = get_b(j, T1);
        if (j->fl.r.loc == LOC_NONE) {
            out_rrr(j, SUB, T2, a, b);
            r = T2;
        } else {
            r = get_r(j, T2, T2);
        }
        out_rrr(j, XOR, T0, a, b);
        out_rrr(j, XOR, rd, T0, r);
    }
    out_rri(j, SRLI, rd, rd, 4);
    out_rri(j, ANDI, rd, rd, 1);
}

/* ---- home -------------------------------------------------------------------------- */

static void put(RVJit *j, unsigned at, bool *first)
{
    if (*first) {
        if (at) {
            out_rri(j, SLLI, T3, T0, at);
        } else {
            out_mv(j, T3, T0);
        }
        *first = false;
        return;
    }
    if (at) {
        out_rri(j, SLLI, T0, T0, at);
    }
    out_rrr(j, OR, T3, T3, T0);
}

/* T3 = home word with the flags of st. */
static void gather(RVJit *j, unsigned st)
{
    bool first = true, logic = j->fl.kind == K_LOGIC;
    unsigned r;

    if (logic) {
        st &= ~(FL_C | FL_O | FL_A);
    } else if (j->fl.kind == K_FCOM) {
        st &= FL_C | FL_Z | FL_P;
    } else if (j->fl.kind == K_RES && j->fl.af == AF_ZERO) {
        st &= ~FL_A;
    }
    if (st & FL_O) {
        overflow(j, T0);
        put(j, 0, &first);
    }
    if (st & FL_C) {
        fl_carry(j, T0);
        put(j, 8, &first);
    }
    if (st & FL_A) {
        adjust(j, T0);
        put(j, 12, &first);
    }
    if (st & FL_P) {
        parity(j, T0);
        put(j, 10, &first);
    }
    if (st & FL_Z) {
        r = get_z(j, T0, T1);
        if (j->fl.kind == K_FCOM) {
            out_rrr(j, SLTU, T0, ZR, r);
        } else {
            out_rri(j, SLTIU, T0, r, 1);
        }
        put(j, 14, &first);
    }
    if (st & FL_S) {
        r = get_r(j, T0, T1);
        out_rri(j, SRLI, T0, r, 63);
        put(j, 15, &first);
    }
    if (first) {
        out_mv(j, T3, ZR);
    }
}

void fl_save_for(RVJit *j, unsigned want, unsigned live)
{
    unsigned host = j->fl_h & ~j->fl_m, st;

    live |= want;
    if (!(want & host)) {
        return;
    }
    st = host & live;
    gather(j, st);
    if (live & ~st & j->fl_m) {
        out_movi(j, T1, ~tcg_flags_home(st));
        out_ld_env(j, MO_32, T0, ENVOFF(flags));
        out_rrr(j, AND, T0, T0, T1);
        out_rrr(j, OR, T0, T0, T3);
        out_st_env(j, MO_32, T0, ENVOFF(flags));
        j->fl_m |= st;
    } else {
        out_st_env(j, MO_32, T3, ENVOFF(flags));
        j->fl_m = st;
    }
}

void fl_save(RVJit *j, unsigned live)
{
    fl_save_for(j, live, live);
}

void fl_begin(RVJit *j, const TCGOp *op)
{
    unsigned keep = op->fl_live & ~op->fl_def;

    if (op->fl_def && (keep & j->fl_h & ~j->fl_m)) {
        fl_save_for(j, keep, op->fl_live | op->fl_use);
    }
}

void fl_end(RVJit *j, const TCGOp *op, const RVFlags *f)
{
    if (op->fl_def) {
        j->fl = *f;
        j->fl_h = op->fl_def;
        j->fl_m &= ~op->fl_def;
    }
}

void fl_home(RVJit *j, const TCGOp *op)
{
    j->fl_h &= ~op->fl_def;
    j->fl_m |= op->fl_def;
}

bool fl_fused(RVJit *j, const TCGOp *op)
{
    const TCGOp *n = op + 1, *end = j->s->ops + j->s->nb_ops;

    while (n < end && n->opc == TCG_insn_start) {
        n++;
    }
    return n < end && !n->fl_live && !(n->fl_use & ~op->fl_def) &&
           (n->opc == TCG_brcc || n->opc == TCG_setcc || n->opc == TCG_cmov);
}

/* ---- conditions ---------------------------------------------------------------------- */

static RVCond home_cond(RVJit *j, unsigned cc)
{
    out_ld_env(j, MO_32, T0, ENVOFF(flags));
    switch (cc >> 1) {
    case CC_O >> 1:
        out_rri(j, ANDI, T0, T0, FLHOME_O);
        break;
    case CC_C >> 1:
        out_rri(j, ANDI, T0, T0, FLHOME_C);
        break;
    case CC_P >> 1:
        out_rri(j, ANDI, T0, T0, FLHOME_P);
        break;
    case CC_Z >> 1:
        out_rri(j, SLLI, T0, T0, 63 - 14);
        return (RVCond){ BLT, T0, ZR };
    case CC_S >> 1:
        out_rri(j, SLLI, T0, T0, 63 - 15);
        return (RVCond){ BLT, T0, ZR };
    case CC_BE >> 1:
        out_movi(j, T1, FLHOME_C | FLHOME_Z);
        out_rrr(j, AND, T0, T0, T1);
        break;
    case CC_L >> 1:
        out_rri(j, SRLI, T1, T0, 15);
        out_rrr(j, XOR, T0, T0, T1);
        out_rri(j, ANDI, T0, T0, 1);
        break;
    default:
        out_rri(j, SRLI, T1, T0, 15);
        out_rrr(j, XOR, T1, T0, T1);
        out_rri(j, SRLI, T0, T0, 14);
        out_rrr(j, OR, T0, T0, T1);
        out_rri(j, ANDI, T0, T0, 1);
        break;
    }
    return (RVCond){ BNE, T0, ZR };
}

static RVCond sub_cond(RVJit *j, unsigned cc)
{
    unsigned a, b;

    switch (cc >> 1) {
    case CC_O >> 1:
        return (RVCond){ BLT, overflow_word(j), ZR };
    case CC_S >> 1:
        return (RVCond){ BLT, get_r(j, T0, T1), ZR };
    case CC_P >> 1:
        parity(j, T0);
        return (RVCond){ BNE, T0, ZR };
    case CC_Z >> 1:
        if (j->fl.r.loc != LOC_NONE) {
            return (RVCond){ BEQ, get_z(j, T0, T1), ZR };
        }
        break;
    }
    a = get_a(j, T0);
    b = get_b(j, T1);
    switch (cc >> 1) {
    case CC_C >> 1:
        return (RVCond){ BLTU, a, b };
    case CC_Z >> 1:
        return (RVCond){ BEQ, a, b };
    case CC_BE >> 1:
        return (RVCond){ BGEU, b, a };
    case CC_L >> 1:
        return (RVCond){ BLT, a, b };
    default:
        return (RVCond){ BGE, b, a };
    }
}

static RVCond logic_cond(RVJit *j, unsigned cc)
{
    switch (cc >> 1) {
    case CC_O >> 1:
    case CC_C >> 1:
        return (RVCond){ BNE, ZR, ZR };
    case CC_Z >> 1:
    case CC_BE >> 1:
        return (RVCond){ BEQ, get_z(j, T0, T1), ZR };
    case CC_S >> 1:
    case CC_L >> 1:
        return (RVCond){ BLT, get_r(j, T0, T1), ZR };
    case CC_P >> 1:
        parity(j, T0);
        return (RVCond){ BNE, T0, ZR };
    default:
        return (RVCond){ BGE, ZR, get_r(j, T0, T1) };
    }
}

/* K_ADD and K_RES. */
static RVCond other_cond(RVJit *j, unsigned cc)
{
    unsigned r;

    switch (cc >> 1) {
    case CC_O >> 1:
        overflow(j, T0);
        break;
    case CC_C >> 1:
        fl_carry(j, T0);
        break;
    case CC_Z >> 1:
        return (RVCond){ BEQ, get_z(j, T0, T1), ZR };
    case CC_S >> 1:
        return (RVCond){ BLT, get_r(j, T0, T1), ZR };
    case CC_P >> 1:
        parity(j, T0);
        break;
    case CC_BE >> 1:
        fl_carry(j, T2);
        r = get_z(j, T0, T1);
        out_rri(j, SLTIU, T0, r, 1);
        out_rrr(j, OR, T0, T0, T2);
        break;
    default:
        overflow(j, T2);
        r = get_r(j, T0, T1);
        out_rri(j, SRLI, T1, r, 63);
        out_rrr(j, XOR, T2, T2, T1);
        if (cc >> 1 == CC_LE >> 1) {
            r = get_z(j, T0, T1);
            out_rri(j, SLTIU, T0, r, 1);
            out_rrr(j, OR, T2, T2, T0);
        }
        return (RVCond){ BNE, T2, ZR };
    }
    return (RVCond){ BNE, T0, ZR };
}

static RVCond fcom_cond(RVJit *j, unsigned cc)
{
    unsigned a, r;

    switch (cc >> 1) {
    case CC_C >> 1:
        return (RVCond){ BNE, get_a(j, T0), ZR };
    case CC_P >> 1:
        return (RVCond){ BNE, get_b(j, T0), ZR };
    case CC_Z >> 1:
    case CC_LE >> 1:
        return (RVCond){ BNE, get_r(j, T0, T1), ZR };
    case CC_BE >> 1:
        a = get_a(j, T0);
        r = get_r(j, T1, T2);
        out_rrr(j, OR, T0, a, r);
        return (RVCond){ BNE, T0, ZR };
    default:
        return (RVCond){ BNE, ZR, ZR };
    }
}

RVCond fl_cond(RVJit *j, const TCGOp *op, unsigned cc)
{
    unsigned use = tcg_cc_flags(cc);
    RVCond c;

    if (use & ~j->fl_h) {
        fl_save(j, op->fl_live | op->fl_use);
        c = home_cond(j, cc);
    } else if (j->fl.kind == K_SUB) {
        c = sub_cond(j, cc);
    } else if (j->fl.kind == K_LOGIC) {
        c = logic_cond(j, cc);
    } else if (j->fl.kind == K_FCOM) {
        c = fcom_cond(j, cc);
    } else if (j->fl.kind == K_BOOL) {
        c = (RVCond){ BNE, R_FR, ZR };
    } else {
        c = other_cond(j, cc);
    }
    return cc & 1 ? cond_not(c) : c;
}
