/* SPDX-License-Identifier: MIT */
/*
 * The 32-bit test kernel: every exception with its error code, gates, tasks,
 * virtual-8086 and real mode, 32-bit and PAE paging, debugging, self-modifying
 * code.  Prints what fails to port 0xe9 and ends through isa-debug-exit.
 * Source of what is expected: Intel SDM vol. 3.
 */
#include "test32.h"

/* ---- tables ----------------------------------------------------------------- */

uint64_t gdt[32] __attribute__((aligned(16)));
uint64_t idt[256] __attribute__((aligned(16)));
Tss tss, tss2 __attribute__((aligned(128)));
char task_stack[4096], trap_stack[8192];

uint64_t gate(unsigned sel, uint32_t off, unsigned flags, unsigned params)
{
    return (off & 0xffff) | (uint64_t)sel << 16 | (uint64_t)params << 32 |
           (uint64_t)flags << 40 | (uint64_t)(off >> 16) << 48;
}

void load_idt(uint64_t *table, unsigned limit)
{
    struct { uint16_t limit; uint64_t *base; } __attribute__((packed)) r = {
        limit, table };

    __asm__ volatile("lidt %0" : : "m"(r));
}

static void set_up_tables(void)
{
    struct { uint16_t limit; uint64_t *base; } __attribute__((packed)) r = {
        sizeof(gdt) - 1, gdt };

    gdt[1] = DESCRIPTOR(0, 0xfffff, 0xc9b);     /* 08 code */
    gdt[2] = DESCRIPTOR(0, 0xfffff, 0xc93);     /* 10 data */
    gdt[3] = DESCRIPTOR(0, 0xfffff, 0xcfb);     /* 18 user code */
    gdt[4] = DESCRIPTOR(0, 0xfffff, 0xcf3);     /* 20 user data */
    gdt[5] = DESCRIPTOR((uint32_t)&tss, sizeof(tss) - 1, 0x089);    /* 28 */
    gdt[6] = DESCRIPTOR((uint32_t)&tss2, sizeof(tss2) - 1, 0x089);  /* 30 */
    gdt[7] = DESCRIPTOR(0, 0xffff, 0x09b);      /* 38 16-bit code */
    gdt[8] = DESCRIPTOR(0, 0xffff, 0x093);      /* 40 16-bit data */
    gdt[9] = gate(8, (uint32_t)gate_target, 0xec, 2);               /* 48 */
    gdt[10] = DESCRIPTOR(0, 0xfffff, 0xc13);    /* 50 not present */
    gdt[11] = DESCRIPTOR(0, 0xfff, 0x493);      /* 58 4 KiB, by bytes */
    gdt[12] = DESCRIPTOR(0, 0xfffff, 0xc91);    /* 60 read-only */
    gdt[13] = DESCRIPTOR(0, 0xfff, 0x497);      /* 68 expands down */
    gdt[14] = DESCRIPTOR(0, 0xfffff, 0xc99);    /* 70 execute-only */
    gdt[15] = DESCRIPTOR(0, 0xfffff, 0xc9e);    /* 78 conforming code */
    gdt[16] = DESCRIPTOR(0x1000, 0xfffff, 0xc92);   /* 80 not accessed yet */
    gdt[17] = DESCRIPTOR(0, 0xfffff, 0xcfb);    /* 88, 90: after SYSENTER's */
    gdt[18] = DESCRIPTOR(0, 0xfffff, 0xcf3);
    gdt[19] = DESCRIPTOR(0, 0xfff, 0x4f3);      /* 98 user stack, 4 KiB */
    __asm__ volatile("lgdt %0; ljmp $8, $1f; 1:"
                     "mov %1, %%ds; mov %1, %%es; mov %1, %%ss;"
                     "mov %1, %%fs; mov %1, %%gs"
                     : : "m"(r), "r"(16) : "memory");
    for (unsigned i = 0; i < 256; i++) {
        idt[i] = gate(8, (uint32_t)trap_stubs + 16 * i,
                      i == 0x80 || i == 3 || i == 4 ? 0xee : 0x8e, 0);
    }
    load_idt(idt, sizeof(idt) - 1);
    mask_irqs();
    tss.esp0 = (uint32_t)trap_stack + sizeof(trap_stack);
    tss.ss0 = 16;
    tss.iomap = offsetof(Tss, bits);
    memset(tss.bits, 0xff, sizeof(tss.bits));
    __asm__ volatile("lldt %w1; ltr %w0" : : "r"(0x28), "r"(0));
    write_cr0((read_cr0() | 0x22) & ~0xcul);    /* NE, MP; no EM, TS */
    write_cr4(read_cr4() | 0x600);              /* SSE */
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
    test_vme();
    test_real();
    test_sysenter();
    test_debug();
    test_string();
    test_irq();
    test_smp();
    test_paging32();
    test_code();
    write_cr0(read_cr0() & ~(1ul << 31));
    test_pae();
    finish();
}
