/* SPDX-License-Identifier: MIT */
/*
 * National Semiconductor PC16550D UART (data sheet PC16550D, section 8), as
 * the ISA device "isa-serial".
 *
 * The transmitter is infinitely fast: what is written goes to the character
 * device at once, which queues it.  The receiver takes bytes as its FIFO has
 * room.  In loopback mode bytes go from one to the other.
 */
#include "util/osdep.h"
#include "chardev/char.h"
#include "hw/isa/isa.h"
#include "system/timer.h"

#define TYPE_ISA_SERIAL "isa-serial"

enum { REG_DATA, REG_IER, REG_IIR, REG_LCR, REG_MCR, REG_LSR, REG_MSR,
       REG_SCR, N_REGS };
enum {
    IER_RX = 1, IER_TX = 2, IER_LINE = 4, IER_MODEM = 8,
    IIR_NONE = 1, IIR_MODEM = 0, IIR_TX = 2, IIR_RX = 4, IIR_LINE = 6,
    IIR_TIMEOUT = 12, IIR_FIFO = 0xc0,
    FCR_ENABLE = 1, FCR_CLEAR_RX = 2, FCR_CLEAR_TX = 4, FCR_KEPT = 0xc9,
    LCR_BREAK = 0x40, LCR_DLAB = 0x80,
    MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 0x10,
    LSR_READY = 1, LSR_OVERRUN = 2, LSR_BREAK = 0x10, LSR_THRE = 0x20,
    LSR_TEMT = 0x40, LSR_FIFO_ERROR = 0x80,
    MSR_DCTS = 1, MSR_DDSR = 2, MSR_TERI = 4, MSR_DDCD = 8, MSR_CTS = 0x10,
    MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80,
};
#define FIFO_SIZE 16

typedef struct SerialState {
    ISADevice parent;
    MemoryRegion io;
    CharFrontend fe;
    qemu_irq irq;               /* borrowed: the bus's */
    uint8_t ier, lcr, mcr, lsr, msr, scr, fcr;
    uint16_t divisor;
    bool thr_pending;           /* "transmitter empty" not yet read */
    bool timeout;               /* bytes lie in the FIFO below its trigger */
    uint8_t fifo[FIFO_SIZE];
    uint8_t fifo_len;
    Timer timeout_timer;
    char *chardev;
    uint32_t index, iobase, irq_number;
} SerialState;

static const uint8_t triggers[4] = { 1, 4, 8, 14 };

static unsigned fifo_size(const SerialState *s)
{
    return s->fcr & FCR_ENABLE ? FIFO_SIZE : 1;
}

static unsigned trigger(const SerialState *s)
{
    return s->fcr & FCR_ENABLE ? triggers[s->fcr >> 6] : 1;
}

static uint8_t identify(const SerialState *s)
{
    if ((s->ier & IER_LINE) && (s->lsr & (LSR_OVERRUN | LSR_BREAK))) {
        return IIR_LINE;
    }
    if ((s->ier & IER_RX) && s->fifo_len >= trigger(s)) {
        return IIR_RX;
    }
    if ((s->ier & IER_RX) && s->timeout && s->fifo_len) {
        return IIR_TIMEOUT;
    }
    if ((s->ier & IER_TX) && s->thr_pending) {
        return IIR_TX;
    }
    if ((s->ier & IER_MODEM) &&
        (s->msr & (MSR_DCTS | MSR_DDSR | MSR_TERI | MSR_DDCD))) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

static void update_irq(SerialState *s)
{
    /* OUT2 gates the interrupt onto the bus in a PC. */
    qemu_set_irq(s->irq, identify(s) != IIR_NONE &&
                         (s->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2);
}

/* Four characters' time. */
static void arm_timeout(SerialState *s)
{
    int64_t bit = (int64_t)(s->divisor ?: 1) * 16 * NANOSECONDS_PER_SECOND /
                  1843200;

    s->timeout = false;
    if (s->fifo_len && (s->fcr & FCR_ENABLE)) {
        timer_mod_ns(&s->timeout_timer,
                     clock_get_ns(CLOCK_TYPE_VIRTUAL) + 40 * bit);
    } else {
        timer_del(&s->timeout_timer);
    }
}

static void on_timeout(void *opaque)
{
    SerialState *s = opaque;

    s->timeout = true;
    update_irq(s);
}

static void receive_byte(SerialState *s, uint8_t byte)
{
    if (s->fifo_len >= fifo_size(s)) {
        s->lsr |= LSR_OVERRUN;
        return;
    }
    s->fifo[s->fifo_len++] = byte;
    s->lsr |= LSR_READY;
}

static int serial_can_read(void *opaque)
{
    SerialState *s = opaque;

    if (s->mcr & MCR_LOOP) {
        return 0;
    }
    return fifo_size(s) - MIN(s->fifo_len, fifo_size(s));
}

static void serial_read_bytes(void *opaque, const uint8_t *buf, size_t n)
{
    SerialState *s = opaque;

    for (size_t i = 0; i < n; i++) {
        receive_byte(s, buf[i]);
    }
    arm_timeout(s);
    update_irq(s);
}

static void serial_event(void *opaque, CharEvent event)
{
    SerialState *s = opaque;

    if (event == CHAR_EVENT_BREAK) {
        receive_byte(s, 0);
        s->lsr |= LSR_BREAK;
        update_irq(s);
    }
}

static uint8_t take_byte(SerialState *s)
{
    uint8_t byte = s->fifo[0];

    if (!s->fifo_len) {
        return 0;
    }
    memmove(s->fifo, s->fifo + 1, --s->fifo_len);
    if (!s->fifo_len) {
        s->lsr &= ~LSR_READY;
    }
    arm_timeout(s);
    update_irq(s);
    chardev_accept_input(&s->fe);
    return byte;
}

static void transmit(SerialState *s, uint8_t byte)
{
    s->thr_pending = false;
    update_irq(s);
    if (s->mcr & MCR_LOOP) {
        receive_byte(s, byte);
        arm_timeout(s);
    } else {
        chardev_write_byte(&s->fe, byte);
    }
    s->thr_pending = true;
    update_irq(s);
}

/* The modem's lines: a cable to somebody ready, or our own outputs. */
static void update_msr(SerialState *s)
{
    uint8_t lines = MSR_CTS | MSR_DSR | MSR_DCD, old = s->msr, change;

    if (s->mcr & MCR_LOOP) {
        lines = (s->mcr & MCR_RTS ? MSR_CTS : 0) |
                (s->mcr & MCR_DTR ? MSR_DSR : 0) |
                (s->mcr & MCR_OUT1 ? MSR_RI : 0) |
                (s->mcr & MCR_OUT2 ? MSR_DCD : 0);
    }
    change = (old ^ lines) & 0xf0;
    if ((change & MSR_RI) && (lines & MSR_RI)) {
        change &= ~MSR_RI;              /* only its trailing edge counts */
    }
    s->msr = lines | (old & 0x0f) | change >> 4;
}

static void write_fcr(SerialState *s, uint8_t v)
{
    if ((v ^ s->fcr) & FCR_ENABLE) {
        v |= FCR_CLEAR_RX | FCR_CLEAR_TX;
    }
    if (v & FCR_CLEAR_RX) {
        s->fifo_len = 0;
        s->timeout = false;
        s->lsr &= ~(LSR_READY | LSR_BREAK);
        timer_del(&s->timeout_timer);
    }
    if (v & FCR_CLEAR_TX) {
        s->thr_pending = true;
    }
    s->fcr = v & FCR_ENABLE ? v & FCR_KEPT : 0;
    update_irq(s);
    chardev_accept_input(&s->fe);
}

static void serial_write(void *opaque, paddr reg, uint64_t v, unsigned size)
{
    SerialState *s = opaque;
    bool dlab = s->lcr & LCR_DLAB;
    uint8_t old;

    switch (reg & 7) {
    case REG_DATA:
        if (dlab) {
            s->divisor = (s->divisor & 0xff00) | v;
        } else {
            transmit(s, v);
        }
        break;
    case REG_IER:
        if (dlab) {
            s->divisor = (s->divisor & 0xff) | v << 8;
            break;
        }
        old = s->ier;
        s->ier = v & 15;
        if (s->ier & ~old & IER_TX) {
            s->thr_pending = true;
        }
        update_irq(s);
        break;
    case REG_IIR:
        write_fcr(s, v);
        break;
    case REG_LCR:
        old = s->lcr;
        s->lcr = v;
        if ((v ^ old) & LCR_BREAK) {
            chardev_send_break(&s->fe, v & LCR_BREAK);
        }
        break;
    case REG_MCR:
        old = s->mcr;
        s->mcr = v & 0x1f;
        if ((old ^ s->mcr) & MCR_LOOP || (s->mcr & MCR_LOOP)) {
            update_msr(s);
        }
        update_irq(s);
        if (old & ~s->mcr & MCR_LOOP) {
            chardev_accept_input(&s->fe);
        }
        break;
    case REG_SCR:
        s->scr = v;
        break;
    }
}

static uint64_t serial_read(void *opaque, paddr reg, unsigned size)
{
    SerialState *s = opaque;
    bool dlab = s->lcr & LCR_DLAB;
    uint8_t v;

    switch (reg & 7) {
    case REG_DATA:
        return dlab ? s->divisor & 0xff : take_byte(s);
    case REG_IER:
        return dlab ? s->divisor >> 8 : s->ier;
    case REG_IIR:
        v = identify(s);
        if (v == IIR_TX) {
            s->thr_pending = false;
            update_irq(s);
        }
        return v | (s->fcr & FCR_ENABLE ? IIR_FIFO : 0);
    case REG_LCR:
        return s->lcr;
    case REG_MCR:
        return s->mcr;
    case REG_LSR:
        v = s->lsr;
        s->lsr &= ~(LSR_OVERRUN | LSR_BREAK);
        update_irq(s);
        return v;
    case REG_MSR:
        v = s->msr;
        s->msr &= 0xf0;
        update_irq(s);
        return v;
    default:
        return s->scr;
    }
}

static const MemoryRegionOps serial_ops = {
    .read = serial_read,
    .write = serial_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void serial_reset_enter(Object *obj, ResetType type)
{
    SerialState *s = (SerialState *)obj;

    s->ier = s->lcr = s->fcr = s->scr = 0;
    s->mcr = MCR_OUT2;
    s->lsr = LSR_THRE | LSR_TEMT;
    s->msr = MSR_CTS | MSR_DSR | MSR_DCD;
    s->divisor = 12;
    s->thr_pending = s->timeout = false;
    s->fifo_len = 0;
    timer_del(&s->timeout_timer);
}

static void serial_reset_hold(Object *obj, ResetType type)
{
    update_irq((SerialState *)obj);
}

static void serial_init(Object *obj)
{
    SerialState *s = (SerialState *)obj;

    timer_init_ns(&s->timeout_timer, CLOCK_TYPE_VIRTUAL, on_timeout, s);
    memory_region_init_io(&s->io, obj, &serial_ops, s, "serial", N_REGS);
    serial_reset_enter(obj, RESET_TYPE_COLD);
}

static bool is_taken(uint16_t port)
{
    paddr offset;
    uint64_t len = 1;
    bool readonly;
    MemoryRegion *mr = address_space_translate(&address_space_io, port,
                                               &offset, &len, &readonly);

    if (mr) {
        memory_region_unref(mr);
    }
    return mr != NULL;
}

/* COM1 to COM4, unless properties say otherwise. */
static bool choose_resources(SerialState *s, GError **errp)
{
    static const uint16_t ports[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
    static const uint8_t irqs[] = { 4, 3, 4, 3 };

    if (s->index == UINT32_MAX) {
        s->index = 0;
        while (s->index < 3 && s->iobase == UINT32_MAX &&
               is_taken(ports[s->index])) {
            s->index++;
        }
    }
    if (s->index >= ARRAY_SIZE(ports)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    TYPE_ISA_SERIAL ": index must be 0 to 3");
        return false;
    }
    s->iobase = s->iobase == UINT32_MAX ? ports[s->index] : s->iobase;
    s->irq_number = s->irq_number == UINT32_MAX ? irqs[s->index]
                                                : s->irq_number;
    return true;
}

static bool serial_realize(DeviceState *dev, GError **errp)
{
    SerialState *s = (SerialState *)dev;
    Chardev *chr = s->chardev ? chardev_find(s->chardev) : NULL;

    if (s->chardev && !chr) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    TYPE_ISA_SERIAL ": there is no character device '%s'",
                    s->chardev);
        return false;
    }
    s->fe.can_read = serial_can_read;
    s->fe.read = serial_read_bytes;
    s->fe.event = serial_event;
    s->fe.opaque = s;
    if (!choose_resources(s, errp) ||
        !isa_get_irq(&s->parent, s->irq_number, &s->irq, errp) ||
        !chardev_attach(&s->fe, chr, errp)) {
        return false;
    }
    if (!isa_add_io(&s->parent, &s->io, s->iobase, errp)) {
        chardev_detach(&s->fe);
        return false;
    }
    return true;
}

static void serial_unrealize(DeviceState *dev)
{
    SerialState *s = (SerialState *)dev;

    isa_del_io(&s->io);
    chardev_detach(&s->fe);
    timer_del(&s->timeout_timer);
}

static bool serial_post_load(void *opaque, int version, GError **errp)
{
    SerialState *s = opaque;

    if (s->fifo_len > FIFO_SIZE) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "state: %u bytes in the serial port's FIFO", s->fifo_len);
        return false;
    }
    return true;
}

static const VMStateDescription vmstate_serial = {
    .name = TYPE_ISA_SERIAL,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = serial_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(ier, SerialState),
        VMSTATE_UINT8(lcr, SerialState),
        VMSTATE_UINT8(mcr, SerialState),
        VMSTATE_UINT8(lsr, SerialState),
        VMSTATE_UINT8(msr, SerialState),
        VMSTATE_UINT8(scr, SerialState),
        VMSTATE_UINT8(fcr, SerialState),
        VMSTATE_UINT16(divisor, SerialState),
        VMSTATE_BOOL(thr_pending, SerialState),
        VMSTATE_BOOL(timeout, SerialState),
        VMSTATE_BUFFER(fifo, SerialState),
        VMSTATE_UINT8(fifo_len, SerialState),
        VMSTATE_TIMER(timeout_timer, SerialState),
        VMSTATE_END
    },
};

static const DevProperty serial_properties[] = {
    DEFINE_PROP_UINT32("index", SerialState, index, UINT32_MAX),
    DEFINE_PROP_UINT32("iobase", SerialState, iobase, UINT32_MAX),
    DEFINE_PROP_UINT32("irq", SerialState, irq_number, UINT32_MAX),
    DEFINE_PROP_CHR("chardev", SerialState, chardev),
};

static void serial_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->realize = serial_realize;
    dc->unrealize = serial_unrealize;
    dc->vmsd = &vmstate_serial;
    dc->category = DEVICE_CATEGORY_INPUT;
    dc->desc = "16550A serial port";
    rc->phases.enter = serial_reset_enter;
    rc->phases.hold = serial_reset_hold;
    device_class_set_props(dc, serial_properties);
}

static const TypeInfo serial_types[] = {
    {
        .name = TYPE_ISA_SERIAL,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(SerialState),
        .class_init = serial_class_init,
        .instance_init = serial_init,
    },
};
DEFINE_TYPES(serial_types)
