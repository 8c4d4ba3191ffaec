/* SPDX-License-Identifier: MIT */
/*
 * Segment descriptors; see seg.h.  Flow: helpers and fronts -> (this).
 * Source: Intel SDM vol. 3 ch. 3 and 5.
 */
#include "util/osdep.h"
#include "target-i386/seg.h"
#include "target-i386/watch.h"

uint64_t x86_user_ldt[X86_LDT_MAX];
unsigned x86_user_ldt_count;

/* ---- format -------------------------------------------------------------- */

void x86_seg_unpack(uint64_t desc, unsigned sel, SegmentCache *out)
{
    uint32_t lo = desc, hi = desc >> 32;
    uint32_t limit = (lo & 0xffff) | (hi & 0x000f0000);

    *out = (SegmentCache) {
        .selector = sel,
        .flags = hi & DESC_FLAGS,
        .base = lo >> 16 | (hi & 0xff) << 16 | (hi & 0xff000000),
        .limit = hi & DESC_G ? limit << 12 | 0xfff : limit,
    };
}

uint64_t x86_seg_pack(const SegmentCache *s)
{
    uint32_t limit = s->flags & DESC_G ? s->limit >> 12 : s->limit;
    uint32_t base = s->base;
    uint32_t lo = (limit & 0xffff) | base << 16;
    uint32_t hi = (s->flags & DESC_FLAGS & ~0x000f0000) |
                  (limit & 0x000f0000) | (base >> 16 & 0xff) |
                  (base & 0xff000000);

    return lo | (uint64_t)hi << 32;
}

/* ---- loading ------------------------------------------------------------- */

unsigned x86_seg_load_fault(const SegmentCache *d, unsigned seg, unsigned sel,
                            unsigned cpl)
{
    unsigned dpl = x86_seg_dpl(d), rpl = sel & 3;
    bool code = d->flags & DESC_CODE;

    if (!(d->flags & DESC_S)) {
        return EXCP0D_GPF;
    }
    if (seg == R_SS) {
        if (code || !(d->flags & DESC_RW) || rpl != cpl || dpl != cpl) {
            return EXCP0D_GPF;
        }
        return d->flags & DESC_P ? 0 : EXCP0C_STACK;
    }
    if (code && !(d->flags & DESC_RW)) {
        return EXCP0D_GPF;          /* execute only */
    }
    if (!(code && (d->flags & DESC_CE)) && dpl < MAX(cpl, rpl)) {
        return EXCP0D_GPF;
    }
    return d->flags & DESC_P ? 0 : EXCP0B_NOSEG;
}

unsigned x86_seg_code_fault(const SegmentCache *d, unsigned sel, unsigned cpl,
                            bool ret)
{
    unsigned dpl = x86_seg_dpl(d), rpl = sel & 3;

    if ((d->flags & (DESC_S | DESC_CODE)) != (DESC_S | DESC_CODE) ||
        (d->flags & (DESC_L | DESC_DB)) == (DESC_L | DESC_DB)) {
        return EXCP0D_GPF;
    }
    if (ret) {
        /* To privilege rpl, which is not higher than now. */
        if (rpl < cpl || (d->flags & DESC_CE ? dpl > rpl : dpl != rpl)) {
            return EXCP0D_GPF;
        }
    } else if (d->flags & DESC_CE ? dpl > cpl : rpl > cpl || dpl != cpl) {
        return EXCP0D_GPF;
    }
    return d->flags & DESC_P ? 0 : EXCP0B_NOSEG;
}

/* ---- access -------------------------------------------------------------- */

bool x86_seg_flat(const SegmentCache *s)
{
    const unsigned want = DESC_P | DESC_S | DESC_RW;
    const unsigned mask = want | DESC_CODE | DESC_CE;

    return s->limit == UINT32_MAX && (s->flags & mask) == want;
}

bool x86_seg_holds(const SegmentCache *s, uint32_t off, unsigned size,
                   bool write)
{
    uint32_t last = off + size - 1;
    bool code = s->flags & DESC_CODE;

    if (!(s->flags & DESC_P) ||
        ((write || code) && !(s->flags & DESC_RW)) || (write && code)) {
        return false;
    }
    if (!code && (s->flags & DESC_CE)) {
        return off > s->limit && last >= off &&
               last <= (s->flags & DESC_DB ? UINT32_MAX : 0xffff);
    }
    return last >= off && last <= s->limit;
}

/* Whether a program at cpl may know of d at all. */
static bool visible(const SegmentCache *d, unsigned sel, unsigned cpl)
{
    if ((d->flags & (DESC_S | DESC_CODE | DESC_CE)) ==
        (DESC_S | DESC_CODE | DESC_CE)) {
        return true;                /* conforming */
    }
    return x86_seg_dpl(d) >= MAX(cpl, sel & 3);
}

/* System types that LAR (all set bits) and LSL (without gates) accept. */
static bool system_type(unsigned type, unsigned what, bool long_mode)
{
    const unsigned lsl = long_mode ? 1 << 2 | 1 << 9 | 1 << 11
                                   : 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 |
                                     1 << 11;
    const unsigned gates = long_mode ? 1 << 12 : 1 << 4 | 1 << 5 | 1 << 12;

    return (what == X86_LAR ? lsl | gates : lsl) >> type & 1;
}

uint64_t x86_seg_query(const SegmentCache *d, unsigned sel, unsigned cpl,
                       unsigned what, bool long_mode)
{
    bool code = d->flags & DESC_CODE, rw = d->flags & DESC_RW;

    if (!visible(d, sel, cpl)) {
        return 0;
    }
    if (!(d->flags & DESC_S) &&
        (what > X86_LSL ||
         !system_type(d->flags >> 8 & 15, what, long_mode))) {
        return 0;
    }
    if ((what == X86_VERR && code && !rw) ||
        (what == X86_VERW && (code || !rw))) {
        return 0;
    }
    return 1ull << 63 | (what == X86_LAR ? d->flags & DESC_FLAGS :
                         what == X86_LSL ? d->limit : 0);
}

/* ---- mode ---------------------------------------------------------------- */

uint64_t x86_seg_mode(const CPUX86State *env, unsigned cpl)
{
    const SegmentCache *s = env->segs;
    uint64_t mode = cpl << HF_CPL_SHIFT;

    if ((cpl == 3 && (env->eflags & AC_MASK)) || unlikely(x86_nb_watches)) {
        mode |= HF_CHECK | HF_FSCHK | HF_GSCHK;
    }
    if (s[R_CS].flags & DESC_L) {
        return mode | HF_CS64;
    }
    mode |= s[R_CS].flags & DESC_DB ? HF_CS32 : 0;
    mode |= s[R_SS].flags & DESC_DB ? HF_SS32 : 0;
    if (s[R_ES].base || s[R_CS].base || s[R_SS].base || s[R_DS].base) {
        mode |= HF_ADDSEG;
    }
    if (!x86_seg_flat(&s[R_ES]) || !x86_seg_flat(&s[R_SS]) || !x86_seg_flat(&s[R_DS])) {
        mode |= HF_CHECK;
    }
    mode |= x86_seg_flat(&s[R_FS]) ? 0 : HF_FSCHK;
    mode |= x86_seg_flat(&s[R_GS]) ? 0 : HF_GSCHK;
    if (s[R_CS].limit != (mode & HF_CS32 ? UINT32_MAX : 0xffff)) {
        mode |= HF_CSLIM;
    }
    return mode | (s[R_CS].base & UINT32_MAX) << HF_CSBASE_SHIFT;
}

uint64_t x86_user_mode_bits(const CPUX86State *env)
{
    return x86_seg_mode(env, 3);
}

void x86_set_ip(CPUX86State *env, uint64_t ip)
{
    env->h.pc = env->segs[R_CS].flags & DESC_L ? ip :
                (uint32_t)(env->segs[R_CS].base + ip);
    env->h.mode = (env->h.mode & ~(uint64_t)(HF_SEG_BITS | HF_TF)) |
                  x86_user_mode_bits(env) |
                  (env->eflags & TF_MASK ? HF_TF : 0);
}

/* ---- user mode ----------------------------------------------------------- */

/* The descriptor that sel names; false: none. */
static bool find_descriptor(const CPUX86State *env, unsigned sel,
                            SegmentCache *out)
{
    unsigned index = (sel & 0xffff) >> 3;

    if (sel & 4) {
        if (index >= __atomic_load_n(&x86_user_ldt_count, __ATOMIC_ACQUIRE)) {
            return false;
        }
        x86_seg_unpack(__atomic_load_n(&x86_user_ldt[index],
                                       __ATOMIC_RELAXED), sel, out);
        return out->flags != 0;
    }
    *out = (SegmentCache) { .selector = sel, .limit = UINT32_MAX };
    switch (sel | 3) {
    case 0x23:
        out->flags = 0x00cffb00;
        return true;
    case 0x2b:
        out->flags = 0x00cff300;
        return true;
    case 0x33:
        out->flags = 0x00affb00;
        return true;
    case 0x7b:                      /* its limit tells the CPU's number */
        out->flags = 0x0040f500;
        out->limit = x86_tsc_aux();
        return true;
    default:
        if (index < 12 || index > 14 || !env->tls[index - 12].flags) {
            return false;
        }
        *out = env->tls[index - 12];
        out->selector = sel;
        return true;
    }
}

unsigned x86_user_segment(const CPUX86State *env, unsigned seg, unsigned sel,
                          SegmentCache *out)
{
    if ((sel & ~3) == 0) {
        *out = (SegmentCache) { .selector = sel };
        return seg == R_SS || seg == R_CS ? EXCP0D_GPF : 0;
    }
    if (!find_descriptor(env, sel, out)) {
        *out = (SegmentCache) { .selector = sel };
        return EXCP0D_GPF;
    }
    return seg == R_CS ? x86_seg_code_fault(out, sel, 3, true)
                       : x86_seg_load_fault(out, seg, sel, 3);
}

bool x86_user_descriptor(const CPUX86State *env, unsigned seg, unsigned sel,
                         SegmentCache *out)
{
    return x86_user_segment(env, seg, sel, out) == 0;
}

unsigned x86_user_return(CPUX86State *env, unsigned cs, unsigned ss,
                         uint64_t ip)
{
    SegmentCache c, s;
    unsigned sel = cs, vector = x86_user_segment(env, R_CS, cs, &c);

    if (!vector) {
        sel = ss;
        vector = x86_user_segment(env, R_SS, ss, &s);
    }
    if (!vector) {
        env->segs[R_CS] = c;
        env->segs[R_SS] = s;
    }
    env->error_code = sel & 0xfffc;
    x86_set_ip(env, ip);
    return vector;
}

uint64_t x86_user_query(const CPUX86State *env, unsigned sel, unsigned what)
{
    SegmentCache d;

    if ((sel & ~3) == 0 || !find_descriptor(env, sel, &d)) {
        return 0;
    }
    return x86_seg_query(&d, sel, 3, what, true);
}
