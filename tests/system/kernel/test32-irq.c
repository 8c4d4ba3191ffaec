/* SPDX-License-Identifier: MIT */
/*
 * When a waiting interrupt is taken.  Interrupts of the board: x87 errors by FERR# and IRQ 13; the way of the 8259
 * pair through the I/O APIC.  Source: SDM vol. 1 appendix D, data sheets of
 * the 82371FB and the 82093AA.
 */
#include "test32.h"

enum { PIC1 = 0x20, PIC2 = 0xa0, IRQ_BASE = 0x70, IRQ13 = IRQ_BASE + 13 };

static void init_pics(uint16_t mask)
{
    static const uint8_t words[][2] = {
        { 0x11, 0x11 }, { IRQ_BASE, IRQ_BASE + 8 }, { 4, 2 }, { 1, 1 },
    };

    for (unsigned i = 0; i < 4; i++) {
        outb(PIC1 + !!i, words[i][0]);
        outb(PIC2 + !!i, words[i][1]);
    }
    outb(PIC1 + 1, mask);
    outb(PIC2 + 1, mask >> 8);
}

static void end_irq13(void)
{
    outb(PIC2, 0x20);
    outb(PIC1, 0x20);
}

/* 1 / 0, unmasked. */
#define DIVIDE "fld1; fldz; fdivrp;"
FN(f_ferr, "fninit; push $0x37b; fldcw (%esp); pop %eax; sti;" DIVIDE
           ".globl ferr_here; ferr_here: fwait; cli")
FN(f_ferr_again, "sti;" DIVIDE "fwait; cli")
FN(f_fwait_sti, "sti; fwait; fld1; fstp %st; cli")
FN(f_sti_nop, "sti; nop; cli")
extern char ferr_here[];

static void ferr_reported(const char *name, void (*fn)(void))
{
    traps(name, fn, IRQ13, 0);
    end_irq13();
}

static void ioapic_write(unsigned reg, uint32_t v)
{
    *(volatile uint32_t *)0xfec00000 = reg;
    *(volatile uint32_t *)0xfec00010 = v;
}

/* With LINT0 masked the I/O APIC's first input takes the pair's interrupt to
 * the processor, once it is told how. */
static void test_extint(void)
{
    enum { ENTRY0 = 0x10, MASKED = 1 << 16, EXTINT = 7 << 8 };
    uint32_t lint0 = *apic_reg(APIC_LINT0);

    apic_write(APIC_LINT0, lint0 | MASKED);
    fine("8259 pair, LINT0 masked", f_sti_nop);
    ioapic_write(ENTRY0 + 1, 0);
    ioapic_write(ENTRY0, EXTINT);
    ferr_reported("ExtINT by the I/O APIC", f_ferr);
    __asm__ volatile("fnclex");
    outb(0xf0, 0);
    ioapic_write(ENTRY0, MASKED);
    apic_write(APIC_LINT0, lint0);
}

static void test_ferr(void)
{
    uint16_t status;

    init_pics(~(1 << 2 | 1 << 13));
    write_cr0(read_cr0() & ~0x20ul);
    ferr_reported("x87 error, NE clear", f_ferr);
    equal("x87 error, NE clear", "eip", trap_ip, (uint32_t)ferr_here);
    __asm__ volatile("fnstsw %0" : "=a"(status));
    equal("x87 error, NE clear", "status", status & 0x80bf, 0x8084);
    /* Ignored until FNCLEX, and reported again behind it. */
    outb(0xf0, 0);
    __asm__ volatile("fnclex");
    ferr_reported("the next error", f_ferr_again);
    outb(0xf0, 0);
    fine("IGNNE#", f_fwait_sti);
    ferr_reported("an error behind an ignored one", f_ferr_again);
    __asm__ volatile("fnclex");
    outb(0xf0, 0);
    fine("no error", f_fwait_sti);
    test_extint();
    write_cr0(read_cr0() | 0x20);
    init_pics(0xffff);
}

/* ---- interrupt windows ---------------------------------------------------------- */

enum { SELF_IPI = 0x40000, VECTOR = 0x41 };
#define PLACE(name, text) text "; .globl " #name "; " #name ":;"
FN(f_sti, PLACE(sti_taken, "sti; nop") "nop; cli")
FN(f_sti_cli, "sti; cli; nop")
FN(f_popf_if, "pushf; orl $0x200, (%esp);" PLACE(popf_taken, "popf")
              "nop; cli")
FN(f_sti_hlt, PLACE(hlt_taken, "sti; hlt") "cli")
FN(f_mov_ss, "mov $16, %eax; pushf; orl $0x200, (%esp); sti;"
             PLACE(ss_taken, "mov %ax, %ss; nop") "popf; cli")
FN(f_stepped, "pushf; orl $0x300, (%esp);" PLACE(step_taken, "popf") "nop")
extern char sti_taken[], popf_taken[], hlt_taken[], ss_taken[], step_taken[];

/* An interrupt waits already; it comes at that place. */
static void taken(const char *name, void (*fn)(void), char *place)
{
    apic_write(APIC_ICR, SELF_IPI | VECTOR);
    traps(name, fn, VECTOR, 0);
    equal(name, "eip", trap_ip, (uint32_t)place);
    apic_write(APIC_EOI, 0);
}

static void test_windows(void)
{
    apic_write(APIC_SVR, 0x1ff);
    taken("interrupt behind sti", f_sti, sti_taken);
    taken("interrupt behind popf", f_popf_if, popf_taken);
    taken("interrupt behind hlt", f_sti_hlt, hlt_taken);
    taken("interrupt behind mov ss", f_mov_ss, ss_taken);
    taken("interrupt before a step", f_stepped, step_taken);
    apic_write(APIC_ICR, SELF_IPI | VECTOR);
    fine("no interrupt between sti and cli", f_sti_cli);
    equal("no interrupt between sti and cli", "waits", apic_pending(VECTOR),
          1);
    traps("and then", f_sti, VECTOR, 0);
    apic_write(APIC_EOI, 0);
}

void test_irq(void)
{
    test_windows();
    test_ferr();
}
