/* SPDX-License-Identifier: MIT */
/*
 * Draws random IR instructions, programs and values; see ops-gen.h.
 *
 * q15 holds the address of the middle of the memory buffer and q14 a small
 * index; nothing writes them, so that any program's accesses stay inside.
 */
#include "util/osdep.h"
#include "tcg/ops-ref.h"
#include "tests/unit/ops-gen.h"

static uint64_t rng = 1;

/* Scarce: only globals that back ends do not pin; addresses are made of temps
 * 15 and 14, copies of q15 and q14. */
static bool scarce;

void ops_seed(uint64_t seed)
{
    rng = seed * 0x9e3779b97f4a7c15ull + 1;
}

uint64_t ops_random(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned n)
{
    return (ops_random() >> 33) % n;
}

static bool chance(unsigned percent)
{
    return below(100) < percent;
}

/* Values near where things go wrong. */
static uint64_t random_int(void)
{
    static const uint64_t corner[] = {
        0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
        INT32_MAX, 0x80000000, UINT32_MAX, 1ull << 32, INT64_MAX,
        1ull << 63, UINT64_MAX, 0x8080808080808080, 0x00ff00ff00ff00ff,
    };

    uint64_t bit;

    switch (below(5)) {
    case 0:
        return corner[below(ARRAY_SIZE(corner))];
    case 1:
        return ops_random() & 0xff;
    case 2:
        bit = 1ull << below(64);    /* ORDER: the same on every compiler */
        return bit - below(2);
    default:
        return ops_random();
    }
}

static uint32_t random_f32(void)
{
    static const uint32_t corner[] = {
        0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
        0x7fc00000, 0xffc12345, 0x7f800001, 0xff812345, 1, 0x807fffff,
        0x00800000, 0x7f7fffff, 0x4f000000, 0x5f000000, 0xcf000000,
        0x40490fdb, 0x3f000000, 0x4b000001, 0x3fc00000,
    };

    return chance(60) ? corner[below(ARRAY_SIZE(corner))]
                      : chance(50) ? 0x3f000000 + below(0x2000000)
                                   : ops_random();
}

static uint64_t random_f64(void)
{
    static const uint64_t corner[] = {
        0, 1ull << 63, 0x3ff0000000000000, 0xbff0000000000000,
        0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
        0xfff8000012345678, 0x7ff0000000000001, 0xfff4000000000000, 1,
        0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff,
        0x41e0000000000000, 0x43e0000000000000, 0xc3e0000000000000,
        0x400921fb54442d18, 0x3fe0000000000000, 0x47efffffe0000000,
        0x3810000000000000, 0x36a0000000000000, 0x3ff8000000000000,
    };

    return chance(60) ? corner[below(ARRAY_SIZE(corner))]
                      : chance(50) ? 0x3fe0000000000000 +
                                     (ops_random() >> 9)
                                   : ops_random();
}

static void random_vec(uint8_t v[32])
{
    unsigned kind = below(6);

    for (unsigned i = 0; i < 32; i += 8) {
        uint64_t low = random_f32();
        uint64_t x = kind == 0 ? random_f64() : kind == 1
                     ? low | (uint64_t)random_f32() << 32
                     : kind == 2 ? random_int() : kind == 3
                     ? ops_random() & 0x0f0f0f0f0f0f0f0f : ops_random();
        for (unsigned j = 0; j < 8; j++) {
            v[i + j] = x >> 8 * j;
        }
    }
}

/* ---- instructions -------------------------------------------------------- */

bool ops_known(unsigned opc)
{
    if (opc == TCG_fpcr_get || opc == TCG_fpcr_set) {
        return false;
    }
    return tcg_ref_fn(opc) || opc == TCG_lea || opc == TCG_ld ||
           opc == TCG_st || opc == TCG_ldv || opc == TCG_stv ||
           opc == TCG_ldvs || opc == TCG_stvs || opc == TCG_rmw ||
           opc == TCG_xadd || opc == TCG_xchg || opc == TCG_cmpxchg;
}

static OpsArg constant(uint64_t val)
{
    return (OpsArg) { .kind = OPS_CONST, .val = val };
}

static OpsArg random_in(bool vec, const uint32_t *temps)
{
    OpsArg a = { .kind = OPS_GLOBAL, .vec = vec };

    a.index = scarce ? NQ - 4 + below(4) : below(vec ? NV : NQ);
    if (!vec && chance(15)) {
        return constant(random_int());
    }
    if (temps && temps[vec] && chance(scarce ? 60 : 35)) {
        do {
            a.index = below(16);
        } while (!(temps[vec] >> a.index & 1));
        a.kind = OPS_TEMP;
    }
    return a;
}

static OpsArg random_out(bool vec, const uint32_t *temps, const OpsArg *in)
{
    OpsArg a = { .kind = OPS_GLOBAL, .vec = vec };

    a.index = scarce ? NQ - 4 + below(vec ? 4 : 2)
                     : below(vec ? NV : NQ - 2);
    if (temps && chance(25)) {
        a.kind = OPS_TEMP;
        a.index = below(scarce ? 14 : 16);
    } else if (in->kind == OPS_GLOBAL && in->vec == vec && chance(50) &&
               (vec || in->index < NQ - 2)) {
        a.index = in->index;
    }
    return a;
}

static void random_imm(OpsInsn *i, const OpsInfo *info)
{
    TCGRefOp *op = &i->op;
    unsigned pos;

    switch (info->imm) {
    case OPS_IMM_EXT:
        op->imm = op->sz + 1 + below(3 - op->sz);
        break;
    case OPS_IMM_FIELD:
        pos = chance(30) ? 8 * below(2) : below(64);
        op->imm = pos | (chance(30) && pos <= 8 ? 8 : 1 + below(64 - pos)) << 8;
        break;
    case OPS_IMM_3:
        op->imm = below(3);
        break;
    case OPS_IMM_ELEM:
        op->imm = below(16 >> op->sz);
        if (op->opc == TCG_fround) {
            op->imm = below(16);
        }
        break;
    case OPS_IMM_INT:
        op->imm = MO_32 + below(2);
        break;
    case OPS_IMM_SHIFT:
        op->imm = chance(80) ? below(40) : ops_random() & 0xff;
        break;
    case OPS_IMM_LOAD:
        op->imm = chance(50) || op->sz == MO_64
                  ? 0 : op->sz + 1 + below(3 - op->sz);
        break;
    case OPS_IMM_RMW:
        op->imm = below(op->sz ? TCG_RMW_BTC + 1 : TCG_RMW_BTS);
        break;
    case OPS_IMM_STR:
        op->imm = below(128);
        break;
    case OPS_IMM_FMA:
        op->imm = below(3) << 4;
        op->imm |= below(op->attr & OPA_SCALAR ? 4 : 6);
        break;
    case OPS_IMM_CMP:
        op->imm = below(chance(50) ? 8 : 32);
        break;
    default:
        op->imm = below(256);
        break;
    }
}

static void random_flags(OpsInsn *i, const OpsInfo *info)
{
    static const uint8_t rmw[] = {
        [TCG_RMW_INC] = FL_NOTC, [TCG_RMW_DEC] = FL_NOTC,
        [TCG_RMW_NOT] = 255, [TCG_RMW_BTS] = FL_C, [TCG_RMW_BTR] = FL_C,
        [TCG_RMW_BTC] = FL_C,
    };
    TCGRefOp *op = &i->op;
    unsigned all = info->flags, props = tcg_op_defs[op->opc].props;

    if (op->opc == TCG_rmw && rmw[op->imm]) {
        all = rmw[op->imm] == 255 ? 0 : rmw[op->imm];
    }
    op->fl_def = chance(50) ? all : chance(50) ? 0 : ops_random() & all;
    if (props & P_CC) {
        op->fl_use = tcg_cc_flags(op->cond);
    } else if (op->opc == TCG_getfl) {
        op->fl_use = ops_random() & FL_ALL;
    } else if (op->opc == TCG_rmw) {
        op->fl_use = op->imm == TCG_RMW_ADC || op->imm == TCG_RMW_SBB
                     ? FL_C : 0;
    } else if (op->opc == TCG_flmod) {
        op->fl_def = FL_C;
        op->fl_use = op->imm == 2 ? FL_C : 0;
    } else if (op->opc == TCG_adc || op->opc == TCG_sbb) {
        op->fl_use = FL_C;
    } else if (op->opc == TCG_adcx || op->opc == TCG_adox) {
        op->fl_use = op->opc == TCG_adcx ? FL_C : FL_O;
    } else if (props & P_FLU) {
        op->fl_use = op->fl_def;
        if (op->opc == TCG_rcl || op->opc == TCG_rcr) {
            op->fl_use |= FL_C;
        }
    }
}

/* Operands that make no division fault. */
static void tame_division(OpsInsn *i)
{
    unsigned bits = 8u << i->op.sz;
    bool sgn = i->op.opc == TCG_divs2;
    unsigned shift = 66 - bits + below(bits - 5);
    uint64_t d = 2 + (ops_random() >> shift);

    i->in[1] = constant(chance(50) && !sgn ? ops_random() % d : 0);
    if (i->op.sz == MO_8) {
        uint64_t q = ops_random() & 0x7f, r = ops_random() % d;
        i->in[0] = constant(q * d + r);
    }
    i->in[2] = constant(sgn && chance(50) ? -d : d);
}

static void random_address(OpsInsn *i)
{
    i->base = chance(50)
              ? (OpsArg) { .kind = OPS_GLOBAL, .index = NQ - 1 }
              : (OpsArg) { .kind = OPS_CONST };  /* val: ops_mem, see run */
    i->disp = (int)below(1024) - 512;
    if (chance(40)) {
        i->index = (OpsArg) { .kind = OPS_GLOBAL, .index = NQ - 2 };
        i->scale = below(4);
    }
    if (scarce && chance(70)) {
        i->base.kind = i->base.kind == OPS_CONST ? OPS_CONST : OPS_TEMP;
        i->index = (OpsArg) { .kind = OPS_TEMP, .index = NQ - 2 };
    }
}

void ops_random_insn(OpsInsn *i, unsigned opc, uint32_t temps[2])
{
    const TCGOpDef *def = &tcg_op_defs[opc];
    OpsInfo info = ops_info(opc);
    TCGRefOp *op = &i->op;

    memset(i, 0, sizeof(*i));
    op->opc = opc;
    do {
        op->sz = below(5);
    } while (!(info.sizes >> op->sz & 1));
    if (def->props & P_COND) {
        op->cond = below(10);
    } else if (def->props & P_CC) {
        op->cond = below(16);
    }
    op->attr = (ops_random() & info.attr) | info.must;
    if (def->props & P_VEC) {
        op->vt = info.vts == 3 ? TCG_V128 + chance(30)
                               : info.vts == 2 ? TCG_V256 : TCG_V128;
    if (opc == TCG_vbcast && op->sz == MO_128) {
        op->vt = TCG_V256;      /* of 128 bits to 128 bits makes no sense */
    }
        if (op->attr & OPA_SCALAR) {
            op->vt = TCG_V128;
        }
        if (op->vt == TCG_V128 && def->outs[0] == 'v' && chance(20)) {
            op->attr |= OPA_ZU;
        }
    }
    random_imm(i, &info);
    random_flags(i, &info);
    for (unsigned k = 0; k < def->nb_in; k++) {
        /* Temps have 128 bits. */
        bool wide = def->ins[k] == 'v' &&
                    (op->vt == TCG_V256 || opc == TCG_vget128);
        i->in[k] = random_in(def->ins[k] == 'v', wide ? NULL : temps);
    }
    if (opc == TCG_divu2 || opc == TCG_divs2) {
        tame_division(i);
    }
    if ((opc == TCG_vpcmpstri || opc == TCG_vpcmpstrm) &&
        !(op->attr & OPA_EXPL)) {
        i->in[2].kind = i->in[3].kind = OPS_NONE;
    }
    if (opc == TCG_rmw && op->imm >= TCG_RMW_INC && op->imm <= TCG_RMW_NOT) {
        i->in[0].kind = OPS_NONE;
    }
    if (def->props & P_MEM) {
        random_address(i);
    }
    for (unsigned k = 0; k < def->nb_out; k++) {
        bool wide = def->outs[k] == 'v' && op->vt == TCG_V256;
        do {
            i->out[k] = random_out(def->outs[k] == 'v', wide ? NULL : temps,
                                   &i->in[k]);
        } while (k && i->out[k].kind == i->out[0].kind &&
                 i->out[k].index == i->out[0].index);
    }
}

/* ---- programs and values ------------------------------------------------- */

void ops_random_prog(OpsProg *p, unsigned n)
{
    uint32_t temps[2] = { 0, 0 };
    bool land[OPS_MAX + 1] = { false };

    p->n = n;
    for (unsigned k = 0; k < n; k++) {
        OpsInsn *i = &p->insn[k];
        unsigned opc;

        if (land[k]) {
            temps[0] = temps[1] = 0;
        }
        if (chance(8) && k + 2 < n) {
            ops_random_insn(i, chance(50) ? TCG_brcc : TCG_brcond, temps);
            i->skip = 1 + below(n - k - 1 < 6 ? n - k - 1 : 6);
            land[k + 1 + i->skip] = true;
            temps[0] = temps[1] = 0;
            continue;
        }
        do {
            opc = chance(50) ? below(TCG_label) : below(TCG_NB_OPS);
        } while (!ops_known(opc));
        ops_random_insn(i, opc, temps);
        for (unsigned o = 0; o < 3; o++) {
            if (i->out[o].kind == OPS_TEMP) {
                temps[i->out[o].vec] |= 1u << i->out[o].index;
            }
        }
    }
}

static OpsArg temp(bool vec, unsigned index)
{
    return (OpsArg) { .kind = OPS_TEMP, .vec = vec, .index = index };
}

/* to = f(from, from), which is from but which no pass sees through. */
static void copy_out(OpsInsn *i, OpsArg to, OpsArg from)
{
    memset(i, 0, sizeof(*i));
    i->op.opc = to.vec ? TCG_vor : TCG_or;
    i->op.sz = MO_64;
    i->op.vt = TCG_V128;
    i->out[0] = to;
    i->in[0] = i->in[1] = from;
}

static OpsArg global(bool vec, unsigned index)
{
    return (OpsArg) { .kind = OPS_GLOBAL, .vec = vec, .index = index };
}

void ops_scarce_prog(OpsProg *p, unsigned opc)
{
    uint32_t temps[2] = { 7, 7 };
    OpsInsn *i = p->insn;
    unsigned n = below(3);

    scarce = true;
    for (unsigned k = 0; k < 3; k++) {
        copy_out(i++, temp(true, k), global(true, NV - 1 - k));
        copy_out(i++, temp(false, k), global(false, NQ - 2 - k));
    }
    ops_random_insn(i++, chance(50) ? TCG_add : TCG_sub, temps);
    i[-1].op.fl_def = FL_ALL;
    i[-1].op.sz = MO_64;
    /* The address last: it is in registers. */
    copy_out(i++, temp(false, NQ - 1), global(false, NQ - 1));
    copy_out(i++, temp(false, NQ - 2), global(false, NQ - 2));
    if (chance(50)) {
        /* A load that may become an operand of the op. */
        bool vec = tcg_op_defs[opc].ins[0] == 'v' && chance(80);
        OpsInsn *ld = i++;

        ops_random_insn(ld, vec ? chance(50) ? TCG_ldv : TCG_ldvs : TCG_ld,
                        NULL);
        ld->out[0] = temp(vec, 3);
        ops_random_insn(i, opc, temps);
        if (!vec) {
            ld->op.sz = MIN(i->op.sz, MO_64);
            ld->op.imm = 0;
        } else if (ld->op.opc == TCG_ldvs) {
            ld->op.sz = MIN(i->op.sz, MO_64);
        } else if (ld->op.vt == TCG_V256) {
            ld->op.vt = TCG_V128;
        }
        for (unsigned k = 0; k < 3; k++) {
            unsigned j = (n + k) % 3;

            if (j < tcg_op_defs[opc].nb_in && i->in[j].kind &&
                opc != TCG_divu2 && opc != TCG_divs2 && opc != TCG_vget128 &&
                i->in[j].vec == vec && !(vec && i->op.vt == TCG_V256)) {
                i->in[j] = temp(vec, 3);
                break;
            }
        }
    } else {
        ops_random_insn(i, opc, temps);
    }
    temps[0] |= 3u << 14;
    for (unsigned o = 0; o < 3; o++) {
        if (i->out[o].kind == OPS_TEMP) {
            temps[i->out[o].vec] |= 1u << i->out[o].index;
        }
    }
    i++;
    for (unsigned k = 0; k < 2 + n; k++) {
        ops_random_insn(i++, chance(50) ? TCG_add : TCG_st, temps);
        ops_random_insn(i++, TCG_vadd, temps);
    }
    for (unsigned k = 0; k < 16; k++) {
        if (temps[0] >> k & 1) {
            copy_out(i++, global(false, k % 12), temp(false, k));
        }
        if (temps[1] >> k & 1) {
            copy_out(i++, global(true, k), temp(true, k));
        }
    }
    p->n = i - p->insn;
    scarce = false;
}

void ops_random_values(OpsValues *v, const OpsProg *p)
{
    for (unsigned i = 0; i < NQ; i++) {
        v->q[i] = random_int();
    }
    v->q[NQ - 2] = below(64);
    for (unsigned i = 0; i < NV; i++) {
        random_vec(v->v[i]);
    }
    for (unsigned i = 0; i < OPS_MEM; i += 32) {
        random_vec(&v->mem[i]);
    }
    v->flags = ops_random() & FLHOME_ALL;
    v->fpcr = 0x1f80;
    if (chance(50)) {
        v->fpcr |= below(4) << 13;
        v->fpcr |= ops_random() & 0x803f;
        v->fpcr |= chance(30) ? 0x40 : 0;
    }
}

bool ops_valid(const OpsProg *p)
{
    uint32_t temps[2] = { 0, 0 };
    bool land[OPS_MAX + 1] = { false };

    for (unsigned k = 0; k < p->n; k++) {
        const OpsInsn *i = &p->insn[k];

        if (land[k]) {
            temps[0] = temps[1] = 0;
        }
        for (unsigned j = 0; j < 5; j++) {
            if (i->in[j].kind == OPS_TEMP &&
                !(temps[i->in[j].vec] >> i->in[j].index & 1)) {
                return false;
            }
        }
        if (i->skip) {
            if (k + 1 + i->skip > p->n) {
                return false;
            }
            land[k + 1 + i->skip] = true;
            temps[0] = temps[1] = 0;
        }
        for (unsigned j = 0; j < 3; j++) {
            if (i->out[j].kind == OPS_TEMP) {
                temps[i->out[j].vec] |= 1u << i->out[j].index;
            }
        }
    }
    return true;
}

static void print_arg(FILE *f, const OpsArg *a)
{
    switch (a->kind) {
    case OPS_NONE:
        fputs(" -", f);
        break;
    case OPS_CONST:
        fprintf(f, " $0x%" PRIx64, a->val);
        break;
    default:
        fprintf(f, " %s%c%u", a->kind == OPS_TEMP ? "t" : "",
                a->vec ? 'v' : 'q', a->index);
        break;
    }
}

void ops_print(FILE *f, const OpsProg *p)
{
    for (unsigned k = 0; k < p->n; k++) {
        const OpsInsn *i = &p->insn[k];
        const TCGOpDef *def = &tcg_op_defs[i->op.opc];

        fprintf(f, "    %2u: %s.%u", k, def->name, i->op.sz);
        if (def->props & P_VEC) {
            fprintf(f, "%s", i->op.vt == TCG_V256 ? "y" : "x");
        }
        for (unsigned o = 0; o < def->nb_out; o++) {
            print_arg(f, &i->out[o]);
        }
        fputs(" <-", f);
        for (unsigned o = 0; o < def->nb_in; o++) {
            print_arg(f, &i->in[o]);
        }
        if (def->props & P_MEM) {
            fputs(" [", f);
            print_arg(f, &i->base);
            print_arg(f, &i->index);
            fprintf(f, "<<%u %+d ]", i->scale, i->disp);
        }
        fprintf(f, " imm=%" PRIx64 " cond=%u attr=%x def=%x use=%x",
                i->op.imm, i->op.cond, i->op.attr, i->op.fl_def, i->op.fl_use);
        fprintf(f, i->skip ? " skip=%u\n" : "\n", i->skip);
    }
}
