/* SPDX-License-Identifier: MIT */
/* Exceptions with their error codes; segments.  Source: SDM vol. 3 ch. 5, 6. */
#include "test32.h"

/* ---- exceptions -------------------------------------------------------------------- */

FN(f_div, "xor %edx, %edx; xor %ecx, %ecx; mov $1, %eax; div %ecx")
FN(f_div_big, "mov $1, %edx; mov $1, %ecx; mov $1, %eax; div %ecx")
FN(f_int3, "int3")
FN(f_into, "mov $0x7fffffff, %eax; inc %eax; into")
FN(f_ud, "ud2")
FN(f_int50, "int $0x50")
FN(f_x87, "fnop")
FN(f_sse, "xorps %xmm0, %xmm0")
FN(f_fwait, "fwait")
FN(f_mf, "fninit; push $0x37b; fldcw (%esp); pop %eax; fld1; fldz; fdivrp;"
         "fwait; fninit")
FN(f_xm, "push $0x1f00; ldmxcsr (%esp); pop %eax; xorps %xmm1, %xmm1;"
         "divss %xmm1, %xmm1")
FN(f_cr4_reserved, "mov %cr4, %eax; or $0x80000000, %eax; mov %eax, %cr4")
FN(f_cr0_pg_only, "mov %cr0, %eax; and $~1, %eax; or $0x80000000, %eax;"
                  "mov %eax, %cr0")
FN(f_bad_msr, "mov $0x12345, %ecx; rdmsr")
static int32_t bounds[2] = { 10, 20 };
static void f_bound(void)
{
    __asm__ volatile("bound %0, %1" : : "r"(21), "m"(bounds));
}
static void f_bound_ok(void)
{
    __asm__ volatile("bound %0, %1" : : "r"(20), "m"(bounds));
}

void test_exceptions(void)
{
    unsigned long cr0 = read_cr0(), cr4 = read_cr4();

    traps("divide by zero", f_div, 0, 0);
    traps("divide overflow", f_div_big, 0, 0);
    traps("int3", f_int3, 3, 0);
    traps("into", f_into, 4, 0);
    traps("bound", f_bound, 5, 0);
    fine("bound, inside", f_bound_ok);
    traps("ud2", f_ud, 6, 0);
    traps("int 50", f_int50, 0x50, 0);
    write_cr0(cr0 | 8);
    traps("x87, TS", f_x87, 7, 0);
    traps("SSE, TS", f_sse, 7, 0);
    traps("fwait, TS and MP", f_fwait, 7, 0);
    write_cr0((cr0 | 8) & ~2ul);
    fine("fwait, TS alone", f_fwait);
    write_cr0(cr0 | 4);
    traps("x87, EM", f_x87, 7, 0);
    traps("SSE, EM", f_sse, 6, 0);
    write_cr0(cr0);
    write_cr4(cr4 & ~0x200ul);
    traps("SSE without OSFXSR", f_sse, 6, 0);
    write_cr4(cr4);
    traps("x87 exception", f_mf, 16, 0);
    __asm__ volatile("fninit");
    traps("SSE exception", f_xm, 19, 0);
    write_cr4(cr4 & ~0x400ul);
    traps("SSE exception without OSXMMEXCPT", f_xm, 6, 0);
    write_cr4(cr4);
    __asm__ volatile("push $0x1f80; ldmxcsr (%%esp); add $4, %%esp" : : : "cc");
    traps("reserved bit of CR4", f_cr4_reserved, 13, 0);
    traps("PG without PE", f_cr0_pg_only, 13, 0);
    traps("unknown MSR", f_bad_msr, 13, 0);
}

/* ---- segments -------------------------------------------------------------------------- */

FN(f_ds_bad, "mov $0xffff, %eax; mov %ax, %ds")
FN(f_ds_np, "mov $0x50, %eax; mov %ax, %ds")
FN(f_ss_np, "mov $0x50, %eax; mov %ax, %ss")
FN(f_ss_ro, "mov $0x60, %eax; mov %ax, %ss")
FN(f_ss_null, "xor %eax, %eax; mov %ax, %ss")
FN(f_ss_rpl, "mov $0x13, %eax; mov %ax, %ss")
FN(f_ds_system, "mov $0x28, %eax; mov %ax, %ds")
FN(f_ds_xo, "mov $0x70, %eax; mov %ax, %ds")
FN(f_ldt_sel, "mov $0x14, %eax; mov %ax, %ds")
FN(f_fs_limit, "mov $0x58, %eax; mov %ax, %fs; mov %fs:0x1000, %al")
FN(f_fs_edge, "mov $0x58, %eax; mov %ax, %fs; mov %fs:0xffd, %eax")
FN(f_fs_ok, "mov $0x58, %eax; mov %ax, %fs; mov %fs:0xffc, %eax;"
            "mov %fs:0xfff, %al")
FN(f_fs_ro, "mov $0x60, %eax; mov %ax, %fs; mov %fs:0x1000, %al;"
            "mov %al, %fs:0x1000")
FN(f_fs_down, "mov $0x68, %eax; mov %ax, %fs; mov %fs:0xfff, %al")
FN(f_fs_down_ok, "mov $0x68, %eax; mov %ax, %fs; mov %fs:0x1000, %al")
FN(f_fs_null, "xor %eax, %eax; mov %ax, %fs; mov %fs:0, %al")
FN(f_cs_write, "movb $0, %cs:0x5000")
FN(f_jmp_null, "ljmp $0, $0")
FN(f_jmp_data, "ljmp $0x10, $0")
FN(f_jmp_np, "ljmp $0x50, $0")
FN(f_jmp_user, "ljmp $0x1b, $0")
FN(f_lldt_bad, "mov $0x10, %eax; lldt %ax")
FN(f_ltr_busy, "mov $0x28, %eax; ltr %ax")
uint32_t base_value;
FN(f_base, "mov $0x80, %eax; mov %ax, %fs; mov %fs:0x6000, %eax;"
           "mov %eax, base_value")

/* Four bytes of code, and a fifth beyond the limit. */
static uint8_t small_code[8] = { 0x90, 0x90, 0x90, 0x90, 0xcb };
FN(f_code_limit, "lcall $0xa0, $0")
FN(f_code_fits, "lcall $0xa8, $0")
FN(f_x87_ro, "mov $0x60, %eax; mov %ax, %fs; fninit; fld1; fstps %fs:0x5000")

static void test_code_limit(void)
{
    gdt[20] = DESCRIPTOR((uint32_t)small_code, 3, 0x49b);
    gdt[21] = DESCRIPTOR((uint32_t)small_code, 4, 0x49b);
    traps("code beyond a limit", f_code_limit, 13, 0);
    equal("code beyond a limit", "eip", trap_ip, 4);
    equal("code beyond a limit", "cs", trap_cs & 0xffff, 0xa0);
    fine("code up to a limit", f_code_fits);
    traps("x87 store to read-only", f_x87_ro, 13, 0);
    __asm__ volatile("fninit; mov %0, %%fs" : : "r"(16));
}

void test_segments(void)
{
    uint32_t v, zf;

    traps("selector beyond the GDT", f_ds_bad, 13, 0xfffc);
    traps("segment not present", f_ds_np, 11, 0x50);
    traps("stack not present", f_ss_np, 12, 0x50);
    traps("stack read-only", f_ss_ro, 13, 0x60);
    traps("stack null", f_ss_null, 13, 0);
    traps("stack of another level", f_ss_rpl, 13, 0x10);
    traps("system segment as data", f_ds_system, 13, 0x28);
    traps("execute-only as data", f_ds_xo, 13, 0x70);
    traps("LDT selector without LDT", f_ldt_sel, 13, 0x14);
    traps("beyond the limit", f_fs_limit, 13, 0);
    traps("across the limit", f_fs_edge, 13, 0);
    fine("up to the limit", f_fs_ok);
    traps("write to read-only", f_fs_ro, 13, 0);
    traps("below an expand-down limit", f_fs_down, 13, 0);
    fine("above an expand-down limit", f_fs_down_ok);
    traps("null segment used", f_fs_null, 13, 0);
    test_code_limit();
    traps("write by way of CS", f_cs_write, 13, 0);
    traps("jump to null", f_jmp_null, 13, 0);
    traps("jump to data", f_jmp_data, 13, 0x10);
    traps("jump to absent code", f_jmp_np, 13, 0x50);
    traps("jump to outer code", f_jmp_user, 13, 0x18);
    traps("LLDT of data", f_lldt_bad, 13, 0x10);
    traps("LTR of a busy TSS", f_ltr_busy, 13, 0x28);
    equal("accessed bit", "clear before", gdt[16] >> 40 & 1, 0);
    *(volatile uint32_t *)0x7000 = 0xabcd1234;
    fine("segment base", f_base);
    equal("segment base", "value", base_value, 0xabcd1234);
    equal("accessed bit", "set by the load", gdt[16] >> 40 & 1, 1);
    __asm__ volatile("mov %0, %%fs; mov %0, %%gs" : : "r"(16));
    __asm__("lar %2, %0; setz %b1" : "=r"(v), "=q"(zf) : "r"(8));
    equal("LAR", "value", v, 0x00cf9b00);
    equal("LAR", "ZF", zf & 0xff, 1);
    __asm__("lsl %2, %0; setz %b1" : "=r"(v), "=q"(zf) : "r"(0x58));
    equal("LSL", "value", v, 0xfff);
    __asm__("verw %w1; setz %b0" : "=q"(zf) : "r"(0x60));
    equal("VERW", "read-only", zf & 0xff, 0);
    __asm__("verr %w1; setz %b0" : "=q"(zf) : "r"(0x60));
    equal("VERR", "read-only", zf & 0xff, 1);
    v = 0x10;
    __asm__("arpl %w2, %w0; setz %b1" : "+r"(v), "=q"(zf) : "r"(3));
    equal("ARPL", "value", v, 0x13);
}
