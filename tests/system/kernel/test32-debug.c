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
}
