/* SPDX-License-Identifier: MIT */
/*
 * The x86 CPU state.  Source for layouts: Intel SDM vol. 1 ch. 3, 8, 10, 13.
 */
#ifndef TARGET_I386_CPU_H
#define TARGET_I386_CPU_H

#include "tcg/tcg.h"
#include "tcg/backend.h"

enum { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI };
enum { R_ES, R_CS, R_SS, R_DS, R_FS, R_GS };

/* EFLAGS bits other than the six arithmetic ones live in eflags. */
enum {
    CF_MASK = 1 << 0, PF_MASK = 1 << 2, AF_MASK = 1 << 4, ZF_MASK = 1 << 6,
    SF_MASK = 1 << 7, TF_MASK = 1 << 8, IF_MASK = 1 << 9, DF_MASK = 1 << 10,
    OF_MASK = 1 << 11, IOPL_MASK = 3 << 12, NT_MASK = 1 << 14,
    RF_MASK = 1 << 16, VM_MASK = 1 << 17, AC_MASK = 1 << 18,
    VIF_MASK = 1 << 19, VIP_MASK = 1 << 20, ID_MASK = 1 << 21,
    ARITH_MASK = CF_MASK | PF_MASK | AF_MASK | ZF_MASK | SF_MASK | OF_MASK,
};

/* Exception vectors are exit reasons 0..31 of tcg_run(). */
enum {
    EXCP00_DIVZ, EXCP01_DB, EXCP02_NMI, EXCP03_INT3, EXCP04_INTO,
    EXCP05_BOUND, EXCP06_ILLOP, EXCP07_PREX, EXCP08_DBLE, EXCP09_XERR,
    EXCP0A_TSS, EXCP0B_NOSEG, EXCP0C_STACK, EXCP0D_GPF, EXCP0E_PAGE,
    EXCP10_COPR = 16, EXCP11_ALGN, EXCP12_MCHK, EXCP13_SIMD,
    EXCP_SYSCALL = 0x100,   /* SYSCALL; env->h.pc = the next instruction,
                               regs[R_ECX] and regs[11] not yet clobbered */
    EXCP_INT,               /* INT n: h.exit_arg = n + 256 * the insn's length;
                               pc = the next insn.  INT3 and INTO: n = 0 */
    EXCP_SYSENTER,
    EXCP_HLT,
    EXCP_MWAIT,
    EXCP_SLOW,              /* system mode: run it again in slow mode */
    EXCP_WATCH,             /* user mode: the instruction hits a watchpoint */
};

typedef struct SegmentCache {
    uint32_t selector, flags;
    uint64_t base;
    uint32_t limit;
} SegmentCache;

typedef struct FPReg { uint64_t mant; uint16_t se; uint16_t pad[3]; } FPReg;

/* TB-key mode bits (TCGEnv.mode) */
enum {
    HF_CS64 = 1 << 0,       /* 64-bit code */
    HF_CS32 = 1 << 1,       /* else 16-bit, unless CS64 */
    HF_SS32 = 1 << 2,
    HF_ADDSEG = 1 << 3,     /* ES/CS/SS/DS bases not all zero */
    HF_CPL_SHIFT = 4,       /* 2 bits */
    HF_TF = 1 << 6,
    HF_X87TOP_SHIFT = 8,    /* 3 bits, only where !tcg_backend->has_x87 */
    /* Each access goes through a helper that checks limit, type and (EFLAGS.AC
     * at CPL 3) alignment: by ES, SS, DS; by FS; by GS.  Flat ones don't. */
    HF_CHECK = 1 << 11,
    HF_FSCHK = 1 << 12,
    HF_GSCHK = 1 << 13,
    HF_CSLIM = 1 << 14,     /* CS's limit is neither 4 GiB nor, in 16-bit code,
                               64 KiB: it is looked at */
    /* System mode (target-i386/sys.h): */
    HF_SYS = 1 << 15,       /* accesses go through the TLB */
    HF_SLOW = 1 << 24,      /* one instruction with accesses of any kind */
    HF_PE = 1 << 16,        /* CR0.PE */
    HF_VM = 1 << 17,        /* EFLAGS.VM */
    HF_TS = 1 << 18,        /* CR0.TS, EM, MP */
    HF_EM = 1 << 19,
    HF_MP = 1 << 20,
    HF_NOSSE = 1 << 21,     /* CR4.OSFXSR is clear */
    HF_NOAVX = 1 << 22,     /* CR4.OSXSAVE or XCR0 forbid it */
    HF_NOXSAVE = 1 << 23,   /* CR4.OSXSAVE is clear */
    HF_IGNNE = 1 << 25,     /* x87 errors are ignored: IGNNE# */
    HF_LIM16 = 1 << 26,     /* real, V86 mode: 32-bit offsets are checked */
    HF_CSBASE_SHIFT = 32,   /* 32 bits: the base of a 16- or 32-bit CS.  h.pc
                               is linear: CS base + EIP, modulo 4 GiB */
};
/* What follows from the segments (x86_seg_mode) */
#define HF_SEG_BITS (HF_CS64 | HF_CS32 | HF_SS32 | HF_ADDSEG | HF_CHECK | \
                     HF_FSCHK | HF_GSCHK | HF_CSLIM | 3ull << HF_CPL_SHIFT |        \
                     0xffffffffull << HF_CSBASE_SHIFT)

typedef struct CPUX86State {
    TCGEnv h;
    uint64_t regs[16];
    /* 64 bytes a register: XMM low, YMM next, the rest for ZMM. */
    QEMU_ALIGNED(64) uint8_t vreg[16][64];
    /* x87.  Where tcg_backend->has_x87 the live state is in the host's FPU
     * while the thread exists, and this is a buffer (x86_fpu_sync). */
    QEMU_ALIGNED(16) FPReg fpregs[8];   /* physical order; MMX aliases mant */
    uint16_t fpuc, fpus;    /* fpus includes TOP in bits 11..13 */
    uint8_t fptags;         /* abridged: bit i set = physical reg i valid */
    uint64_t fpop, fpip, fpdp;
    uint64_t eflags;        /* all but the arithmetic flags; bit 1 set */
    SegmentCache segs[6];
    /* User mode: the GDT's three thread-local descriptors (selectors 0x63,
     * 0x6b, 0x73), set by set_thread_area; flags 0: not present. */
    SegmentCache tls[3];
    uint64_t xcr0;
    uint32_t pkru;
    const struct X86CPUModel *model;
    struct X86Sys *sys;     /* system mode: the rest (sys.h); else NULL */
    uint64_t kernel_gs_base;    /* system mode: for SWAPGS */
    uint64_t intr;          /* events that wait, as CPU_INTR_*; atomic */
    /* Operands of the last exception exit. */
    uint32_t error_code;
    uint64_t cr2;
    /* The watchpoint just hit (watch.h): X86_WATCH_*, or 0; and its address. */
    unsigned watch_kind;
    uint64_t watch_addr;
} CPUX86State;

/* Whole EFLAGS, for C code outside generated code. */
static inline uint32_t x86_get_eflags(const CPUX86State *env)
{
    return ((uint32_t)env->eflags & ~ARITH_MASK) | 2 | tcg_flags_to_eflags(env->h.flags);
}

static inline void x86_set_eflags(CPUX86State *env, uint32_t val)
{
    env->h.flags = tcg_flags_from_eflags(val);
    env->eflags = (val & ~ARITH_MASK) | 2;
}

extern const TCGFrontend x86_frontend;

/* Model by name with ",+feature,-feature"; NULL and errp set if unknown. */
const struct X86CPUModel *x86_cpu_model(const char *spec, GError **errp);
void x86_cpu_models_print(FILE *f);
void x86_cpu_reset_user64(CPUX86State *env);    /* Linux's process start state */
void x86_cpu_reset_user32(CPUX86State *env);
/* The user-mode descriptor that selector names; false: it may not be loaded
 * into seg.  Linux's: 0x23 code32, 0x2b data, 0x33 code64, tls[], the LDT. */
bool x86_user_descriptor(const CPUX86State *env, unsigned seg, unsigned sel,
                         SegmentCache *out);
/* The same; returns 0 or the vector to raise with error code sel & ~3. */
unsigned x86_user_segment(const CPUX86State *env, unsigned seg, unsigned sel,
                          SegmentCache *out);
/* LAR, LSL, VERR, VERW (X86_LAR... in seg.h): bit 63: ZF; and the value. */
uint64_t x86_user_query(const CPUX86State *env, unsigned sel, unsigned what);
/* RDTSCP's and RDPID's number: node << 12 | CPU. */
uint64_t x86_tsc_aux(void);
/* EIP of h.pc */
static inline uint64_t x86_eip(const CPUX86State *env)
{
    return env->h.mode & HF_CS64 ? env->h.pc :
           (uint32_t)(env->h.pc - env->segs[R_CS].base);
}
/* h.pc and h.mode after CS has been loaded, for instruction pointer ip. */
void x86_set_ip(CPUX86State *env, uint64_t ip);
/* Goes to user code at cs:ip with stack segment ss, as IRET does.  0, or the
 * vector to raise (env->error_code set): then only the ip has changed. */
unsigned x86_user_return(CPUX86State *env, unsigned cs, unsigned ss,
                         uint64_t ip);
/* Mode bits (h.mode) that follow from CS, SS and the segment bases. */
uint64_t x86_user_mode_bits(const CPUX86State *env);
void x86_cpuid(const CPUX86State *env, uint32_t leaf, uint32_t subleaf,
               uint32_t out[4]);
/* The 512-byte FXSAVE image from and to the guest state; for signal frames.
 * env's integer and vector state must be current (it is, at exits). */
void x86_fxsave(CPUX86State *env, uint8_t image[512]);
void x86_fxrstor(CPUX86State *env, const uint8_t image[512]);

/* Text for -d cpu; env as void * to fit log_cpu_hook. */
void x86_cpu_dump(FILE *f, void *env);

/* Raises vector from a helper; never returns. */
void x86_raise(CPUX86State *env, unsigned vector, uint32_t error_code)
    QEMU_NORETURN;

#endif
