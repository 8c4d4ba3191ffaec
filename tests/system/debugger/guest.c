/* SPDX-License-Identifier: MIT */
/* The kernel that is debugged: counts, until a debugger sets stop. */
#include <stdint.h>

typedef struct Gate { uint64_t lo, hi; } Gate;

volatile int counter, stop;
volatile uint64_t ticks;
volatile float half = 0.5f;
extern char on_timer[], second[], second_end[];
static Gate idt[256] __attribute__((aligned(16)));

static void outb(uint16_t port, uint8_t val)
{
    __asm__ volatile("outb %0, %1" : : "a"(val), "Nd"(port));
}

/* IRQ 0, a thousand times a second, as vector 20h. */
static void start_timer(void)
{
    struct { uint16_t limit; Gate *base; } __attribute__((packed)) r = {
        sizeof(idt) - 1, idt };
    uint64_t at = (uint64_t)on_timer;
    static const uint8_t init[][2] = {
        { 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 4 }, { 0x21, 1 },
        { 0x21, 0xfe }, { 0x43, 0x34 }, { 0x40, 0xa9 }, { 0x40, 4 },
    };

    idt[0x20].lo = (at & 0xffff) | 8 << 16 | 0x8e00ull << 32 |
                   (at >> 16 & 0xffff) << 48;
    idt[0x20].hi = at >> 32;
    __asm__ volatile("lidt %0" : : "m"(r));
    for (unsigned i = 0; i < sizeof(init) / 2; i++)
        outb(init[i][0], init[i][1]);
    __asm__ volatile("sti");
}

/* INIT and start-up interrupts to all other processors. */
static void start_second(void)
{
    volatile uint32_t *icr = (uint32_t *)0x3fe00300ull;
    char *to = (char *)0x8000;

    for (char *p = second; p < second_end; p++)
        *to++ = *p;
    *icr = 0xc4500;
    *icr = 0xc4608;
}

__attribute__((noinline)) int add(int a, int b)
{
    int sum = a + b;
    return sum;
}

__attribute__((noinline)) void count(void)
{
    while (!stop)
        counter = add(counter, 1);
}

void kernel_main(void)
{
    start_second();
    start_timer();
    count();
    outb(0xf4, counter > 0 ? 0x10 : 0x20);
}
