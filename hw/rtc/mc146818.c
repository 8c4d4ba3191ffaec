/* SPDX-License-Identifier: MIT */
/*
 * Motorola MC146818A real-time clock with 128 bytes of CMOS memory at ports 70h
 * and 71h (data sheet MC146818A/D), century in byte 32h.
 *
 * Nothing counts: the time is the host's (or the virtual clock's) plus an
 * offset, which setting the time changes.
 */
#include "util/osdep.h"
#include "hw/rtc/mc146818.h"
#include "system/memory.h"
#include "system/timer.h"

enum {
    RTC_SECONDS, RTC_SECONDS_ALARM, RTC_MINUTES, RTC_MINUTES_ALARM, RTC_HOURS,
    RTC_HOURS_ALARM, RTC_WEEKDAY, RTC_DAY, RTC_MONTH, RTC_YEAR, RTC_A, RTC_B,
    RTC_C, RTC_D, RTC_CENTURY = 0x32, CMOS_SIZE = 128,
};
enum {
    A_UIP = 0x80, A_DIVIDER = 0x70, A_DIVIDER_RUN = 0x20, A_RATE = 0x0f,
    B_SET = 0x80, B_PIE = 0x40, B_AIE = 0x20, B_UIE = 0x10, B_SQWE = 0x08,
    B_BINARY = 0x04, B_24H = 0x02, B_DST = 0x01,
    C_IRQ = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10,
    D_VALID = 0x80,
};
#define UIP_NS 244000
#define SECOND NANOSECONDS_PER_SECOND

typedef struct RtcState {
    DeviceState parent;
    MemoryRegion io;
    uint8_t cmos[CMOS_SIZE];
    uint8_t index;
    int64_t offset;             /* ns of the time minus the clock's */
    int64_t seen;               /* the last second that was checked */
    int64_t period_start;       /* ns */
    Timer periodic, update;
    qemu_irq irq, alarm;
    int clock;                  /* enum: clock_names */
    int64_t start_offset;       /* property: seconds */
} RtcState;

static const char *const clock_names[] = { "host", "vm", "rt", NULL };
static const ClockType clocks[] = {
    CLOCK_TYPE_HOST, CLOCK_TYPE_VIRTUAL, CLOCK_TYPE_REALTIME,
};
static const PropertyKind clock_kind = PROPERTY_ENUM("RtcClock", clock_names);

static int64_t clock_now(const RtcState *s)
{
    return clock_get_ns(clocks[s->clock]);
}

static int64_t time_now(const RtcState *s)
{
    return clock_now(s) + s->offset;
}

static int64_t floor_seconds(int64_t ns)
{
    return (ns - (((ns % SECOND) + SECOND) % SECOND)) / SECOND;
}

static bool stands(const RtcState *s)
{
    return (s->cmos[RTC_B] & B_SET) ||
           (s->cmos[RTC_A] & A_DIVIDER) != A_DIVIDER_RUN;
}

/* Bytes as register B wants them. */

static uint8_t to_byte(const RtcState *s, int v)
{
    return s->cmos[RTC_B] & B_BINARY ? v : v / 10 << 4 | v % 10;
}

static int from_byte(const RtcState *s, uint8_t v)
{
    return s->cmos[RTC_B] & B_BINARY ? v : (v >> 4) * 10 + (v & 15);
}

static uint8_t hour_to_byte(const RtcState *s, int h)
{
    if (s->cmos[RTC_B] & B_24H) {
        return to_byte(s, h);
    }
    return to_byte(s, h % 12 ?: 12) | (h >= 12 ? 0x80 : 0);
}

static int hour_from_byte(const RtcState *s, uint8_t v)
{
    if (s->cmos[RTC_B] & B_24H) {
        return from_byte(s, v);
    }
    return from_byte(s, v & 0x7f) % 12 + (v & 0x80 ? 12 : 0);
}

/* The time into the CMOS bytes. */
static void show_time(RtcState *s)
{
    time_t t = floor_seconds(time_now(s));
    struct tm tm;
    int year;

    if (stands(s) || !gmtime_r(&t, &tm)) {
        return;
    }
    year = tm.tm_year + 1900;
    s->cmos[RTC_SECONDS] = to_byte(s, MIN(tm.tm_sec, 59));
    s->cmos[RTC_MINUTES] = to_byte(s, tm.tm_min);
    s->cmos[RTC_HOURS] = hour_to_byte(s, tm.tm_hour);
    s->cmos[RTC_WEEKDAY] = to_byte(s, tm.tm_wday + 1);
    s->cmos[RTC_DAY] = to_byte(s, tm.tm_mday);
    s->cmos[RTC_MONTH] = to_byte(s, tm.tm_mon + 1);
    s->cmos[RTC_YEAR] = to_byte(s, year % 100);
    s->cmos[RTC_CENTURY] = to_byte(s, year / 100 % 100);
}

/* The CMOS bytes are the time now. */
static void take_time(RtcState *s)
{
    int century = from_byte(s, s->cmos[RTC_CENTURY]);
    int64_t now = clock_now(s);
    struct tm tm = {
        .tm_sec = from_byte(s, s->cmos[RTC_SECONDS]),
        .tm_min = from_byte(s, s->cmos[RTC_MINUTES]),
        .tm_hour = hour_from_byte(s, s->cmos[RTC_HOURS]),
        .tm_mday = from_byte(s, s->cmos[RTC_DAY]),
        .tm_mon = from_byte(s, s->cmos[RTC_MONTH]) - 1,
        .tm_year = from_byte(s, s->cmos[RTC_YEAR]) + century * 100 - 1900,
    };
    int64_t t = timegm(&tm);

    /* Beyond what nanoseconds can say nothing is a date. */
    t = CLAMP(t, -4000000000ll, 8000000000ll);
    s->offset = t * SECOND - now;
    s->seen = t;
}

/* Interrupts */

static void update_irq(RtcState *s)
{
    uint8_t on = s->cmos[RTC_C] & s->cmos[RTC_B] & (C_PF | C_AF | C_UF);

    if (on) {
        s->cmos[RTC_C] |= C_IRQ;
    } else {
        s->cmos[RTC_C] &= ~C_IRQ;
    }
    qemu_set_irq(s->irq, on != 0);
}

/* Ticks of 32768 Hz between periodic interrupts; 0: none. */
static unsigned period_of(const RtcState *s)
{
    unsigned rate = s->cmos[RTC_A] & A_RATE;

    if (rate == 0 || (s->cmos[RTC_A] & A_DIVIDER) != A_DIVIDER_RUN) {
        return 0;
    }
    return 1u << (rate <= 2 ? rate + 6 : rate - 1);
}

static int64_t ticks_to_ns(int64_t ticks)
{
    return (Int128)ticks * SECOND / 32768;
}

static void arm_periodic(RtcState *s)
{
    unsigned period = period_of(s);
    int64_t ticks;

    if (!period || !(s->cmos[RTC_B] & B_PIE)) {
        timer_del(&s->periodic);
        return;
    }
    ticks = (Int128)(clock_now(s) - s->period_start) * 32768 / SECOND;
    timer_mod_ns(&s->periodic, s->period_start +
                 ticks_to_ns((ticks / period + 1) * period) + 1);
}

static void on_periodic(void *opaque)
{
    RtcState *s = opaque;

    arm_periodic(s);
    s->cmos[RTC_C] |= C_PF;
    update_irq(s);
}

static bool alarm_byte_matches(uint8_t alarm, uint8_t now)
{
    return alarm >= 0xc0 || alarm == now;
}

/* Seconds that went by since last time: update ended, alarms. */
static void catch_up(RtcState *s)
{
    int64_t now = floor_seconds(time_now(s));

    if (stands(s) || now <= s->seen) {
        s->seen = stands(s) ? s->seen : now;
        return;
    }
    s->cmos[RTC_C] |= C_UF;
    for (int64_t t = MAX(s->seen + 1, now - 86400); t <= now; t++) {
        int day = ((t % 86400) + 86400) % 86400;

        if (alarm_byte_matches(s->cmos[RTC_SECONDS_ALARM],
                               to_byte(s, day % 60)) &&
            alarm_byte_matches(s->cmos[RTC_MINUTES_ALARM],
                               to_byte(s, day / 60 % 60)) &&
            alarm_byte_matches(s->cmos[RTC_HOURS_ALARM],
                               hour_to_byte(s, day / 3600))) {
            s->cmos[RTC_C] |= C_AF;
            if (s->cmos[RTC_B] & B_AIE) {
                qemu_set_irq(s->alarm, 1);
            }
            break;
        }
    }
    s->seen = now;
}

static void arm_update(RtcState *s)
{
    int64_t now = time_now(s);

    if (stands(s) || !(s->cmos[RTC_B] & (B_UIE | B_AIE))) {
        timer_del(&s->update);
        return;
    }
    timer_mod_ns(&s->update, (floor_seconds(now) + 1) * SECOND - s->offset);
}

static void on_update(void *opaque)
{
    RtcState *s = opaque;

    catch_up(s);
    update_irq(s);
    arm_update(s);
}

/* Registers */

static void write_a(RtcState *s, uint8_t v)
{
    bool stood = stands(s);

    show_time(s);
    s->cmos[RTC_A] = v & ~A_UIP;
    if (stood && !stands(s)) {
        take_time(s);
    }
    s->period_start = clock_now(s);
    arm_periodic(s);
    arm_update(s);
}

static void write_b(RtcState *s, uint8_t v)
{
    bool stood = stands(s);

    catch_up(s);
    show_time(s);
    if (v & B_SET) {
        v &= ~B_UIE;
    }
    if ((v & B_PIE) && !(s->cmos[RTC_B] & B_PIE)) {
        s->period_start = clock_now(s);
    }
    s->cmos[RTC_B] = v;
    if (stood && !stands(s)) {
        take_time(s);
    }
    arm_periodic(s);
    arm_update(s);
    update_irq(s);
}

static void write_time(RtcState *s, uint8_t v)
{
    catch_up(s);
    show_time(s);
    s->cmos[s->index] = v;
    if (!stands(s)) {
        take_time(s);
        arm_update(s);
    }
}

static void rtc_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    RtcState *s = opaque;

    if (port == 0) {
        s->index = v & 0x7f;
        return;
    }
    switch (s->index) {
    case RTC_A:
        write_a(s, v);
        break;
    case RTC_B:
        write_b(s, v);
        break;
    case RTC_C:
    case RTC_D:
        break;                          /* read only */
    case RTC_SECONDS_ALARM:
    case RTC_MINUTES_ALARM:
    case RTC_HOURS_ALARM:
        catch_up(s);
        s->cmos[s->index] = v;
        break;
    case RTC_SECONDS:
    case RTC_MINUTES:
    case RTC_HOURS:
    case RTC_WEEKDAY ... RTC_YEAR:
    case RTC_CENTURY:
        write_time(s, v);
        break;
    default:
        s->cmos[s->index] = v;
    }
}

static uint8_t read_a(RtcState *s)
{
    int64_t now = time_now(s);
    int64_t in_second = now - floor_seconds(now) * SECOND;

    return s->cmos[RTC_A] |
           (!stands(s) && in_second >= SECOND - UIP_NS ? A_UIP : 0);
}

static uint64_t rtc_read(void *opaque, paddr port, unsigned size)
{
    RtcState *s = opaque;
    uint8_t v;

    if (port == 0) {
        return 0xff;
    }
    switch (s->index) {
    case RTC_A:
        return read_a(s);
    case RTC_C:
        catch_up(s);
        update_irq(s);
        v = s->cmos[RTC_C];
        s->cmos[RTC_C] = 0;
        update_irq(s);
        return v;
    case RTC_D:
        return D_VALID;
    default:
        show_time(s);
        return s->cmos[s->index];
    }
}

static const MemoryRegionOps rtc_ops = {
    .read = rtc_read,
    .write = rtc_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

void rtc_set_memory(DeviceState *dev, unsigned addr, uint8_t value)
{
    if (addr < CMOS_SIZE) {
        ((RtcState *)dev)->cmos[addr] = value;
    }
}

static void rtc_reset_enter(Object *obj, ResetType type)
{
    RtcState *s = (RtcState *)obj;

    s->index = 0;
    s->cmos[RTC_B] &= ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    s->cmos[RTC_C] = 0;
    timer_del(&s->periodic);
    timer_del(&s->update);
}

static void rtc_reset_hold(Object *obj, ResetType type)
{
    update_irq((RtcState *)obj);
}

static void rtc_init(Object *obj)
{
    RtcState *s = (RtcState *)obj;

    s->cmos[RTC_A] = A_DIVIDER_RUN | 6;
    s->cmos[RTC_B] = B_24H;
    memory_region_init_io(&s->io, obj, &rtc_ops, s, "rtc", 2);
    qdev_init_gpio_out(&s->parent, &s->irq, 1);
    qdev_init_gpio_out_named(&s->parent, &s->alarm, MC146818_ALARM, 1);
}

static bool rtc_realize(DeviceState *dev, GError **errp)
{
    RtcState *s = (RtcState *)dev;
    ClockType clock = clocks[s->clock];

    timer_init_ns(&s->periodic, clock, on_periodic, s);
    timer_init_ns(&s->update, clock, on_update, s);
    s->offset = CLAMP(s->start_offset, -4000000000ll, 4000000000ll) * SECOND;
    if (clock != CLOCK_TYPE_HOST) {
        s->offset += clock_get_ns(CLOCK_TYPE_HOST) - clock_now(s);
    }
    s->seen = floor_seconds(time_now(s));
    memory_region_add_subregion(get_system_io(), 0x70, &s->io);
    return true;
}

static void rtc_unrealize(DeviceState *dev)
{
    RtcState *s = (RtcState *)dev;

    memory_region_del_subregion(get_system_io(), &s->io);
    timer_del(&s->periodic);
    timer_del(&s->update);
}

static bool rtc_post_load(void *opaque, int version, GError **errp)
{
    RtcState *s = opaque;

    s->index &= 0x7f;
    s->offset = CLAMP(s->offset, -8000000000ll * SECOND,
                      8000000000ll * SECOND);
    s->period_start = MAX(s->period_start, 0);
    return true;
}

static const VMStateDescription vmstate_rtc = {
    .name = TYPE_MC146818,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = rtc_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_BUFFER(cmos, RtcState),
        VMSTATE_UINT8(index, RtcState),
        VMSTATE_INT64(offset, RtcState),
        VMSTATE_INT64(seen, RtcState),
        VMSTATE_INT64(period_start, RtcState),
        VMSTATE_TIMER(periodic, RtcState),
        VMSTATE_TIMER(update, RtcState),
        VMSTATE_END
    },
};

static const DevProperty rtc_properties[] = {
    DEFINE_PROP_ENUM("clock", RtcState, clock, "host", &clock_kind),
    DEFINE_PROP_INT64("offset", RtcState, start_offset, 0),
};

static void rtc_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->realize = rtc_realize;
    dc->unrealize = rtc_unrealize;
    dc->vmsd = &vmstate_rtc;
    dc->user_creatable = false;
    rc->phases.enter = rtc_reset_enter;
    rc->phases.hold = rtc_reset_hold;
    device_class_set_props(dc, rtc_properties);
}

static const TypeInfo rtc_types[] = {
    {
        .name = TYPE_MC146818,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(RtcState),
        .class_init = rtc_class_init,
        .instance_init = rtc_init,
    },
};
DEFINE_TYPES(rtc_types)
