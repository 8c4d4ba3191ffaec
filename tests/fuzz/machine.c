/* SPDX-License-Identifier: MIT */
/* The machine that fuzz targets work on: see fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include "block/block.h"
#include "chardev/char.h"
#include "net/net.h"
#include "tests/unit/pc-machine.h"

enum { DISK_SIZE = 1 << 20, SLOTS = 8 };

static MachineState *machine;

/* Each sector says where it is. */
static void add_drive(const char *name, const char *options)
{
    g_autofree uint8_t *content = g_malloc0(DISK_SIZE);
    g_autofree char *path = NULL, *text = NULL;
    GError *err = NULL;

    for (uint32_t i = 0; i < DISK_SIZE; i += BLOCK_SECTOR) {
        memcpy(content + i, &i, sizeof(i));
    }
    path = fuzz_file(name, content, DISK_SIZE);
    text = g_strdup_printf("file=%s,format=raw,%s", path, options);
    if (!block_open_drive(text, IF_IDE, &err)) {
        g_error("%s", err->message);
    }
}

static void add_device(const char *text)
{
    GError *err = NULL;

    if (!qdev_device_add_str(text, &err)) {
        g_error("%s", err->message);
    }
}

void fuzz_machine(unsigned ram_mib)
{
    static const char *const opts[] = { "vga=std", NULL };
    GError *err = NULL;

    add_drive("disk", "if=ide,index=0");
    add_drive("cd", "if=ide,index=2,media=cdrom");
    add_drive("disk2", "if=ide,index=1");
    add_drive("virtio", "if=virtio");
    if (!net_new("user,id=n0,restrict=on", &err) ||
        !net_new("user,id=n1,restrict=on", &err) ||
        !chardev_new("null,id=serial0,mux=on", &err) ||
        !chardev_new("null,id=debugcon", &err)) {
        g_error("%s", err->message);
    }
    machine = pc_make_sized((uint64_t)ram_mib << 20, opts);
    add_device("virtio-net-pci,addr=4,netdev=n0");
    add_device("e1000,addr=5,netdev=n1");
    add_device("isa-serial,chardev=serial0");
    add_device("isa-debugcon,chardev=debugcon");
    qdev_machine_created();
    pc_reset();
    fuzz_machine_place();
}

/* Returns how many registers it took. */
static unsigned place_bar(unsigned slot, unsigned fn, unsigned reg,
                          uint32_t *io, uint32_t *mem)
{
    uint32_t size, type = pci_in(slot, fn, reg);
    bool is_io = type & 1, wide = (type & 7) == 4;
    uint32_t *next = is_io ? io : mem;

    pci_out(slot, fn, reg, ~0u);
    size = -(pci_in(slot, fn, reg) & (is_io ? ~3u : ~15u));
    if (size) {
        *next = ROUND_UP(*next, size);
        pci_out(slot, fn, reg, *next);
        *next += size;
        if (wide) {
            pci_out(slot, fn, reg + 4, 0);
        }
    }
    return size && wide ? 2 : 1;
}

void fuzz_machine_place(void)
{
    uint32_t io = 0xc000, mem = 0xf0000000;

    memory_region_transaction_begin();  /* one new view, not dozens */
    for (unsigned devfn = 0; devfn < 8 * SLOTS; devfn++) {
        unsigned slot = devfn >> 3, fn = devfn & 7;

        if (pci_in(slot, fn, 0) == ~0u) {
            continue;
        }
        pci_out(slot, fn, 4, 0);
        for (unsigned bar = 0; bar < 6;) {
            bar += place_bar(slot, fn, 0x10 + 4 * bar, &io, &mem);
        }
        pci_out(slot, fn, 4, 7);
    }
    pci_out(1, 3, 0x40, 0x601);         /* power management, SMBus */
    pci_out(1, 3, 0x80, 1);
    pci_out(1, 3, 0x90, 0x701);
    pci_out(1, 3, 0xd0, 0x10000);
    memory_region_transaction_commit();
}

static void drain(BlockBackend *blk, void *opaque)
{
    block_drain(blk);
}

void fuzz_machine_settle(void)
{
    block_foreach(drain, NULL);
    /* The network has something to do each time. */
    for (int i = 0; i < 8 && g_main_context_iteration(NULL, false); i++) {
    }
}

void fuzz_machine_reset(void)
{
    fuzz_machine_settle();
    memory_region_transaction_begin();
    pc_reset();
    memory_region_transaction_commit();
    memset(memory_region_get_ram_ptr(machine->ram), 0, machine->ram_size);
    fuzz_machine_place();
}
