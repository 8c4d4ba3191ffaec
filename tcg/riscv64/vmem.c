/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of vector loads and stores, with the V extension and without.  A
 * load that faults must leave the guest's register alone, so what could be
 * half done goes through scratch registers.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

static const uint16_t ld_u[] = { LBU, LHU, LWU, LD };
static const uint16_t st_w[] = { SB, SH, SW, SD };
enum { VLE8 = 0x02000007, VSE8 = 0x02000027, VA = 1, VB = 2 };

/* Is what v stands for, and up if not 0, within reach of F loads? */
static bool reached(RVJit *j, unsigned v, int32_t up)
{
    return imm12(voff(j, v) + 16 - ENV_BIAS) &&
           (!up || imm12(up + 16 - ENV_BIAS));
}

static int32_t part(RVJit *j, unsigned v, int32_t up, unsigned i)
{
    return i < 2 ? voff(j, v) + 8 * i : up + 8 * (i - 2);
}

/* Memory operand of a whole vector; ALIGN: a fault if it is not aligned. */
static RVMem vmem(RVJit *j, const TCGOp *op)
{
    unsigned a, bytes = op->vt == TCG_V256 ? 32 : 16;
    uint32_t *ok;

    if (!(op->attr & OPA_ALIGN) && !rv_host.v) {
        return mem_opnd(j, &op->mem, bytes);
    }
    a = mem_addr(j, &op->mem);
    if (op->attr & OPA_ALIGN) {
        out_rri(j, ANDI, T1, a, bytes - 1);
        ok = out_b_short(j, (RVCond){ BEQ, T1, ZR }, NULL);
        out_rri(j, ADDI, T2, ZR, 1);
        out_rri(j, SLLI, T2, T2, 55);
        out_rrr(j, OR, T1, T1, T2);
        fault_point(j);
        out_rri(j, LBU, ZR, T1, 0);
        out_bind(j, ok, j->p);
    }
    return (RVMem){ a, 0 };
}

static RVMem at(RVMem m, int n)
{
    m.disp += n;
    return m;
}

static void out_vec(RVJit *j, uint32_t w, unsigned v, unsigned addr)
{
    vtype_set(j, VT_E8);
    fault_point(j);
    o32(j, w | addr << 15 | v << 7);
}

static void ldv_v(RVJit *j, const TCGOp *op, RVMem m)
{
    unsigned d = vout(j, op->out[0]);
    bool pin = ra_pin(&j->ra, op->out[0]) >= 0, two = op->vt == TCG_V256;

    out_vec(j, VLE8, pin ? VA : d, m.base);
    if (two) {
        out_rri(j, ADDI, T2, m.base, 16);
        out_vec(j, VLE8, VB, T2);
        if (vupper(j, op->out[0])) {
            out_stv_env(j, VB, vupper(j, op->out[0]));
        }
    }
    out_after_load(j);
    if (pin) {
        out_vmov(j, d, VA);
    }
    vout_done(j, op, op->out[0], d);
}

/* By way of integer registers. */
static void ldv_far(RVJit *j, const TCGOp *op, RVMem m, unsigned d,
                    int32_t up)
{
    unsigned r[4] = { T1, T2 }, n = op->vt == TCG_V256 ? 4 : 2;

    for (unsigned i = 2; i < n; i++) {
        r[i] = ra_tmp(&j->ra, RC_INT);
    }
    for (unsigned i = 0; i < n; i++) {
        out_guest_ld(j, LD, r[i], at(m, 8 * i));
    }
    out_after_load(j);
    for (unsigned i = 0; i < n; i++) {
        if (i < 2 || up) {
            out_st_env(j, MO_64, r[i], part(j, d, up, i));
        }
    }
    vout_done(j, op, op->out[0], d);
}

void lower_ldv(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVMem m = vmem(j, op);
    unsigned d, n = op->vt == TCG_V256 ? 4 : 2;
    uint8_t f[4];
    int32_t up;

    if (rv_host.v) {
        ldv_v(j, op, m);
        return;
    }
    d = vout(j, op->out[0]);
    up = vupper(j, op->out[0]);
    if (!reached(j, d, up)) {
        ldv_far(j, op, m, d, up);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        f[i] = fc_new(j);
        out_guest_ld(j, FLD, f[i], at(m, 8 * i));
    }
    out_after_load(j);
    for (unsigned i = 0; i < n; i++) {
        if (i < 2 || up) {
            fc_put(j, MO_64, f[i], part(j, d, up, i));
        }
    }
    fc_unlock(j);
    vout_done(j, op, op->out[0], d);
}

void lower_stv(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned r = vin(j, op->in[0]);
    bool two = op->vt == TCG_V256;
    int32_t up = vupper(j, op->in[0]);
    RVMem m = vmem(j, op);

    out_before_store(j);
    if (rv_host.v) {
        if (two && up) {
            if (m.base == T0) {
                out_mv(j, T2, T0);
                m.base = T2;
            }
            out_ldv_env(j, VB, up);
            out_rri(j, ADDI, T1, m.base, 16);
            out_vec(j, VSE8, VB, T1);
        }
        out_vec(j, VSE8, r, m.base);
        return;
    }
    if (reached(j, r, two ? up : 0)) {
        for (unsigned i = two && up ? 4 : 2; i-- > 0;) {
            unsigned f = fc_get(j, MO_64, part(j, r, up, i));

            out_guest_st(j, FSD, f, at(m, 8 * i));
        }
        fc_unlock(j);
        return;
    }
    if (two && up) {
        for (unsigned i = 0; i < 2; i++) {
            out_ld_env(j, MO_64, T1 + i, up + 8 * i);
        }
        out_guest_st(j, SD, T1, at(m, 16));
        out_guest_st(j, SD, T2, at(m, 24));
    }
    for (unsigned i = 0; i < 2; i++) {
        out_ld_env(j, MO_64, T1 + i, voff(j, r) + 8 * i);
    }
    out_guest_st(j, SD, T1, m);
    out_guest_st(j, SD, T2, at(m, 8));
}

/* d = r's low sz bytes, zero above (sz 2, 3: r's upper half may be dirt). */
void vec_from_int(RVJit *j, unsigned sz, unsigned d, unsigned r)
{
    if (!rv_host.v) {
        if (sz == MO_32) {
            out_zext(j, MO_32, T1, r);
            r = T1;
        }
        out_st_env(j, MO_64, r, voff(j, d));
        out_st_env(j, MO_64, ZR, voff(j, d) + 8);
        return;
    }
    vtype_set(j, sz == MO_32 ? VT_E32 : VT_E64);
    o32(j, 0x5e003057 | d << 7);                        /* vmv.v.i d, 0 */
    o32(j, 0x42006057 | r << 15 | d << 7);              /* vmv.s.x d, r */
}

void lower_ldvs(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVMem m = mem_opnd(j, &op->mem, 0);
    unsigned d, f;

    if (!rv_host.v && op->sz >= MO_32) {
        d = vout(j, op->out[0]);
        if (reached(j, d, 0)) {
            f = fc_new(j);
            out_guest_ld(j, op->sz == MO_64 ? FLD : FLW, f, m);
            out_after_load(j);
            fc_put(j, op->sz, f, voff(j, d));
            if (op->sz == MO_32) {
                out_st_env(j, MO_32, ZR, voff(j, d) + 4);
            }
            out_st_env(j, MO_64, ZR, voff(j, d) + 8);
            fc_unlock(j);
            vout_done(j, op, op->out[0], d);
            return;
        }
    }
    out_guest_ld(j, ld_u[op->sz], T1, m);
    out_after_load(j);
    d = vout(j, op->out[0]);
    vec_from_int(j, op->sz == MO_32 ? MO_64 : op->sz, d, T1);
    vout_done(j, op, op->out[0], d);
}

void lower_stvs(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned r = vin(j, op->in[0]);
    RVMem m = mem_opnd(j, &op->mem, 0);

    if (rv_host.v) {
        if ((j->vtype & 3) != VT_E64 || j->vtype == VT_NONE) {
            vtype_set(j, VT_E64);
        }
        o32(j, 0x42002057 | r << 20 | T1 << 7);         /* vmv.x.s t1, r */
    } else if (op->sz >= MO_32 && reached(j, r, 0)) {
        unsigned f = fc_get(j, op->sz, voff(j, r));

        out_before_store(j);
        out_guest_st(j, op->sz == MO_64 ? FSD : FSW, f, m);
        fc_unlock(j);
        return;
    } else {
        out_ld_env(j, MO_64, T1, voff(j, r));
    }
    out_before_store(j);
    out_guest_st(j, st_w[op->sz], T1, m);
}

void lower_vmov(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a = vin(j, op->in[0]), d;

    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256 && vupper(j, op->out[0]) &&
        vupper(j, op->in[0])) {
        for (unsigned i = 0; i < 16; i += 8) {
            out_ld_env(j, MO_64, T1, vupper(j, op->in[0]) + i);
            out_st_env(j, MO_64, T1, vupper(j, op->out[0]) + i);
        }
    }
    if (!rv_host.v && a != d && reached(j, a, 0) && reached(j, d, 0)) {
        for (unsigned i = 0; i < 2; i++) {
            fc_put(j, MO_64, fc_get(j, MO_64, part(j, a, 0, i)),
                   part(j, d, 0, i));
        }
        fc_unlock(j);
    } else {
        out_vmov(j, d, a);
    }
    vout_done(j, op, op->out[0], d);
}

static void zero16(RVJit *j, int32_t off)
{
    out_st_env(j, MO_64, ZR, off);
    out_st_env(j, MO_64, ZR, off + 8);
}

void lower_vzero(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned d = vout(j, op->out[0]);

    if (rv_host.v) {
        if (j->vtype > VT_E64) {
            vtype_set(j, VT_E8);
        }
        o32(j, 0x5e003057 | d << 7);
    } else {
        zero16(j, voff(j, d));
    }
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        zero16(j, vupper(j, op->out[0]));
    }
    vout_done(j, op, op->out[0], d);
}

void lower_vzeroupper(RVJit *j, const TCGOp *op, const RVOp *x)
{
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (rv_off_vec[i]) {
            zero16(j, rv_off_vec[i] + 16);
        }
    }
}
