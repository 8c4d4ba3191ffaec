/* SPDX-License-Identifier: MIT */
/* What the files of the 64-bit test kernel share. */
#ifndef TEST64_H
#define TEST64_H

#include "kernel.h"
#include "test64-sel.h"

typedef struct Tss64 {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t ist[8];            /* from 1 */
    uint8_t reserved1[10];
    uint16_t iomap;
    uint8_t bits[0x2000 / 8 + 1];
} __attribute__((packed, aligned(8))) Tss64;
_Static_assert(offsetof(Tss64, ist[1]) == 36, "layout");
_Static_assert(offsetof(Tss64, iomap) == 102, "layout");

typedef struct Gate64 {
    uint64_t lo, hi;
} Gate64;

enum { GATE_CALL = 0xc, GATE_INT = 0xe, GATE_TRAP = 0xf };
enum {
    FL_TF = 1 << 8, FL_IF = 1 << 9, FL_DF = 1 << 10, FL_NT = 1 << 14,
    FL_RF = 1 << 16, FL_AC = 1 << 18, FL_ARITH = 0x8d5,
};
enum {
    CR0_MP = 2, CR0_EM = 4, CR0_TS = 8, CR0_WP = 1 << 16, CR0_AM = 1 << 18,
};
enum {
    CR4_TSD = 1 << 2, CR4_DE = 1 << 3, CR4_PAE = 1 << 5, CR4_PGE = 1 << 7,
    CR4_PCE = 1 << 8, CR4_OSFXSR = 1 << 9, CR4_OSXMMEXCPT = 1 << 10,
    CR4_UMIP = 1 << 11, CR4_LA57 = 1 << 12, CR4_FSGSBASE = 1 << 16,
    CR4_PCIDE = 1 << 17, CR4_OSXSAVE = 1 << 18, CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21, CR4_PKE = 1 << 22,
};
enum { MSR_EFER = 0xc0000080u };
enum { EFER_SCE = 1, EFER_LME = 1 << 8, EFER_LMA = 1 << 10,
       EFER_NXE = 1 << 11 };
#define NON_CANONICAL 0x800000000000ul

extern uint64_t gdt[GDT_SIZE / 8];
extern Gate64 idt[256];
extern Tss64 tss;
extern char trap_stubs[], user_stack_top[], trap_stack_top[], user_start[];
extern uint64_t boot_pml4[512], boot_pdpt[512], boot_pd[512], boot_pd3[512];

/* The last trap, as kernel.h's; the frame's address, and how the handler
 * began. */
extern volatile unsigned long trap_sp, trap_ss, trap_frame, trap_handler_ss,
    trap_handler_cs, trap_handler_flags, try_sp, trap_rax, trap_rcx, trap_rdx,
    trap_rbx, trap_r11;
/* So many traps are only logged and returned from, first with trap_or set in
 * the flags and trap_skip added to RIP. */
extern volatile unsigned long trap_return, trap_or, trap_skip, trap_logged;
typedef struct TrapLog { unsigned long vector, ip, flags, dr6; } TrapLog;
extern volatile TrapLog trap_log[32];

extern unsigned long user_ss;       /* where enter_user() goes */

Gate64 gate64(unsigned sel, uint64_t off, unsigned type, unsigned dpl,
              unsigned ist);
/* The vector's usual gate, with another IST. */
void set_ist(unsigned vector, unsigned ist);
void set_idt(unsigned vector, Gate64 g);
void reset_idt(unsigned vector);
void load_idt(unsigned limit);
void set_descriptor16(unsigned sel, uint64_t base, uint32_t limit,
                      unsigned flags);
bool has_cpuid(uint32_t leaf, unsigned reg, unsigned bit);
/* The makers' processors differ in system calls. */
bool is_amd(void);

/* A function that is looked at where it traps: name_at, behind it
 * name_next. */
#define CASE_IN(section, name, before, insn, after)                     \
    void name(void);                                                    \
    extern char name##_at[], name##_next[];                             \
    __asm__(".pushsection " section ", \"ax\"; .globl " #name "\n"      \
            #name ": " before "; " #name "_at: " insn "; "              \
            #name "_next: " after "; .popsection");
#define CASE_(section, end, name, before, insn) \
    CASE_IN(section, name, before, insn, end)
/* CASE(name, "what comes before", "the instruction") */
#define CASE(...) CASE_(".text", "ret", __VA_ARGS__)
#define USER_CASE(...) CASE_(".user.text", "int $0x80", __VA_ARGS__)
#define CODE32(text) ".code32; " text "; .code64"

/* All of the frame: of a fault at ip, or of a trap behind it. */
void trap_is(const char *name, void (*fn)(void), unsigned vector,
             unsigned long error, const void *ip, bool fault);
void user_trap_is(const char *name, void (*fn)(void), unsigned vector,
                  unsigned long error, const void *ip, bool fault);
#define FAULTS(name, fn, vector, error) \
    trap_is(name, fn, vector, error, fn##_at, true)
#define TRAPS(name, fn, vector) \
    trap_is(name, fn, vector, 0, fn##_next, false)
#define USER_FAULTS(name, fn, vector, error) \
    user_trap_is(name, fn, vector, error, fn##_at, true)
#define USER_TRAPS(name, fn, vector) \
    user_trap_is(name, fn, vector, 0, fn##_next, false)
/* Paging off, these two, on again. */
void switch_paging(uint64_t cr3, uint64_t cr4);
/* Compatibility mode, for the next user_traps() and kin. */
void user_mode32(void);
void user_mode64(void);

/* The sections. */
void test_exceptions(void);
void test_gates(void);
void test_far(void);
void test_syscalls(void);
void test_system(void);
void test_paging(void);
void test_tlb(void);
void test_debug(void);
void test_modes(void);
void test_five_levels(void);
void test_smp(void);
void test_smm(void);
void triple_fault(void);

#endif
