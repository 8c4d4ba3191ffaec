/* SPDX-License-Identifier: MIT */
/* Ring 3, gates, tasks, SYSENTER.  Source: SDM vol. 3 ch. 5 to 8. */
#include "test32.h"

/* ---- ring 3 ------------------------------------------------------------------------------- */

USER(u_nothing, "nop")
USER(u_hlt, "hlt")
USER(u_cli, "cli")
USER(u_in, "in $0x80, %al")
USER(u_in_ok, "in $0x70, %al")
USER(u_in_word, "mov $0x77, %dx; in %dx, %ax")
USER(u_int21, "int $0x21")
USER(u_int3, "int3")
USER(u_cr0, "mov %cr0, %eax")
USER(u_lgdt, "lgdt 0x1000")
USER(u_ac, "push %esp; pop %eax; mov -7(%eax), %ecx")
USER(u_rdtsc, "rdtsc")
USER(u_wbinvd, "wbinvd")
USER(u_popf_if, "pushf; pop %eax; xor $0x3200, %eax; push %eax; popf; pushf;"
                "pop %eax")
USER(u_ss_limit, "mov $0x9b, %eax; mov %ax, %ss; mov $0x1004, %esp; pop %eax")
USER(u_ss0, "mov $0x10, %eax; mov %ax, %ds")

void test_user(void)
{
    unsigned long cr4 = read_cr4();

    user_flags = 2;
    user_traps("to ring 3 and back", u_nothing, 0x80, 0);
    equal("ring 3", "old stack", trap_more[1] & 0xffff, 0x23);
    user_traps("hlt in ring 3", u_hlt, 13, 0);
    user_traps("cli in ring 3", u_cli, 13, 0);
    user_traps("mov cr0 in ring 3", u_cr0, 13, 0);
    user_traps("lgdt in ring 3", u_lgdt, 13, 0);
    user_traps("wbinvd in ring 3", u_wbinvd, 13, 0);
    user_traps("kernel data in ring 3", u_ss0, 13, 0x10);
    user_traps("stack limit", u_ss_limit, 12, 0);
    user_traps("port in ring 3", u_in, 13, 0);
    tss.bits[0x70 / 8] = 0xfe & ~(1 << 7);
    user_traps("port allowed by the bitmap", u_in_ok, 0x80, 0);
    user_traps("word half allowed", u_in_word, 13, 0);
    tss.bits[0x70 / 8] = 0xff;
    user_flags = 0x3002;
    user_traps("port with IOPL 3", u_in, 0x80, 0);
    user_traps("cli with IOPL 3", u_cli, 0x80, 0);
    user_flags = 2;
    user_traps("popf in ring 3", u_popf_if, 0x80, 0);
    equal("popf in ring 3", "IF and IOPL", trap_eax & 0x3200, 0);
    user_traps("int 21, DPL 0", u_int21, 13, 0x21 * 8 + 2);
    user_traps("int3, DPL 3", u_int3, 3, 0);
    write_cr0(read_cr0() | 1 << 18);
    user_traps("unaligned, AC clear", u_ac, 0x80, 0);
    user_flags = 0x40002;
    user_traps("unaligned, AC set", u_ac, 17, 0);
    user_flags = 2;
    write_cr0(read_cr0() & ~(1ul << 18));
    user_traps("rdtsc", u_rdtsc, 0x80, 0);
    write_cr4(cr4 | 4);
    user_traps("rdtsc with TSD", u_rdtsc, 13, 0);
    write_cr4(cr4);
}

/* ---- gates ---------------------------------------------------------------------------------- */

FN(f_int51, "int $0x51")
FN(f_call_np, "lcall $0x50, $0")

void test_gates(void)
{
    user_traps("call gate", user_call_gate, 0x80, 0);
    equal("call gate", "parameters", gate_result, 0x22221111);
    equal("call gate", "cs", gate_cs & 0xffff, 8);
    equal("call gate", "ss", gate_ss & 0xffff, 0x10);
    equal("call gate", "stack after", trap_eax, (uint32_t)user_stack_top);
    idt[0x51] = gate(8, (uint32_t)trap_stubs + 16 * 0x51, 0x0e, 0);
    traps("gate not present", f_int51, 11, 0x51 * 8 + 2);
    idt[0x51] = gate(8, (uint32_t)trap_stubs + 16 * 0x51, 0x8c, 0);
    traps("gate of a wrong type", f_int51, 13, 0x51 * 8 + 2);
    idt[0x51] = gate(0x10, (uint32_t)trap_stubs + 16 * 0x51, 0x8e, 0);
    traps("gate to data", f_int51, 13, 0x10);
    idt[0x51] = gate(0, (uint32_t)trap_stubs + 16 * 0x51, 0x8e, 0);
    traps("gate to null", f_int51, 13, 0);
    load_idt(idt, 0x51 * 8 - 1);
    traps("beyond the IDT", f_int51, 13, 0x51 * 8 + 2);
    load_idt(idt, sizeof(idt) - 1);
    idt[14] = gate(8, (uint32_t)trap_stubs + 16 * 14, 0x0e, 0);
    idt[14] = gate(8, (uint32_t)trap_stubs + 16 * 14, 0x8e, 0);
    traps("call of an absent segment", f_call_np, 13, 0x50);
    /* An exception while one is delivered. */
    idt[13] &= ~(1ull << 47);
    traps("double fault", f_bad_msr, 8, 0);
    idt[13] |= 1ull << 47;
    idt[6] &= ~(1ull << 47);
    traps("#UD's gate not present", f_ud, 11, 6 * 8 + 3);
    idt[6] |= 1ull << 47;
}

/* ---- tasks ------------------------------------------------------------------------------------ */

static void f_task_call(void)
{
    task_leave_jmp = 0;
    __asm__ volatile("lcall $0x30, $0" : : : "memory");
}
static void f_task_jmp(void)
{
    task_leave_jmp = 1;
    __asm__ volatile("ljmp $0x30, $0" : : : "memory");
}
FN(f_task_busy, "lcall $0x28, $0")
FN(f_int53, "int $0x53")

static void new_task(void)
{
    memset(&tss2, 0, sizeof(tss2));
    tss2.eip = (uint32_t)task_entry;
    tss2.esp = (uint32_t)task_stack + sizeof(task_stack);
    tss2.cs = 8;
    tss2.ds = tss2.es = tss2.ss = tss2.fs = tss2.gs = 16;
    tss2.eflags = 2;
    tss2.ecx = 0x1234;
    tss2.cr3 = read_cr3();
    tss2.iomap = sizeof(tss2);
    gdt[6] &= ~(2ull << 40);
}

void test_tasks(void)
{
    new_task();
    fine("task by call", f_task_call);
    equal("task by call", "runs", task_runs, 1);
    equal("task by call", "NT", task_flags >> 14 & 1, 1);
    equal("task by call", "TR", task_tr & 0xffff, 0x30);
    equal("task by call", "link", tss2.link & 0xffff, 0x28);
    equal("task by call", "busy after", gdt[6] >> 41 & 1, 0);
    equal("task by call", "TS", read_cr0() >> 3 & 1, 1);
    __asm__ volatile("clts");
    new_task();
    fine("task by jmp", f_task_jmp);
    equal("task by jmp", "runs", task_runs, 2);
    equal("task by jmp", "NT", task_flags >> 14 & 1, 0);
    traps("call of a busy task", f_task_busy, 13, 0x28);
    new_task();
    task_leave_jmp = 0;
    idt[0x53] = gate(0x30, 0, 0x85, 0);
    fine("task gate", f_int53);
    equal("task gate", "runs", task_runs, 3);
    new_task();
    tss2.ds = 0x50;
    traps("task with absent DS", f_task_call, 11, 0x50);
    new_task();
    __asm__ volatile("clts");
    /* That was in the other task: come back properly. */
    gdt[5] &= ~(2ull << 40);
    __asm__ volatile("pushf; andl $~0x4000, (%%esp); popf; ltr %w0"
                     : : "r"(0x28) : "cc");
}

/* ---- SYSENTER -------------------------------------------------------------- */

void test_sysenter(void)
{
    wrmsr(0x174, 8);
    wrmsr(0x175, (uint32_t)task_stack + 2048);
    wrmsr(0x176, (uint32_t)sysenter_target);
    /* SYSEXIT's segments are at +16 and +24: 18 and 20. */
    user_traps("sysenter, sysexit", user_sysenter, 0x80, 0);
    equal("sysenter", "esp", sysenter_esp_seen, (uint32_t)task_stack + 2048);
    equal("sysenter", "cs", sysenter_cs_seen & 0xffff, 8);
    equal("sysexit", "cs", trap_eax & 0xffff, 0x1b);
}
