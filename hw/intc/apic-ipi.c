/* SPDX-License-Identifier: MIT */
/*
 * Interrupts by message: between processors (SDM vol. 3A, 11.6), from the I/O
 * APIC and from PCI devices (11.11).
 */
#include "util/osdep.h"
#include "hw/intc/apic-int.h"

typedef struct Message {
    uint32_t dest;
    bool logical;
    bool x2apic;                /* 32-bit destinations */
    unsigned mode;
    uint8_t vector;
    bool level;
} Message;

/* 11.6.2 */
static bool is_meant(const ApicState *s, const Message *m)
{
    uint32_t broadcast = m->x2apic ? UINT32_MAX : 0xff;

    if (!(s->base & BASE_ENABLE)) {
        /* INIT and SIPI reach a processor whose APIC is off. */
        return !m->logical && (m->dest == s->cpu || m->dest == broadcast);
    }
    if (!m->logical) {
        return m->dest == broadcast || m->dest == s->id;
    }
    if (apic_in_x2apic(s)) {
        uint32_t ldr = (s->id >> 4) << 16 | 1u << (s->id & 15);
        uint32_t dest = m->dest;

        if (!m->x2apic && dest == 0xff) {
            return true;
        }
        if (dest == UINT32_MAX) {
            return true;
        }
        return dest >> 16 == ldr >> 16 && (dest & ldr & 0xffff);
    }
    if (m->dest == broadcast) {
        return true;
    }
    if (s->dfr == 15) {
        return m->dest & s->ldr & 0xff;
    }
    return (m->dest >> 4 & 15) == (s->ldr >> 4) && (m->dest & s->ldr & 15);
}

static void deliver(ApicState *s, const Message *m)
{
    switch (m->mode) {
    case MODE_FIXED:
    case MODE_LOWEST:
        apic_set_irq(s, m->vector, m->level);
        break;
    case MODE_EXTINT:
        s->extint_sent = true;
        apic_update(s);
        break;
    case MODE_SMI:
        vcpu_event(s->cpu, VCPU_EVENT_SMI, 0);
        break;
    case MODE_NMI:
        vcpu_event(s->cpu, VCPU_EVENT_NMI, 0);
        break;
    case MODE_INIT:
        apic_init_reset(s->cpu);
        vcpu_event(s->cpu, VCPU_EVENT_INIT, 0);
        break;
    case MODE_SIPI:
        vcpu_event(s->cpu, VCPU_EVENT_SIPI, m->vector);
        break;
    }
}

/* Of those meant, the least busy: the one with the lowest priority. */
static void deliver_lowest(const Message *m)
{
    ApicState *best = NULL;

    for (unsigned i = 0; i < apic_count(); i++) {
        ApicState *s = apic_of(i);

        if (is_meant(s, m) && apic_enabled(s) &&
            (!best || s->tpr < best->tpr)) {
            best = s;
        }
    }
    if (best) {
        deliver(best, m);
    }
}

static void send(const Message *m)
{
    if (m->mode == MODE_LOWEST) {
        deliver_lowest(m);
        return;
    }
    for (unsigned i = 0; i < apic_count(); i++) {
        if (is_meant(apic_of(i), m)) {
            deliver(apic_of(i), m);
        }
    }
}

void apic_self_ipi(ApicState *s, uint8_t vector)
{
    apic_set_irq(s, vector, false);
}

void apic_send_ipi(ApicState *s)
{
    Message m = {
        .x2apic = apic_in_x2apic(s),
        .dest = apic_in_x2apic(s) ? s->icr2 : s->icr2 >> 24,
        .logical = s->icr >> 11 & 1,
        .mode = s->icr >> 8 & 7,
        .vector = s->icr,
    };
    unsigned shorthand = s->icr >> 18 & 3;
    bool assert = s->icr >> 14 & 1, level = s->icr >> 15 & 1;

    if (m.mode == MODE_INIT && !assert && level) {
        return;                 /* INIT level de-assert: arbitration ids */
    }
    if ((m.mode == MODE_FIXED || m.mode == MODE_LOWEST) && m.vector < 16) {
        apic_error(s, ESR_SEND_VECTOR);
        return;
    }
    if (shorthand == 0) {
        send(&m);
        return;
    }
    if (shorthand == 1) {
        if (m.mode == MODE_FIXED || m.mode == MODE_NMI) {
            deliver(s, &m);
        }
        return;
    }
    for (unsigned i = 0; i < apic_count(); i++) {
        ApicState *other = apic_of(i);

        if (shorthand == 2 || other != s) {
            deliver(other, &m);
        }
    }
}

void apic_bus_deliver(uint8_t dest, bool logical, unsigned mode,
                      uint8_t vector, bool level)
{
    Message m = { dest, logical, false, mode, vector, level };

    send(&m);
}

void apic_send_msi(uint64_t addr, uint32_t data)
{
    if (addr >> 20 == 0xfee) {
        /* Redirection hint or not: the mode says how to choose. */
        apic_bus_deliver(addr >> 12, addr >> 2 & 1, data >> 8 & 7, data,
                         (data >> 15 & 1) && (data >> 14 & 1));
    }
}
