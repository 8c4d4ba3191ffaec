/* SPDX-License-Identifier: MIT */
/*
 * The x86 CPU at system level: control registers, descriptor tables, MSRs,
 * paging, interrupts, system management mode.  What user mode shares (general
 * registers, segment caches, FPU) is in cpu.h.
 *
 * Flow: the front's vCPU thread calls x86_sys_exec(), which runs translated
 * code, delivers interrupts and exceptions, and comes back when there is
 * something to wait for.  Faults found by C code raise by x86_raise() from
 * anywhere below it.
 */
#ifndef TARGET_I386_SYS_H
#define TARGET_I386_SYS_H

#include <setjmp.h>

#include "target-i386/cpu.h"
#include "target-i386/cpuid.h"
#include "target-i386/seg.h"
#include "tcg/softmmu.h"

enum {
    CR0_PE = 1 << 0, CR0_MP = 1 << 1, CR0_EM = 1 << 2, CR0_TS = 1 << 3,
    CR0_ET = 1 << 4, CR0_NE = 1 << 5, CR0_WP = 1 << 16, CR0_AM = 1 << 18,
    CR0_NW = 1 << 29, CR0_CD = 1 << 30,
};
#define CR0_PG (1u << 31)

enum {
    CR4_VME = 1 << 0, CR4_PVI = 1 << 1, CR4_TSD = 1 << 2, CR4_DE = 1 << 3,
    CR4_PSE = 1 << 4, CR4_PAE = 1 << 5, CR4_MCE = 1 << 6, CR4_PGE = 1 << 7,
    CR4_PCE = 1 << 8, CR4_OSFXSR = 1 << 9, CR4_OSXMMEXCPT = 1 << 10,
    CR4_UMIP = 1 << 11, CR4_LA57 = 1 << 12, CR4_FSGSBASE = 1 << 16,
    CR4_PCIDE = 1 << 17, CR4_OSXSAVE = 1 << 18, CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21, CR4_PKE = 1 << 22,
};

enum {
    EFER_SCE = 1 << 0, EFER_LME = 1 << 8, EFER_LMA = 1 << 10,
    EFER_NXE = 1 << 11, EFER_FFXSR = 1 << 14,
};

enum {
    DR6_BS = 1 << 14, DR6_BT = 1 << 15, DR6_BD = 1 << 13,
    DR7_GD = 1 << 13,
    /* conditions (RW): sets of them are bits 1 << RW */
    DR7_RW_WRITE = 1 << 1, DR7_RW_IO = 1 << 2, DR7_RW_BOTH = 1 << 3,
};
#define DR6_FIXED 0xffff0ff0u
#define DR7_FIXED 0x400u

/* CPUX86State.intr */
enum {
    CPU_INTR_HARD = 1 << 0,     /* the interrupt pin is up */
    CPU_INTR_NMI = 1 << 1,
    CPU_INTR_SMI = 1 << 2,
    CPU_INTR_INIT = 1 << 3,
    CPU_INTR_SIPI = 1 << 4,
    CPU_INTR_FLUSH = 1 << 5,    /* memory was rearranged */
    CPU_INTR_STOP = 1 << 6,     /* the front wants the thread */
    CPU_INTR_RESET = 1 << 7,
    CPU_INTR_LINE = 1 << 8,     /* MWAIT's line was written */
};

enum { MISC_ENABLE_FAST_STRINGS = 1 << 0, MISC_ENABLE_MONITOR = 1 << 18 };

/* MMU modes */
enum { MMU_KERNEL, MMU_USER, MMU_KSMAP };

typedef struct X86MTRRRange { uint64_t base, mask; } X86MTRRRange;

/* Why x86_sys_exec() came back for a debugger */
enum { X86_DEBUG_BREAKPOINT = 1, X86_DEBUG_STEP, X86_DEBUG_WATCH };

/* A debugger's; the front sets it while the vCPU stands still. */
typedef struct X86Debug {
    bool on;                    /* step or event */
    bool step;                  /* an instruction, or while the pc is within */
    uint64_t start, end;        /* this */
    bool no_irq;                /* no interrupts meanwhile */
    bool stepped;               /* an instruction was done */
    uint64_t step_pc;           /* where it began */
    unsigned event;             /* X86_DEBUG_*, or 0 */
} X86Debug;

typedef struct X86Sys {
    unsigned cpl;
    uint64_t cr0, cr2, cr3, cr4;
    uint64_t dr[8];             /* 0..3, 6, 7 */
    uint64_t efer;
    SegmentCache gdt, idt, ldt, tr;     /* gdt, idt: base and limit */
    uint64_t star, lstar, cstar, sfmask;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t pat, tsc_aux, umwait_control, misc_enable, mcg_status, mcg_ctl;
    uint64_t mtrr_def, mtrr_fixed[11];
    X86MTRRRange mtrr[8];
    uint64_t tsc_offset, tsc_adjust;
    uint64_t smbase;
    uint64_t apic_page;         /* physical; the local APIC's, or no page's */
    uint64_t a20_mask;
    uint64_t phys_mask;         /* addresses the CPU has */
    unsigned index, count, apic_id;
    unsigned sipi_vector;       /* with CPU_INTR_SIPI */
    bool smm, nmi_masked, halted, wait_sipi;
    bool inhibit;               /* no interrupt before the next instruction, */
    uint64_t inhibit_pc;        /* if that is just behind this one */
    unsigned spins;             /* PAUSEs */
    uintptr_t line;             /* MONITOR's, in host memory; 0: none */
    uint8_t line_was[MMU_LINE_SIZE];
    bool mwait;                 /* halted until it is written, or */
    bool mwait_masked;          /* an interrupt comes, IF set or not */
    bool ignne;                 /* x87 errors are ignored until it has none */
    bool debug_step;            /* instruction breakpoints: step by step */
    bool resume;                /* EFLAGS.RF: none for the next instruction */
    bool stop;                  /* shutdown: nothing runs until a reset */
    uint64_t bp_hit;            /* DR6 bits of a data breakpoint just hit */
    bool debug_fault;           /* the #DB being raised is a fault */
    X86Debug debug;
    int delivering;             /* the vector being delivered, or -1 */
    jmp_buf jmp;                /* x86_raise() outside generated code */
    bool jmp_valid;
    bool pc_final;              /* h.pc is the fault's, whatever runs now */
    void *opaque;               /* the front's */
} X86Sys;

/* What the CPU asks of the machine; set once by the front. */
typedef struct X86SysOps {
    int (*ack_interrupt)(CPUX86State *env);     /* vector; -1: none */
    uint64_t (*port_in)(CPUX86State *env, unsigned port, unsigned size);
    void (*port_out)(CPUX86State *env, unsigned port, uint64_t val,
                     unsigned size);
    /* n elements of size bytes, in guest byte order in buf. */
    void (*port_in_string)(CPUX86State *env, unsigned port, unsigned size,
                           uint8_t *buf, uint64_t n);
    void (*port_out_string)(CPUX86State *env, unsigned port, unsigned size,
                            const uint8_t *buf, uint64_t n);
    uint64_t (*get_apic_base)(CPUX86State *env);
    /* Both set apic_page. */
    bool (*set_apic_base)(CPUX86State *env, uint64_t val);
    void (*reset_apic_base)(CPUX86State *env);
    uint8_t (*get_tpr)(CPUX86State *env);
    void (*set_tpr)(CPUX86State *env, uint8_t tpr);
    bool (*apic_msr_read)(CPUX86State *env, uint32_t msr, uint64_t *val);
    bool (*apic_msr_write)(CPUX86State *env, uint32_t msr, uint64_t val);
    uint64_t (*get_tsc_deadline)(CPUX86State *env);
    void (*set_tsc_deadline)(CPUX86State *env, uint64_t val);
    void (*init_reset)(CPUX86State *env);       /* INIT: the local APIC's */
    /* Host address of memory at phys, its page at least; NULL: no RAM. */
    uint8_t *(*ram)(CPUX86State *env, uint64_t phys, bool *io_write);
    uint64_t (*mem_read)(CPUX86State *env, uint64_t phys, unsigned size);
    void (*mem_write)(CPUX86State *env, uint64_t phys, uint64_t val,
                      unsigned size);
    void (*triple_fault)(CPUX86State *env);
    /* The vCPU gets CPU_INTR_LINE; from any thread. */
    void (*line_written)(unsigned index);
    void (*ferr)(CPUX86State *env);             /* pulses FERR# */
} X86SysOps;
extern X86SysOps x86_sys_ops;

static inline X86Sys *x86_sys(CPUX86State *env)
{
    return env->sys;
}

static inline bool x86_paging(const X86Sys *s)
{
    return s->cr0 & CR0_PG;
}

static inline bool x86_long_active(const X86Sys *s)
{
    return s->efer & EFER_LMA;
}

/* Real mode or virtual 8086. */
static inline bool x86_real_or_v86(const CPUX86State *env)
{
    return !(env->sys->cr0 & CR0_PE) || (env->eflags & VM_MASK);
}

static inline unsigned x86_iopl(const CPUX86State *env)
{
    return env->eflags >> 12 & 3;
}

/* ---- life (sys-state.c) --------------------------------------------------- */

/* Once, before any vCPU: hooks of the translator. */
void x86_sys_init(void);
/* Adds the system state; the model is set. */
void x86_sys_new(CPUX86State *env, unsigned index, unsigned count);
void x86_sys_reset(CPUX86State *env);           /* power on; own thread */
void x86_sys_init_signal(CPUX86State *env);     /* INIT */
/* Runs until there is something to wait for: halted, stopped, or the front's
 * CPU_INTR_STOP; or for a debugger, with sys->debug.event set. */
void x86_sys_exec(CPUX86State *env);
/* Has it a reason to run although it is halted?  In MWAIT the answer may
 * change by a store that nobody tells of. */
bool x86_sys_has_work(const CPUX86State *env);
/* From any thread. */
static inline void x86_sys_interrupt_set(CPUX86State *env, unsigned mask)
{
    __atomic_fetch_or(&env->intr, mask, __ATOMIC_SEQ_CST);
    tcg_request_exit(&env->h);
}
static inline void x86_sys_interrupt_clear(CPUX86State *env, unsigned mask)
{
    __atomic_fetch_and(&env->intr, ~(uint64_t)mask, __ATOMIC_SEQ_CST);
}
/* Host ticks when all counters were zero: the last reset of the machine. */
extern uint64_t x86_sys_tsc_base;
uint64_t x86_sys_tsc(const CPUX86State *env);

/* ---- state that much follows from ------------------------------------------ */

/* h.mode and the MMU mode from segments, CRs, EFLAGS. */
void x86_sys_update_mode(CPUX86State *env);
/* h.pc from CS and ip, and the mode. */
void x86_sys_set_ip(CPUX86State *env, uint64_t ip);
/* They raise #GP where the manual says so, and flush what must be. */
void x86_sys_write_cr0(CPUX86State *env, uint64_t val);
void x86_sys_write_cr3(CPUX86State *env, uint64_t val);
void x86_sys_write_cr4(CPUX86State *env, uint64_t val);
void x86_sys_write_efer(CPUX86State *env, uint64_t val);
/* Protection keys' rights: only data accesses depend on them. */
void x86_sys_write_pkru(CPUX86State *env, uint32_t val);
/* DR0 to DR3 or DR7 changed: what follows. */
void x86_sys_update_debug(CPUX86State *env);
void x86_sys_write_dr(CPUX86State *env, unsigned n, uint64_t val);
uint64_t x86_sys_read_dr(CPUX86State *env, unsigned n);
bool x86_canonical(const CPUX86State *env, uint64_t addr);

/* ---- memory (sys-mmu.c) ------------------------------------------------------ */

/* Implicit supervisor accesses (tables, TSS). */
static inline unsigned x86_sys_mmu(const CPUX86State *env)
{
    return env->sys->cr4 & CR4_SMAP ? MMU_KSMAP : MMU_KERNEL;
}
void x86_sys_fetch_fault(CPUX86State *env, uint64_t pc, uint64_t address)
    QEMU_NORETURN;
uint64_t x86_ld_sys(CPUX86State *env, uint64_t addr, unsigned size);
void x86_st_sys(CPUX86State *env, uint64_t addr, uint64_t val, unsigned size);
/* Breakpoints with one of these conditions at an access or port: the trap
 * follows the instruction, which is then done alone. */
void x86_sys_check_bps(CPUX86State *env, uint64_t addr, unsigned size,
                       unsigned conditions);
/* Guest physical, for debuggers and "info tlb": false: not mapped. */
bool x86_sys_translate(CPUX86State *env, uint64_t addr, uint64_t *phys);

/* ---- segments (sys-seg.c) ------------------------------------------------------ */

/* Reads a descriptor; false: beyond its table. */
bool x86_read_descriptor(CPUX86State *env, unsigned sel, uint64_t *desc,
                         uint64_t *addr);
/* Loads a data or stack segment register, as MOV does. */
void x86_sys_load_seg(CPUX86State *env, unsigned seg, unsigned sel);
void x86_sys_load_ldt(CPUX86State *env, unsigned sel);
void x86_sys_load_tr(CPUX86State *env, unsigned sel);
/* Real or virtual-8086 mode segment. */
void x86_set_real_seg(CPUX86State *env, unsigned seg, unsigned sel, bool v86);
void x86_sys_far(CPUX86State *env, unsigned sel, uint64_t off, unsigned sz,
                 bool call, uint64_t next_ip);
void x86_sys_retf(CPUX86State *env, unsigned sz, unsigned bytes);
void x86_sys_iret(CPUX86State *env, unsigned sz);
/* The stack pointer for a switch to level dpl, from the TSS. */
void x86_tss_stack(CPUX86State *env, unsigned dpl, unsigned *ss,
                   uint32_t *esp);
uint64_t x86_tss_rsp(CPUX86State *env, unsigned n);
/* Data segments that may not be used at a lower privilege are emptied. */
void x86_drop_segs(CPUX86State *env, unsigned cpl);
enum { TASK_JMP, TASK_CALL, TASK_IRET, TASK_INT };
/* Switches to the task of descriptor desc at addr. */
void x86_task_switch(CPUX86State *env, unsigned sel, uint64_t desc,
                     uint64_t addr, unsigned how, uint64_t next_ip,
                     int error_code);
uint64_t x86_sys_query_seg(CPUX86State *env, unsigned sel, unsigned what);

/* A stack that may be of another level. */
typedef struct X86Stack {
    CPUX86State *env;
    uint64_t sp, mask, base;
    uint32_t limit;
    const SegmentCache *ss;
    unsigned mmu;
} X86Stack;
X86Stack x86_stack(CPUX86State *env);
X86Stack x86_stack_new(CPUX86State *env, const SegmentCache *ss, uint64_t sp,
                       unsigned cpl);
void x86_stack_push(X86Stack *st, uint64_t val, unsigned sz);
uint64_t x86_stack_pop(X86Stack *st, unsigned sz);
/* rSP takes the value. */
void x86_stack_done(const X86Stack *st);

/* ---- interrupts (sys-int.c) ------------------------------------------------------ */

/* Delivers; soft: INT n and kin; fault: RF is set in the flags pushed. */
void x86_sys_deliver(CPUX86State *env, unsigned vector, bool soft,
                     bool has_error, uint32_t error, uint64_t ip, bool fault);
/* An exception, double fault rules applied. */
void x86_sys_exception(CPUX86State *env, unsigned vector);

/* ---- the virtual interrupt flag (sys-v86.c) ------------------------------------ */

/* Do CLI, STI and kin mean EFLAGS.VIF here? */
bool x86_if_is_virtual(const CPUX86State *env);
void x86_set_virtual_if(CPUX86State *env, bool on);     /* #GP with VIP */
/* Virtual-8086 mode: #GP where PUSHF, POPF, IRET of that operand size are the
 * monitor's business, or the flags to be loaded are. */
void x86_check_v86_flags(CPUX86State *env, unsigned sz);
void x86_check_v86_new_flags(CPUX86State *env, uint32_t val);
/* Virtual-8086 mode's INT n; false: through the IDT. */
bool x86_v86_int(CPUX86State *env, unsigned n, uint64_t next_ip);

/* ---- sleep (sys-mwait.c) ------------------------------------------------------- */

/* MWAIT: sleeps, unless it is over already. */
void x86_mwait(CPUX86State *env);
/* While in MWAIT: is there a reason to go on, other than an interrupt to be
 * taken? */
bool x86_mwait_over(const CPUX86State *env);
/* The end of HLT or MWAIT. */
void x86_sys_wake(CPUX86State *env);

void x86_smm_enter(CPUX86State *env);
void x86_smm_leave(CPUX86State *env);

/* MSRs; false: #GP. */
bool x86_sys_rdmsr(CPUX86State *env, uint32_t msr, uint64_t *val);
bool x86_sys_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val);

/* May this port be used now?  #GP if not. */
void x86_check_io(CPUX86State *env, unsigned port, unsigned size);

#endif
