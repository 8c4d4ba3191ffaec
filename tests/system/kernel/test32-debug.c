/* SPDX-License-Identifier: MIT */
/* Single steps and breakpoints.  Source: SDM vol. 3 ch. 18. */
#include "test32.h"

static volatile uint32_t watched[4] __attribute__((aligned(16)));
FN(f_step, "pushf; orl $0x100, (%esp); popf; nop; nop")
extern char bp_here[];
__attribute__((noinline)) static void f_bp(void)
{
    __asm__ volatile("nop; .globl bp_here; bp_here: inc %%eax; nop"
                     : : : "eax", "cc");
}
static void f_watch_write(void) { watched[1] = 7; }
static void f_watch_read(void) { (void)watched[1]; }
static void f_watch_near(void) { watched[2] = 7; }
FN(f_gd, "mov %dr0, %eax")
FN(f_icebp, ".byte 0xf1")

/* ---- each step, counted -------------------------------------------------------- */

/* The text runs with TF set, and three more instructions. */
#define STEPPED(name, before, text) \
    FN(name, before "; pushf; orl $0x100, (%esp); popf;" text \
             "; pushf; andl $~0x100, (%esp); popf")
enum { STEPS_BEHIND = 3 };
static uint8_t from[8] = "abcdefg";
uint8_t to[8];
uint8_t *const rep_from = from, *const rep_to = to;
#define REP(n) "mov rep_from, %esi; mov rep_to, %edi; mov $" #n ", %ecx; cld"
STEPPED(f_step_nothing, "nop", "nop")
STEPPED(f_step_movsb, REP(5), "rep movsb")
STEPPED(f_step_none, REP(0), "rep movsb")
STEPPED(f_step_stosb, REP(4), "rep stosb")
STEPPED(f_step_outsb, REP(3) "; mov $0x80, %dx", "rep outsb")
STEPPED(f_step_insb, REP(3) "; mov $0x80, %dx", "rep insb")
STEPPED(f_step_cmpsb, REP(4) "; mov %esi, %edi", "repe cmpsb")
STEPPED(f_step_mov_ss, "mov $16, %eax", "mov %ax, %ss; nop")
STEPPED(f_step_far, "nop", "ljmp $8, $1f; 1:")
STEPPED(f_step_iret, "nop", "pushf; push %cs; push $1f; iret; 1:")
STEPPED(f_step_out, "nop", "out %al, $0x80")

static void steps(const char *name, void (*fn)(void), unsigned n)
{
    trap_count = 0;
    trap_return = 1;
    fine(name, fn);
    trap_return = 0;
    equal(name, "steps", trap_count, n + STEPS_BEHIND);
}

static void test_steps(void)
{
    steps("step", f_step_nothing, 1);
    steps("step by step, rep movsb", f_step_movsb, 5);
    equal("step by step, rep movsb", "bytes", to[4], 'e');
    equal("step by step, rep movsb", "no more", to[5], 0);
    steps("step, rep movsb of nothing", f_step_none, 1);
    steps("step by step, rep stosb", f_step_stosb, 4);
    steps("step by step, rep outsb", f_step_outsb, 3);
    steps("step by step, rep insb", f_step_insb, 3);
    steps("step by step, repe cmpsb", f_step_cmpsb, 4);
    steps("no step behind mov ss", f_step_mov_ss, 1);
    steps("step, far jump", f_step_far, 1);
    steps("step, iret", f_step_iret, 4);
    steps("step, out", f_step_out, 1);
}

extern char rep_here[];
FN(f_rep, REP(5) "; .globl rep_here; rep_here: rep movsb")
FN(f_rep_ins, REP(5) "; mov $0x80, %dx; rep insb")

/* Breakpoints in the midst of a repeated instruction. */
static void test_rep_breakpoints(void)
{
    write_dr6(0);
    write_dr0((uint32_t)&to[2]);
    write_dr7(0x10402);                         /* write, 1 byte */
    traps("data breakpoint, rep movsb", f_rep, 1, 0);
    equal("data breakpoint, rep movsb", "ecx", trap_ecx, 2);
    equal("data breakpoint, rep movsb", "eip", trap_ip, (uint32_t)rep_here);
    equal("data breakpoint, rep movsb", "RF", trap_flags >> 16 & 1, 1);
    equal("data breakpoint, rep movsb", "DR6", read_dr6() & 0xe00f, 1);
    traps("data breakpoint, rep insb", f_rep_ins, 1, 0);
    equal("data breakpoint, rep insb", "ecx", trap_ecx, 2);
    write_dr0((uint32_t)rep_here);
    write_dr7(0x402);
    trap_count = 0;
    trap_return = 1;
    trap_or = 1 << 16;                          /* RF */
    fine("code breakpoint, rep movsb", f_rep);
    trap_return = trap_or = 0;
    equal("code breakpoint, rep movsb", "traps", trap_count, 1);
    write_dr7(0x400);
}

void test_debug(void)
{
    write_dr6(0);
    traps("single step", f_step, 1, 0);
    equal("single step", "DR6", read_dr6() & 0xe00f, 0x4000);
    write_dr6(0);
    write_dr0((uint32_t)bp_here);
    write_dr7(0x402);
    traps("code breakpoint", f_bp, 1, 0);
    equal("code breakpoint", "eip", trap_ip, (uint32_t)bp_here);
    equal("code breakpoint", "DR6", read_dr6() & 0xe00f, 1);
    write_dr7(0x400);
    fine("code breakpoint off", f_bp);
    write_dr6(0);
    write_dr0((uint32_t)&watched[1]);
    write_dr7(0xd0402);                         /* write, 4 bytes */
    traps("data breakpoint", f_watch_write, 1, 0);
    equal("data breakpoint", "written", watched[1], 7);
    equal("data breakpoint", "DR6", read_dr6() & 0xe00f, 1);
    fine("data breakpoint, read", f_watch_read);
    fine("data breakpoint, near", f_watch_near);
    write_dr7(0xf0402);
    traps("data breakpoint on reads", f_watch_read, 1, 0);
    write_dr7(0x2400);                          /* GD */
    traps("general detect", f_gd, 1, 0);
    equal("general detect", "DR6", read_dr6() & 0x2000, 0x2000);
    write_dr7(0x400);
    traps("int1", f_icebp, 1, 0);
    test_steps();
    test_rep_breakpoints();
}
