/* SPDX-License-Identifier: MIT */
/*
 * System management mode: a handler of the test's own in SMRAM, entered through
 * the PC's port B2h.  Source: AMD APM vol. 2 ch. 10, Intel 82441FX (SMRAM).
 */
#include "test64.h"

extern char smm_code[], smm_end[];
extern volatile uint32_t smm_count, smm_cr0;
extern volatile uint16_t smm_cs;
extern uint8_t smm_saved[512];          /* SMBASE + fe00h */
CASE(s_enter, "mov $0x1111, %ecx; mov $0x2222, %edx; mov $0x3333, %ebx;"
     "mov $0x4444, %r11d; mov $0x77, %eax; stc", "out %al, $0xb2; int $0x55")
enum { SMRAM = 0x72, SMRAM_CLOSED = 0x0a, SMRAM_OPEN = 0x4a };

static void set_smram(uint8_t v)
{
    __asm__ volatile("outl %0, %w1" : : "a"(0x80000000 | (SMRAM & ~3)),
                     "Nd"(0xcf8));
    outb(0xcfc + (SMRAM & 3), v);
}

static uint64_t saved(unsigned at)
{
    uint64_t v;

    memcpy(&v, smm_saved + (at - 0xfe00), 8);
    return v;
}

static void test_saved(void)
{
    equal("SMM's state", "revision", (uint32_t)saved(0xfefc), 0x20064);
    equal("SMM's state", "SMBASE", (uint32_t)saved(0xff00), 0xa0000);
    equal("SMM's state", "RIP", saved(0xff78), (uint64_t)s_enter_at + 2);
    equal("SMM's state", "RFLAGS", saved(0xff70), 3);
    equal("SMM's state", "CR0", saved(0xff58), read_cr0());
    equal("SMM's state", "CR3", saved(0xff50), read_cr3());
    equal("SMM's state", "CR4", saved(0xff48), read_cr4());
    equal("SMM's state", "EFER", saved(0xfed0), rdmsr(MSR_EFER));
    equal("SMM's state", "RAX", saved(0xfff8), 0x77);
    equal("SMM's state", "RBX", saved(0xffe0), 0x3333);
    equal("SMM's state", "RSP", saved(0xffd8), try_sp - 8);
    equal("SMM's state", "R11", saved(0xffa0), 0x4444);
    equal("SMM's state", "cs", saved(0xfe10) & 0xffff, KCODE);
    equal("SMM's state", "TR's base", saved(0xfe98), (uint64_t)&tss);
}

void test_smm(void)
{
    unsigned long cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4();
    uint64_t efer = rdmsr(MSR_EFER);
    volatile uint8_t *at = (uint8_t *)0xa8000;

    set_smram(SMRAM_OPEN);
    memcpy((void *)at, smm_code, smm_end - smm_code);
    set_smram(SMRAM_CLOSED);
    equal("SMRAM", "hidden", *at == (uint8_t)smm_code[0], 0);
    traps("through SMM", s_enter, 0x55, 0);
    equal("SMM", "entered", smm_count, 1);
    equal("SMM", "cs", smm_cs, 0xa000);
    equal("SMM", "CR0: no paging, no protection", smm_cr0 & 0x80000001, 0);
    equal("RSM", "rip", trap_ip, (uint64_t)s_enter_next);
    equal("RSM", "rsp", trap_sp, try_sp - 8);
    equal("RSM", "rflags", trap_flags, 3);
    equal("RSM", "cs", trap_cs, KCODE);
    equal("RSM", "rbx, changed by the handler", trap_rbx, 0x5a5a1234);
    equal("RSM", "rcx", trap_rcx, 0x1111);
    equal("RSM", "rdx", trap_rdx, 0x2222);
    equal("RSM", "r11", trap_r11, 0x4444);
    equal("RSM", "CR0", read_cr0(), cr0);
    equal("RSM", "CR3", read_cr3(), cr3);
    equal("RSM", "CR4", read_cr4(), cr4);
    equal("RSM", "EFER", rdmsr(MSR_EFER), efer);
    test_saved();
}
