/* SPDX-License-Identifier: MIT */
/*
 * Intel 82371AB (PIIX4, 290562) function 3: ACPI registers (chapter 7 and
 * ACPI 1.0, 4.7), SMI command ports B2h and B3h, an SMBus with nobody on it.
 * GPE0 is at AFE0h, where this machine's tables put it.
 */
#include "util/osdep.h"
#include "hw/acpi/piix4-pm.h"
#include "hw/core/runstate.h"
#include "hw/core/vcpu.h"
#include "system/timer.h"

enum {
    CFG_PMBA = 0x40, CFG_DEVACTB = 0x5b, CFG_PMREGMISC = 0x80,
    CFG_SMBBA = 0x90, CFG_SMBHSTCFG = 0xd2,
    DEVACTB_APMC_EN = 0x02,
};
enum { PM1_STS = 0, PM1_EN = 2, PM1_CNT = 4, PM_TMR = 8, PM_SIZE = 64 };
enum {
    STS_TIMER = 1 << 0, STS_GLOBAL = 1 << 5, STS_BUTTON = 1 << 8,
    STS_RTC = 1 << 10, STS_WAKE = 1 << 15,
    EN_ALL = STS_TIMER | STS_GLOBAL | STS_BUTTON | STS_RTC,
    CNT_SCI_EN = 1 << 0, CNT_SLP_EN = 1 << 13, CNT_SLP_SHIFT = 10,
};
enum { SLEEP_S5 = 0, SLEEP_S3 = 1, SLEEP_S4 = 2 };
#define PM_FREQUENCY 3579545

typedef struct PmState {
    PCIDevice parent;
    MemoryRegion pm, gpe, apm, smb;
    uint16_t sts, en, cnt;
    uint8_t gpe_sts[2], gpe_en[2];
    uint8_t apmc, apms;
    uint8_t smb_regs[16];
    int64_t timer_checked;      /* PM timer ticks when overflow was looked at */
    Timer overflow;
    qemu_irq sci;               /* borrowed */
    bool asleep;                /* in S3 */
    uint16_t woken_by;          /* PM1_STS bits to be seen behind it */
    bool smm;
} PmState;

static int64_t timer_ticks(void)
{
    return (Int128)clock_get_ns(CLOCK_TYPE_VIRTUAL) * PM_FREQUENCY /
           NANOSECONDS_PER_SECOND;
}

/* The overflow bit is set whenever bit 23 changes. */
static void check_overflow(PmState *s)
{
    int64_t now = timer_ticks();

    if (now >> 23 != s->timer_checked >> 23) {
        s->sts |= STS_TIMER;
    }
    s->timer_checked = now;
}

static void update_sci(PmState *s)
{
    bool level;

    check_overflow(s);
    level = (s->sts & s->en & EN_ALL) ||
            (s->gpe_sts[0] & s->gpe_en[0]) || (s->gpe_sts[1] & s->gpe_en[1]);
    qemu_set_irq(s->sci, level && (s->cnt & CNT_SCI_EN));
    if ((s->en & STS_TIMER) && !(s->sts & STS_TIMER)) {
        int64_t next = ((timer_ticks() >> 23) + 1) << 23;

        timer_mod_ns(&s->overflow, (int64_t)((Int128)next *
                     NANOSECONDS_PER_SECOND / PM_FREQUENCY) + 1);
    } else {
        timer_del(&s->overflow);
    }
}

static void on_overflow(void *opaque)
{
    update_sci(opaque);
}

/* An event that wakes from S3; its status is there when the guest looks. */
static void event(PmState *s, uint16_t sts)
{
    if (!s->asleep) {
        s->sts |= sts;
        update_sci(s);
    } else {
        s->woken_by |= sts;
        machine_request(MACHINE_WAKEUP, 0);
    }
}

static void on_power_button(void *opaque)
{
    event(opaque, STS_BUTTON);
}

static void on_alarm(void *opaque, int n, int level)
{
    PmState *s = opaque;

    if (!s->asleep || (s->en & STS_RTC)) {
        event(s, STS_RTC);
    }
}

static void on_wakeup(void *opaque)
{
    PmState *s = opaque;

    s->sts |= STS_WAKE | s->woken_by;
    s->woken_by = 0;
    update_sci(s);
}

static void write_control(PmState *s, uint16_t v)
{
    s->cnt = v & ~CNT_SLP_EN;
    if (v & CNT_SLP_EN) {
        switch (v >> CNT_SLP_SHIFT & 7) {
        case SLEEP_S5:
        case SLEEP_S4:
            machine_request(MACHINE_SHUTDOWN, 0);
            break;
        case SLEEP_S3:
            s->asleep = true;
            machine_request(MACHINE_SUSPEND, 0);
            break;
        }
    }
    update_sci(s);
}

/* The registers as 16-bit words. */

static uint64_t pm_read(void *opaque, paddr at, unsigned size)
{
    PmState *s = opaque;
    uint32_t ticks;

    switch (at & ~1ull) {
    case PM1_STS:
        check_overflow(s);
        return s->sts;
    case PM1_EN:
        return s->en;
    case PM1_CNT:
        return s->cnt;
    case PM_TMR:
    case PM_TMR + 2:
        ticks = timer_ticks() & 0xffffff;
        return size == 4 ? ticks : at & 2 ? ticks >> 16 : ticks & 0xffff;
    default:
        return 0;
    }
}

static void pm_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PmState *s = opaque;

    switch (at) {
    case PM1_STS:
        check_overflow(s);
        s->sts &= ~v;
        update_sci(s);
        break;
    case PM1_EN:
        s->en = v & EN_ALL;
        update_sci(s);
        break;
    case PM1_CNT:
        write_control(s, v);
        break;
    }
}

/* A 32-bit access to the event block is two; the timer is read at once. */
static uint64_t pm_read_any(void *opaque, paddr at, unsigned size)
{
    if (size == 4 && at != PM_TMR) {
        return pm_read(opaque, at, 2) | pm_read(opaque, at + 2, 2) << 16;
    }
    if (size == 1) {
        return pm_read(opaque, at & ~1ull, 2) >> (at & 1 ? 8 : 0) & 0xff;
    }
    return pm_read(opaque, at, size);
}

static void pm_write_any(void *opaque, paddr at, uint64_t v, unsigned size)
{
    if (size == 4) {
        pm_write(opaque, at, v & 0xffff, 2);
        pm_write(opaque, at + 2, v >> 16, 2);
    } else if (size == 1) {
        paddr word = at & ~1ull;
        unsigned shift = at & 1 ? 8 : 0;
        uint16_t old = word == PM1_STS ? 0 : pm_read(opaque, word, 2);

        pm_write(opaque, word, (old & ~(0xff << shift)) | v << shift, 2);
    } else {
        pm_write(opaque, at, v, 2);
    }
}

static const MemoryRegionOps pm_ops = {
    .read = pm_read_any,
    .write = pm_write_any,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
};

static uint64_t gpe_read(void *opaque, paddr at, unsigned size)
{
    PmState *s = opaque;

    return at < 2 ? s->gpe_sts[at] : s->gpe_en[at & 1];
}

static void gpe_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PmState *s = opaque;

    if (at < 2) {
        s->gpe_sts[at] &= ~v;
    } else {
        s->gpe_en[at & 1] = v;
    }
    update_sci(s);
}

static const MemoryRegionOps gpe_ops = {
    .read = gpe_read,
    .write = gpe_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

static uint64_t apm_read(void *opaque, paddr at, unsigned size)
{
    PmState *s = opaque;

    return at ? s->apms : s->apmc;
}

static void apm_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PmState *s = opaque;

    if (at) {
        s->apms = v;
        return;
    }
    s->apmc = v;
    if (v == ACPI_ENABLE) {
        s->cnt |= CNT_SCI_EN;
    } else if (v == ACPI_DISABLE) {
        s->cnt &= ~CNT_SCI_EN;
    }
    update_sci(s);
    if (s->smm && (s->parent.config[CFG_DEVACTB] & DEVACTB_APMC_EN)) {
        vcpu_event(vcpu_current, VCPU_EVENT_SMI, 0);
    }
}

static const MemoryRegionOps apm_ops = {
    .read = apm_read,
    .write = apm_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

/* SMBus: 7.3; every transaction ends with "device error", nobody answers. */

static uint64_t smb_read(void *opaque, paddr at, unsigned size)
{
    return ((PmState *)opaque)->smb_regs[at & 15];
}

static void smb_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PmState *s = opaque;

    if (at == 0) {
        s->smb_regs[0] &= ~v;
        return;
    }
    s->smb_regs[at & 15] = at == 2 ? v & ~0x42 : v;
    if (at == 2 && (v & 0x40)) {
        s->smb_regs[0] |= 0x04;
    }
}

static const MemoryRegionOps smb_ops = {
    .read = smb_read,
    .write = smb_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void place(PmState *s, MemoryRegion *mr, uint32_t base, bool on)
{
    memory_region_set_enabled(mr, on && base);
    memory_region_set_address(mr, base);
}

static void update_io(PmState *s)
{
    const uint8_t *c = s->parent.config;

    memory_region_transaction_begin();
    place(s, &s->pm, pci_get_long(c + CFG_PMBA) & 0xffc0,
          c[CFG_PMREGMISC] & 1);
    place(s, &s->smb, pci_get_long(c + CFG_SMBBA) & 0xfff0,
          c[CFG_SMBHSTCFG] & 1);
    memory_region_transaction_commit();
}

static void pm_config_write(PCIDevice *dev, unsigned addr, uint32_t v,
                            unsigned size)
{
    pci_config_write_default(dev, addr, v, size);
    if (addr + size > CFG_PMBA) {
        update_io((PmState *)dev);
    }
}

static bool pm_realize(PCIDevice *dev, GError **errp)
{
    PmState *s = (PmState *)dev;
    Object *obj = OBJECT(dev);

    pci_set_word(dev->config + PCI_STATUS,
                 PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM);
    dev->config[PCI_INTERRUPT_PIN] = 1;
    dev->config[CFG_PMBA] = 1;
    dev->config[CFG_SMBBA] = 1;
    memset(dev->wmask + 0x40, 0xff, 0xc0);
    pci_set_long(dev->wmask + CFG_PMBA, 0xffc0);
    pci_set_long(dev->wmask + CFG_SMBBA, 0xfff0);
    dev->config[0x63] = 0x60;           /* serial and parallel port decode */
    dev->config[0x67] = 0x98;
    /* Firmware that finds SMIs on takes SMM as set up by somebody else. */
    dev->config[CFG_DEVACTB] = s->smm ? 0 : DEVACTB_APMC_EN;
    memory_region_init_io(&s->pm, obj, &pm_ops, s, "piix4-pm", PM_SIZE);
    memory_region_init_io(&s->gpe, obj, &gpe_ops, s, "acpi-gpe0", 4);
    memory_region_init_io(&s->apm, obj, &apm_ops, s, "apm-io", 2);
    memory_region_init_io(&s->smb, obj, &smb_ops, s, "pm-smbus", 16);
    memory_region_set_enabled(&s->pm, false);
    memory_region_set_enabled(&s->smb, false);
    memory_region_add_subregion(get_system_io(), 0, &s->pm);
    memory_region_add_subregion(get_system_io(), 0, &s->smb);
    memory_region_add_subregion(get_system_io(), ACPI_GPE0_BASE, &s->gpe);
    memory_region_add_subregion(get_system_io(), ACPI_SMI_COMMAND, &s->apm);
    qdev_init_gpio_in_named(&dev->parent, on_alarm, PIIX4_PM_ALARM, 1);
    timer_init_ns(&s->overflow, CLOCK_TYPE_VIRTUAL, on_overflow, s);
    powerdown_notifier_add(on_power_button, s);
    wakeup_notifier_add(on_wakeup, s);
    return true;
}

static void pm_exit(PCIDevice *dev)
{
    PmState *s = (PmState *)dev;

    powerdown_notifier_remove(s);
    timer_del(&s->overflow);
    memory_region_del_subregion(get_system_io(), &s->pm);
    memory_region_del_subregion(get_system_io(), &s->smb);
    memory_region_del_subregion(get_system_io(), &s->gpe);
    memory_region_del_subregion(get_system_io(), &s->apm);
}

static void pm_reset_hold(Object *obj, ResetType type)
{
    PmState *s = (PmState *)obj;

    s->asleep = false;
    s->woken_by = type == RESET_TYPE_WAKEUP ? s->woken_by : 0;
    s->sts = s->en = 0;
    s->cnt = 0;
    memset(s->gpe_sts, 0, sizeof(s->gpe_sts));
    memset(s->gpe_en, 0, sizeof(s->gpe_en));
    memset(s->smb_regs, 0, sizeof(s->smb_regs));
    s->apmc = s->apms = 0;
    s->timer_checked = timer_ticks();
    update_io(s);
    update_sci(s);
}

static bool pm_post_load(void *opaque, int version, GError **errp)
{
    PmState *s = opaque;

    s->timer_checked = MAX(s->timer_checked, 0);
    update_io(s);
    return true;
}

static const VMStateDescription vmstate_pm = {
    .name = TYPE_PIIX4_PM,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = pm_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_PCI_DEVICE(parent, PmState),
        VMSTATE_UINT16(sts, PmState),
        VMSTATE_UINT16(en, PmState),
        VMSTATE_UINT16(cnt, PmState),
        VMSTATE_BOOL(asleep, PmState),
        VMSTATE_UINT16(woken_by, PmState),
        VMSTATE_BUFFER(gpe_sts, PmState),
        VMSTATE_BUFFER(gpe_en, PmState),
        VMSTATE_UINT8(apmc, PmState),
        VMSTATE_UINT8(apms, PmState),
        VMSTATE_BUFFER(smb_regs, PmState),
        VMSTATE_INT64(timer_checked, PmState),
        VMSTATE_TIMER(overflow, PmState),
        VMSTATE_END
    },
};

PCIDevice *piix4_pm_create(PCIBus *bus, qemu_irq sci, bool smm,
                           GError **errp)
{
    PCIDevice *dev = pci_new(PCI_DEVFN(1, 3), TYPE_PIIX4_PM);
    PmState *s = (PmState *)dev;

    s->sci = sci;
    s->smm = smm;
    return pci_realize(dev, bus, errp) ? dev : NULL;
}

static void pm_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = PCI_VENDOR_INTEL;
    pc->device_id = 0x7113;
    pc->revision = 3;
    pc->class_id = 0x0680;
    pc->realize = pm_realize;
    pc->exit = pm_exit;
    pc->config_write = pm_config_write;
    dc->vmsd = &vmstate_pm;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    dc->desc = "power management";
    RESETTABLE_CLASS(oc)->phases.hold = pm_reset_hold;
}

static const TypeInfo pm_types[] = {
    {
        .name = TYPE_PIIX4_PM,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PmState),
        .class_init = pm_class_init,
    },
};
DEFINE_TYPES(pm_types)
