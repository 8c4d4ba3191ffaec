/* SPDX-License-Identifier: MIT */
/*
 * The local APIC's timer (SDM vol. 3A, 11.5.4): one-shot, periodic, and TSC
 * deadline.  The bus clock is 1 GHz, so a tick undivided is a nanosecond of
 * the virtual clock.
 */
#include "util/osdep.h"
#include "hw/intc/apic-int.h"

/* Less than this and a periodic timer would eat the host. */
#define SHORTEST_PERIOD_NS 20000

static unsigned shift_of(const ApicState *s)
{
    unsigned v = (s->divide & 3) | (s->divide >> 1 & 4);

    return (v + 1) & 7;
}

static int64_t period_of(const ApicState *s)
{
    return (int64_t)s->initial << shift_of(s);
}

static bool by_deadline(const ApicState *s)
{
    return s->lvt[LVT_TIMER] & LVT_DEADLINE;
}

static bool periodic(const ApicState *s)
{
    return (s->lvt[LVT_TIMER] & LVT_TIMER_MODE) == LVT_PERIODIC;
}

uint32_t apic_timer_current(ApicState *s)
{
    int64_t gone = clock_get_ns(CLOCK_TYPE_VIRTUAL) - s->start;
    int64_t period = period_of(s);

    if (by_deadline(s) || !period) {
        return 0;
    }
    if (gone >= period) {
        if (!periodic(s)) {
            return 0;
        }
        gone %= period;
    }
    return s->initial - (uint32_t)(gone >> shift_of(s));
}

static void arm_deadline(ApicState *s)
{
    uint64_t now = vcpu_get_tsc(s->cpu), hz = vcpu_tsc_frequency();
    unsigned __int128 ns = 0;

    if (!s->deadline) {
        timer_del(&s->timer);
        return;
    }
    if (s->deadline > now) {
        ns = (unsigned __int128)(s->deadline - now) * NANOSECONDS_PER_SECOND /
             hz;
    }
    /* A century is never. */
    ns = MIN(ns, (unsigned __int128)1 << 61);
    timer_mod_ns(&s->timer, clock_get_ns(CLOCK_TYPE_VIRTUAL) + (int64_t)ns);
}

void apic_timer_update(ApicState *s, bool loaded)
{
    int64_t now = clock_get_ns(CLOCK_TYPE_VIRTUAL), period = period_of(s);

    if (by_deadline(s)) {
        arm_deadline(s);
        return;
    }
    if (loaded) {
        s->start = now;
    }
    if (!period || (!periodic(s) && now - s->start >= period)) {
        timer_del(&s->timer);
        return;
    }
    if (now - s->start >= period) {
        s->start += (now - s->start) / period * period;
    }
    timer_mod_ns(&s->timer, s->start + period);
}

static void on_timer(void *opaque)
{
    ApicState *s = opaque;
    int64_t now = clock_get_ns(CLOCK_TYPE_VIRTUAL), period = period_of(s);

    if (by_deadline(s)) {
        if (!s->deadline) {
            return;
        }
        if (vcpu_get_tsc(s->cpu) < s->deadline) {
            arm_deadline(s);        /* the clocks were rounded apart */
            return;
        }
        s->deadline = 0;
    } else if (periodic(s) && period) {
        int64_t next = s->start + period;

        s->start = next;
        /* Ticks that nobody could see are dropped. */
        if (now - next >= period) {
            s->start += (now - next) / period * period;
        }
        timer_mod_ns(&s->timer, MAX(s->start + period,
                                    now + (period < SHORTEST_PERIOD_NS
                                           ? SHORTEST_PERIOD_NS : 0)));
    }
    apic_local_deliver(s, LVT_TIMER);
}

void apic_timer_init(ApicState *s)
{
    timer_init_ns(&s->timer, CLOCK_TYPE_VIRTUAL, on_timer, s);
}

uint64_t apic_get_tsc_deadline(unsigned cpu)
{
    ApicState *s = apic_of(cpu);

    return s && by_deadline(s) ? s->deadline : 0;
}

void apic_set_tsc_deadline(unsigned cpu, uint64_t value)
{
    ApicState *s = apic_of(cpu);

    if (s && by_deadline(s)) {
        s->deadline = value;
        arm_deadline(s);
    }
}
