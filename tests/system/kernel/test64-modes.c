/* SPDX-License-Identifier: MIT */
/*
 * Long mode left and entered, compatibility mode of 16 and 32 bits, five
 * levels of paging.  Source: Intel SDM vol. 3 ch. 4.5 and 10.8.5.
 */
#include "test64-paging.h"

uint32_t mode_trip(uint32_t v);
extern volatile uint32_t mode_efer[6], mode_cr0, gp_count;

static void test_trip(void)
{
    static const struct { const char *what; uint32_t efer; } rows[] = {
        { "compatibility mode", EFER_LME | EFER_LMA },
        { "paging off", EFER_LME }, { "LME off", 0 },
        { "back in protected mode", 0 }, { "activation refused", EFER_LME },
        { "paging on", EFER_LME | EFER_LMA },
    };

    for (unsigned i = 0; i < 3; i++) {
        gp_count = 0;
        *(volatile uint16_t *)0x12350 = 0;
        equal("through all modes", "ways", mode_trip(0x12000000), 0x12010101);
        equal("through all modes", "store", *(volatile uint16_t *)0x12350,
              0x5678);
        equal("through all modes", "refused", gp_count, 2);
        equal("through all modes", "CR0", mode_cr0 & 0x80000001, 1);
        for (unsigned k = 0; k < 6; k++) {
            equal(rows[k].what, "EFER", mode_efer[k] & (EFER_LME | EFER_LMA),
                  rows[k].efer);
        }
    }
}

/* ---- compatibility mode ------------------------------------------------------------------ */

struct { uint32_t off; uint16_t sel; } __attribute__((packed)) mode_ptr;
CASE(m_jump, "", "ljmp *mode_ptr")
CASE(m_jump16, "mov $0x48, %eax; mov %eax, %ss; mov $0x6f00, %esp",
     "ljmp *mode_ptr")
CASE(m_no_v86, CODE32("push $0x20002; push $0x38; push $1f; iretl; 1:"),
     "int $0x55")
USER(u_inc32, CODE32("mov $5, %eax; .byte 0x40; .byte 0x48; .byte 0x40"))
USER_CASE(u_wrap, CODE32("mov $0xffffffff, %ecx"),
          ".byte 0x8b, 0x41, 0x09")             /* mov 9(%ecx), %eax */
USER_CASE(u_limit, CODE32("mov $0xcb, %eax; mov %eax, %ds"),
          ".byte 0xa1, 0xfd, 0x0f, 0, 0")       /* mov 0xffd, %eax */
USER_CASE(u_in_limit, CODE32("mov $0xcb, %eax; mov %eax, %ds"),
          ".byte 0xa1, 0xfc, 0x0f, 0, 0")
USER_CASE(u_stack_wrap, CODE32("xor %esp, %esp"), ".byte 0x58") /* pop %eax */
USER(u_no_rex, "mov $8, %eax; .byte 0x48, 0xff, 0xc0")     /* dec, inc */
USER(u_there, "ljmp *u_there_ptr; u_there32:" CODE32("mov %cs, %ecx;"
     "ljmp $0x2b, $u_back") "; u_back: mov %cs, %eax")
__asm__(".pushsection .user.data, \"aw\"; u_there_ptr: .long u_there32;"
        ".word 0x1b; .popsection");

static void test_compat32(void)
{
    user_traps("ring 3 to 32 bits and back", u_there, 0x80, 0);
    equal("ring 3 to 32 bits and back", "cs there", trap_rcx, UCODE32 + 3);
    equal("ring 3 to 32 bits and back", "cs after", trap_rax, UCODE + 3);
    user_traps("a REX prefix", u_no_rex, 0x80, 0);
    equal("a REX prefix", "value", trap_rax, 9);
    user_mode32();
    user_traps("one-byte inc and dec", u_inc32, 0x80, 0);
    equal("one-byte inc and dec", "value", trap_rax, 6);
    user_traps("no REX prefix", u_no_rex, 0x80, 0);
    equal("no REX prefix", "value", trap_rax, 8);
    USER_FAULTS("addresses wrap", u_wrap, 14, 5);
    equal("addresses wrap", "cr2", trap_cr2, 8);
    USER_FAULTS("limit in 32-bit code", u_limit, 13, 0);
    USER_FAULTS("within the limit", u_in_limit, 14, 5);
    equal("within the limit", "cr2", trap_cr2, 0xffc);
    user_traps("stack at 0", u_stack_wrap, 14, 5);
    equal("stack at 0", "rsp", trap_sp, 0);
    user_mode64();
    /* VM in the flags that IRET takes does nothing in long mode. */
    mode_ptr.sel = KCODE32;
    mode_ptr.off = (uint64_t)m_no_v86;
    traps("no virtual-8086 mode", m_jump, 0x55, 0);
    equal("no virtual-8086 mode", "rflags", trap_flags, 2);
    equal("no virtual-8086 mode", "cs", trap_cs, KCODE32);
    equal("no virtual-8086 mode", "rip", trap_ip, (uint64_t)m_no_v86_next);
}

static void test_compat16(void)
{
    /* mov $0x1234, %ax; int $0x55 */
    memcpy((void *)0x6000, "\xb8\x34\x12\xcd\x55", 5);
    mode_ptr.sel = KCODE16;
    mode_ptr.off = 0x6000;
    traps("16-bit code", m_jump, 0x55, 0);
    equal("16-bit code", "rip", trap_ip, 0x6005);
    equal("16-bit code", "cs", trap_cs, KCODE16);
    equal("16-bit code", "ax", trap_rax & 0xffff, 0x1234);
    /* push %ax; push $1; int $0x55: words, by SP */
    memcpy((void *)0x6000, "\x50\x6a\x01\xcd\x55", 5);
    traps("16-bit stack", m_jump16, 0x55, 0);
    equal("16-bit stack", "rsp", trap_sp, 0x6efc);
    equal("16-bit stack", "ss", trap_ss, KDATA16);
    equal("16-bit stack", "pushed", *(volatile uint16_t *)0x6efc, 1);
    memcpy((void *)0x6000, "\xe9\xfd\x0f", 3);    /* jmp 0x7000 */
    memcpy((void *)0x7000, "\xcd\x55", 2);
    traps("16-bit jump", m_jump, 0x55, 0);
    equal("16-bit jump", "rip", trap_ip, 0x7002);
}

void test_modes(void)
{
    test_trip();
    test_compat32();
    test_compat16();
}

/* ---- five levels --------------------------------------------------------------------------- */

static uint64_t pml5[512] __attribute__((aligned(4096)));
#define HIGH 0x1000000000000ul          /* bit 48: canonical with LA57 alone */
CASE(l_read, "movabs $0x1000000000000, %rdi", "mov (%rdi), %al")
CASE(l_read_rbp, "movabs $0x100000000000000, %rbp", "mov (%rbp), %al")
CASE(l_read_bad, "movabs $0x100000000000000, %rdi", "mov (%rdi), %al")
CASE(l_write, "movabs $0x1000000000000, %rdi", "mov %al, 8(%rdi)")

static void five_levels(void)
{
    traps("5 levels: absent", l_read, 14, 0);
    equal("5 levels: absent", "cr2", trap_cr2, HIGH);
    FAULTS("5 levels: bit 56", l_read_bad, 13, 0);
    FAULTS("5 levels: bit 56 by rbp", l_read_rbp, 12, 0);
    pml5[1] = (uint64_t)boot_pml4 | PG_P | PG_W | PG_U;
    boot_pml4[0] &= ~PG_A;
    invlpg((void *)HIGH);
    fine("5 levels: read", l_read);         /* physical 0 */
    equal("5 levels: read", "PML5E", pml5[1] & (PG_A | PG_D), PG_A);
    equal("5 levels: read", "PML4E", boot_pml4[0] & PG_A, PG_A);
    pml5[1] &= ~PG_W;
    invlpg((void *)HIGH);
    traps("5 levels: read-only", l_write, 14, 3);
    pml5[1] |= PG_W | PG_PS;
    invlpg((void *)HIGH);
    traps("5 levels: PS in a PML5E", l_read, 14, 9);
    pml5[1] ^= PG_PS;
    wrmsr(0xc0000102, HIGH);
    equal("5 levels: kernel GS base", "value", rdmsr(0xc0000102), HIGH);
    wrmsr(0xc0000102, 0);
}

void test_five_levels(void)
{
    uint64_t cr3 = read_cr3(), cr4 = read_cr4();

    FAULTS("4 levels: bit 48", l_read, 13, 0);
    if (!has_cpuid(7, 2, 16)) {
        return;
    }
    pml5[0] = (uint64_t)boot_pml4 | PG_P | PG_W | PG_U;
    switch_paging((uint64_t)pml5, cr4 | CR4_LA57);
    equal("5 levels", "CR4", read_cr4() & CR4_LA57, CR4_LA57);
    five_levels();
    switch_paging(cr3, cr4);
    FAULTS("4 levels again: bit 48", l_read, 13, 0);
}
