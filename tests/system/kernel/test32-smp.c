/* SPDX-License-Identifier: MIT */
/*
 * MONITOR and MWAIT; a second processor.  Source: SDM vol. 2 (MONITOR, MWAIT),
 * vol. 3 ch. 8.4 and 8.10.
 */
#include "test32.h"

enum { AP_PAGE = 0x8000, MISC_ENABLE = 0x1a0, MONITOR_ON = 1 << 18 };
/* What the other processor's code in start32.S looks at. */
static volatile uint32_t *const ap_delay = (void *)0x9000;
static volatile uint32_t *const ap_target = (void *)0x9004;
static volatile uint16_t *const ap_here = (void *)0x9008;
static volatile uint32_t *const ap_count = (void *)0x900c;
extern char ap_code[], ap_end[];

static void monitor(const volatile void *p)
{
    __asm__ volatile("monitor" : : "a"(p), "c"(0), "d"(0) : "memory");
}

/* Interrupts, if enabled here, come behind STI's shadow: in the wait. */
static void mwait(uint32_t extensions)
{
    __asm__ volatile("mwait" : : "a"(0), "c"(extensions) : "memory");
}

static void sti_mwait(void)
{
    __asm__ volatile("sti; mwait; cli" : : "a"(0), "c"(0)
                     : "memory", "cc");
}

FN(f_monitor, "mov $0x9000, %eax; xor %ecx, %ecx; xor %edx, %edx; monitor")
FN(f_monitor_ecx, "mov $0x9000, %eax; mov $1, %ecx; monitor")
FN(f_mwait, "xor %eax, %eax; xor %ecx, %ecx; mwait")
FN(f_mwait_ecx, "xor %eax, %eax; mov $2, %ecx; mwait")
USER(u_monitor, "mov $0x9000, %eax; xor %ecx, %ecx; monitor")
USER(u_mwait, "xor %ecx, %ecx; mwait")

static bool monitor_announced(void)
{
    uint32_t r[4];

    cpuid(1, 0, r);
    return r[2] >> 3 & 1;
}

static void test_mwait_faults(void)
{
    uint64_t misc = rdmsr(MISC_ENABLE);
    uint32_t r[4];

    equal("MONITOR", "CPUID", monitor_announced(), 1);
    cpuid(5, 0, r);
    equal("MONITOR", "line", r[0] & 0xffff, 64);
    equal("MWAIT", "extensions", r[2] & 3, 3);
    fine("MONITOR", f_monitor);
    traps("MONITOR with extensions", f_monitor_ecx, 13, 0);
    traps("MWAIT with unknown extensions", f_mwait_ecx, 13, 0);
    user_traps("MONITOR in ring 3", u_monitor, 6, 0);
    user_traps("MWAIT in ring 3", u_mwait, 6, 0);
    wrmsr(MISC_ENABLE, misc & ~(uint64_t)MONITOR_ON);
    equal("MONITOR off", "CPUID", monitor_announced(), 0);
    traps("MONITOR, off", f_monitor, 6, 0);
    traps("MWAIT, off", f_mwait, 6, 0);
    wrmsr(MISC_ENABLE, misc);
}

/* Without a second processor: what ends a wait at once, and interrupts. */
static void test_mwait_alone(void)
{
    volatile uint32_t *line = (void *)0x9100;

    monitor(line);
    *line += 1;
    mwait(0);                   /* written since */
    mwait(0);                   /* nothing is monitored any more */
    monitor(line);
    apic_timer(0x40, 100000);
    mwait(1);
    equal("MWAIT, masked interrupt", "waits", apic_pending(0x40), 1);
    trap_vector = 0;
    trap_return = 1;
    __asm__ volatile("sti; nop; cli" : : : "memory");
    equal("MWAIT, masked interrupt", "vector", trap_vector, 0x40);
    apic_write(APIC_EOI, 0);
    trap_vector = 0;
    monitor(line);
    apic_timer(0x40, 100000);
    sti_mwait();
    equal("MWAIT, interrupt", "vector", trap_vector, 0x40);
    trap_return = 0;
    apic_write(APIC_EOI, 0);
}

static void start_ap(void)
{
    memcpy((void *)AP_PAGE, ap_code, ap_end - ap_code);
    *ap_delay = 0;
    *ap_here = 0;
    apic_ipi(1, 0x4500);        /* INIT */
    apic_ipi(1, 0x4600 | AP_PAGE >> 12);
    while (!*ap_here) {
        __asm__ volatile("pause");
    }
}

/* The other processor writes while this one sleeps; nothing else ends it. */
static void test_mwait_other(void)
{
    volatile uint32_t *line = (void *)0xa000;

    *line = 0;
    *ap_count = 1;
    for (uint32_t i = 1; i <= 20; i++) {
        *ap_target = (uint32_t)line;
        *ap_delay = i % 4 * 20000 + 1;
        for (;;) {
            monitor(line);
            if (*line == i) {
                break;
            }
            mwait(0);
        }
        while (*ap_delay) {
            __asm__ volatile("pause");
        }
    }
    equal("MWAIT, another processor's store", "count", *line, 20);
}

/* Both processors count at an address that lies in two pages. */
static void test_split_lock(void)
{
    enum { COUNT = 5000 };
    volatile uint32_t *n = (void *)0xaffe;

    *n = 0;
    *ap_target = (uint32_t)n;
    *ap_count = COUNT;
    *ap_delay = 1;
    while (!*n) {
        __asm__ volatile("pause");
    }
    for (unsigned i = 0; i < COUNT; i++) {
        __asm__ volatile("lock incl %0" : "+m"(*n) : : "cc");
    }
    while (*ap_delay) {
        __asm__ volatile("pause");
    }
    equal("locked across pages", "count", *n, 2 * COUNT);
}

/* ---- IA32_APIC_BASE ----------------------------------------------------------- */

enum { APIC_BASE = 0x1b, APIC_ON = 1 << 11, APIC_FLAGS = 0x900,
       APIC_DEFAULT = 0xfee00000, APIC_MOVED = 0x00a00000 };

static bool apic_announced(void)
{
    uint32_t r[4];

    cpuid(1, 0, r);
    return r[3] >> 9 & 1;
}

/* The registers move onto memory, for this processor alone. */
static void test_apic_base(void)
{
    volatile uint32_t *version = (void *)(APIC_MOVED + 0x30);
    uint32_t v = *apic_reg(0x30);

    *version = 0x12345678;
    equal("APIC", "base", rdmsr(APIC_BASE), APIC_DEFAULT | APIC_FLAGS);
    wrmsr(APIC_BASE, APIC_MOVED | APIC_FLAGS);
    equal("APIC moved", "base", rdmsr(APIC_BASE), APIC_MOVED | APIC_FLAGS);
    equal("APIC moved", "version", *version, v);
    equal("APIC moved", "old place", *apic_reg(0x30), 0);
    *version = 0;
    wrmsr(APIC_BASE, APIC_MOVED | (APIC_FLAGS & ~APIC_ON));
    equal("APIC off", "CPUID", apic_announced(), 0);
    equal("APIC off", "memory", *version, 0x12345678);
    wrmsr(APIC_BASE, APIC_DEFAULT | APIC_FLAGS);
    equal("APIC on", "CPUID", apic_announced(), 1);
    equal("APIC on", "version", *apic_reg(0x30), v);
    equal("APIC on", "memory", *version, 0x12345678);
}

void test_smp(void)
{
    test_apic_base();
    apic_write(APIC_SVR, 0x1ff);
    test_mwait_faults();
    test_mwait_alone();
    start_ap();
    test_mwait_other();
    test_split_lock();
}
