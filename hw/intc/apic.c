/* SPDX-License-Identifier: MIT */
/*
 * Local APICs: priorities, acceptance and the device.  Intel SDM vol. 3A
 * ch. 11 ("APIC"); section numbers are of that chapter.  Registers are in
 * apic-regs.c, interrupts between processors in apic-ipi.c, the timer in
 * apic-timer.c.
 */
#include "util/osdep.h"
#include "hw/core/owed-ticks.h"
#include "hw/intc/apic-int.h"

/* The machine's: made once by apic_create. */
static GPtrArray *apics;
static MemoryRegion apic_mem;
static void (*eoi_fn)(void *opaque, uint8_t vector);
static void *eoi_opaque;
static int (*extint_ack)(void *opaque);
static void *extint_opaque;
static bool extint;             /* INT of the 8259 pair */

ApicState *apic_of(unsigned cpu)
{
    return apics && cpu < apics->len ? g_ptr_array_index(apics, cpu) : NULL;
}

unsigned apic_count(void)
{
    return apics ? apics->len : 0;
}

void apic_set_eoi_handler(void (*fn)(void *opaque, uint8_t vector),
                          void *opaque)
{
    eoi_fn = fn;
    eoi_opaque = opaque;
}

void apic_set_extint(int (*ack)(void *opaque), void *opaque)
{
    extint_ack = ack;
    extint_opaque = opaque;
}

/* Vectors as bits: 8.8.4 */

static void set_bit(uint32_t *map, unsigned v)
{
    map[v >> 5] |= 1u << (v & 31);
}

static void clear_bit(uint32_t *map, unsigned v)
{
    map[v >> 5] &= ~(1u << (v & 31));
}

static bool test_bit(const uint32_t *map, unsigned v)
{
    return map[v >> 5] >> (v & 31) & 1;
}

static int highest(const uint32_t *map)
{
    for (int i = 7; i >= 0; i--) {
        if (map[i]) {
            return 32 * i + 31 - __builtin_clz(map[i]);
        }
    }
    return -1;
}

static unsigned priority_of(const ApicState *s)
{
    int v = highest(s->isr);
    unsigned in_service = v < 0 ? 0 : v & 0xf0;

    return (s->tpr & 0xf0) >= in_service ? s->tpr : in_service;
}

/* The vector to take, or -1. */
static int deliverable(const ApicState *s)
{
    int v = apic_enabled(s) ? highest(s->irr) : -1;

    return v >= 0 && (v & 0xf0) > (int)(priority_of(s) & 0xf0) ? v : -1;
}

/* Does this one listen to the 8259 pair? */
static bool takes_extint(const ApicState *s)
{
    uint32_t lvt = s->lvt[LVT_LINT0];

    if (!(s->base & BASE_ENABLE)) {
        return s->cpu == 0;
    }
    return s->extint_sent ||
           (!(lvt & LVT_MASKED) && (lvt >> 8 & 7) == MODE_EXTINT);
}

void apic_update(ApicState *s)
{
    bool intr = deliverable(s) >= 0 || (extint && takes_extint(s));

    if (intr != s->intr) {
        s->intr = intr;
        vcpu_set_intr(s->cpu, intr);
    }
}

int x86_interrupt_acknowledge(unsigned cpu)
{
    ApicState *s = apic_of(cpu);
    int v;

    if (!s) {
        return -1;
    }
    v = deliverable(s);
    if (v >= 0) {
        clear_bit(s->irr, v);
        set_bit(s->isr, v);
    } else if (extint && takes_extint(s) && extint_ack) {
        s->extint_sent = false;
        v = extint_ack(extint_opaque);
    }
    apic_update(s);
    return v;
}

void apic_extint_level(bool level)
{
    extint = level;
    for (unsigned i = 0; i < apic_count(); i++) {
        ApicState *s = apic_of(i);
        uint32_t lvt = s->lvt[LVT_LINT0];

        s->extint_sent &= level;

        /* LINT0 may be an ordinary interrupt as well. */
        if (level && apic_enabled(s) && !(lvt & LVT_MASKED) &&
            (lvt >> 8 & 7) != MODE_EXTINT) {
            apic_local_deliver(s, LVT_LINT0);
        }
        apic_update(s);
    }
}

void apic_error(ApicState *s, uint32_t bit)
{
    bool fresh = !(s->esr_pending & bit);

    s->esr_pending |= bit;
    if (fresh && !(s->lvt[LVT_ERROR] & LVT_MASKED)) {
        apic_local_deliver(s, LVT_ERROR);
    }
}

void apic_set_irq(ApicState *s, uint8_t vector, bool level)
{
    if (vector < 16) {
        /* The error's own vector may be as bad: once is enough. */
        s->esr_pending |= ESR_RECEIVE_VECTOR;
        return;
    }
    if (!apic_enabled(s)) {
        return;
    }
    if (!level) {
        owed_ticks_edge(vector, test_bit(s->irr, vector));
    }
    set_bit(s->irr, vector);
    if (level) {
        set_bit(s->tmr, vector);
    } else {
        clear_bit(s->tmr, vector);
    }
    apic_update(s);
}

void apic_eoi(ApicState *s)
{
    int v = highest(s->isr);

    if (v < 0) {
        return;
    }
    clear_bit(s->isr, v);
    if (test_bit(s->tmr, v) && eoi_fn) {
        eoi_fn(eoi_opaque, v);
    }
    owed_ticks_retry(v);
    apic_update(s);
}

/* 11.5.1: a local interrupt, as its LVT entry says. */
void apic_local_deliver(ApicState *s, unsigned n)
{
    uint32_t lvt = s->lvt[n];

    if (lvt & LVT_MASKED) {
        return;
    }
    switch (n == LVT_TIMER || n == LVT_ERROR ? MODE_FIXED : lvt >> 8 & 7) {
    case MODE_FIXED:
        apic_set_irq(s, lvt, n == LVT_LINT0 && (lvt & LVT_LEVEL));
        break;
    case MODE_SMI:
        vcpu_event(s->cpu, VCPU_EVENT_SMI, 0);
        break;
    case MODE_NMI:
        vcpu_event(s->cpu, VCPU_EVENT_NMI, 0);
        break;
    }
}

void apic_deliver_nmi(unsigned cpu)
{
    ApicState *s = apic_of(cpu);

    if (s && (s->base & BASE_ENABLE)) {
        apic_local_deliver(s, LVT_LINT1);
    } else {
        vcpu_event(cpu, VCPU_EVENT_NMI, 0);
    }
}

uint64_t apic_get_base(unsigned cpu)
{
    ApicState *s = apic_of(cpu);

    return s ? s->base : 0;
}

/* 11.4.4 and 11.12.5: which mode may follow which. */
bool apic_set_base(unsigned cpu, uint64_t v)
{
    ApicState *s = apic_of(cpu);
    const uint64_t modes = BASE_X2APIC | BASE_ENABLE;
    uint64_t from, to = v & modes;

    if (!s) {
        return true;
    }
    from = s->base & modes;
    if ((v & ~(0xfffffff000ull | BASE_BSP | modes)) ||
        ((to & BASE_X2APIC) && (!s->x2apic || !(to & BASE_ENABLE))) ||
        (from == modes && to == BASE_ENABLE) ||
        (from == 0 && to == modes)) {
        return false;
    }
    s->base = (v & ~(uint64_t)BASE_BSP) | (s->base & BASE_BSP);
    if (from && !to) {
        uint64_t base = s->base;

        apic_init_reset(cpu);
        s->base = base;
    }
    if (to == modes && from != modes) {
        s->id = s->cpu;
    }
    apic_update(s);
    return true;
}

uint8_t apic_get_tpr(unsigned cpu)
{
    ApicState *s = apic_of(cpu);

    return s ? s->tpr : 0;
}

void apic_set_tpr(unsigned cpu, uint8_t tpr)
{
    ApicState *s = apic_of(cpu);

    if (s && s->tpr != tpr) {
        s->tpr = tpr;
        apic_update(s);
    }
}

void apic_init_reset(unsigned cpu)
{
    ApicState *s = apic_of(cpu);

    if (!s) {
        return;
    }
    timer_del(&s->timer);
    s->tpr = s->ldr = s->esr = s->esr_pending = s->icr = s->icr2 = 0;
    s->dfr = 15;
    s->svr = 0xff;
    memset(s->irr, 0, sizeof(s->irr));
    memset(s->isr, 0, sizeof(s->isr));
    memset(s->tmr, 0, sizeof(s->tmr));
    for (int i = 0; i < LVT_N; i++) {
        s->lvt[i] = LVT_MASKED;
    }
    s->divide = s->initial = 0;
    s->start = s->deadline = 0;
    s->extint_sent = false;
    /* Virtual wire: the 8259 pair reaches the boot processor. */
    if (s->base & BASE_BSP) {
        s->lvt[LVT_LINT0] = MODE_EXTINT << 8;
    }
    apic_update(s);
}

void apic_print(GString *out, unsigned cpu)
{
    ApicState *s = apic_of(cpu);
    static const char *const names[] = { "TIMER", "THERMAL", "PERF", "LINT0",
                                         "LINT1", "ERROR" };

    if (!s) {
        return;
    }
    g_string_append_printf(out, "CPU %u: id %u base %" PRIx64 " svr %x tpr %02x "
                           "ppr %02x ldr %x dfr %x icr %08x:%08x\n", cpu,
                           s->id, s->base, s->svr, s->tpr, priority_of(s),
                           s->ldr, s->dfr, s->icr2, s->icr);
    for (int i = 0; i < LVT_N; i++) {
        g_string_append_printf(out, "LVT %-8s %08x\n", names[i], s->lvt[i]);
    }
    g_string_append_printf(out, "timer initial %u current %u divide %x\n",
                           s->initial, apic_timer_current(s), s->divide);
    for (int v = 0; v < 256; v++) {
        if (test_bit(s->irr, v) || test_bit(s->isr, v)) {
            g_string_append_printf(out, "vector %d:%s%s%s\n", v,
                                   test_bit(s->irr, v) ? " IRR" : "",
                                   test_bit(s->isr, v) ? " ISR" : "",
                                   test_bit(s->tmr, v) ? " level" : "");
        }
    }
}

bool apic_create(Object *owner, unsigned n, bool x2apic, GError **errp)
{
    apics = g_ptr_array_new();
    for (unsigned i = 0; i < n; i++) {
        DeviceState *dev = qdev_new(TYPE_APIC);
        ApicState *s = (ApicState *)dev;
        char *name = g_strdup_printf("lapic[%u]", i);

        s->cpu = s->id = i;
        s->x2apic = x2apic;
        object_property_add_child(owner, name, OBJECT(dev));
        g_free(name);
        g_ptr_array_add(apics, dev);
        if (!qdev_realize_and_unref(dev, NULL, errp)) {
            return false;
        }
    }
    memory_region_init_io(&apic_mem, owner, &apic_mem_ops, NULL, "apic-msi",
                          0x100000);
    memory_region_add_subregion_overlap(get_system_memory(),
                                        APIC_DEFAULT_ADDRESS, &apic_mem, 1000);
    return true;
}

static void apic_reset_hold(Object *obj, ResetType type)
{
    ApicState *s = (ApicState *)obj;

    s->id = s->cpu;
    s->base = APIC_DEFAULT_ADDRESS | BASE_ENABLE | (s->cpu ? 0 : BASE_BSP);
    apic_init_reset(s->cpu);
}

static void apic_init(Object *obj)
{
    ApicState *s = (ApicState *)obj;

    apic_timer_init(s);
    s->dfr = 15;
    s->svr = 0xff;
}

static void apic_unrealize(DeviceState *dev)
{
    timer_del(&((ApicState *)dev)->timer);
}

static bool apic_post_load(void *opaque, int version, GError **errp)
{
    ApicState *s = opaque;

    s->dfr &= 15;
    s->start = MAX(s->start, 0);
    vcpu_set_intr(s->cpu, s->intr);
    return true;
}

static const VMStateDescription vmstate_apic = {
    .name = TYPE_APIC,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = apic_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT64(base, ApicState),
        VMSTATE_UINT32(id, ApicState),
        VMSTATE_UINT8(tpr, ApicState),
        VMSTATE_UINT32(ldr, ApicState),
        VMSTATE_UINT8(dfr, ApicState),
        VMSTATE_UINT32(svr, ApicState),
        VMSTATE_UINT_ARRAY(irr, ApicState, 8),
        VMSTATE_UINT_ARRAY(isr, ApicState, 8),
        VMSTATE_UINT_ARRAY(tmr, ApicState, 8),
        VMSTATE_UINT32(esr, ApicState),
        VMSTATE_UINT32(esr_pending, ApicState),
        VMSTATE_UINT32(icr, ApicState),
        VMSTATE_UINT32(icr2, ApicState),
        VMSTATE_UINT_ARRAY(lvt, ApicState, LVT_N),
        VMSTATE_UINT32(divide, ApicState),
        VMSTATE_UINT32(initial, ApicState),
        VMSTATE_INT64(start, ApicState),
        VMSTATE_UINT64(deadline, ApicState),
        VMSTATE_TIMER(timer, ApicState),
        VMSTATE_BOOL(intr, ApicState),
        VMSTATE_BOOL(extint_sent, ApicState),
        VMSTATE_END
    },
};

static void apic_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->unrealize = apic_unrealize;
    dc->vmsd = &vmstate_apic;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    RESETTABLE_CLASS(oc)->phases.hold = apic_reset_hold;
}

static const TypeInfo apic_types[] = {
    {
        .name = TYPE_APIC,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(ApicState),
        .class_init = apic_class_init,
        .instance_init = apic_init,
    },
};
DEFINE_TYPES(apic_types)
