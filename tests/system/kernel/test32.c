/* SPDX-License-Identifier: MIT */
/*
 * The 32-bit test kernel: every exception with its error code, gates, tasks,
 * virtual-8086 and real mode, 32-bit and PAE paging, debugging, self-modifying
 * code.  Prints what fails to port 0xe9 and ends through isa-debug-exit.
 * Source of what is expected: Intel SDM vol. 3.
 */
#include "kernel.h"

void *memset(void *p, int c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((char *)p)[i] = c;
    }
    return p;
}

void *memcpy(void *d, const void *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((char *)d)[i] = ((const char *)s)[i];
    }
    return d;
}

extern volatile uint32_t trap_vector, trap_error, trap_eip, trap_cs,
    trap_eflags, trap_cr2, trap_eax, trap_ss, trap_return, trap_more[6];
extern uint32_t user_eflags;
extern volatile uint32_t gate_result, gate_cs, gate_ss, task_runs, task_flags,
    task_esp, task_tr, task_leave_jmp, sysenter_esp_seen, sysenter_cs_seen;
extern char trap_stubs[], stack_top[], user_stack_top[], gate_target[],
    task_entry[], sysenter_target[];
int try(void (*fn)(void));
void enter_user(void (*fn)(void));
void enter_v86(void);
void user_call_gate(void);
void user_sysenter(void);
uint32_t real_mode_trip(uint32_t);

/* ---- tables ----------------------------------------------------------------- */

static uint64_t gdt[32] __attribute__((aligned(16)));
static uint64_t idt[256] __attribute__((aligned(16)));
typedef struct Tss {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx,
        edx, ebx, esp, ebp, esi, edi, es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, iomap;
    uint8_t bits[40];
} Tss;
static Tss tss, tss2 __attribute__((aligned(128)));
static char task_stack[4096], trap_stack[8192];

static uint64_t descriptor(uint32_t base, uint32_t limit, unsigned flags)
{
    return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 |
           (uint64_t)(flags & 0xff) << 40 |
           (uint64_t)(limit >> 16 & 15) << 48 |
           (uint64_t)(flags >> 8 & 15) << 52 |
           (uint64_t)(base >> 24) << 56;
}

static uint64_t gate(unsigned sel, uint32_t off, unsigned flags,
                     unsigned params)
{
    return (off & 0xffff) | (uint64_t)sel << 16 | (uint64_t)params << 32 |
           (uint64_t)flags << 40 | (uint64_t)(off >> 16) << 48;
}

static void load_idt(uint64_t *table, unsigned limit)
{
    struct { uint16_t limit; uint64_t *base; } __attribute__((packed)) r = {
        limit, table };

    __asm__ volatile("lidt %0" : : "m"(r));
}

static void set_up_tables(void)
{
    struct { uint16_t limit; uint64_t *base; } __attribute__((packed)) r = {
        sizeof(gdt) - 1, gdt };

    gdt[1] = descriptor(0, 0xfffff, 0xc9b);     /* 08 code */
    gdt[2] = descriptor(0, 0xfffff, 0xc93);     /* 10 data */
    gdt[3] = descriptor(0, 0xfffff, 0xcfb);     /* 18 user code */
    gdt[4] = descriptor(0, 0xfffff, 0xcf3);     /* 20 user data */
    gdt[5] = descriptor((uint32_t)&tss, sizeof(tss) - 1, 0x089);    /* 28 */
    gdt[6] = descriptor((uint32_t)&tss2, sizeof(tss2) - 1, 0x089);  /* 30 */
    gdt[7] = descriptor(0, 0xffff, 0x09b);      /* 38 16-bit code */
    gdt[8] = descriptor(0, 0xffff, 0x093);      /* 40 16-bit data */
    gdt[9] = gate(8, (uint32_t)gate_target, 0xec, 2);               /* 48 */
    gdt[10] = descriptor(0, 0xfffff, 0xc13);    /* 50 not present */
    gdt[11] = descriptor(0, 0xfff, 0x493);      /* 58 4 KiB, by bytes */
    gdt[12] = descriptor(0, 0xfffff, 0xc91);    /* 60 read-only */
    gdt[13] = descriptor(0, 0xfff, 0x497);      /* 68 expands down */
    gdt[14] = descriptor(0, 0xfffff, 0xc99);    /* 70 execute-only */
    gdt[15] = descriptor(0, 0xfffff, 0xc9e);    /* 78 conforming code */
    gdt[16] = descriptor(0x1000, 0xfffff, 0xc92);   /* 80 not accessed yet */
    gdt[17] = descriptor(0, 0xfffff, 0xcfb);    /* 88, 90: after SYSENTER's */
    gdt[18] = descriptor(0, 0xfffff, 0xcf3);
    gdt[19] = descriptor(0, 0xfff, 0x4f3);      /* 98 user stack, 4 KiB */
    __asm__ volatile("lgdt %0; ljmp $8, $1f; 1:"
                     "mov %1, %%ds; mov %1, %%es; mov %1, %%ss;"
                     "mov %1, %%fs; mov %1, %%gs"
                     : : "m"(r), "r"(16) : "memory");
    for (unsigned i = 0; i < 256; i++) {
        idt[i] = gate(8, (uint32_t)trap_stubs + 16 * i,
                      i == 0x80 || i == 3 || i == 4 ? 0xee : 0x8e, 0);
    }
    load_idt(idt, sizeof(idt) - 1);
    tss.esp0 = (uint32_t)trap_stack + sizeof(trap_stack);
    tss.ss0 = 16;
    tss.iomap = offsetof(Tss, bits);
    memset(tss.bits, 0xff, sizeof(tss.bits));
    __asm__ volatile("lldt %w1; ltr %w0" : : "r"(0x28), "r"(0));
    write_cr0((read_cr0() | 0x22) & ~0xcul);    /* NE, MP; no EM, TS */
    write_cr4(read_cr4() | 0x600);              /* SSE */
}

/* ---- expectations --------------------------------------------------------------- */

/* fn must raise vector with this error code. */
static void traps(const char *name, void (*fn)(void), unsigned vector,
                  unsigned error)
{
    trap_vector = trap_error = 0xffff;
    equal(name, "trapped", try(fn), 1);
    equal(name, "vector", trap_vector, vector);
    equal(name, "error code", trap_error, error);
}

static void fine(const char *name, void (*fn)(void))
{
    int trapped = try(fn);

    equal(name, "trapped", trapped, 0);
    if (trapped) {
        report(name, "vector", trap_vector, 0xffffffff);
        report(name, "error code", trap_error, 0xffffffff);
        report(name, "eip", trap_eip, 0);
    }
}

static void (*user_fn)(void);
static void go_user(void)
{
    enter_user(user_fn);
}

/* The same in ring 3; vector 0x80 means that it came to its end. */
static void user_traps(const char *name, void (*fn)(void), unsigned vector,
                       unsigned error)
{
    user_fn = fn;
    traps(name, go_user, vector, error);
    if (vector != 0x80) {
        equal(name, "cs", trap_cs & 0xffff, 0x1b);
    }
}

#define FN(name, text) \
    void name(void); \
    __asm__(".globl " #name "\n" #name ": " text "; ret");
#define USER(name, text) FN(name, text "; int $0x80")

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

static void test_exceptions(void)
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

static void test_segments(void)
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

static void test_user(void)
{
    unsigned long cr4 = read_cr4();

    user_eflags = 2;
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
    user_eflags = 0x3002;
    user_traps("port with IOPL 3", u_in, 0x80, 0);
    user_traps("cli with IOPL 3", u_cli, 0x80, 0);
    user_eflags = 2;
    user_traps("popf in ring 3", u_popf_if, 0x80, 0);
    equal("popf in ring 3", "IF and IOPL", trap_eax & 0x3200, 0);
    user_traps("int 21, DPL 0", u_int21, 13, 0x21 * 8 + 2);
    user_traps("int3, DPL 3", u_int3, 3, 0);
    write_cr0(read_cr0() | 1 << 18);
    user_traps("unaligned, AC clear", u_ac, 0x80, 0);
    user_eflags = 0x40002;
    user_traps("unaligned, AC set", u_ac, 17, 0);
    user_eflags = 2;
    write_cr0(read_cr0() & ~(1ul << 18));
    user_traps("rdtsc", u_rdtsc, 0x80, 0);
    write_cr4(cr4 | 4);
    user_traps("rdtsc with TSD", u_rdtsc, 13, 0);
    write_cr4(cr4);
}

/* ---- gates ---------------------------------------------------------------------------------- */

FN(f_int51, "int $0x51")
FN(f_call_np, "lcall $0x50, $0")
static void f_flags_in_gate(void)
{
    __asm__ volatile("sti; int $0x52" : : : "cc");
}

static void test_gates(void)
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

static void test_tasks(void)
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

/* ---- virtual-8086 and real mode ------------------------------------------------------------------ */

static void v86_code(const char *bytes, unsigned n)
{
    memcpy((void *)0x80000, bytes, n);
}

static void test_v86(void)
{
    user_eflags = 2;
    /* mov ax, 0x1234; mov [0x100], ax; int 0x40 */
    v86_code("\xb8\x34\x12\xa3\x00\x01\xcd\x40", 8);
    traps("int n in V86, IOPL 0", enter_v86, 13, 0);
    equal("V86", "VM", trap_eflags >> 17 & 1, 1);
    equal("V86", "ip", trap_eip, 6);
    equal("V86", "ds saved", trap_more[3], 0x3333);
    equal("V86", "gs saved", trap_more[5], 0x1111);
    equal("V86", "store", *(volatile uint16_t *)0x33430, 0x1234);
    v86_code("\xfa", 1);
    traps("cli in V86, IOPL 0", enter_v86, 13, 0);
    v86_code("\x9c", 1);
    traps("pushf in V86, IOPL 0", enter_v86, 13, 0);
    v86_code("\x0f\x00\xc8", 3);
    traps("str in V86", enter_v86, 6, 0);
    v86_code("\xf4", 1);
    traps("hlt in V86", enter_v86, 13, 0);
    v86_code("\xcc", 1);
    traps("int3 in V86", enter_v86, 3, 0);
    user_eflags = 0x3002;
    v86_code("\xfa\xfb\x9c\x58\xcd\x80", 6);
    traps("int n in V86, IOPL 3", enter_v86, 0x80, 0);
    v86_code("\xea\x10\x00\x00\x80", 5);        /* jmp 0x8000:0x10 */
    memcpy((void *)0x80010, "\x8c\xc8\xcd\x80", 4);
    traps("far jump in V86", enter_v86, 0x80, 0);
    equal("far jump in V86", "cs", trap_eax & 0xffff, 0x8000);
    user_eflags = 2;
}

static void test_real(void)
{
    equal("real mode", "what came back", real_mode_trip(0x12000000),
          0x12010101);
    equal("real mode", "store", *(volatile uint16_t *)0x12350, 0x5678);
}

static void test_sysenter(void)
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

/* ---- paging ------------------------------------------------------------------------------------------ */

static uint32_t page_dir[1024] __attribute__((aligned(4096)));
static uint32_t page_table[1024] __attribute__((aligned(4096)));
static uint64_t pae_dir[4][512] __attribute__((aligned(4096)));
static uint64_t pae_table[512] __attribute__((aligned(4096)));
static uint64_t pae_root[4] __attribute__((aligned(32)));
static uint8_t pages[4][4096] __attribute__((aligned(4096)));

/* The window at 1 GiB is mapped by hand. */
#define WINDOW ((volatile uint32_t *)0x40000000)
static uint32_t window_value;

static void f_read(void) { window_value = *WINDOW; }
static void f_write(void) { *WINDOW = 0x55; }
static void f_read_far(void)
{
    window_value = *(volatile uint32_t *)0x40000ffe;
}
static void f_call(void)
{
    ((void (*)(void))(uintptr_t)WINDOW)();
}
static void f_read_large(void)
{
    window_value = *(volatile uint32_t *)0x40400000;
}
USER(u_read, "mov 0x40000000, %eax")
USER(u_write, "mov %eax, 0x40000000")
USER(u_read_kernel, "mov 0x100000, %eax")
USER(u_rmw, "lock addl $1, 0x40000000")

static void window(uint32_t entry)
{
    page_table[0] = entry;
    invlpg((void *)WINDOW);
}

static void test_paging32(void)
{
    uint32_t p = (uint32_t)pages[0];

    for (unsigned i = 0; i < 16; i++) {
        page_dir[i] = i << 22 | 0x83 | 4;       /* 4 MiB pages, user too */
    }
    page_dir[256] = (uint32_t)page_table | 7;
    write_cr4(read_cr4() | 0x10);
    write_cr3((uint32_t)page_dir);
    write_cr0(read_cr0() | 1u << 31);
    equal("paging", "still here", *(volatile uint32_t *)pages[0], 0);
    window(0);
    traps("absent, read", f_read, 14, 0);
    equal("absent", "cr2", trap_cr2, 0x40000000);
    traps("absent, write", f_write, 14, 2);
    user_traps("absent, user read", u_read, 14, 4);
    user_traps("absent, user write", u_write, 14, 6);
    user_traps("absent, user lock add", u_rmw, 14, 6);
    window(p | 1);
    fine("supervisor read", f_read);
    equal("accessed", "A, D", page_table[0] >> 5 & 3, 1);
    fine("write to read-only, WP clear", f_write);
    equal("dirty", "A, D", page_table[0] >> 5 & 3, 3);
    equal("write", "arrived", *(volatile uint32_t *)pages[0], 0x55);
    user_traps("user read of supervisor page", u_read, 14, 5);
    user_traps("user write of supervisor page", u_write, 14, 7);
    write_cr0(read_cr0() | 1 << 16);
    traps("write to read-only, WP set", f_write, 14, 3);
    window(p | 5);
    user_traps("user read of user page", u_read, 0x80, 0);
    equal("user read", "D", page_table[0] >> 6 & 1, 0);
    user_traps("user write of read-only page", u_write, 14, 7);
    window(p | 7);
    user_traps("user write", u_write, 0x80, 0);
    equal("user write", "D", page_table[0] >> 6 & 1, 1);
    page_dir[256] &= ~4u;
    write_cr3(read_cr3());
    user_traps("supervisor table", u_read, 14, 5);
    page_dir[256] |= 4;
    write_cr3(read_cr3());
    page_table[1] = 0;
    window(p | 7);
    traps("across to an absent page", f_read_far, 14, 0);
    equal("across", "cr2", trap_cr2, 0x40001000);
    page_table[1] = (uint32_t)pages[1] | 7;
    *(uint16_t *)(pages[0] + 4094) = 0x1122;
    *(uint16_t *)pages[1] = 0x3344;
    fine("across two pages", f_read_far);
    equal("across two pages", "value", window_value, 0x33441122);
    page_dir[257] = 0x00800083 | 1 << 21;
    traps("reserved bit of a large page", f_read_large, 14, 9);
    /* A page that is taken away is seen after INVLPG. */
    window(p | 7);
    *(uint32_t *)pages[0] = 1;
    *(uint32_t *)pages[2] = 2;
    f_read();
    window((uint32_t)pages[2] | 7);
    f_read();
    equal("invlpg", "value", window_value, 2);
    /* Global pages outlive CR3. */
    write_cr4(read_cr4() | 0x80);
    window(p | 0x107);
    f_read();
    window((uint32_t)pages[2] | 7);
    f_read();
    equal("invlpg of a global page", "value", window_value, 2);
    write_cr4(read_cr4() & ~0x80ul);
}

/* Code at the window: mov $n, %eax; mov %eax, window_value; ret */
static void put_code(uint8_t *at, uint32_t n)
{
    uint32_t to = (uint32_t)&window_value;

    at[0] = 0xb8;
    memcpy(at + 1, &n, 4);
    at[5] = 0xa3;
    memcpy(at + 6, &to, 4);
    at[10] = 0xc3;
}

static void test_code(void)
{
    uint8_t *w = (uint8_t *)WINDOW;

    for (unsigned i = 0; i < 2; i++) {
        put_code(pages[0], 100 + i);
        put_code(pages[2], 200 + i);
        window((uint32_t)pages[0] | 7);
        f_call();
        equal("code in page 0", "value", window_value, 100 + i);
        window((uint32_t)pages[2] | 7);
        f_call();
        equal("code in page 2", "value", window_value, 200 + i);
    }
    for (unsigned i = 0; i < 200; i++) {
        put_code(w, i);
        f_call();
        equal("code written anew", "value", window_value, i);
    }
    /* Across pages, the second one changing. */
    window((uint32_t)pages[0] | 7);
    page_table[1] = (uint32_t)pages[1] | 7;
    invlpg(w + 4096);
    put_code(w + 4093, 0x01020304);
    ((void (*)(void))(w + 4093))();
    equal("code across pages", "value", window_value, 0x01020304);
    memcpy(pages[3], pages[1], 4096);
    pages[3][0] = 0x77;
    page_table[1] = (uint32_t)pages[3] | 7;
    invlpg(w + 4096);
    ((void (*)(void))(w + 4093))();
    equal("second page changed", "value", window_value, 0x01770304);
    /* An instruction that changes the next one. */
    memcpy(w, "\xc6\x05\x08\x00\x00\x40\x22\xb0\x11\x0f\xb6\xc0\xa3", 13);
    {
        uint32_t to = (uint32_t)&window_value;

        memcpy(w + 13, &to, 4);
        w[17] = 0xc3;
    }
    f_call();
    equal("changes the next instruction", "value", window_value, 0x22);
}

static void pae_window(uint64_t entry)
{
    pae_table[0] = entry;
    invlpg((void *)WINDOW);
}

static void test_pae(void)
{
    uint32_t r[4];

    write_cr0(read_cr0() & ~(1ul << 31));
    for (unsigned i = 0; i < 4; i++) {
        pae_root[i] = (uint32_t)pae_dir[i] | 1;
    }
    for (unsigned i = 0; i < 32; i++) {
        pae_dir[0][i] = (uint64_t)i << 21 | 0x87;
    }
    pae_dir[1][0] = (uint32_t)pae_table | 7;
    write_cr4(read_cr4() | 0x20);
    write_cr3((uint32_t)pae_root);
    cpuid(0x80000001, 0, r);
    wrmsr(0xc0000080, rdmsr(0xc0000080) | 1 << 11);     /* NXE */
    write_cr0(read_cr0() | 1u << 31);
    pae_window(0);
    traps("PAE: absent", f_read, 14, 0);
    traps("PAE: absent, fetch", f_call, 14, 0x10);
    pae_window((uint32_t)pages[0] | 7 | 1ull << 63);
    put_code(pages[0], 5);
    fine("PAE: read of NX", f_read);
    traps("PAE: fetch of NX", f_call, 14, 0x11);
    user_traps("PAE: user write of NX", u_write, 0x80, 0);
    pae_window((uint32_t)pages[0] | 7 | 1ull << 60);
    traps("PAE: reserved bit", f_read, 14, 9);
    pae_window((uint32_t)pages[0] | 7);
    put_code(pages[0], 6);
    fine("PAE: fetch", f_call);
    equal("PAE: fetch", "value", window_value, 6);
    wrmsr(0xc0000080, rdmsr(0xc0000080) & ~(1ull << 11));
    pae_window((uint32_t)pages[0] | 7 | 1ull << 63);
    traps("PAE: NX without NXE", f_read, 14, 9);
    write_cr0(read_cr0() & ~(1ul << 31));
    write_cr4(read_cr4() & ~0x20ul);
}

/* ---- debugging ------------------------------------------------------------------------------------------ */

static volatile uint32_t watched[4] __attribute__((aligned(16)));
FN(f_step, "pushf; orl $0x100, (%esp); popf; nop; nop")
extern char bp_here[];
__attribute__((noinline)) static void f_bp(void)
{
    __asm__ volatile("nop; .globl bp_here; bp_here: inc %%eax; nop"
                     : : : "eax", "cc");
}
static void f_watch_write(void) { watched[1] = 7; }
static void f_watch_read(void) { window_value = watched[1]; }
static void f_watch_near(void) { watched[2] = 7; }
FN(f_gd, "mov %dr0, %eax")
FN(f_icebp, ".byte 0xf1")

static void test_debug(void)
{
    write_dr6(0);
    traps("single step", f_step, 1, 0);
    equal("single step", "DR6", read_dr6() & 0xe00f, 0x4000);
    write_dr6(0);
    write_dr0((uint32_t)bp_here);
    write_dr7(0x402);
    traps("code breakpoint", f_bp, 1, 0);
    equal("code breakpoint", "eip", trap_eip, (uint32_t)bp_here);
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

void kernel_main(uint32_t magic, const uint32_t *info)
{
    set_up_tables();
    equal("multiboot", "magic", magic, 0x2badb002);
    equal("multiboot", "memory and command line", info[0] & 5, 5);
    test_exceptions();
    test_segments();
    test_user();
    test_gates();
    test_tasks();
    test_v86();
    test_real();
    test_sysenter();
    test_debug();
    test_paging32();
    test_code();
    write_cr0(read_cr0() & ~(1ul << 31));
    test_pae();
    finish();
}
