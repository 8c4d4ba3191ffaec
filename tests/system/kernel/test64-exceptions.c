/* SPDX-License-Identifier: MIT */
/*
 * Exceptions in 64-bit and compatibility mode: vector, error code and the
 * whole frame of each.  Source: Intel SDM vol. 3 ch. 6.15, vol. 1 ch. 3.3.7.
 */
#include "test64.h"

/* ---- arithmetic, software interrupts, opcodes --------------------------------- */

CASE(f_div, "xor %edx, %edx; xor %ecx, %ecx; mov $1, %eax", "div %rcx")
CASE(f_div_big, "mov $1, %edx; mov $1, %ecx; mov $1, %eax", "div %rcx")
CASE(f_idiv, "mov $-1, %rcx; movabs $0x8000000000000000, %rax; cqo",
     "idiv %rcx")
CASE(f_idiv32, "mov $-1, %ecx; mov $0x80000000, %eax; cdq", "idiv %ecx")
CASE(f_div8, "mov $0x200, %eax; mov $1, %cl", "div %cl")
CASE(f_int3, "", "int3")
CASE(f_int3_long, "", ".byte 0xcd, 3")
CASE(f_int50, "", "int $0x50")
CASE(f_int14, "", "int $14")
CASE(f_ud2, "", "ud2")
CASE(f_ud1, "", ".byte 0x0f, 0xb9, 0xc0")
CASE(f_ud0, "", ".byte 0x0f, 0xff, 0xc0")
CASE(f_lock_nop, "", ".byte 0xf0, 0x90")
CASE(f_lock_mov, "", ".byte 0xf0, 0x89, 0x04, 0x24")
CASE(f_lock_reg, "", ".byte 0xf0, 0x01, 0xc0")
CASE(f_mov_cs, "", ".byte 0x8e, 0xc8")
CASE(f_mov_seg6, "", ".byte 0x8e, 0xf0")
CASE(f_cr1, "", ".byte 0x0f, 0x20, 0xc8")
CASE(f_cr5, "", ".byte 0x0f, 0x22, 0xe8")
CASE(f_rsm, "", "rsm")
CASE(f_vmcall, "", "vmcall")
CASE(f_lea_reg, "", ".byte 0x8d, 0xc0")
USER_CASE(u_int3, "", "int3")
USER_CASE(u_div, "xor %ecx, %ecx", "div %ecx")
USER_CASE(u_ud2, "", "ud2")
USER_CASE(u_into32, CODE32("mov $0x7fffffff, %eax; inc %eax"), ".byte 0xce")
USER_CASE(u_bound32, CODE32("push $20; push $10; mov $21, %eax; mov %esp, %ecx;"
                            "add $8, %esp"), ".byte 0x62, 0x01")
USER(u_bound32_ok, CODE32("push $20; push $10; mov $10, %eax; bound %eax, (%esp);"
                          "pop %eax; pop %eax"))
USER_CASE(u_les32, "", ".byte 0xc4, 0xc0")

/* One-byte opcodes that 64-bit mode does not have. */
static const uint8_t gone[] = {
    0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60,
    0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea,
};
static uint8_t code[16];
static void f_code(void)
{
    ((void (*)(void))code)();
}

static void test_opcodes(void)
{
    for (unsigned i = 0; i < sizeof(gone); i++) {
        memset(code, 0, sizeof(code));
        code[0] = gone[i];
        trap_vector = 0;
        try(f_code);
        equal("not in 64-bit mode", "opcode and vector",
              gone[i] << 8 | trap_vector, gone[i] << 8 | 6);
        equal("not in 64-bit mode", "rip", trap_ip, (unsigned long)code);
    }
    FAULTS("ud2", f_ud2, 6, 0);
    FAULTS("ud1", f_ud1, 6, 0);
    FAULTS("ud0", f_ud0, 6, 0);
    FAULTS("lock nop", f_lock_nop, 6, 0);
    FAULTS("lock mov", f_lock_mov, 6, 0);
    FAULTS("lock add to a register", f_lock_reg, 6, 0);
    FAULTS("mov to cs", f_mov_cs, 6, 0);
    FAULTS("mov to segment 6", f_mov_seg6, 6, 0);
    FAULTS("cr1", f_cr1, 6, 0);
    FAULTS("cr5", f_cr5, 6, 0);
    FAULTS("rsm outside SMM", f_rsm, 6, 0);
    FAULTS("vmcall", f_vmcall, 6, 0);
    FAULTS("lea of a register", f_lea_reg, 6, 0);
    USER_FAULTS("ud2 in ring 3", u_ud2, 6, 0);
}

static void test_simple(void)
{
    FAULTS("divide by zero", f_div, 0, 0);
    FAULTS("divide overflow", f_div_big, 0, 0);
    FAULTS("signed divide overflow", f_idiv, 0, 0);
    FAULTS("signed divide overflow, 32", f_idiv32, 0, 0);
    FAULTS("divide overflow, 8", f_div8, 0, 0);
    USER_FAULTS("divide by zero in ring 3", u_div, 0, 0);
    TRAPS("int3", f_int3, 3);
    TRAPS("int 3", f_int3_long, 3);
    TRAPS("int 50", f_int50, 0x50);
    USER_TRAPS("int3 in ring 3", u_int3, 3);
    /* Software interrupts push no error code: the stub takes RIP for it. */
    traps("int 14", f_int14, 14, (unsigned long)f_int14_next);
    user_mode32();
    USER_TRAPS("into", u_into32, 4);
    USER_FAULTS("bound", u_bound32, 5, 0);
    user_traps("bound, inside", u_bound32_ok, 0x80, 0);
    USER_FAULTS("les of a register", u_les32, 6, 0);
    user_mode64();
}

/* ---- FPU ---------------------------------------------------------------------------- */

CASE(f_x87, "", "fnop")
CASE(f_mmx, "", "movd %eax, %mm0")
CASE(f_emms, "", "emms")
CASE(f_sse, "", "xorps %xmm0, %xmm0")
CASE(f_fxsave, "", "fxsave (%rax)")
CASE(f_ldmxcsr, "", "ldmxcsr (%rax)")
CASE(f_mxcsr_bad, "mov $0x10000, %eax; mov %eax, -8(%rsp)",
     "ldmxcsr -8(%rsp)")
CASE(f_fwait, "", "fwait")
FN(fine_fwait, "fwait")
CASE(f_mf, "fninit; movw $0x37b, -8(%rsp); fldcw -8(%rsp); fld1; fldz; fdivrp",
     "fwait")
CASE(f_mf_later, "fninit; movw $0x37b, -8(%rsp); fldcw -8(%rsp); fld1; fldz;"
     "fdivrp; fnstsw %ax; fnstcw -8(%rsp)", "fld1")
CASE(f_xm, "movl $0x1f00, -8(%rsp); ldmxcsr -8(%rsp); xorps %xmm1, %xmm1",
     "divss %xmm1, %xmm1")

static void fpu_quiet(void)
{
    uint32_t mxcsr = 0x1f80;

    __asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
}

static void test_fpu(void)
{
    unsigned long cr0 = read_cr0(), cr4 = read_cr4();

    write_cr0(cr0 | CR0_TS);
    FAULTS("x87, TS", f_x87, 7, 0);
    FAULTS("MMX, TS", f_mmx, 7, 0);
    FAULTS("emms, TS", f_emms, 7, 0);
    FAULTS("SSE, TS", f_sse, 7, 0);
    FAULTS("fxsave, TS", f_fxsave, 7, 0);
    FAULTS("ldmxcsr, TS", f_ldmxcsr, 7, 0);
    FAULTS("fwait, TS and MP", f_fwait, 7, 0);
    write_cr0((cr0 | CR0_TS) & ~(unsigned long)CR0_MP);
    fine("fwait, TS alone", fine_fwait);
    write_cr0(cr0 | CR0_EM);
    FAULTS("x87, EM", f_x87, 7, 0);
    FAULTS("MMX, EM", f_mmx, 6, 0);
    FAULTS("SSE, EM", f_sse, 6, 0);
    fine("fwait, EM", fine_fwait);
    write_cr0(cr0 | CR0_EM | CR0_TS);
    FAULTS("x87, EM and TS", f_x87, 7, 0);
    FAULTS("MMX, EM and TS", f_mmx, 6, 0);
    FAULTS("SSE, EM and TS", f_sse, 6, 0);
    write_cr0(cr0);
    write_cr4(cr4 & ~(unsigned long)CR4_OSFXSR);
    FAULTS("SSE without OSFXSR", f_sse, 6, 0);
    FAULTS("ldmxcsr without OSFXSR", f_ldmxcsr, 6, 0);
    write_cr4(cr4);
    FAULTS("x87 exception", f_mf, 16, 0);
    fpu_quiet();
    FAULTS("x87 exception at the next instruction", f_mf_later, 16, 0);
    fpu_quiet();
    FAULTS("SSE exception", f_xm, 19, 0);
    write_cr4(cr4 & ~(unsigned long)CR4_OSXMMEXCPT);
    FAULTS("SSE exception without OSXMMEXCPT", f_xm, 6, 0);
    write_cr4(cr4);
    FAULTS("reserved bit of MXCSR", f_mxcsr_bad, 13, 0);
    fpu_quiet();
}

/* ---- addresses that are not canonical ---------------------------------------------- */

#define TO(reg) "movabs $0x800000000000, %" reg
#define BAD_RSP "movabs $0x800000001000, %rsp"
CASE(f_nc_read, TO("rax"), "mov (%rax), %rcx")
CASE(f_nc_write, TO("rax"), "mov %rcx, (%rax)")
CASE(f_nc_rmw, TO("rax"), "lock incq (%rax)")
CASE(f_nc_high, "movabs $0xffff7fffffffffff, %rax", "mov (%rax), %cl")
CASE(f_nc_index, TO("rax") "; xor %ecx, %ecx", "mov 8(%rcx, %rax), %cl")
CASE(f_nc_moffs, "", "movabs 0x900000000000, %al")
CASE(f_nc_string, TO("rsi"), "lodsb")
CASE(f_nc_stos, TO("rdi"), "stosb")
CASE(f_nc_rbp, TO("rbp"), "mov (%rbp), %rcx")
CASE(f_nc_rbp_write, TO("rbp"), "mov %rcx, 16(%rbp)")
CASE(f_nc_fs, TO("rbp"), "mov %fs:(%rbp), %rcx")
CASE(f_nc_sse, TO("rax"), "movups (%rax), %xmm0")
CASE(f_nc_x87, TO("rax"), "fldl (%rax)")
CASE(f_nc_leave, TO("rbp"), "leave")
CASE(f_nc_jmp, TO("rax"), "jmp *%rax")
CASE(f_nc_call, TO("rax"), "call *%rax")
CASE(f_nc_jmp_mem, TO("rax") "; mov %rax, -8(%rsp)", "jmp *-8(%rsp)")
CASE(f_nc_push, BAD_RSP, "push %rax")
CASE(f_nc_pop, BAD_RSP, "pop %rax")
CASE(f_nc_call_sp, BAD_RSP, "call f_ud2")
CASE(f_nc_ret_sp, BAD_RSP, "ret")
CASE(f_nc_rsp_read, BAD_RSP, "mov (%rsp), %rax")
CASE(f_nc_pushf, BAD_RSP, "pushfq")
CASE(f_nc_enter, BAD_RSP, "enter $16, $0")
CASE(f_nc_ret, TO("rax") "; push %rax", "ret")
CASE(f_misaligned, "lea 1(%rsp), %rax", "movaps (%rax), %xmm0")
CASE(f_misaligned_rsp, "", "movaps 1(%rsp), %xmm0")

/* A stack pointer that no handler could use: by IST. */
static void stack_faults(const char *name, void (*fn)(void), const char *ip,
                         unsigned vector)
{
    traps(name, fn, vector, 0);
    equal(name, "rip", trap_ip, (unsigned long)ip);
    equal(name, "rsp", trap_sp, NON_CANONICAL + 0x1000);
    equal(name, "frame", trap_frame, tss.ist[1] - 40);
}

static void test_non_canonical(void)
{
    static char ist[1024] __attribute__((aligned(16)));

    FAULTS("read, not canonical", f_nc_read, 13, 0);
    FAULTS("write, not canonical", f_nc_write, 13, 0);
    FAULTS("lock inc, not canonical", f_nc_rmw, 13, 0);
    FAULTS("read below the upper half", f_nc_high, 13, 0);
    FAULTS("read by index, not canonical", f_nc_index, 13, 0);
    FAULTS("moffs, not canonical", f_nc_moffs, 13, 0);
    FAULTS("lods, not canonical", f_nc_string, 13, 0);
    FAULTS("stos, not canonical", f_nc_stos, 13, 0);
    FAULTS("SSE, not canonical", f_nc_sse, 13, 0);
    FAULTS("x87, not canonical", f_nc_x87, 13, 0);
    FAULTS("rbp, not canonical", f_nc_rbp, 12, 0);
    FAULTS("write by rbp, not canonical", f_nc_rbp_write, 12, 0);
    FAULTS("fs and rbp, not canonical", f_nc_fs, 13, 0);
    FAULTS("leave, not canonical", f_nc_leave, 12, 0);
    FAULTS("movaps, misaligned", f_misaligned, 13, 0);
    FAULTS("movaps on the stack, misaligned", f_misaligned_rsp, 13, 0);
    tss.ist[1] = (uint64_t)ist + sizeof(ist);
    set_ist(12, 1);
    stack_faults("push, not canonical", f_nc_push, f_nc_push_at, 12);
    stack_faults("pop, not canonical", f_nc_pop, f_nc_pop_at, 12);
    stack_faults("call, rsp not canonical", f_nc_call_sp, f_nc_call_sp_at, 12);
    stack_faults("ret, rsp not canonical", f_nc_ret_sp, f_nc_ret_sp_at, 12);
    stack_faults("rsp, not canonical", f_nc_rsp_read, f_nc_rsp_read_at, 12);
    stack_faults("pushf, not canonical", f_nc_pushf, f_nc_pushf_at, 12);
    stack_faults("enter, not canonical", f_nc_enter, f_nc_enter_at, 12);
    reset_idt(12);
}

/* The translator reports these at the target (docs/status.md), so only the
 * vector is looked at. */
static void test_branches(void)
{
    for (unsigned i = 0; i < 12; i++) {
        traps("jmp, not canonical", f_nc_jmp, 13, 0);
        traps("call, not canonical", f_nc_call, 13, 0);
        traps("jmp by memory, not canonical", f_nc_jmp_mem, 13, 0);
        traps("ret, not canonical", f_nc_ret, 13, 0);
    }
}

/* ---- alignment ------------------------------------------------------------------------ */

USER_CASE(u_ac_read, "", "mov -7(%rsp), %rcx")
USER_CASE(u_ac_write, "", "mov %cx, -7(%rsp)")
USER_CASE(u_ac_push, "sub $1, %rsp; mov %rsp, %rcx; add $1, %rsp",
          "movq $1, (%rcx)")
USER(u_ac_byte, "mov -7(%rsp), %cl")
CASE(f_ac_kernel, "pushfq; orl $0x40000, (%rsp); popfq",
     "mov -7(%rsp), %rcx; int $0x50")

static void test_alignment(void)
{
    user_flags = 2 | FL_AC;
    user_traps("unaligned, AM clear", u_ac_push, 0x80, 0);
    write_cr0(read_cr0() | CR0_AM);
    USER_FAULTS("unaligned read", u_ac_read, 17, 0);
    USER_FAULTS("unaligned write", u_ac_write, 17, 0);
    USER_FAULTS("unaligned quadword", u_ac_push, 17, 0);
    user_traps("bytes are aligned", u_ac_byte, 0x80, 0);
    user_flags = 2;
    user_traps("unaligned, AC clear", u_ac_push, 0x80, 0);
    traps("unaligned in ring 0", f_ac_kernel, 0x50, 0);
    write_cr0(read_cr0() & ~(unsigned long)CR0_AM);
}

/* ---- segments ------------------------------------------------------------------------- */

#define SEL_(n) #n
#define SEL(n) SEL_(n)
#define LOAD(seg, sel) "mov $" SEL(sel) ", %ecx", "mov %ecx, %" seg
CASE(f_ds_beyond, LOAD("ds", 0xfff8))
CASE(f_ds_np, LOAD("ds", NP_DATA))
CASE(f_es_code, LOAD("es", TSS_SEL))
CASE(f_ss_np, LOAD("ss", NP_DATA))
CASE(f_ss_ro, LOAD("ss", RO_DATA))
CASE(f_ss_user, LOAD("ss", UDATA))
CASE(f_ss_rpl, LOAD("ss", KDATA + 3))
CASE(f_ss_null3, LOAD("ss", 3))
CASE(f_gs_ldt, LOAD("gs", 0x14))
FN(fine_ss_null, "xor %ecx, %ecx; mov %ecx, %ss; mov $0x10, %ecx;"
                 "mov %ecx, %ss")
FN(fine_ds_null, "xor %ecx, %ecx; mov %ecx, %ds; mov (%rsp), %rax;"
                 "mov 0x1000, %al; mov $0x10, %ecx; mov %ecx, %ds")
/* Limit, type and base of DS and ES do not matter. */
FN(fine_ds_small, "mov $" SEL(SMALL_DATA) ", %ecx; mov %ecx, %ds;"
                  "mov %al, 0x10000; mov $0x10, %ecx; mov %ecx, %ds")
FN(fine_cs_write, "mov %cs:0x10000, %al; mov %al, %cs:0x10000")
USER_CASE(u_ds0, LOAD("ds", KDATA))
struct { uint32_t off; uint16_t sel; } __attribute__((packed)) lss_ptr;
CASE(f_lss, "", "lss lss_ptr, %esp")
CASE(f_lss_ok, "lss lss_ptr, %esp", "int $0x50")
CASE(f_lfs_np, "", "lfs lss_ptr, %eax")
USER_CASE(u_ss_null, LOAD("ss", 3))

static void test_segments(void)
{
    FAULTS("selector beyond the GDT", f_ds_beyond, 13, 0xfff8);
    FAULTS("segment not present", f_ds_np, 11, NP_DATA);
    FAULTS("system segment as data", f_es_code, 13, TSS_SEL);
    FAULTS("stack not present", f_ss_np, 12, NP_DATA);
    FAULTS("stack read-only", f_ss_ro, 13, RO_DATA);
    FAULTS("stack of ring 3", f_ss_user, 13, UDATA);
    FAULTS("stack with RPL 3", f_ss_rpl, 13, KDATA);
    FAULTS("null stack with RPL 3", f_ss_null3, 13, 0);
    FAULTS("LDT selector without LDT", f_gs_ldt, 13, 0x14);
    fine("null stack in ring 0", fine_ss_null);
    fine("null DS", fine_ds_null);
    fine("DS's limit", fine_ds_small);
    fine("write by way of CS", fine_cs_write);
    lss_ptr.off = (uint32_t)(uint64_t)trap_stack_top;
    lss_ptr.sel = KDATA;
    traps("lss", f_lss_ok, 0x50, 0);
    equal("lss", "rsp", trap_sp, (uint64_t)trap_stack_top);
    equal("lss", "ss", trap_ss, KDATA);
    lss_ptr.sel = NP_DATA;
    FAULTS("lss, not present", f_lss, 12, NP_DATA);
    FAULTS("lfs, not present", f_lfs_np, 11, NP_DATA);
    USER_FAULTS("kernel data in ring 3", u_ds0, 13, KDATA);
    USER_FAULTS("null stack in ring 3", u_ss_null, 13, 0);
}

/* ---- exceptions while one is delivered --------------------------------------------------- */

CASE(f_gp, "mov $0x12345, %ecx", "rdmsr")
CASE(f_pf, "", "mov 0x50000000, %al")
static char df_stack[1024] __attribute__((aligned(16)));

static void not_present(unsigned vector)
{
    Gate64 g = idt[vector];

    g.lo &= ~(1ull << 47);
    set_idt(vector, g);
}

static void double_fault(const char *name, void (*fn)(void), const char *ip)
{
    traps(name, fn, 8, 0);
    equal(name, "rip", trap_ip, (unsigned long)ip);
    equal(name, "rsp", trap_sp, try_sp - 8);
    equal(name, "frame", trap_frame, tss.ist[2] - 40);
}

static void test_double(void)
{
    tss.ist[2] = (uint64_t)df_stack + sizeof(df_stack);
    set_ist(8, 2);
    not_present(13);
    double_fault("#NP during #GP", f_gp, f_gp_at);
    reset_idt(13);
    not_present(14);
    double_fault("#NP during #PF", f_pf, f_pf_at);
    reset_idt(14);
    not_present(0);
    double_fault("#NP during #DE", f_div, f_div_at);
    reset_idt(0);
    /* Benign first: one after the other, the second external to code. */
    not_present(6);
    FAULTS("#NP during #UD", f_ud2, 11, 6 * 8 + 3);
    reset_idt(6);
    /* A page fault during a contributory exception is served alone. */
    tss.ist[3] = 0x50001000;
    set_ist(13, 3);
    traps("#PF during #GP", f_gp, 14, 2);
    equal("#PF during #GP", "cr2", trap_cr2, 0x50000ff8);
    reset_idt(13);
    set_ist(14, 3);
    double_fault("#PF during #PF", f_pf, f_pf_at);
    equal("#PF during #PF", "cr2", trap_cr2, 0x50000ff8);
    reset_idt(14);
    reset_idt(8);
}

/* Not to be survived: the machine ends with -no-reboot. */
void triple_fault(void)
{
    put_string("triple fault\n");
    load_idt(0);
    f_ud2();
    put_string("still here\n");
}

void test_exceptions(void)
{
    test_simple();
    test_opcodes();
    test_fpu();
    test_non_canonical();
    test_alignment();
    test_segments();
    test_double();
    test_branches();
}
