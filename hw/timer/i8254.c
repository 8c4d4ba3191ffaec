/* SPDX-License-Identifier: MIT */
/*
 * Intel 8254 programmable interval timer (Intel 231164, "82C54 CHMOS
 * Programmable Interval Timer"; section numbers below are of its "Operational
 * Description").
 *
 * Nothing counts: a counter's value and output follow from the virtual clock
 * and the time it was loaded.  A host timer runs only for an output that is
 * connected.
 */
#include "util/osdep.h"
#include "hw/timer/i8254.h"
#include "system/memory.h"
#include "system/timer.h"

enum {
    PORT_COUNTER0,
    PORT_COUNTER1,
    PORT_COUNTER2,
    PORT_CONTROL,               /* SC1 SC0 RW1 RW0 M2 M1 M0 BCD */
    N_PORTS,
    N_COUNTERS = 3,
};

enum {
    CTL_BCD = 0x01,
    CTL_NO_STATUS = 0x10,       /* read-back: don't latch the status */
    CTL_NO_COUNT = 0x20,        /* read-back: don't latch the count */
    STATUS_NULL_COUNT = 0x40,
    STATUS_OUT = 0x80,
};

enum { ACCESS_LATCH, ACCESS_LOW, ACCESS_HIGH, ACCESS_BOTH };

typedef struct Counter {
    uint32_t count;             /* 1 to 65536; valid when loaded */
    bool loaded;
    bool gate;
    bool out;
    uint8_t mode;
    uint8_t access;
    bool bcd;
    bool read_high;             /* the next byte read is the high one */
    bool write_high;
    uint8_t write_low;
    bool count_latched;
    bool status_latched;
    uint16_t latched_count;
    uint8_t latched_status;
    int64_t load_time;          /* ns */
    int64_t frozen;             /* ticks done when the gate went low */
    int64_t next_tick;          /* what the timer waits for */
    Timer timer;
    struct PitState *pit;
    uint8_t index;
} Counter;

typedef struct PitState {
    DeviceState parent;
    MemoryRegion io;
    Counter counters[N_COUNTERS];
    qemu_irq out[N_COUNTERS];
    uint16_t iobase;
} PitState;

static int64_t ticks_of(int64_t ns)
{
    return (Int128)MAX(ns, 0) * PIT_FREQUENCY / NANOSECONDS_PER_SECOND;
}

/* The first nanosecond of a tick. */
static int64_t ns_of(int64_t ticks)
{
    return ((Int128)ticks * NANOSECONDS_PER_SECOND + PIT_FREQUENCY - 1) /
           PIT_FREQUENCY;
}

/* In modes 1 and 5 the gate triggers, in the others it lets count. */
static bool gate_triggers(const Counter *c)
{
    return c->mode == 1 || c->mode == 5;
}

static bool frozen(const Counter *c)
{
    return !c->loaded || (!c->gate && !gate_triggers(c)) || c->frozen >= 0;
}

static int64_t elapsed(const Counter *c)
{
    if (frozen(c)) {
        return MAX(c->frozen, 0);
    }
    return ticks_of(clock_get_ns(CLOCK_TYPE_VIRTUAL) - c->load_time);
}

/* OUT after D ticks: "Mode Definitions". */
static bool out_at(const Counter *c, int64_t d)
{
    int64_t n = c->count;

    if (!c->loaded) {
        return c->mode != 0;
    }
    switch (c->mode) {
    case 0:
        return d >= n;
    case 1:
        return c->frozen >= 0 || d >= n;
    case 2:
        return !c->gate || d % n != n - 1;
    case 3:
        return !c->gate || d % n < (n + 1) / 2;
    default:
        return c->frozen >= 0 || d != n;
    }
}

/* The tick after D at which OUT changes; -1: never. */
static int64_t next_change(const Counter *c, int64_t d)
{
    int64_t n = c->count, start = d - d % n, half = (n + 1) / 2;

    switch (c->mode) {
    case 0:
    case 1:
        return d < n ? n : -1;
    case 2:
        if (n == 1) {
            return -1;
        }
        return d % n < n - 1 ? start + n - 1 : start + n;
    case 3:
        if (n == 1) {
            return -1;
        }
        return d % n < half ? start + half : start + n;
    default:
        return d < n ? n : d == n ? n + 1 : -1;
    }
}

static void set_out(Counter *c, bool level)
{
    if (c->out != level) {
        c->out = level;
        qemu_set_irq(c->pit->out[c->index], level);
    }
}

/* OUT as of tick D, and the timer for what comes after it. */
static void update_at(Counter *c, int64_t d)
{
    set_out(c, out_at(c, d));
    c->next_tick = frozen(c) ? -1 : next_change(c, d);
    if (c->next_tick < 0 || !c->pit->out[c->index]) {
        timer_del(&c->timer);
    } else {
        timer_mod_ns(&c->timer, c->load_time + ns_of(c->next_tick));
    }
}

static void update(Counter *c)
{
    update_at(c, elapsed(c));
}

/* Late or not, every change is seen; after a second it is too late. */
static void on_timer(void *opaque)
{
    Counter *c = opaque;
    int64_t now = elapsed(c);

    update_at(c, now - c->next_tick > PIT_FREQUENCY ? now : c->next_tick);
}

static uint32_t from_bcd(uint16_t v)
{
    return (v >> 12) * 1000 + (v >> 8 & 15) * 100 + (v >> 4 & 15) * 10 +
           (v & 15);
}

static uint16_t to_bcd(uint32_t v)
{
    return (v / 1000 % 10) << 12 | (v / 100 % 10) << 8 | (v / 10 % 10) << 4 |
           v % 10;
}

static uint16_t current_count(const Counter *c)
{
    int64_t d = elapsed(c), n = c->loaded ? c->count : 0;
    int64_t wrap = c->bcd ? 10000 : 65536, v;

    if (!n) {
        return 0;
    }
    if (c->mode == 2) {
        v = n - d % n;
    } else if (c->mode == 3) {
        v = (n & ~1) - 2 * d % n;       /* by two, twice a period */
    } else {
        v = n - d;
    }
    v = ((v % wrap) + wrap) % wrap;
    return c->bcd ? to_bcd(v) : v;
}

static void load_count(Counter *c, uint16_t v)
{
    uint32_t n = c->bcd ? from_bcd(v) : v;

    c->count = n ?: c->bcd ? 10000 : 65536;
    c->loaded = true;
    c->load_time = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    /* Modes 1 and 5 wait for a trigger, the others for the gate. */
    c->frozen = gate_triggers(c) || !c->gate ? 0 : -1;
    update(c);
}

static void set_gate(void *opaque, int n, int level)
{
    Counter *c = &((PitState *)opaque)->counters[n];
    int64_t now = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    int64_t done = elapsed(c);

    if (c->gate == !!level) {
        return;
    }
    c->gate = level;
    if (!c->loaded) {
        return;
    }
    if (level) {
        bool resumes = c->mode == 0 || c->mode == 4;

        c->load_time = now - (resumes ? ns_of(done) : 0);
        c->frozen = -1;
    } else if (!gate_triggers(c)) {
        c->frozen = done;
    }
    update(c);
}

static void latch_count(Counter *c)
{
    if (!c->count_latched) {
        c->count_latched = true;
        c->latched_count = current_count(c);
    }
}

static void latch_status(Counter *c)
{
    if (!c->status_latched) {
        c->status_latched = true;
        c->latched_status = (out_at(c, elapsed(c)) ? STATUS_OUT : 0) |
                            (c->loaded ? 0 : STATUS_NULL_COUNT) |
                            c->access << 4 | c->mode << 1 | c->bcd;
    }
}

static void write_control(PitState *s, uint8_t v)
{
    int which = v >> 6;
    Counter *c = &s->counters[which % N_COUNTERS];

    if (which == 3) {
        for (int i = 0; i < N_COUNTERS; i++) {
            if (v & 2 << i) {
                if (!(v & CTL_NO_COUNT)) {
                    latch_count(&s->counters[i]);
                }
                if (!(v & CTL_NO_STATUS)) {
                    latch_status(&s->counters[i]);
                }
            }
        }
        return;
    }
    if ((v >> 4 & 3) == ACCESS_LATCH) {
        latch_count(c);
        return;
    }
    c->access = v >> 4 & 3;
    c->mode = v >> 1 & 7;
    c->mode -= c->mode > 5 ? 4 : 0;     /* 6 and 7 are 2 and 3 */
    c->bcd = v & CTL_BCD;
    c->loaded = false;
    c->frozen = 0;
    c->read_high = c->write_high = false;
    c->count_latched = c->status_latched = false;
    update(c);
}

static void pit_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    PitState *s = opaque;
    Counter *c = &s->counters[port % N_COUNTERS];

    if (port == PORT_CONTROL) {
        write_control(s, v);
    } else if (c->access == ACCESS_LOW) {
        load_count(c, v);
    } else if (c->access == ACCESS_HIGH) {
        load_count(c, v << 8);
    } else if (c->write_high) {
        c->write_high = false;
        load_count(c, v << 8 | c->write_low);
    } else {
        c->write_high = true;
        c->write_low = v;
        if (c->mode == 0) {
            c->loaded = false;          /* the first byte stops it */
            c->frozen = 0;
            update(c);
        }
    }
}

static uint64_t pit_read(void *opaque, paddr port, unsigned size)
{
    PitState *s = opaque;
    Counter *c = &s->counters[port % N_COUNTERS];
    bool high;
    uint16_t v;

    if (port == PORT_CONTROL) {
        return 0xff;                    /* write only */
    }
    if (c->status_latched) {
        c->status_latched = false;
        return c->latched_status;
    }
    v = c->count_latched ? c->latched_count : current_count(c);
    high = c->access == ACCESS_HIGH || c->read_high;
    if (c->access == ACCESS_BOTH) {
        c->read_high = !c->read_high;
    }
    if (!c->read_high) {
        c->count_latched = false;
    }
    return high ? v >> 8 : v & 0xff;
}

bool pit_get_out(DeviceState *dev, int n)
{
    const Counter *c = &((PitState *)dev)->counters[n];

    return out_at(c, elapsed(c));
}

static const MemoryRegionOps pit_ops = {
    .read = pit_read,
    .write = pit_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void pit_reset_enter(Object *obj, ResetType type)
{
    PitState *s = (PitState *)obj;

    for (int i = 0; i < N_COUNTERS; i++) {
        Counter *c = &s->counters[i];

        timer_del(&c->timer);
        c->mode = 3;
        c->access = ACCESS_BOTH;
        c->bcd = c->loaded = c->read_high = c->write_high = false;
        c->count_latched = c->status_latched = false;
        c->frozen = 0;
        c->next_tick = -1;
        c->gate = i != 2;               /* counter 2's is port 61h's */
    }
}

static void pit_reset_hold(Object *obj, ResetType type)
{
    PitState *s = (PitState *)obj;

    for (int i = 0; i < N_COUNTERS; i++) {
        update(&s->counters[i]);
    }
}

static void pit_init(Object *obj)
{
    PitState *s = (PitState *)obj;

    for (int i = 0; i < N_COUNTERS; i++) {
        Counter *c = &s->counters[i];

        c->pit = s;
        c->index = i;
        timer_init_ns(&c->timer, CLOCK_TYPE_VIRTUAL, on_timer, c);
    }
    memory_region_init_io(&s->io, obj, &pit_ops, s, "pit", N_PORTS);
    qdev_init_gpio_in(&s->parent, set_gate, N_COUNTERS);
    qdev_init_gpio_out(&s->parent, s->out, N_COUNTERS);
    pit_reset_enter(obj, RESET_TYPE_COLD);
}

static bool pit_realize(DeviceState *dev, GError **errp)
{
    PitState *s = (PitState *)dev;

    if (s->iobase > 65536 - N_PORTS) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "iobase 0x%x is beyond the last port", s->iobase);
        return false;
    }
    memory_region_add_subregion(get_system_io(), s->iobase, &s->io);
    return true;
}

static void pit_unrealize(DeviceState *dev)
{
    PitState *s = (PitState *)dev;

    memory_region_del_subregion(get_system_io(), &s->io);
    for (int i = 0; i < N_COUNTERS; i++) {
        timer_del(&s->counters[i].timer);
    }
}

/* Some thirty years: what a sane state stays below. */
#define MOST_TICKS (1ll << 50)

static bool counter_post_load(void *opaque, int version, GError **errp)
{
    Counter *c = opaque;

    if (c->mode > 5 || c->access == ACCESS_LATCH || c->access > ACCESS_BOTH ||
        (c->loaded && (c->count == 0 || c->count > 65536)) ||
        c->load_time < 0 || c->load_time > INT64_MAX / 2 ||
        c->frozen < -1 || c->frozen > MOST_TICKS ||
        c->next_tick < -1 || c->next_tick > MOST_TICKS) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "state: counter %d is in no possible state", c->index);
        return false;
    }
    return true;
}

static const VMStateDescription vmstate_counter = {
    .name = "pit-counter",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = counter_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT32(count, Counter),
        VMSTATE_BOOL(loaded, Counter),
        VMSTATE_BOOL(gate, Counter),
        VMSTATE_BOOL(out, Counter),
        VMSTATE_UINT8(mode, Counter),
        VMSTATE_UINT8(access, Counter),
        VMSTATE_BOOL(bcd, Counter),
        VMSTATE_BOOL(read_high, Counter),
        VMSTATE_BOOL(write_high, Counter),
        VMSTATE_UINT8(write_low, Counter),
        VMSTATE_BOOL(count_latched, Counter),
        VMSTATE_BOOL(status_latched, Counter),
        VMSTATE_UINT16(latched_count, Counter),
        VMSTATE_UINT8(latched_status, Counter),
        VMSTATE_INT64(load_time, Counter),
        VMSTATE_INT64(frozen, Counter),
        VMSTATE_INT64(next_tick, Counter),
        VMSTATE_TIMER(timer, Counter),
        VMSTATE_END
    },
};

static const VMStateDescription vmstate_pit = {
    .name = TYPE_I8254,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_STRUCT_ARRAY(counters, PitState, N_COUNTERS, vmstate_counter,
                             Counter),
        VMSTATE_END
    },
};

static const DevProperty pit_properties[] = {
    DEFINE_PROP_UINT16("iobase", PitState, iobase, 0x40),
};

static void pit_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->realize = pit_realize;
    dc->unrealize = pit_unrealize;
    dc->vmsd = &vmstate_pit;
    dc->user_creatable = false;         /* machines wire it up */
    rc->phases.enter = pit_reset_enter;
    rc->phases.hold = pit_reset_hold;
    device_class_set_props(dc, pit_properties);
}

static const TypeInfo pit_types[] = {
    {
        .name = TYPE_I8254,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PitState),
        .class_init = pit_class_init,
        .instance_init = pit_init,
    },
};
DEFINE_TYPES(pit_types)
