/* SPDX-License-Identifier: MIT */
/*
 * The local APIC: interrupts to oneself, NMIs; a second processor started into
 * long mode, interrupts to and from it.  Source: Intel SDM vol. 3 ch. 8.4, 11.
 */
#include "test64-paging.h"

extern char ap_code[], ap_end[], ap_cs[], ipi_stub[], nmi_stub[];
extern volatile uint32_t ipi_count, nmi_count, nmi_inside;
extern volatile uint64_t ipi_ip;
enum { APIC_ID = 0x20, APIC_EOI = 0xb0, APIC_SVR = 0xf0, APIC_IRR = 0x200,
       APIC_ICR = 0x300, APIC_ICR_HI = 0x310 };
enum { ICR_NMI = 4 << 8, ICR_INIT = 5 << 8, ICR_STARTUP = 6 << 8,
       ICR_ASSERT = 1 << 14, ICR_SELF = 1 << 18, ICR_OTHERS = 3 << 18 };
enum { IPI = 0x61, AP_WORK = 0x62, AP_FLUSH = 0x63 };

static volatile uint32_t *apic(unsigned reg)
{
    return (uint32_t *)(0xfee00000ul + reg);
}

static void send(unsigned to, uint32_t what)
{
    *apic(APIC_ICR_HI) = to << 24;
    *apic(APIC_ICR) = what | ICR_ASSERT;
}

/* Another processor does it in its time. */
static void wait_for(const char *name, volatile uint32_t *v, uint32_t want)
{
    for (unsigned i = 0; i < 1u << 30 && *v != want; i++) {
        __asm__ volatile("pause");
    }
    equal(name, "count", *v, want);
}

/* ---- one processor ------------------------------------------------------------------------- */

extern char i_shadow_next[], i_hlt_next[];
static void sti_shadow(void)
{
    __asm__ volatile("cli");
    send(0, ICR_SELF | IPI);
    __asm__ volatile("sti; nop; i_shadow_next: nop; nop; cli");
}

static void sti_hlt(void)
{
    __asm__ volatile("cli");
    send(0, ICR_SELF | IPI);
    __asm__ volatile("sti; hlt; i_hlt_next: cli");
}

static void by_tpr(void)
{
    __asm__ volatile("mov %0, %%cr8" : : "r"(6ul));
    send(0, ICR_SELF | IPI);
    __asm__ volatile("sti; nop; nop; nop");
    equal("TPR", "held back", ipi_count, 2);
    equal("TPR", "IRR", *apic(APIC_IRR + 0x30), 1u << (IPI - 0x60));
    __asm__ volatile("mov %0, %%cr8; nop; nop; cli"
                     : : "r"(5ul));
    equal("TPR", "taken", ipi_count, 3);
    __asm__ volatile("mov %0, %%cr8" : : "r"(0ul));
}

static void test_self(void)
{
    set_idt(IPI, gate64(KCODE, (uint64_t)ipi_stub, GATE_INT, 0, 0));
    set_idt(2, gate64(KCODE, (uint64_t)nmi_stub, GATE_INT, 0, 0));
    *apic(APIC_SVR) = 0x1ff;
    sti_shadow();
    equal("interrupt to oneself", "count", ipi_count, 1);
    equal("STI's shadow", "rip", ipi_ip, (uint64_t)i_shadow_next);
    sti_hlt();
    equal("STI, HLT", "count", ipi_count, 2);
    equal("STI, HLT", "rip", ipi_ip, (uint64_t)i_hlt_next);
    by_tpr();
    send(*apic(APIC_ID) >> 24, ICR_NMI);
    wait_for("NMI", &nmi_count, 2);
    equal("NMI", "inside its handler", nmi_inside, 1);
}

/* ---- two of them ------------------------------------------------------------------------------ */

static volatile uint32_t ap_running, ap_id, ap_efer, ap_worked, ap_flushed,
    ap_saw, both;
enum { ROUNDS = 20000 };

static void count(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        __asm__ volatile("lock incl %0" : "+m"(both));
    }
}

struct frame;
#define HANDLER __attribute__((interrupt)) static void
HANDLER on_work(struct frame *f __attribute__((unused)))
{
    count();
    ap_worked++;
    *apic(APIC_EOI) = 0;
    send(0, IPI);
}

HANDLER on_flush(struct frame *f __attribute__((unused)))
{
    invlpg(WINDOW);
    ap_saw = WINDOW[16];
    ap_flushed++;
    *apic(APIC_EOI) = 0;
}

void ap_main(void)
{
    load_idt(256 * 16 - 1);
    ap_id = *apic(APIC_ID) >> 24;
    ap_efer = rdmsr(MSR_EFER);
    ap_saw = WINDOW[16];
    *apic(APIC_SVR) = 0x1ff;
    ap_running = 1;
    for (;;) {
        __asm__ volatile("sti; hlt");
    }
}

static void test_start(void)
{
    memcpy((void *)0x8000, ap_code, ap_end - ap_code);
    send(1, ICR_INIT);
    send(1, ICR_STARTUP | 8);
    wait_for("second processor", &ap_running, 1);
    equal("second processor", "real-mode cs",
          *(volatile uint16_t *)(0x8000 + (ap_cs - ap_code)), 0x800);
    equal("second processor", "id", ap_id, 1);
    equal("second processor", "EFER", ap_efer,
          EFER_LME | EFER_LMA | EFER_NXE);
    send(1, ICR_STARTUP | 8);               /* it runs: ignored */
}

static void test_two(void)
{
    uint32_t had = ipi_count;

    set_idt(AP_WORK, gate64(KCODE, (uint64_t)on_work, GATE_INT, 0, 0));
    set_idt(AP_FLUSH, gate64(KCODE, (uint64_t)on_flush, GATE_INT, 0, 0));
    send(1, AP_WORK);
    count();
    __asm__ volatile("sti");
    wait_for("answer", &ipi_count, had + 1);
    __asm__ volatile("cli");
    equal("lock inc by two", "sum", both, 2 * ROUNDS);
    send(0, ICR_OTHERS | AP_WORK);
    wait_for("to all others", &ap_worked, 2);
    /* The other's translations are its own to drop. */
    for (unsigned i = 1; i < 4; i++) {
        pages[i & 3][16] = i;
        window_table[0][0] = phys(i & 3) | PG_P | PG_W;
        send(1, AP_FLUSH);
        wait_for("invlpg there", &ap_flushed, i);
        equal("invlpg there", "page", ap_saw, i);
    }
    send(1, ICR_INIT);
}

void test_smp(void)
{
    open_window();
    test_self();
    test_start();
    test_two();
    reset_idt(2);
}
