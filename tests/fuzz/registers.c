/* SPDX-License-Identifier: MIT */
/*
 * Registers of the machine "pc".  An input is a program: an operation a byte,
 * its operands behind it.  Bytes select regions of the machine's own memory
 * tree, so that nearly every input reaches a register.
 *
 *   --variant=NAME   the devices that regions are of (default: all)
 */
#include "tests/fuzz/fuzz.h"

#include "hw/pci/pci.h"
#include "net/net-int.h"
#include "system/memory-int.h"
#include "tests/unit/pc-machine.h"
#include "ui/console.h"

enum {
    RAM_MIB = 2,
    STEPS_MAX = 400,
    PORT_CONFIG = 0xcf8,
};

static const struct {
    const char *name;
    const char *owners[6];      /* types of devices; none: all */
} groups[] = {
    { "all", { NULL } },
    { "ide", { "piix3-ide", "ide-hd", "ide-cd" } },
    { "e1000", { "e1000" } },
    { "blk", { "virtio-blk-pci" } },
    { "net", { "virtio-net-pci" } },
    { "vga", { "VGA" } },
    { "timers", { "isa-pit", "hpet", "mc146818rtc", "isa-pcspk", "apic" } },
    { "interrupts", { "isa-i8259", "ioapic", "apic", "PIIX3", "pc-ports" } },
    { "isa", { "i8257", "i8042", "isa-serial", "isa-debugcon", "fw_cfg_io",
               "pc-ports" } },
    { "pci", { "i440FX-pcihost", "i440FX", "PIIX3", "PIIX4_PM" } },
};

typedef struct Place {
    AddressSpace *as;
    paddr start;
    uint64_t size;
} Place;

static GArray *places;          /* Place */
static GArray *slots;           /* uint8_t: devfn of the group's functions */
static unsigned group;

static bool in_group(const char *type)
{
    const char *const *o = groups[group].owners;

    for (unsigned i = 0; i < G_N_ELEMENTS(groups[0].owners) && o[i]; i++) {
        if (!strcmp(o[i], type)) {
            return true;
        }
    }
    return !*o;
}

static void add_places(AddressSpace *as)
{
    FlatView *view = flatview_get(as);

    for (int i = 0; i < view->n; i++) {
        const FlatRange *r = &view->ranges[i];
        Object *owner = r->mr->owner;
        Place p = { as, r->start, r->size };

        /* The frame buffer is memory; what is at its sides matters. */
        if ((!r->mr->ram_block || r->mr->rom_device) && owner &&
            in_group(object_get_typename(owner))) {
            g_array_append_val(places, p);
        }
    }
    flatview_unref(view);
}

static int add_slot(Object *child, void *opaque)
{
    PCIDevice *dev = (PCIDevice *)object_dynamic_cast(child, TYPE_PCI_DEVICE);

    if (dev && in_group(object_get_typename(child))) {
        uint8_t devfn = dev->devfn;

        g_array_append_val(slots, devfn);
    }
    return 0;
}

/* A number as drivers write it: any, a bit, all ones, an address. */
static uint64_t value(FuzzInput *in)
{
    unsigned how = fuzz_take(in, 1), n = how >> 3;
    const Place *p;

    switch (how & 7) {
    case 0:
        return n;
    case 1:
        return 1ull << n;
    case 2:
        return ~0ull << n;
    case 3:
        return fuzz_take(in, 4);
    case 4:
        return fuzz_take(in, 2);
    case 5:                             /* a register, as a DMA address */
        p = &g_array_index(places, Place, n % places->len);
        return p->start + fuzz_take(in, 1) % p->size;
    case 6:
        return fuzz_take(in, 8);
    default:
        return FUZZ_WINDOW + (n << 11 | fuzz_take(in, 1) << 4);
    }
}

static const Place *place(FuzzInput *in, paddr *at)
{
    unsigned n = fuzz_take(in, 1);
    const Place *p = &g_array_index(places, Place, n % places->len);

    *at = fuzz_take(in, p->size > 256 ? 2 : 1);
    /* Registers of large regions lie at their front, or are sparse. */
    if (p->size > 65536 && (*at & 0x8000)) {
        *at <<= 4;
    }
    *at = p->start + *at % p->size;
    return p;
}

static void access_place(FuzzInput *in, bool write)
{
    unsigned size = 1u << (fuzz_take(in, 1) & 3);
    paddr at;
    const Place *p = place(in, &at);

    if (write) {
        address_space_store(p->as, at, value(in), size,
                            MEMTXATTRS_UNSPECIFIED, NULL);
    } else {
        address_space_load(p->as, at, size, MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

/* The same register again and again: data ports, FIFOs, strobes. */
static void repeat_place(FuzzInput *in, bool write)
{
    unsigned n = fuzz_take(in, 1) * 4, size = 1u << (fuzz_take(in, 1) & 3);
    paddr at;
    const Place *p = place(in, &at);
    uint64_t v = write ? value(in) : 0;

    for (unsigned i = 0; i < n; i++) {
        if (write) {
            address_space_store(p->as, at, v + i, size,
                                MEMTXATTRS_UNSPECIFIED, NULL);
        } else {
            address_space_load(p->as, at, size, MEMTXATTRS_UNSPECIFIED, NULL);
        }
    }
}

static void write_config(FuzzInput *in)
{
    unsigned n = fuzz_take(in, 1), reg = fuzz_take(in, 1);
    unsigned devfn = slots->len ? g_array_index(slots, uint8_t,
                                                n % slots->len) : n;

    outl(PORT_CONFIG, 0x80000000 | devfn << 8 | (reg & 0xfc));
    address_space_store(&address_space_io, PORT_CONFIG + 4 + (reg & 3),
                        value(in), 1u << fuzz_take(in, 1) % 3,
                        MEMTXATTRS_UNSPECIFIED, NULL);
}

static void write_ram(FuzzInput *in)
{
    uint8_t buf[64];
    paddr at = FUZZ_WINDOW + fuzz_take(in, 2);
    size_t n = fuzz_take_bytes(in, buf, 1 + fuzz_take(in, 1) % sizeof(buf));

    address_space_write(&address_space_memory, at, MEMTXATTRS_UNSPECIFIED,
                        buf, n);
}

/* Records of 16 bytes, as most rings have them: address, length, flags. */
static void write_records(FuzzInput *in)
{
    paddr at = FUZZ_WINDOW + (fuzz_take(in, 1) << 8);

    for (unsigned n = 1 + (fuzz_take(in, 1) & 7); n--; at += 16) {
        address_space_store(&address_space_memory, at, value(in), 8,
                            MEMTXATTRS_UNSPECIFIED, NULL);
        address_space_store(&address_space_memory, at + 8, value(in), 4,
                            MEMTXATTRS_UNSPECIFIED, NULL);
        address_space_store(&address_space_memory, at + 12, fuzz_take(in, 4),
                            4, MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void host_event(FuzzInput *in)
{
    uint8_t buf[6 + UINT8_MAX] = { 0x52, 0x54, 0x00, 0x12, 0x34 };
    size_t n;

    switch (fuzz_take(in, 1) & 7) {
    case 0:
        input_key(fuzz_take(in, 2) & 0x1ff, fuzz_take(in, 1) & 1);
        break;
    case 1:
        input_mouse((int8_t)fuzz_take(in, 1), (int16_t)fuzz_take(in, 2),
                    (int8_t)fuzz_take(in, 1), fuzz_take(in, 1) & 7);
        break;
    case 2:
        vcpu_current = fuzz_take(in, 1) % PC_CPUS;
        break;
    case 3:
        x86_interrupt_acknowledge(fuzz_take(in, 1) % PC_CPUS);
        break;
    case 4:
        machine_powerdown();
        break;
    case 5:
        pc_reset();
        break;
    case 6:
        console_invalidate(console_get(0));
        console_update(console_get(0));
        break;
    default:
        n = 6 + fuzz_take(in, 1);
        fuzz_take_bytes(in, buf + 5, n - 5);
        net_to_card(net_find(n & 1 ? "n0" : "n1"), buf, n);
    }
}

static void step(FuzzInput *in)
{
    switch (fuzz_take(in, 1) & 15) {
    case 0 ... 4:
        access_place(in, true);
        break;
    case 5 ... 6:
        access_place(in, false);
        break;
    case 7:
        repeat_place(in, true);
        break;
    case 8:
        repeat_place(in, false);
        break;
    case 9:
        write_config(in);
        break;
    case 10:
        write_ram(in);
        break;
    case 11:
        write_records(in);
        break;
    case 12:
        fuzz_drive(in);
        break;
    case 13:
        virtual_clock_step(1ull << (fuzz_take(in, 1) & 31));
        break;
    case 14:
        fuzz_machine_settle();
        break;
    default:
        host_event(in);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = fuzz_option(*argc, *argv, "variant");

    while (name && strcmp(groups[group].name, name)) {
        if (++group == G_N_ELEMENTS(groups)) {
            fprintf(stderr, "registers: there is no group '%s'\n", name);
            exit(EXIT_FAILURE);
        }
    }
    fuzz_isolate(*argc, *argv);
    fuzz_machine(RAM_MIB);
    places = g_array_new(false, false, sizeof(Place));
    slots = g_array_new(false, false, sizeof(uint8_t));
    add_places(&address_space_io);
    add_places(&address_space_memory);
    object_child_foreach_recursive(object_get_root(), add_slot, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = { data, size };

    fuzz_machine_reset();
    for (int i = 0; i < STEPS_MAX && in.left; i++) {
        step(&in);
    }
    fuzz_machine_settle();
    console_update(console_get(0));
    return 0;
}
