/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions, ports, control registers, model-specific registers
 * and XCR0.  Source: Intel SDM vol. 2, vol. 3 ch. 2 and 5.9.
 */
#include "test64.h"

/* ---- privilege --------------------------------------------------------------------- */

typedef struct Coded { const char *name; uint8_t len; uint8_t code[9]; } Coded;
/* All of them #GP(0) in ring 3. */
static const Coded privileged[] = {
    { "hlt", 1, { 0xf4 } }, { "cli", 1, { 0xfa } }, { "sti", 1, { 0xfb } },
    { "clts", 2, { 0x0f, 0x06 } }, { "invd", 2, { 0x0f, 0x08 } },
    { "wbinvd", 2, { 0x0f, 0x09 } }, { "lgdt", 4, { 0x0f, 0x01, 0x14, 0x24 } },
    { "lidt", 4, { 0x0f, 0x01, 0x1c, 0x24 } },
    { "invlpg", 4, { 0x0f, 0x01, 0x3c, 0x24 } },
    { "lmsw", 3, { 0x0f, 0x01, 0xf0 } },
    { "mov cr0, read", 3, { 0x0f, 0x20, 0xc0 } },
    { "mov cr2, read", 3, { 0x0f, 0x20, 0xd0 } },
    { "mov cr3, read", 3, { 0x0f, 0x20, 0xd8 } },
    { "mov cr4, read", 3, { 0x0f, 0x20, 0xe0 } },
    { "mov cr8, read", 4, { 0x44, 0x0f, 0x20, 0xc0 } },
    { "mov cr0", 3, { 0x0f, 0x22, 0xc0 } },
    { "mov cr3", 3, { 0x0f, 0x22, 0xd8 } },
    { "mov cr4", 3, { 0x0f, 0x22, 0xe0 } },
    { "mov cr8", 4, { 0x44, 0x0f, 0x22, 0xc0 } },
    { "mov dr0, read", 3, { 0x0f, 0x21, 0xc0 } },
    { "mov dr7", 3, { 0x0f, 0x23, 0xf8 } },
    { "rdmsr", 2, { 0x0f, 0x32 } }, { "wrmsr", 2, { 0x0f, 0x30 } },
    { "rdpmc", 2, { 0x0f, 0x33 } }, { "xsetbv", 3, { 0x0f, 0x01, 0xd1 } },
    { "invpcid", 6, { 0x66, 0x0f, 0x38, 0x82, 0x04, 0x24 } },
    { "in al, imm", 2, { 0xe4, 0x80 } }, { "in al, dx", 1, { 0xec } },
    { "out imm, al", 2, { 0xe6, 0x80 } }, { "outsb", 1, { 0x6e } },
    { "insb", 1, { 0x6c } },
};
static const Coded umip[] = {
    { "sgdt", 5, { 0x0f, 0x01, 0x44, 0x24, 0xf0 } },
    { "sidt", 5, { 0x0f, 0x01, 0x4c, 0x24, 0xf0 } },
    { "sldt", 3, { 0x0f, 0x00, 0xc0 } },
    { "str", 3, { 0x0f, 0x00, 0xc8 } },
    { "smsw", 3, { 0x0f, 0x01, 0xe0 } },
};

static uint8_t __attribute__((section(".user.data"))) u_code[32];

/* For ring 3, with int 80h behind it. */
static void put_user(const Coded *c)
{
    memcpy(u_code, c->code, c->len);
    memcpy(u_code + c->len, "\xcd\x80", 2);
}

static void test_privilege(void)
{
    unsigned long cr4 = read_cr4();

    write_cr4(cr4 | CR4_OSXSAVE);
    for (unsigned i = 0; i < sizeof(privileged) / sizeof(Coded); i++) {
        put_user(&privileged[i]);
        user_trap_is(privileged[i].name, (void (*)(void))u_code, 13, 0,
                     u_code, true);
    }
    for (unsigned i = 0; i < sizeof(umip) / sizeof(Coded); i++) {
        put_user(&umip[i]);
        write_cr4(cr4 & ~(unsigned long)CR4_UMIP);
        user_traps(umip[i].name, (void (*)(void))u_code, 0x80, 0);
        write_cr4(cr4 | CR4_UMIP);
        user_trap_is(umip[i].name, (void (*)(void))u_code, 13, 0, u_code,
                     true);
    }
    write_cr4(cr4);
}

/* ---- ports and flags ------------------------------------------------------------------ */

USER_CASE(u_in70, "", "in $0x70, %al")
USER(u_in70_ok, "in $0x70, %al")
USER_CASE(u_in_word, "mov $0x77, %edx", "in %dx, %ax")
USER_CASE(u_in_high, "mov $0xfff0, %edx", "in %dx, %al")
USER(u_cli_sti, "cli; sti")
USER(u_popf, "pushfq; xorl $0x203200, (%rsp); popfq; pushfq; pop %rax")

static void test_ports(void)
{
    USER_FAULTS("port, all bits set", u_in70, 13, 0);
    tss.bits[0x70 / 8] = 0x7e;
    user_traps("port allowed", u_in70_ok, 0x80, 0);
    USER_FAULTS("word, half allowed", u_in_word, 13, 0);
    tss.bits[0x70 / 8] = 0x7f;
    tss.bits[0x78 / 8] = 0xfe;
    user_traps("word allowed", u_in_word, 0x80, 0);
    tss.bits[0x70 / 8] = tss.bits[0x78 / 8] = 0xff;
    USER_FAULTS("port beyond the TSS", u_in_high, 13, 0);
    user_flags = 0x3002;
    user_traps("port with IOPL 3", u_in70_ok, 0x80, 0);
    user_traps("cli and sti with IOPL 3", u_cli_sti, 0x80, 0);
    equal("cli and sti with IOPL 3", "rflags", trap_flags, 0x3202);
    user_traps("popf with IOPL 3", u_popf, 0x80, 0);
    equal("popf with IOPL 3", "rflags", trap_rax & 0x203202, 0x203202);
    user_flags = 2;
    user_traps("popf with IOPL 0", u_popf, 0x80, 0);
    equal("popf with IOPL 0", "rflags", trap_rax & 0x203202, 0x200002);
}

/* ---- control registers ------------------------------------------------------------------- */

#define CR_CASE(name, cr, change) \
    CASE(name, "mov %" cr ", %rax; " change, "mov %rax, %" cr)
CR_CASE(f_cr0_pe, "cr0", "btr $0, %rax")
CR_CASE(f_cr0_pg, "cr0", "btr $31, %rax")
CR_CASE(f_cr0_nw, "cr0", "btr $30, %rax; bts $29, %rax")
CR_CASE(f_cr0_high, "cr0", "bts $32, %rax")
CR_CASE(f_cr3_high, "cr3", "bts $50, %rax")
CR_CASE(f_cr3_63, "cr3", "bts $63, %rax")
CR_CASE(f_cr4_pae, "cr4", "btr $5, %rax")
CR_CASE(f_cr4_la57, "cr4", "bts $12, %rax")
CR_CASE(f_cr4_15, "cr4", "bts $15, %rax")
CR_CASE(f_cr4_31, "cr4", "bts $31, %rax")
CR_CASE(f_cr4_40, "cr4", "bts $40, %rax")
CASE(f_cr8_16, "mov $16, %eax", "mov %rax, %cr8")
CASE(f_dr6_high, "mov %dr6, %rax; bts $40, %rax", "mov %rax, %dr6")
CASE(f_dr7_high, "mov %dr7, %rax; bts $40, %rax", "mov %rax, %dr7")
CASE(f_dr4, "", ".byte 0x0f, 0x21, 0xe0")
CASE(f_lgdt_nc, "movabs $0x800000000000, %rax; mov %rax, -8(%rsp)",
     "lgdt -10(%rsp)")
CASE(f_lidt_nc, "movabs $0x800000000000, %rax; mov %rax, -8(%rsp)",
     "lidt -10(%rsp)")

static uint64_t read_cr8(void)
{
    uint64_t v;

    __asm__ volatile("mov %%cr8, %0" : "=r"(v));
    return v;
}

static void test_control(void)
{
    volatile uint32_t *tpr = (uint32_t *)0xfee00080;
    unsigned long cr0 = read_cr0(), cr4 = read_cr4();
    struct { uint16_t limit; uint64_t base; } __attribute__((packed)) r;

    FAULTS("PE off with paging", f_cr0_pe, 13, 0);
    FAULTS("PG off in 64-bit code", f_cr0_pg, 13, 0);
    FAULTS("NW without CD", f_cr0_nw, 13, 0);
    FAULTS("CR0's upper half", f_cr0_high, 13, 0);
    FAULTS("CR3, address beyond the processor's", f_cr3_high, 13, 0);
    FAULTS("CR3, bit 63 without PCIDE", f_cr3_63, 13, 0);
    FAULTS("PAE off in long mode", f_cr4_pae, 13, 0);
    FAULTS("LA57 changed in long mode", f_cr4_la57, 13, 0);
    FAULTS("CR4, reserved bit 15", f_cr4_15, 13, 0);
    FAULTS("CR4, reserved bit 31", f_cr4_31, 13, 0);
    FAULTS("CR4's upper half", f_cr4_40, 13, 0);
    FAULTS("CR8, 16", f_cr8_16, 13, 0);
    FAULTS("DR6's upper half", f_dr6_high, 13, 0);
    FAULTS("DR7's upper half", f_dr7_high, 13, 0);
    FAULTS("GDT at no canonical place", f_lgdt_nc, 13, 0);
    FAULTS("IDT at no canonical place", f_lidt_nc, 13, 0);
    equal("CR0", "as before", read_cr0(), cr0);
    equal("CR4", "as before", read_cr4(), cr4);
    write_cr4(cr4 | CR4_DE);
    FAULTS("DR4 with DE", f_dr4, 6, 0);
    write_cr4(cr4 & ~(unsigned long)CR4_DE);
    fine("DR4 without DE", f_dr4);
    write_cr4(cr4);
    *tpr = 0x57;
    equal("CR8", "of the TPR", read_cr8(), 5);
    __asm__ volatile("mov %0, %%cr8" : : "r"(9ul));
    equal("TPR", "of CR8", *tpr, 0x90);
    __asm__ volatile("mov %0, %%cr8" : : "r"(0ul));
    __asm__ volatile("sidt %0" : "=m"(r));
    equal("SIDT", "base", r.base, (uint64_t)idt);
    equal("SIDT", "limit", r.limit, 0xfff);
    __asm__ volatile("sgdt %0" : "=m"(r));
    equal("SGDT", "base", r.base, (uint64_t)gdt);
    equal("SGDT", "limit", r.limit, GDT_SIZE - 1);
    write_cr2(0x123456789abcdef0);
    equal("CR2", "value", read_cr2(), 0x123456789abcdef0);
}

static void test_cr0_ts(void)
{
    unsigned long cr0 = read_cr0();

    write_cr0(cr0 | CR0_TS);
    __asm__ volatile("clts");
    equal("clts", "CR0", read_cr0(), cr0);
    __asm__ volatile("lmsw %w0" : : "r"(CR0_TS));
    equal("lmsw", "CR0", read_cr0(),
          (cr0 & ~(unsigned long)(CR0_MP | CR0_EM)) | CR0_TS);
    __asm__ volatile("lmsw %w0" : : "r"((unsigned)cr0));
    equal("lmsw", "CR0 again", read_cr0(), cr0);
}

/* ---- MSRs ---------------------------------------------------------------------------------- */

uint64_t msr_number, msr_value;
CASE(f_wrmsr, "mov msr_number, %ecx; mov msr_value, %eax;"
     "mov msr_value + 4, %edx", "wrmsr")
CASE(f_rdmsr, "mov msr_number, %ecx", "rdmsr")

static void test_msrs(void)
{
    static const struct { const char *name; uint32_t msr; uint64_t val; }
    bad[] = {
        { "unknown MSR", 0x12345, 0 },
        { "EFER, reserved bit", 0xc0000080, 0xd02 },
        { "EFER, LME off with paging", 0xc0000080, 0xc00 },
        { "LSTAR, not canonical", 0xc0000082, NON_CANONICAL },
        { "CSTAR, not canonical", 0xc0000083, NON_CANONICAL },
        { "FS base, not canonical", 0xc0000100, NON_CANONICAL },
        { "GS base, not canonical", 0xc0000101, NON_CANONICAL },
        { "kernel GS base, not canonical", 0xc0000102, NON_CANONICAL },
        { "TSC_AUX, upper half", 0xc0000103, 1ull << 32 },
        { "SYSENTER_ESP, not canonical", 0x175, NON_CANONICAL },
        { "SYSENTER_EIP, not canonical", 0x176, NON_CANONICAL },
        { "PAT, type 2", 0x277, 0x0002 },
        { "PAT, type 8", 0x277, 0x0800 },
        { "MTRRcap is read-only", 0xfe, 0x508 },
        { "MTRR default, reserved bit", 0x2ff, 1 << 12 },
        { "MTRR default, type 2", 0x2ff, 2 },
        { "MTRR base, type 3", 0x200, 3 },
        { "fixed MTRR, type 7", 0x250, 7 },
        { "APIC base, reserved bit", 0x1b, 1ull << 52 | 0xfee00900 },
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        msr_number = bad[i].msr;
        msr_value = bad[i].val;
        FAULTS(bad[i].name, f_wrmsr, 13, 0);
    }
    msr_number = 0x12345;
    FAULTS("unknown MSR, read", f_rdmsr, 13, 0);
    /* LMA is not for writing. */
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)EFER_LMA);
    equal("EFER", "LMA", rdmsr(MSR_EFER) & EFER_LMA, EFER_LMA);
}

USER(u_rdtscp, "rdtscp")
USER(u_rdpid, "xor %eax, %eax; rdpid %rcx")
FN(fine_rdtsc, "rdtsc")
USER_CASE(u_rdtsc, "", "rdtsc")
USER_CASE(u_rdtscp_case, "", "rdtscp")

static void test_counters(void)
{
    unsigned long cr4 = read_cr4();

    wrmsr(0xc0000103, 0xabcd1234);
    user_traps("rdtscp", u_rdtscp, 0x80, 0);
    equal("rdtscp", "aux", trap_rcx, 0xabcd1234);
    user_traps("rdpid", u_rdpid, 0x80, 0);
    equal("rdpid", "aux", trap_rcx, 0xabcd1234);
    user_traps("rdtsc", u_rdtsc, 0x80, 0);
    write_cr4(cr4 | CR4_TSD);
    USER_FAULTS("rdtsc with TSD", u_rdtsc, 13, 0);
    USER_FAULTS("rdtscp with TSD", u_rdtscp_case, 13, 0);
    fine("rdtsc with TSD in ring 0", fine_rdtsc);
    write_cr4(cr4);
}

/* ---- XCR0 ------------------------------------------------------------------------------------ */

uint32_t xcr_number;
uint64_t xcr_value;
CASE(f_xsetbv, "mov xcr_number, %ecx; mov xcr_value, %eax;"
     "mov xcr_value + 4, %edx", "xsetbv")
CASE(f_xgetbv, "mov xcr_number, %ecx", "xgetbv")
CASE(f_xsave, "", "xsave (%rsp)")
CASE(f_xsave_odd, "mov $xsave_area + 1, %edi; mov $7, %eax; xor %edx, %edx",
     "xsave (%rdi)")
CASE(f_xrstor_bad, "mov $xsave_area, %edi; mov $7, %eax; xor %edx, %edx;"
     "movq $1 << 20, 512(%rdi)", "xrstor (%rdi)")
uint8_t xsave_area[4096] __attribute__((aligned(64)));

static void xsetbv(uint64_t val)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)val),
                     "d"((uint32_t)(val >> 32)));
}

static void bad_xcr(const char *name, unsigned n, uint64_t val)
{
    xcr_number = n;
    xcr_value = val;
    FAULTS(name, f_xsetbv, 13, 0);
}

static void test_xcr0(void)
{
    unsigned long cr4 = read_cr4();

    write_cr4(cr4 & ~(unsigned long)CR4_OSXSAVE);
    equal("CPUID", "OSXSAVE", has_cpuid(1, 2, 27), 0);
    FAULTS("xsetbv without OSXSAVE", f_xsetbv, 6, 0);
    FAULTS("xgetbv without OSXSAVE", f_xgetbv, 6, 0);
    FAULTS("xsave without OSXSAVE", f_xsave, 6, 0);
    write_cr4(cr4 | CR4_OSXSAVE);
    equal("CPUID", "OSXSAVE", has_cpuid(1, 2, 27), 1);
    bad_xcr("XCR1", 1, 3);
    bad_xcr("XCR0 without x87", 0, 2);
    bad_xcr("XCR0, AVX without SSE", 0, 5);
    bad_xcr("XCR0, bit 63", 0, 1ull << 63 | 3);
    bad_xcr("XCR0, MPX", 0, 3 << 3 | 3);
    bad_xcr("XCR0, bit 32", 0, 1ull << 32 | 3);
    xcr_number = 7;
    FAULTS("XCR7", f_xgetbv, 13, 0);
    xsetbv(3);
    FAULTS("xsave, misaligned", f_xsave_odd, 13, 0);
    FAULTS("xrstor of what is off", f_xrstor_bad, 13, 0);
    write_cr4(cr4);
}

void test_system(void)
{
    test_privilege();
    test_ports();
    test_control();
    test_cr0_ts();
    test_msrs();
    test_counters();
    test_xcr0();
}
