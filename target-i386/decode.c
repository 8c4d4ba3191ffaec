/* SPDX-License-Identifier: MIT */
/*
 * The decoder proper: prefixes, opcode, ModRM, SIB, displacement, immediate,
 * then the legality rules common to all instructions.  Flow: see decode.h.
 * Source: Intel SDM vol. 2 ch. 2.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/fpu_helper.h"
#include "target-i386/now3d.h"

typedef struct X86Chain {
    uint16_t start, n;      /* in x86_cand */
} X86Chain;

typedef struct X86Opcode {
    uint16_t start;         /* in x86_split if mask, in x86_rows if one, else
                               in x86_cand */
    uint16_t n;
    uint8_t shift, mask;    /* of the match key, to index x86_split */
    uint8_t modrm;          /* 1: there is one; 2: its mod is ignored */
    uint8_t one;            /* a single candidate, which always matches */
} X86Opcode;

#include "insn-tables.inc"

X86Gen gen_fetch_fault, gen_too_long;

const X86Row x86_row_ud = {
    .name = "(invalid)", .gen = gen_ud, .kind = INSN_STOP,
};
const X86Row x86_row_fetch = {
    .name = "(fetch fault)", .gen = gen_fetch_fault, .kind = INSN_STOP,
};
/* More than 15 bytes, or beyond the segment. */
const X86Row x86_row_long = {
    .name = "(too long)", .gen = gen_too_long, .kind = INSN_STOP,
};

/* Prefix classes of the one-byte map. */
enum { PC_NONE, PC_SEG, PC_P66, PC_P67, PC_LOCK, PC_REP, PC_REX };
static const uint8_t prefix_class[256] = {
    [0x26] = PC_SEG, [0x2e] = PC_SEG, [0x36] = PC_SEG, [0x3e] = PC_SEG,
    [0x64] = PC_SEG, [0x65] = PC_SEG, [0x66] = PC_P66, [0x67] = PC_P67,
    [0xf0] = PC_LOCK, [0xf2] = PC_REP, [0xf3] = PC_REP,
    [0x40 ... 0x4f] = PC_REX,
};

/*
 * Where decoding stands; end is the first byte that must not be read.  The
 * decoder is inlined twice: for the usual case, 64-bit code with enough bytes
 * to read (SAFE_BYTES), which needs not look at the end, and for all others.
 */
typedef struct Cursor {
    const uint8_t *p, *start, *end;
    bool failed;            /* wanted a byte at or behind end */
    bool usual;             /* constant */
} Cursor;

/* In the usual case so many prefixes at most: then no instruction, nor what
 * has to be read of it to see that it is none, is longer than this. */
enum { SAFE_PREFIXES = 3, SAFE_BYTES = 16 };

#define INLINE static inline __attribute__((always_inline))

INLINE bool need(Cursor *c, unsigned n)
{
    if (!c->usual && unlikely((size_t)(c->end - c->p) < n)) {
        c->failed = true;
        c->p = c->end;
        return false;
    }
    return true;
}

INLINE uint8_t fetch8(Cursor *c)
{
    return need(c, 1) ? *c->p++ : 0;
}

INLINE uint64_t fetch_le(Cursor *c, unsigned n)
{
    uint64_t v = 0;

    if (!need(c, n)) {
        return 0;
    }
    /* Not a call, for the sake of the rest of the usual case. */
    switch (n) {
    case 1:
        memcpy(&v, c->p, 1);
        break;
    case 2:
        memcpy(&v, c->p, 2);
        break;
    case 4:
        memcpy(&v, c->p, 4);
        break;
    default:
        memcpy(&v, c->p, 8);
        break;
    }
    c->p += n;
#if HOST_BIG_ENDIAN
    v = __builtin_bswap64(v);
#endif
    return v;
}

INLINE int64_t fetch_s32(Cursor *c)
{
    return (int32_t)fetch_le(c, 4);
}

INLINE void segment_prefix(X86Insn *in, uint8_t b)
{
    unsigned seg = b < 0x40 ? (b >> 3) & 3 : b - 0x60;

    /* ES, CS, SS and DS overrides mean nothing in 64-bit mode. */
    if (!in->mode64 || seg >= R_FS) {
        in->seg = seg;
        in->seg_ovr = 1;
    }
}

/* Consumes prefixes; returns the first byte behind them. */
INLINE uint8_t parse_prefixes(Cursor *c, X86Insn *in, bool *p67)
{
    uint8_t b = fetch8(c), k;

    while ((k = prefix_class[b]) != PC_NONE && !c->failed) {
        if (c->usual && c->p - c->start > SAFE_PREFIXES) {
            c->failed = true;
            break;
        }
        if (k == PC_REX) {
            if (!in->mode64) {
                break;
            }
            in->rex = b;
            b = fetch8(c);
            if (likely(prefix_class[b] == PC_NONE)) {
                break;
            }
            in->rex = 0;        /* not right before the opcode: void */
            continue;
        }
        switch (k) {
        case PC_SEG:
            segment_prefix(in, b);
            break;
        case PC_P66:
            in->p66 = 1;
            break;
        case PC_P67:
            *p67 = true;
            break;
        case PC_LOCK:
            in->lock = 1;
            break;
        case PC_REP:
            in->rep = b;
            break;
        }
        b = fetch8(c);
    }
    return b;
}

/* C4, C5: returns the opcode byte and the map, XM_COUNT if undefined. */
INLINE uint8_t parse_vex(Cursor *c, X86Insn *in, uint8_t first, unsigned *map,
                         unsigned *pfx)
{
    static const uint8_t pp[4] = { XP_NONE, XP_66, XP_F3, XP_F2 };
    uint8_t b1 = fetch8(c), b2 = b1;
    unsigned m = 1;

    if (in->rex || in->p66 || in->rep || in->lock) {
        m = 0;
    }
    in->rex = b1 & 0x80 ? 0 : 4;
    if (first == 0xc4) {
        b2 = fetch8(c);
        in->rex |= (~b1 >> 5 & 3) | (b2 >> 7) << 3;
        m = m ? b1 & 0x1f : 0;
        in->w = b2 >> 7;
    }
    if (!in->mode64) {
        in->rex &= 8;
    }
    in->vvvv = (~b2 >> 3 & 15);
    in->l = b2 >> 2 & 1;
    *pfx = pp[b2 & 3];
    *map = m >= 1 && m <= 3 ? XM_VEX0F + m - 1 : XM_COUNT;
    return fetch8(c);
}

INLINE void parse_mem16(Cursor *c, X86Insn *in, unsigned mod, unsigned rm)
{
    static const uint8_t base[8] = { R_EBX, R_EBX, R_EBP, R_EBP,
                                     R_ESI, R_EDI, R_EBP, R_EBX };
    static const uint8_t index[8] = { R_ESI, R_EDI, R_ESI, R_EDI,
                                      X86_NOREG, X86_NOREG, X86_NOREG,
                                      X86_NOREG };

    in->base = base[rm];
    in->index = index[rm];
    if (mod == 0 && rm == 6) {
        in->base = X86_NOREG;
        in->disp = (uint16_t)fetch_le(c, 2);
    } else if (mod == 1) {
        in->disp = (int8_t)fetch8(c);
    } else if (mod == 2) {
        in->disp = (int16_t)fetch_le(c, 2);
    }
    if (!in->seg_ovr) {
        in->seg = in->base == R_EBP ? R_SS : R_DS;
    }
}

INLINE void parse_mem(Cursor *c, X86Insn *in, unsigned mod, unsigned rm)
{
    if (!c->usual && unlikely(in->asz == MO_16)) {
        parse_mem16(c, in, mod, rm);
        return;
    }
    if (rm == 4) {
        uint8_t sib = fetch8(c);
        in->scale = sib >> 6;
        in->index = (sib >> 3 & 7) | (in->rex & 2) << 2;
        if (in->index == R_ESP) {
            in->index = X86_NOREG;
        }
        rm = sib & 7;
        in->base = rm | (in->rex & 1) << 3;
        if (rm == 5 && mod == 0) {
            in->base = X86_NOREG;
            mod = 2;
        }
    } else {
        in->base = rm | (in->rex & 1) << 3;
        if (rm == 5 && mod == 0) {
            in->base = in->mode64 ? X86_RIP : X86_NOREG;
            mod = 2;
        }
    }
    if (mod == 1) {
        in->disp = (int8_t)fetch8(c);
    } else if (mod == 2) {
        in->disp = fetch_s32(c);
    }
    if (!in->seg_ovr) {
        in->seg = in->base == R_ESP || in->base == R_EBP ? R_SS : R_DS;
    }
}

INLINE void parse_modrm(Cursor *c, X86Insn *in, bool reg_only)
{
    in->modrm = fetch8(c);
    in->reg = (in->modrm >> 3 & 7) | (in->rex & 4) << 1;
    if (in->modrm >= 0xc0 || reg_only) {
        in->rm = (in->modrm & 7) | (in->rex & 1) << 3;
    } else {
        in->mem = 1;
        parse_mem(c, in, in->modrm >> 6, in->modrm & 7);
    }
}

static const uint64_t *features(TCGContext *s)
{
    CPUX86State *env = (CPUX86State *)s->env;

    return env && env->model ? env->model->feats : NULL;
}

/* Features are those of feats, or of s if there is one. */
INLINE bool has_features(const X86Row *r, const uint64_t *feats, TCGContext *s)
{
    if (likely(!r->feat)) {
        return true;
    }
    feats = s ? features(s) : feats;
    return !feats || (x86_feat(feats, r->feat) &&
                      (!r->feat2 || x86_feat(feats, r->feat2)));
}

INLINE const X86Row *find_row(const X86Opcode *e, unsigned key,
                              const uint64_t *feats, TCGContext *s)
{
    X86Chain ch = { e->start, e->n };
    const uint16_t *cand, *end;

    if (e->mask) {
        ch = x86_split[ch.start + (key >> e->shift & e->mask)];
    }
    cand = &x86_cand[ch.start];
    end = cand + ch.n;
    for (; cand < end; cand++) {
        const X86Row *r = &x86_rows[*cand];

        if ((key & r->mask) == r->val && has_features(r, feats, s)) {
            return r;
        }
    }
    return NULL;
}

INLINE void parse_rare_imm(Cursor *c, X86Insn *in, unsigned kind)
{
    switch (kind) {
    case IMM_W:
        in->imm = fetch_le(c, 2);
        break;
    case IMM_V:
        in->imm = fetch_le(c, 1 << in->osz);
        break;
    case IMM_WB:
        in->imm = fetch_le(c, 2);
        in->imm2 = fetch8(c);
        break;
    case IMM_BB:
        in->imm = fetch8(c);
        in->imm2 = fetch8(c);
        break;
    case IMM_O:
        in->imm = fetch_le(c, 1 << in->asz);
        break;
    case IMM_A:
        in->imm = fetch_le(c, in->osz == MO_16 ? 2 : 4);
        in->imm2 = fetch_le(c, 2);
        break;
    }
}

INLINE void parse_imm(Cursor *c, X86Insn *in, unsigned kind)
{
    if (likely(kind == IMM_NONE)) {
        return;
    }
    if (kind == IMM_BS) {
        in->imm = (int8_t)fetch8(c);
    } else if (kind == IMM_Z) {
        in->imm = in->osz == MO_16 ? (int16_t)fetch_le(c, 2) : fetch_s32(c);
    } else if (kind == IMM_B) {
        in->imm = fetch8(c);
    } else {
        parse_rare_imm(c, in, kind);
    }
}

/* Operand size; known once the row is. */
INLINE void set_operand_size(X86Insn *in, const X86Row *r, uint64_t mode)
{
    bool p66 = in->p66 && !(r->attr & XA_P66);

    if (in->mode64) {
        if (r->attr & (XA_D64 | XA_F64)) {
            in->osz = p66 && !in->w && !(r->attr & XA_F64) ? MO_16 : MO_64;
        } else {
            in->osz = in->w ? MO_64 : p66 ? MO_16 : MO_32;
        }
    } else {
        in->osz = !(mode & HF_CS32) == p66 ? MO_32 : MO_16;
    }
}

/* A control or debug register that there is not is #UD at any privilege. */
static bool system_register(const X86Insn *in, const X86Row *r)
{
    for (unsigned i = 0; i < 2; i++) {
        if ((r->opnd[i].kind == OK_C && !(0x11d >> in->reg & 1)) ||
            (r->opnd[i].kind == OK_D && in->reg > 7)) {
            return false;
        }
    }
    return true;
}

/* AMD: LOCK MOV CR0 is MOV CR8. */
static void lock_cr8(X86Insn *in, const X86Row *r, const uint64_t *feats)
{
    if ((r->opnd[0].kind == OK_C || r->opnd[1].kind == OK_C) &&
        (!feats || x86_feat(feats, X86_FEAT_CR8LEGACY))) {
        in->reg |= 8;
        in->lock = 0;
    }
}

/* Rules that hold for every instruction. */
INLINE bool legal(const X86Insn *in, const X86Row *r)
{
    if (unlikely(in->lock)) {
        bool xchg0 = r->nopnd && (r->opnd[0].kind == OK_E ||
                                  r->opnd[0].kind == OK_M);
        if (!(r->attr & XA_LOCK) || !in->mem || !xchg0) {
            return false;
        }
    }
    /* All four bits count where it is no operand, in any mode. */
    if ((r->attr & (XA_VEX | XA_VVVV)) == XA_VEX && in->vvvv) {
        return false;
    }
    if (unlikely(r->feat == X86_FEAT_3DNOW) && in->opcode == 0x0f &&
        !x86_now3d_valid(in->imm, true)) {
        return false;
    }
    if (unlikely(r->attr & XA_PRIV) && !system_register(in, r)) {
        return false;
    }
    return true;
}

/* The last byte of the opcode; *map is XM_COUNT if there is no such map. */
INLINE uint8_t parse_opcode(Cursor *c, X86Insn *in, uint8_t b, unsigned *map,
                            unsigned *pfx)
{
    if (b == 0x0f) {
        *map = XM_0F;
        b = fetch8(c);
        if (unlikely((b & ~2) == 0x38)) {
            *map = b == 0x38 ? XM_0F38 : XM_0F3A;
            b = fetch8(c);
        }
    } else if (unlikely((b & 0xfe) == 0xc4) &&
               (in->mode64 || (need(c, 1) && *c->p >= 0xc0))) {
        b = parse_vex(c, in, b, map, pfx);
    }
    return b;
}

/* Does it end behind the last byte of 16-bit code's 64 KiB? */
static bool beyond_64k(const X86Insn *in, uint64_t mode)
{
    return !(mode & (HF_CS64 | HF_CS32 | HF_CSLIM)) &&
           (uint32_t)(in->pc - in->cs_base) + in->len > 0x10000;
}

/* False in the usual case: it is not that usual. */
INLINE bool decode(const uint8_t *p, size_t avail, uint64_t pc, uint64_t mode,
                   const uint64_t *feats, TCGContext *s, X86Insn *in,
                   bool usual)
{
    Cursor c = { .p = p, .start = p, .end = p + (avail > 15 ? 15 : avail),
                 .usual = usual };
    unsigned map = XM_1, pfx, key;
    bool p67 = false;
    const X86Row *row = NULL;

    *in = (X86Insn){
        .pc = pc, .mode64 = usual || (mode & HF_CS64),
        .cs_base = mode >> HF_CSBASE_SHIFT,
        .base = X86_NOREG, .index = X86_NOREG, .seg = R_DS,
    };
    uint8_t b = parse_prefixes(&c, in, &p67);
    if (usual && unlikely(c.failed)) {
        return false;
    }
    in->w = in->rex >> 3 & 1;
    in->asz = in->mode64 ? MO_64 - p67 : !(mode & HF_CS32) == p67 ? MO_32 :
              MO_16;
    pfx = in->rep == 0xf3 ? XP_F3 : in->rep ? XP_F2 : in->p66 ? XP_66 :
          XP_NONE;
    b = parse_opcode(&c, in, b, &map, &pfx);
    in->opcode = b;
    if (likely(map != XM_COUNT)) {
        const X86Opcode *e = &x86_opcodes[map][b];
        if (e->modrm) {
            parse_modrm(&c, in, e->modrm == 2);
        }
        if (e->one) {
            row = &x86_rows[e->start];
        } else {
            key = (in->modrm & 0x3f) | (in->modrm >= 0xc0 ? XK_MOD3 : 0) |
                  pfx << XK_PFX_SHIFT |
                  (in->w ? XK_W : 0) | (in->l ? XK_L : 0) |
                  (in->mode64 ? XK_MODE64 : 0);
            row = find_row(e, key, feats, s);
        }
    }
    if (likely(row != NULL)) {
        set_operand_size(in, row, mode);
        parse_imm(&c, in, row->imm);
        if (!in->mode64 && !(row->mask & XK_W)) {
            in->w = 0;          /* as an operand size, W is for 64-bit mode */
        }
        if (unlikely(in->lock)) {
            lock_cr8(in, row, feats);
        }
        if (!legal(in, row)) {
            row = NULL;
        }
        if (!in->mode64) {
            in->vvvv &= 7;
        }
    }
    in->row = likely(row != NULL) ? row : &x86_row_ud;
    in->len = c.p - c.start;
    if (!usual && unlikely(c.failed)) {
        in->row = avail >= 15 ? &x86_row_long : &x86_row_fetch;
        in->len = avail >= 15 ? 15 : 0;
        in->fault = pc + avail;
    }
    if (!usual && unlikely(beyond_64k(in, mode))) {
        in->row = &x86_row_long;
    }
    return true;
}

void x86_decode(const uint8_t *p, size_t avail, uint64_t pc, uint64_t mode,
                const uint64_t *feats, X86Insn *in)
{
    if (unlikely(avail < SAFE_BYTES || !(mode & HF_CS64)) ||
        unlikely(!decode(p, avail, pc, mode, feats, NULL, in, true))) {
        decode(p, avail, pc, mode, feats, NULL, in, false);
    }
}

/* ---- by guest pc ------------------------------------------------------------- */

/* The instruction starts less than 15 bytes before what can't be read at
 * once: join the bytes on both sides of the boundary. */
static void decode_across(TCGContext *s, uint64_t pc, uint64_t mode,
                          const uint8_t *p, size_t avail, X86Insn *in)
{
    uint8_t buf[15];
    size_t more = 0;

    memcpy(buf, p, avail);
    p = tcg_code_hooks.fetch(s, pc + avail, &more);
    more = p ? MIN(more, sizeof(buf) - avail) : 0;
    memcpy(buf + avail, p, more);
    x86_decode(buf, avail + more, pc, mode, features(s), in);
}

__thread X86Memo x86_memos[X86_NB_MEMOS];

static const X86Insn *decode_general(TCGContext *s, const uint8_t *p,
                                     size_t avail, uint64_t pc, uint64_t mode,
                                     X86Insn *in)
{
    decode(p, avail, pc, mode, features(s), NULL, in, false);
    if (unlikely(in->row == &x86_row_fetch) && avail) {
        decode_across(s, pc, mode, p, avail, in);
    }
    return in;
}

/* The way to be fast; a function that calls none. */
static const X86Insn *__attribute__((noinline))
decode_near(const uint8_t *p, uint64_t pc, uint64_t mode, TCGContext *s,
            X86Memo *m)
{
    m->mode = mode;
    m->epoch = s->near.epoch;
    if (likely(mode & HF_CS64) &&
        likely(decode(p, SAFE_BYTES, pc, mode, NULL, s, &m->in, true))) {
        return &m->in;
    }
    return decode_general(s, p, TCG_NEAR_MIN, pc, mode, &m->in);
}

static inline bool is_near(const TCGContext *s, uint64_t pc)
{
    return pc - s->near.pc < s->near.starts;
}

static const X86Insn *decode_far(TCGContext *s, uint64_t pc, uint64_t mode,
                                 X86Memo *m)
{
    static __thread X86Insn other;
    size_t avail = 0;
    const uint8_t *p = tcg_code_hooks.fetch(s, pc, &avail);

    return is_near(s, pc) ? decode_near(p, pc, mode, s, m)
                          : decode_general(s, p, p ? avail : 0, pc, mode,
                                           &other);
}

const X86Insn *x86_decode_anew(TCGContext *s, uint64_t pc, uint64_t mode,
                               X86Memo *m)
{
    if (likely(is_near(s, pc) &&
               s->near.epoch == __atomic_load_n(&tcg_fetch_epoch,
                                                __ATOMIC_ACQUIRE))) {
        return decode_near(s->near.bytes + (pc - s->near.pc), pc, mode, s, m);
    }
    return decode_far(s, pc, mode, m);
}

uint64_t x86_insn_target(const X86Insn *in)
{
    uint64_t t = in->pc + in->len + in->imm;

    if (likely(in->mode64)) {
        return t;
    }
    if (in->osz == MO_16) {
        t = (uint16_t)(t - in->cs_base) + (uint64_t)in->cs_base;
    }
    return (uint32_t)t;
}

/* The condition in the opcode's low nibble -> flags it reads. */
static unsigned cc_flags(unsigned cc)
{
    static const uint8_t fl[8] = {
        FL_O, FL_C, FL_Z, FL_C | FL_Z, FL_S, FL_P, FL_S | FL_O,
        FL_S | FL_O | FL_Z,
    };
    return fl[cc >> 1 & 7];
}

void x86_insn_summary(const X86Insn *in, uint64_t mode, TCGInsn *insn)
{
    const X86Row *r = in->row;
    /* What is only perhaps written is neither read nor overwritten. */
    unsigned use = r->fl_use, def = r->fl_def;

    insn->len = in->len;
    insn->kind = r->kind;
    if (r->attr & (XA_CC | XA_CNT | XA_PRIV | XA_IOPL | XA_TODO)) {
        if (r->attr & XA_CC) {
            use |= cc_flags(in->opcode);
        }
        if (r->attr & XA_CNT) {
            unsigned mask = x86_opnd_size(in, 0) == MO_64 ? 63 : 31;
            def = in->imm & mask ? r->fl_cond : 0;
        }
        if ((r->attr & XA_TODO) ||
            ((r->attr & (mode & HF_SYS ? XA_PRIV : XA_PRIV | XA_IOPL)) &&
             (mode >> HF_CPL_SHIFT & 3))) {
            insn->kind = INSN_STOP;
        }
    }
    if (insn->kind == INSN_STOP) {
        use = FL_ALL;
        def = 0;
    }
    insn->fl_use = use;
    insn->fl_def = def;
    insn->target = 0;
    if (insn->kind == INSN_JUMP || insn->kind == INSN_COND ||
        insn->kind == INSN_CALL) {
        insn->target = x86_insn_target(in);
    }
}
