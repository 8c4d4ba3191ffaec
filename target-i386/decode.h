/* SPDX-License-Identifier: MIT */
/*
 * The x86 instruction decoder: bytes -> X86Insn, by tables generated at build
 * time from insn.def (see there for the row format).  Flow: front end decode
 * and peek -> (this) -> a row's generator (translate.h).
 * Source: Intel SDM vol. 2 ch. 2 and appendix A.
 */
#ifndef TARGET_I386_DECODE_H
#define TARGET_I386_DECODE_H

#include "target-i386/cpu.h"
#include "target-i386/cpuid.h"

typedef struct DisasContext DisasContext;
typedef struct X86Insn X86Insn;
typedef void X86Gen(DisasContext *dc, const X86Insn *in);

/* Operand kinds: the letters of the manual's opcode map. */
typedef enum X86OpKind {
    OK_NONE,
    OK_E,       /* ModRM.rm: general register or memory */
    OK_G,       /* ModRM.reg: general register */
    OK_Z,       /* opcode low bits: general register */
    OK_R,       /* ModRM.rm: general register only */
    OK_M,       /* ModRM.rm: memory only */
    OK_I,       /* immediate */
    OK_J,       /* relative branch target */
    OK_O,       /* absolute address in the instruction */
    OK_A,       /* far pointer in the instruction */
    OK_S,       /* ModRM.reg: segment register */
    OK_C,       /* ModRM.reg: control register */
    OK_D,       /* ModRM.reg: debug register */
    OK_X,       /* DS:rSI */
    OK_Y,       /* ES:rDI */
    OK_B,       /* VEX.vvvv: general register */
    OK_V,       /* ModRM.reg: XMM/YMM */
    OK_W,       /* ModRM.rm: XMM/YMM or memory */
    OK_U,       /* ModRM.rm: XMM/YMM only */
    OK_H,       /* VEX.vvvv: XMM/YMM */
    OK_L,       /* immediate bits 7..4: XMM/YMM */
    OK_P,       /* ModRM.reg: MMX */
    OK_Q,       /* ModRM.rm: MMX or memory */
    OK_N,       /* ModRM.rm: MMX only */
    OK_ONE,     /* the constant 1 */
    OK_ACC,     /* AL, AX, EAX, RAX */
    OK_CL,
    OK_DX,
    OK_ST0,
    OK_STI,     /* ModRM.rm: x87 stack register */
} X86OpKind;

typedef enum X86OpSize {
    OS_NONE, OS_B, OS_W, OS_D, OS_Q, OS_DQ, OS_QQ, OS_T,
    OS_BS,      /* byte, sign-extended to the operand size */
    OS_V,       /* 16, 32, 64 by operand size */
    OS_Z,       /* 16, else 32 */
    OS_Y,       /* 32, or 64 with W */
    OS_X,       /* 128 or 256 by VEX.L */
    OS_P,       /* far pointer: selector behind a v-sized offset */
    OS_S,       /* pseudo-descriptor */
} X86OpSize;

/* How an immediate is fetched. */
typedef enum X86Imm {
    IMM_NONE, IMM_B, IMM_BS, IMM_W, IMM_Z, IMM_V, IMM_WB, IMM_O, IMM_A,
    IMM_BB,
} X86Imm;

enum {                      /* X86Row.attr */
    XA_LOCK  = 1 << 0,      /* LOCK allowed with a memory destination */
    XA_REP   = 1 << 1,      /* string instruction: REP / REPE / REPNE */
    XA_D64   = 1 << 2,      /* operand size 64 by default in 64-bit mode */
    XA_F64   = 1 << 3,      /* operand size always 64 in 64-bit mode */
    XA_R0    = 1 << 4,      /* operand 0 is read (only): loaded too */
    XA_RAW   = 1 << 5,      /* no operand is loaded: the generator does */
    XA_CNT   = 1 << 6,      /* conditional flags become certain when the
                               immediate count is not 0 */
    XA_CC    = 1 << 7,      /* reads the flags of the condition in the opcode */
    XA_UA    = 1 << 8,      /* unaligned 16-byte memory operand allowed */
    XA_PRIV  = 1 << 9,      /* #GP outside CPL 0 */
    XA_IOPL  = 1 << 10,     /* #GP if CPL > IOPL */
    XA_TODO  = 1 << 11,
    XA_MODRM = 1 << 12,
    XA_VVVV  = 1 << 13,     /* VEX.vvvv is an operand */
    XA_VEX   = 1 << 14,
    XA_P66   = 1 << 15,     /* 66 is mandatory, so no operand-size prefix */
    XA_MOD3  = 1 << 16,     /* ModRM.mod is ignored, taken as 3 */
    XA_NOREAD0 = 1 << 17,   /* documentation: operand 0 is write-only */
    XA_X87   = 1 << 18,     /* MMX: raises a pending x87 exception first */
    XA_REPZ  = 1 << 19,     /* with XA_REP: ZF ends the loop */
};

/* Matched against a row's mask and val. */
enum {
    XK_RM_SHIFT = 0, XK_REG_SHIFT = 3, XK_MOD3 = 1 << 6,
    XK_PFX_SHIFT = 7,       /* 2 bits: none, 66, F3, F2 */
    XK_W = 1 << 9, XK_L = 1 << 10, XK_MODE64 = 1 << 11,
};
enum { XP_NONE, XP_66, XP_F3, XP_F2 };

/* Opcode maps: one-byte, 0F, 0F38, 0F3A, then the same under VEX. */
enum { XM_1, XM_0F, XM_0F38, XM_0F3A, XM_VEX0F, XM_VEX0F38, XM_VEX0F3A,
       XM_COUNT };

/* Which cold_NAME() executes a row; see cold.def. */
enum {
    COLD_none,
#define COLD(name) COLD_##name,
#include "target-i386/cold.def"
#undef COLD
};

typedef struct X86Row {
    X86Gen *gen;
    const char *name;
    uint32_t attr;
    uint16_t mask, val;         /* XK_* */
    uint16_t op;                /* generator's first parameter: TCGOpcode */
    uint16_t feat, feat2;       /* X86Feature; 0 = always there */
    int32_t arg;                /* generator's second parameter */
    struct { uint8_t kind, size; } opnd[4];
    uint8_t nopnd;
    uint8_t imm;                /* X86Imm */
    uint8_t kind;               /* TCGInsnKind */
    uint8_t cold;               /* COLD_* */
    uint8_t fl_use, fl_def, fl_cond;    /* FL_* read, written, perhaps written */
} X86Row;

enum { X86_NOREG = 0xff, X86_RIP = 0xfe, X86_NOSEG = 0xff };

/* A decoded instruction. */
struct X86Insn {
    const X86Row *row;
    uint64_t pc;
    uint64_t imm;           /* see X86OpSize; O: the address; J: displacement */
    uint64_t fault;         /* x86_row_fetch: the address that can't be read */
    int32_t disp;
    uint32_t cs_base;
    uint16_t imm2;          /* ENTER's level, far pointer's selector */
    uint8_t len;
    uint8_t opcode, modrm;
    uint8_t rex;            /* the REX byte or 0; VEX: the equivalent bits */
    uint8_t osz, asz;       /* MO_16, MO_32, MO_64 */
    uint8_t mode64;         /* in 64-bit mode */
    uint8_t w, l;           /* REX.W or VEX.W; VEX.L */
    uint8_t rep;            /* 0, 0xf2 or 0xf3 */
    uint8_t lock, p66;
    uint8_t seg;            /* R_*: override or default of the address */
    uint8_t seg_ovr;        /* there was a meaningful override */
    uint8_t mem;            /* ModRM.rm is memory */
    uint8_t reg, rm;        /* extended by REX; rm only if !mem */
    uint8_t vvvv;
    uint8_t base, index, scale;     /* X86_NOREG, X86_RIP */
};

extern const X86Row x86_row_ud, x86_row_fetch, x86_row_long;

/*
 * Decodes one instruction from up to avail bytes at p.  Never fails: in->row is
 * one of the three above for an invalid, a truncated (avail < what it needs;
 * len = 0) and a too long one.  feats: enabled features, NULL = all.
 */
void x86_decode(const uint8_t *p, size_t avail, uint64_t pc, uint64_t mode,
                const uint64_t *feats, X86Insn *in);
/* Flags and kind as the translator wants them. */
void x86_insn_summary(const X86Insn *in, uint64_t mode, TCGInsn *insn);
/* Direct branch target of a row with a J operand. */
uint64_t x86_insn_target(const X86Insn *in);

/* log2 of the bytes of an operand size code; 0xff if it is not a power. */
static inline unsigned x86_size(const X86Insn *in, unsigned size)
{
    static const uint8_t fixed[] = {
        [OS_NONE] = 0xff, [OS_B] = MO_8, [OS_W] = MO_16, [OS_D] = MO_32,
        [OS_Q] = MO_64, [OS_DQ] = MO_128, [OS_QQ] = MO_256, [OS_T] = 0xff,
        [OS_P] = 0xff, [OS_S] = 0xff,
    };
    switch (size) {
    case OS_V:
    case OS_BS:
        return in->osz;
    case OS_Z:
        return in->osz == MO_16 ? MO_16 : MO_32;
    case OS_Y:
        return in->w ? MO_64 : MO_32;
    case OS_X:
        return in->l ? MO_256 : MO_128;
    default:
        return fixed[size];
    }
}

static inline unsigned x86_opnd_size(const X86Insn *in, unsigned i)
{
    return x86_size(in, in->row->opnd[i].size);
}

#endif
