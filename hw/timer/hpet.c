/* SPDX-License-Identifier: MIT */
/*
 * High precision event timer (IA-PC HPET Specification 1.0a): a 64-bit counter
 * at 100 MHz and three comparators, all able to be periodic, with messages.
 *
 * Nothing counts: the counter follows from the virtual clock.
 */
#include "util/osdep.h"
#include "hw/core/owed-ticks.h"
#include "hw/intc/apic.h"
#include "hw/timer/hpet.h"
#include "system/memory.h"
#include "system/timer.h"

enum {
    REG_ID = 0x000, REG_PERIOD = 0x004, REG_CONFIG = 0x010, REG_STATUS = 0x020,
    REG_COUNTER = 0x0f0, REG_TIMERS = 0x100, TIMER_STRIDE = 0x20,
    HPET_SIZE = 0x400, N_TIMERS = 3, TICK_NS = 10,
};
enum { T_CONFIG = 0x00, T_COMPARATOR = 0x08, T_FSB = 0x10 };
enum { CFG_ENABLE = 1, CFG_LEGACY = 2 };
enum {
    TN_LEVEL = 1 << 1,
    TN_ENABLE = 1 << 2,
    TN_PERIODIC = 1 << 3,
    TN_CAN_PERIODIC = 1 << 4,
    TN_64BIT = 1 << 5,
    TN_SET_VALUE = 1 << 6,
    TN_32BIT = 1 << 8,
    TN_ROUTE_SHIFT = 9,
    TN_FSB = 1 << 14,
    TN_CAN_FSB = 1 << 15,
    TN_WRITABLE = 0x7f4e,
};
#define TICK_FS (TICK_NS * 1000000u)
/* Interrupts 2, 8 and 16 to 23 may be chosen. */
#define ROUTES 0x00ff0104ull

typedef struct HpetTimer {
    uint64_t config;
    uint64_t comparator;        /* the next match */
    uint64_t period;
    uint64_t fsb;               /* address << 32 | value */
    bool line;                  /* it is up */
    OwedTicks owed;
    Timer timer;
    struct HpetState *hpet;
    uint8_t index;
} HpetTimer;

typedef struct HpetState {
    DeviceState parent;
    MemoryRegion io;
    HpetTimer timers[N_TIMERS];
    uint64_t config, status;
    uint64_t base;              /* the counter at time SINCE, or standing */
    int64_t since;              /* ns */
    qemu_irq out[24];
    bool legacy_in[2];
} HpetState;

static uint64_t counter(const HpetState *s)
{
    if (!(s->config & CFG_ENABLE)) {
        return s->base;
    }
    return s->base + (clock_get_ns(CLOCK_TYPE_VIRTUAL) - s->since) / TICK_NS;
}

static bool is_32bit(const HpetTimer *t)
{
    return t->config & TN_32BIT;
}

static uint64_t mask_of(const HpetTimer *t)
{
    return is_32bit(t) ? UINT32_MAX : UINT64_MAX;
}

/* The interrupt of T, or -1: a message. */
static int route_of(const HpetTimer *t)
{
    if ((t->hpet->config & CFG_LEGACY) && t->index < 2) {
        return t->index ? 8 : 0;
    }
    if (t->config & TN_FSB) {
        return -1;
    }
    return t->config >> TN_ROUTE_SHIFT & 31;
}

static void set_line(HpetTimer *t, bool up)
{
    int n = route_of(t);

    if (n >= 0 && n < 24) {
        qemu_set_irq(t->hpet->out[n], up);
    }
    t->line = up;
}

static void fire(void *opaque)
{
    HpetTimer *t = opaque;
    HpetState *s = t->hpet;
    bool enabled = (t->config & TN_ENABLE) && (s->config & CFG_ENABLE);

    if (t->config & TN_LEVEL) {
        s->status |= 1u << t->index;
        if (enabled) {
            set_line(t, true);
        }
        return;
    }
    if (!enabled) {
        return;
    }
    if (route_of(t) < 0) {
        apic_send_msi(t->fsb >> 32, t->fsb);
    } else {
        /* Up until the next edge: the 8259 wants to see it when it asks. */
        set_line(t, false);
        set_line(t, true);
    }
}

/* Ticks: a period shorter than this would eat the host. */
#define SHORTEST_PERIOD 1000

static void arm(HpetTimer *t)
{
    HpetState *s = t->hpet;
    uint64_t now, left;
    int64_t ns;

    if (!(s->config & CFG_ENABLE) || !(t->config & TN_ENABLE)) {
        timer_del(&t->timer);
        owed_ticks_clear(&t->owed);
        return;
    }
    now = counter(s);
    left = (t->comparator - now) & mask_of(t);
    if (!is_32bit(t) && left >> 63) {
        left = SHORTEST_PERIOD; /* just missed: behind us */
        if (!(t->config & TN_PERIODIC)) {
            timer_del(&t->timer);
            return;
        }
    }
    left = MIN(left, (uint64_t)INT64_MAX / TICK_NS / 4);
    ns = s->since + (int64_t)(now - s->base + left) * TICK_NS;
    timer_mod_ns(&t->timer, ns);
}

static void on_timer(void *opaque)
{
    HpetTimer *t = opaque;
    uint64_t now = counter(t->hpet), mask = mask_of(t);

    if ((t->config & TN_PERIODIC) && t->period) {
        uint64_t period = MAX(t->period, SHORTEST_PERIOD);
        uint64_t late = (now - t->comparator) & mask;

        t->comparator = (t->comparator + (late / period + 1) * period) & mask;
        arm(t);
        if (!(t->config & TN_LEVEL)) {
            owed_ticks_fire(&t->owed, late / period);
            return;
        }
    } else if (is_32bit(t)) {
        timer_mod_ns(&t->timer, clock_get_ns(CLOCK_TYPE_VIRTUAL) +
                                (1ll << 32) * TICK_NS);
    }
    fire(t);
}

static HpetTimer *timer_at(HpetState *s, paddr at)
{
    unsigned n = (at - REG_TIMERS) / TIMER_STRIDE;

    return at >= REG_TIMERS && n < N_TIMERS ? &s->timers[n] : NULL;
}

static uint64_t read_timer(HpetTimer *t, unsigned reg)
{
    switch (reg) {
    case T_CONFIG:
        return t->config | TN_CAN_PERIODIC | TN_64BIT | TN_CAN_FSB |
               ROUTES << 32;
    case T_COMPARATOR:
        return t->comparator & mask_of(t);
    case T_FSB:
        return t->fsb;
    default:
        return 0;
    }
}

static uint64_t read64(HpetState *s, paddr at)
{
    HpetTimer *t = timer_at(s, at);

    if (t) {
        return read_timer(t, at & (TIMER_STRIDE - 1));
    }
    switch (at) {
    case REG_ID:
        return HPET_ID | (uint64_t)TICK_FS << 32;
    case REG_CONFIG:
        return s->config;
    case REG_STATUS:
        return s->status;
    case REG_COUNTER:
        return counter(s);
    default:
        return 0;
    }
}

static uint64_t hpet_read(void *opaque, paddr at, unsigned size)
{
    uint64_t v = read64(opaque, at & ~7ull);

    return size == 8 ? v : (uint32_t)(v >> (at & 4 ? 32 : 0));
}

static void pass_legacy(HpetState *s)
{
    bool taken = s->config & CFG_LEGACY;

    qemu_set_irq(s->out[0], !taken && s->legacy_in[0]);
    qemu_set_irq(s->out[8], !taken && s->legacy_in[1]);
}

static void write_config(HpetState *s, uint64_t v)
{
    uint64_t old = s->config, now = counter(s);

    v &= CFG_ENABLE | CFG_LEGACY;
    if (old & ~v & CFG_ENABLE) {
        s->base = now;
    }
    if (v & ~old & CFG_ENABLE) {
        s->since = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    }
    s->config = v;
    if ((v ^ old) & CFG_LEGACY) {
        pass_legacy(s);
    }
    for (int i = 0; i < N_TIMERS; i++) {
        if (!(v & CFG_ENABLE) && s->timers[i].line) {
            set_line(&s->timers[i], false);
        }
        arm(&s->timers[i]);
    }
}

static void write_status(HpetState *s, uint64_t v)
{
    for (int i = 0; i < N_TIMERS; i++) {
        if (v & s->status & 1u << i) {
            s->status &= ~(uint64_t)(1u << i);
            if (s->timers[i].line) {
                set_line(&s->timers[i], false);
            }
        }
    }
}

static void write_counter(HpetState *s, uint64_t v)
{
    s->base = v;
    s->since = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    for (int i = 0; i < N_TIMERS; i++) {
        arm(&s->timers[i]);
    }
}

static void write_comparator(HpetTimer *t, uint64_t v, uint64_t mask)
{
    if ((t->config & TN_PERIODIC) && !(t->config & TN_SET_VALUE)) {
        t->period = ((t->period & ~mask) | (v & mask)) & mask_of(t);
    } else {
        t->comparator = ((t->comparator & ~mask) | (v & mask)) & mask_of(t);
        if (t->config & TN_PERIODIC) {
            /* Until told otherwise the first match is the period too. */
            t->period = t->comparator;
        }
        t->config &= ~(uint64_t)TN_SET_VALUE;
    }
    arm(t);
}

static void write_timer(HpetTimer *t, unsigned reg, uint64_t v, uint64_t mask)
{
    switch (reg) {
    case T_CONFIG:
        if (t->line) {
            set_line(t, false);
        }
        owed_ticks_clear(&t->owed);
        v = (t->config & ~mask) | (v & mask);
        t->config = v & TN_WRITABLE;
        if (is_32bit(t)) {
            t->comparator = (uint32_t)t->comparator;
            t->period = (uint32_t)t->period;
        }
        if ((t->config & TN_LEVEL) && (t->config & TN_ENABLE) &&
            (t->hpet->status >> t->index & 1)) {
            set_line(t, true);
        }
        arm(t);
        break;
    case T_COMPARATOR:
        write_comparator(t, v, mask);
        break;
    case T_FSB:
        t->fsb = (t->fsb & ~mask) | (v & mask);
        break;
    }
}

static void hpet_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    HpetState *s = opaque;
    uint64_t mask = size == 8 ? UINT64_MAX
                  : at & 4 ? 0xffffffffull << 32 : UINT32_MAX;
    HpetTimer *t;

    v = at & 4 ? v << 32 : v;
    at &= ~7ull;
    t = timer_at(s, at);
    if (t) {
        write_timer(t, at & (TIMER_STRIDE - 1), v, mask);
        return;
    }
    switch (at) {
    case REG_CONFIG:
        if (mask & UINT32_MAX) {
            write_config(s, v);
        }
        break;
    case REG_STATUS:
        write_status(s, v & mask);
        break;
    case REG_COUNTER:
        write_counter(s, (counter(s) & ~mask) | (v & mask));
        break;
    }
}

static const MemoryRegionOps hpet_ops = {
    .read = hpet_read,
    .write = hpet_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};

static void on_legacy(void *opaque, int n, int level)
{
    HpetState *s = opaque;

    s->legacy_in[n] = level;
    if (!(s->config & CFG_LEGACY)) {
        qemu_set_irq(s->out[n ? 8 : 0], level);
    }
}

static void hpet_reset_enter(Object *obj, ResetType type)
{
    HpetState *s = (HpetState *)obj;

    s->config = s->status = s->base = 0;
    s->since = 0;
    for (int i = 0; i < N_TIMERS; i++) {
        HpetTimer *t = &s->timers[i];

        timer_del(&t->timer);
        owed_ticks_clear(&t->owed);
        t->config = t->period = t->fsb = 0;
        t->comparator = UINT64_MAX;
        t->line = false;
    }
}

static void hpet_reset_hold(Object *obj, ResetType type)
{
    pass_legacy((HpetState *)obj);
}

static void hpet_init(Object *obj)
{
    HpetState *s = (HpetState *)obj;

    for (int i = 0; i < N_TIMERS; i++) {
        s->timers[i].hpet = s;
        s->timers[i].index = i;
        s->timers[i].owed.fire = fire;
        s->timers[i].owed.opaque = &s->timers[i];
        timer_init_ns(&s->timers[i].timer, CLOCK_TYPE_VIRTUAL, on_timer,
                      &s->timers[i]);
    }
    memory_region_init_io(&s->io, obj, &hpet_ops, s, "hpet", HPET_SIZE);
    qdev_init_gpio_out(&s->parent, s->out, 24);
    qdev_init_gpio_in_named(&s->parent, on_legacy, HPET_LEGACY, 2);
    hpet_reset_enter(obj, RESET_TYPE_COLD);
}

static bool hpet_realize(DeviceState *dev, GError **errp)
{
    memory_region_add_subregion(get_system_memory(), HPET_ADDRESS,
                                &((HpetState *)dev)->io);
    return true;
}

static void hpet_unrealize(DeviceState *dev)
{
    HpetState *s = (HpetState *)dev;

    memory_region_del_subregion(get_system_memory(), &s->io);
    for (int i = 0; i < N_TIMERS; i++) {
        timer_del(&s->timers[i].timer);
        owed_ticks_clear(&s->timers[i].owed);
    }
}

static const VMStateDescription vmstate_hpet_timer = {
    .name = "hpet-timer",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT64(config, HpetTimer),
        VMSTATE_UINT64(comparator, HpetTimer),
        VMSTATE_UINT64(period, HpetTimer),
        VMSTATE_UINT64(fsb, HpetTimer),
        VMSTATE_BOOL(line, HpetTimer),
        VMSTATE_TIMER(timer, HpetTimer),
        VMSTATE_END
    },
};

static bool hpet_post_load(void *opaque, int version, GError **errp)
{
    HpetState *s = opaque;

    s->since = CLAMP(s->since, 0, clock_get_ns(CLOCK_TYPE_VIRTUAL));
    return true;
}

static const VMStateDescription vmstate_hpet = {
    .post_load = hpet_post_load,
    .name = TYPE_HPET,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT64(config, HpetState),
        VMSTATE_UINT64(status, HpetState),
        VMSTATE_UINT64(base, HpetState),
        VMSTATE_INT64(since, HpetState),
        VMSTATE_BOOL(legacy_in[0], HpetState),
        VMSTATE_BOOL(legacy_in[1], HpetState),
        VMSTATE_STRUCT_ARRAY(timers, HpetState, N_TIMERS, vmstate_hpet_timer,
                             HpetTimer),
        VMSTATE_END
    },
};

static void hpet_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->realize = hpet_realize;
    dc->unrealize = hpet_unrealize;
    dc->vmsd = &vmstate_hpet;
    dc->user_creatable = false;
    rc->phases.enter = hpet_reset_enter;
    rc->phases.hold = hpet_reset_hold;
}

static const TypeInfo hpet_types[] = {
    {
        .name = TYPE_HPET,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(HpetState),
        .class_init = hpet_class_init,
        .instance_init = hpet_init,
    },
};
DEFINE_TYPES(hpet_types)
