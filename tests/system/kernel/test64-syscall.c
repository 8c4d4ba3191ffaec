/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS and the bases of FS and GS.
 * Source: Intel SDM vol. 2, AMD APM vol. 3; SYSCALL in compatibility mode is
 * AMD's.
 */
#include "test64.h"

enum {
    MSR_SYSENTER_CS = 0x174, MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176, MSR_STAR = 0xc0000081u, MSR_LSTAR = 0xc0000082u,
    MSR_CSTAR = 0xc0000083u, MSR_SFMASK = 0xc0000084u,
    MSR_FS_BASE = 0xc0000100u, MSR_GS_BASE = 0xc0000101u,
    MSR_KERNEL_GS = 0xc0000102u,
};

/* How a system call's code begins. */
struct { uint64_t rcx, r11, rsp, cs, ss, flags; } sys_seen;
#define SEE                                                             \
    "mov %rcx, sys_seen; mov %r11, sys_seen + 8; mov %rsp, sys_seen + 16;" \
    "mov %cs, %eax; mov %rax, sys_seen + 24; mov %ss, %eax;"            \
    "mov %rax, sys_seen + 32; pushfq; pop sys_seen + 40;"
FN(sys_target, SEE "sysretq")
FN(sys_target32, SEE "sysretl")
FN(sysenter_target64, SEE "mov $u_sysenter_next, %edx; mov $user_stack_top, %ecx;"
                      "sysexitq")
FN(sysenter_target32, SEE "mov $u_sysenter32_next, %edx;"
                          "mov $user_stack_top, %ecx; sysexitl")
USER_CASE(u_syscall, "", "syscall")
USER_CASE(u_syscall32, "", ".byte 0x0f, 0x05")
USER_CASE(u_sysenter, "", "sysenter")
USER_CASE(u_sysenter32, "", "sysenter")
USER_CASE(u_sysret, "", "sysretq")
USER_CASE(u_sysexit, "", "sysexitq")
USER_CASE(u_end, "", "int $0x80")
CASE(f_sysret, "mov $u_end, %ecx; mov $0x3c7fd7, %r11d; bts $63, %r11;"
               "btr $8, %r11; btr $14, %r11; bts $16, %r11; bts $17, %r11",
     "sysretq")
CASE(f_sysretl, "mov $u_end, %ecx; bts $40, %rcx; mov $2, %r11d", "sysretl")
CASE(f_sysret_nc, "movabs $0x800000000000, %rcx; mov $2, %r11d", "sysretq")
CASE(f_syscall, "", "syscall")
CASE(f_sysenter, "", "sysenter")
CASE(f_sysexit_nc, "mov $u_end, %edx; movabs $0x800000000000, %rcx",
     "sysexitq")
CASE(f_sysexit_nc2, "xor %ecx, %ecx; movabs $0x800000000000, %rdx",
     "sysexitq")

static void seen(const char *name, unsigned cs, unsigned ss, uint64_t rsp,
                 uint64_t flags)
{
    equal(name, "cs there", sys_seen.cs, cs);
    equal(name, "ss there", sys_seen.ss, ss);
    equal(name, "rsp there", sys_seen.rsp, rsp);
    equal(name, "flags there", sys_seen.flags & ~(uint64_t)FL_ARITH, flags);
}

static void set_up_syscall(void)
{
    FAULTS("syscall without SCE", f_syscall, 6, 0);
    FAULTS("sysret without SCE", f_sysret, 6, 0);
    USER_FAULTS("syscall in ring 3 without SCE", u_syscall, 6, 0);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    wrmsr(MSR_STAR, (uint64_t)(UCODE32 + 3) << 48 | (uint64_t)KCODE << 32);
    wrmsr(MSR_LSTAR, (uint64_t)sys_target);
    wrmsr(MSR_CSTAR, (uint64_t)sys_target32);
    wrmsr(MSR_SFMASK, FL_IF | FL_DF | FL_NT | FL_AC);
}

static void test_syscall(void)
{
    const uint64_t user = (uint64_t)user_stack_top;

    user_flags = 0x240602;              /* ID, AC, DF, IF */
    user_traps("syscall", u_syscall, 0x80, 0);
    equal("sysret", "rip", trap_ip, (uint64_t)u_syscall_next + 2);
    equal("syscall", "rcx", sys_seen.rcx, (uint64_t)u_syscall_next);
    equal("syscall", "r11", sys_seen.r11, 0x240602);
    seen("syscall", KCODE, KDATA, user, 0x200002);
    equal("sysret", "rflags", trap_flags, 0x240602);
    equal("sysret", "cs", trap_cs, UCODE + 3);
    equal("sysret", "ss", trap_ss, UDATA + 3);
    equal("sysret", "rsp", trap_sp, user);
    user_flags = 2;
}

static void test_syscall32(void)
{
    user_mode32();
    if (is_amd()) {
        user_traps("syscall, 32-bit", u_syscall32, 0x80, 0);
        equal("syscall, 32-bit", "rcx", sys_seen.rcx,
              (uint64_t)u_syscall32_next);
        seen("syscall, 32-bit", KCODE, KDATA, (uint64_t)user_stack_top, 2);
        equal("sysretl", "cs", trap_cs, UCODE32 + 3);
        equal("sysretl", "ss", trap_ss, UDATA + 3);
    } else {
        USER_FAULTS("syscall, 32-bit", u_syscall32, 6, 0);
    }
    user_mode64();
}

static void test_sysret(void)
{
    traps("sysret from below", f_sysret, 0x80, 0);
    equal("sysret from below", "rip", trap_ip, (uint64_t)u_end_next);
    equal("sysret from below", "rflags", trap_flags, 0x3c3ed7);
    equal("sysret from below", "rsp", trap_sp, try_sp - 8);
    traps("sysretl, rcx's upper half", f_sysretl, 0x80, 0);
    equal("sysretl, rcx's upper half", "rip", trap_ip, (uint64_t)u_end_next);
    equal("sysretl, rcx's upper half", "cs", trap_cs, UCODE32 + 3);
    if (is_amd()) {
        traps("sysret to no canonical place", f_sysret_nc, 13, 0);
        equal("sysret to no canonical place", "cs", trap_cs, UCODE + 3);
        equal("sysret to no canonical place", "rip", trap_ip, NON_CANONICAL);
    } else {
        FAULTS("sysret to no canonical place", f_sysret_nc, 13, 0);
    }
    USER_FAULTS("sysret in ring 3", u_sysret, 13, 0);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)EFER_SCE);
    FAULTS("syscall, SCE cleared", f_syscall, 6, 0);
    FAULTS("sysret, SCE cleared", f_sysret, 6, 0);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

static void test_sysenter_amd(void)
{
    FAULTS("sysenter", f_sysenter, 6, 0);
    FAULTS("sysexit", f_sysexit_nc, 6, 0);
    USER_FAULTS("sysenter in ring 3", u_sysenter, 6, 0);
    user_mode32();
    USER_FAULTS("sysenter, 32-bit", u_sysenter32, 6, 0);
    user_mode64();
}

static void test_sysenter(void)
{
    static char stack[512];
    const uint64_t top = (uint64_t)stack + sizeof(stack);

    wrmsr(MSR_SYSENTER_CS, 0);
    FAULTS("sysenter, no CS", f_sysenter, 13, 0);
    USER_FAULTS("sysenter in ring 3, no CS", u_sysenter, 13, 0);
    USER_FAULTS("sysexit in ring 3", u_sysexit, 13, 0);
    FAULTS("sysexit, no CS", f_sysexit_nc, 13, 0);
    wrmsr(MSR_SYSENTER_CS, KCODE);
    wrmsr(MSR_SYSENTER_ESP, top);
    wrmsr(MSR_SYSENTER_EIP, (uint64_t)sysenter_target64);
    user_flags = 2 | FL_IF | FL_AC;
    user_traps("sysenter", u_sysenter, 0x80, 0);
    seen("sysenter", KCODE, KDATA, top, 2 | FL_AC);
    equal("sysexit", "rip", trap_ip, (uint64_t)u_sysenter_next + 2);
    equal("sysexit", "cs", trap_cs, UCODE + 3);
    equal("sysexit", "ss", trap_ss, UDATA2 + 3);
    equal("sysexit", "rsp", trap_sp, (uint64_t)user_stack_top);
    user_flags = 2;
    wrmsr(MSR_SYSENTER_EIP, (uint64_t)sysenter_target32);
    user_mode32();
    user_traps("sysenter, 32-bit", u_sysenter32, 0x80, 0);
    seen("sysenter, 32-bit", KCODE, KDATA, top, 2);
    equal("sysexit, 32-bit", "rip", trap_ip, (uint64_t)u_sysenter32_next + 2);
    equal("sysexit, 32-bit", "cs", trap_cs, UCODE32 + 3);
    equal("sysexit, 32-bit", "ss", trap_ss, UDATA + 3);
    user_mode64();
    FAULTS("sysexit, rsp not canonical", f_sysexit_nc, 13, 0);
    FAULTS("sysexit to no canonical place", f_sysexit_nc2, 13, 0);
}

/* ---- bases ------------------------------------------------------------------------------- */

static uint64_t words[2] = { 0x1111, 0x2222 };
USER_CASE(u_swapgs, "", "swapgs")
USER_CASE(u_swapgs32, "", "swapgs")
CASE(f_wrfsbase, "mov $0x1234, %eax", "wrfsbase %rax")
CASE(f_wrgsbase_nc, "movabs $0x800000000000, %rax", "wrgsbase %rax")
USER(u_fsbase, "movabs $0x123456789000, %rax; wrfsbase %rax;"
               "rdfsbase %rcx; movabs $-4096, %rax; wrgsbase %rax;"
               "rdgsbase %rax")
USER(u_fsbase32, "movabs $0x123456789000, %rax; wrfsbase %eax;"
                 "rdfsbase %rcx; mov $-1, %rax; rdfsbase %eax")
USER_CASE(u_rdfsbase, "", "rdfsbase %rax")
USER_CASE(u_rdfsbase32, "", ".byte 0xf3, 0x0f, 0xae, 0xc0")

static uint64_t gs_word(void)
{
    uint64_t v;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(v));
    return v;
}

static void test_swapgs(void)
{
    wrmsr(MSR_GS_BASE, (uint64_t)&words[0]);
    wrmsr(MSR_KERNEL_GS, (uint64_t)&words[1]);
    equal("GS base", "value", gs_word(), 0x1111);
    for (unsigned i = 0; i < 2; i++) {
        __asm__ volatile("swapgs");
        equal("swapgs", "value", gs_word(), i ? 0x1111 : 0x2222);
        equal("swapgs", "GS base", rdmsr(MSR_GS_BASE), (uint64_t)&words[!i]);
        equal("swapgs", "kernel's", rdmsr(MSR_KERNEL_GS),
              (uint64_t)&words[i]);
    }
    USER_FAULTS("swapgs in ring 3", u_swapgs, 13, 0);
    user_mode32();
    USER_FAULTS("swapgs in 32-bit code", u_swapgs32, 6, 0);
    user_mode64();
    /* A selector loads what its descriptor says. */
    set_descriptor16(SCRATCH, (uint32_t)(uint64_t)&words[1], 0xfffff, 0xc93);
    __asm__ volatile("mov %0, %%gs" : : "r"(SCRATCH));
    equal("GS of a descriptor", "value", gs_word(), 0x2222);
    equal("GS of a descriptor", "base", rdmsr(MSR_GS_BASE),
          (uint64_t)&words[1]);
    equal("GS of a descriptor", "kernel's", rdmsr(MSR_KERNEL_GS),
          (uint64_t)&words[1]);
    __asm__ volatile("mov %0, %%gs" : : "r"(KDATA));
}

static void test_fsgsbase(void)
{
    unsigned long cr4 = read_cr4();

    write_cr4(cr4 & ~(unsigned long)CR4_FSGSBASE);
    FAULTS("wrfsbase without FSGSBASE", f_wrfsbase, 6, 0);
    USER_FAULTS("rdfsbase without FSGSBASE", u_rdfsbase, 6, 0);
    write_cr4(cr4 | CR4_FSGSBASE);
    user_traps("fsbase in ring 3", u_fsbase, 0x80, 0);
    equal("fsbase in ring 3", "fs", trap_rcx, 0x123456789000);
    equal("fsbase in ring 3", "gs", trap_rax, -4096ul);
    equal("fsbase in ring 3", "MSR", rdmsr(MSR_FS_BASE), 0x123456789000);
    user_traps("fsbase, 32 bits", u_fsbase32, 0x80, 0);
    equal("fsbase, 32 bits", "written", trap_rcx, 0x56789000);
    equal("fsbase, 32 bits", "read", trap_rax, 0x56789000);
    FAULTS("wrgsbase, not canonical", f_wrgsbase_nc, 13, 0);
    user_mode32();
    USER_FAULTS("rdfsbase in 32-bit code", u_rdfsbase32, 6, 0);
    user_mode64();
    write_cr4(cr4);
    wrmsr(MSR_GS_BASE, 0);
    wrmsr(MSR_FS_BASE, 0);
}

void test_syscalls(void)
{
    set_up_syscall();
    test_syscall();
    test_syscall32();
    test_sysret();
    if (is_amd()) {
        test_sysenter_amd();
    } else {
        test_sysenter();
    }
    test_swapgs();
    test_fsgsbase();
}
