/* SPDX-License-Identifier: MIT */
/* PCI configuration, BARs, the host bridge's memory map, interrupt routing. */
#include "util/osdep.h"
#include "hw/pci/pci.h"
#include "tests/unit/pc.h"

static MachineState *m;

/* A device with MSI, which none of the machine's has. */
static bool msi_realize(PCIDevice *dev, GError **errp)
{
    return msi_init(dev, 0x50, 4, true, errp);
}

static void msi_class_init(ObjectClass *oc, const void *data)
{
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = 0x1234;
    pc->device_id = 0x0001;
    pc->realize = msi_realize;
}

static const TypeInfo test_types[] = {
    {
        .name = "test-msi",
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PCIDevice),
        .class_init = msi_class_init,
    },
};
DEFINE_TYPES(test_types)

static uint64_t msi_addr;
static uint32_t msi_data;

static void take_msi(uint64_t addr, uint32_t data)
{
    msi_addr = addr;
    msi_data = data;
}

static void setup(void)
{
    static const char *const opts[] = { "vga=std", NULL };

    m = pc_make(opts);
    pc_init_pic();
}

TestSuite(pc_pci, .init = setup);

Test(pc_pci, both_mechanisms)
{
    cr_assert_eq(pci_in(0, 0, 0), 0x12378086);
    cr_assert_eq(pci_in(0, 0, 0x2c), 0x11001af4);
    cr_assert_eq(pci_in(1, 0, 0), 0x70008086);
    cr_assert_eq(pci_in(1, 0, 0x0c) >> 16 & 0xff, 0x80, "several functions");
    cr_assert_eq(pci_in(1, 1, 0), 0x70108086);
    cr_assert_eq(pci_in(1, 3, 0), 0x71138086);
    cr_assert_eq(pci_in(2, 0, 0), 0x11111234);
    cr_assert_eq(pci_in(9, 0, 0), 0xffffffff);
    outl(0xcf8, 0x80000000);
    cr_assert_eq(inw(0xcfe), 0x1237);
    cr_assert_eq(inb(0xcfd), 0x80);
    outl(0xcf8, 0x00000000);
    cr_assert_eq(inl(0xcfc), 0xffffffff, "not enabled");
    cr_assert_eq(inw(0xc000), 0xffff);
    outb(0xcf8, 0x80);                          /* mechanism 2 */
    cr_assert_eq(inl(0xc100), 0x70008086);
    cr_assert_eq(inl(0xc000), 0x12378086);
    outb(0xcf8, 0x86);
    cr_assert_eq(inl(0xc100), 0x71138086);
    outb(0xcf8, 0);
    cr_assert_eq(inw(0xc000), 0xffff);
}

Test(pc_pci, bars)
{
    pci_out(2, 0, 0x10, 0xffffffff);
    cr_assert_eq(pci_in(2, 0, 0x10), 0xff000008, "16 MiB, prefetchable");
    pci_out(2, 0, 0x18, 0xffffffff);
    cr_assert_eq(pci_in(2, 0, 0x18), 0xfffff000);
    pci_out(2, 0, 0x10, 0xfd000000);
    pci_out(2, 0, 0x18, 0xfebf0000);
    cr_assert_eq(readl(0xfd000000), 0xffffffff, "not decoded yet");
    pci_out(2, 0, 0x04, 0x0002);
    writel(0xfd001000, 0x12345678);
    cr_assert_eq(readl(0xfd001000), 0x12345678);
    cr_assert_eq(readw(0xfebf0500), 0xb0c5);
    pci_out(2, 0, 0x10, 0xe0000000);
    cr_assert_eq(readl(0xe0001000), 0x12345678);
    cr_assert_eq(readl(0xfd001000), 0xffffffff);
    pci_out(1, 1, 0x20, 0xffffffff);
    cr_assert_eq(pci_in(1, 1, 0x20), 0xfffffff1);
    pci_out(1, 1, 0x20, 0xfffffff0);            /* beyond the last port */
    pci_out(1, 1, 0x04, 1);
    pci_out(1, 1, 0x20, 0xc000);
    cr_assert_eq(inb(0xc002), 0);
    pc_save_and_load();
    cr_assert_eq(readl(0xe0001000), 0x12345678);
    cr_assert_eq(inb(0xc002), 0);
    pci_out(1, 1, 0x04, 0);
    cr_assert_eq(inb(0xc002), 0xff);
}

Test(pc_pci, pam_and_firmware)
{
    uint32_t rom = readl(0xffff0), value;

    cr_assert_eq(rom, readl(0xfffffff0), "the same firmware twice");
    writel(0xffff0, ~rom);
    cr_assert_eq(readl(0xffff0), rom);
    pci_out(0, 0, 0x58, 0x00003000);            /* F0000h: RAM */
    value = readl(0xffff0);
    cr_assert_neq(value, rom);
    writel(0xffff0, 0x11223344);
    cr_assert_eq(readl(0xffff0), 0x11223344);
    pci_out(0, 0, 0x58, 0x00001000);            /* read only */
    writel(0xffff0, 0);
    cr_assert_eq(readl(0xffff0), 0x11223344);
    pci_out(0, 0, 0x58, 0x00002000);            /* reads from the ROM */
    cr_assert_eq(readl(0xffff0), rom);
    writel(0xffff0, 0x55667788);
    pci_out(0, 0, 0x58, 0x00001000);
    pc_save_and_load();
    cr_assert_eq(readl(0xffff0), 0x55667788);
    writel(0xc0000, 1);
    cr_assert_eq(readl(0xc0000), 0xffffffff);
    pci_out(0, 0, 0x58, 0x00331000);            /* C0000h and C4000h */
    writel(0xc0000, 1);
    writel(0xc4000, 2);
    cr_assert_eq(readl(0xc0000) + readl(0xc4000), 3);
}

Test(pc_pci, smram)
{
    AddressSpace *smm = pc_smm_address_space();
    uint8_t v = 0;

    pci_out(0, 0, 0x70, 0x004a0000);            /* enabled and open */
    writeb(0xa8000, 0x5a);
    cr_assert_eq(readb(0xa8000), 0x5a);
    pci_out(0, 0, 0x70, 0x001a0000);            /* locked: closed */
    cr_assert_eq(pci_in(0, 0, 0x70) >> 16 & 0xff, 0x1a);
    cr_assert_neq(readb(0xa8000), 0x5a);
    address_space_read(smm, 0xa8000, MEMTXATTRS_UNSPECIFIED, &v, 1);
    cr_assert_eq(v, 0x5a);
    writeb(0x1000, 7);
    address_space_read(smm, 0x1000, MEMTXATTRS_UNSPECIFIED, &v, 1);
    cr_assert_eq(v, 7);
    pci_out(0, 0, 0x70, 0x004a0000);
    cr_assert_eq(pci_in(0, 0, 0x70) >> 16 & 0xff, 0x1a, "until a reset");
    pc_reset();
    cr_assert_eq(pci_in(0, 0, 0x70) >> 16 & 0xff, 0x02);
}

Test(pc_pci, routing)
{
    PCIBus *bus = PCI_BUS(object_resolve_path_type("pci.0", TYPE_PCI_BUS,
                                                   NULL));
    PCIDevice *vga = pci_find_device(bus, 0, PCI_DEVFN(2, 0));

    vga->config[PCI_INTERRUPT_PIN] = 1;         /* slot 2: PIRQ B */
    vga->reset_config[PCI_INTERRUPT_PIN] = 1;
    pci_out(1, 0, 0x60, 0x80800a80);            /* B: 10 */
    outb(0x4d1, 0x0c);
    pci_set_irq(vga, 1);
    outb(0xa0, 0x0a);
    cr_assert_eq(inb(0xa0), 0x04);
    cr_assert(pci_in(2, 0, 4) >> 16 & 8, "interrupt status");
    pci_out(1, 0, 0x60, 0x80800b80);
    cr_assert_eq(inb(0xa0), 0x08, "moved to 11");
    pci_out(2, 0, 4, 0x400);
    cr_assert_eq(inb(0xa0), 0, "disabled in the command register");
    pci_out(2, 0, 4, 0);
    cr_assert_eq(inb(0xa0), 0x08);
    pc_save_and_load();
    outb(0xa0, 0x0a);
    cr_assert_eq(inb(0xa0), 0x08);
    pc_reset();
    outb(0xa0, 0x0a);
    cr_assert_eq(inb(0xa0), 0);
}

Test(pc_pci, places)
{
    GError *err = NULL;

    cr_assert_not(qdev_device_add_str("VGA,addr=2", &err));
    cr_assert(strstr(err->message, "slot 2"));
    g_clear_error(&err);
    cr_assert_not(qdev_device_add_str("VGA,addr=20", &err));
    g_clear_error(&err);
    cr_assert_not(qdev_device_add_str("virtio-blk-pci,drive=none", &err));
    cr_assert(strstr(err->message, "'none'"));
    g_clear_error(&err);
    cr_assert(qdev_device_add_str("virtio-net-pci,addr=1f.7", &err));
    cr_assert_eq(pci_in(31, 7, 0), 0x10001af4);
    cr_assert_eq(pci_in(1, 1, 8) >> 8, 0x010180);
}

Test(pc_pci, reset_requests)
{
    outb(0xcf9, 2);
    cr_assert_eq(machine_request_count(MACHINE_RESET), 0);
    outb(0xcf9, 6);
    cr_assert_eq(machine_request_count(MACHINE_RESET), 1);
    outb(0x92, 0x01);
    cr_assert_eq(machine_request_count(MACHINE_RESET), 2);
    outb(0x64, 0xfe);
    cr_assert_eq(machine_request_count(MACHINE_RESET), 3);
}

Test(pc_pci, msi)
{
    PCIDevice *dev = (PCIDevice *)qdev_device_add_str("test-msi,addr=9", NULL);

    cr_assert_not_null(dev);
    pci_get_bus(dev)->send_msi = take_msi;
    cr_assert_eq(pci_in(9, 0, 0x34) & 0xff, 0x50);
    cr_assert_eq(pci_in(9, 0, 0x50), 0x00840005, "64-bit, 4 vectors");
    pci_out(9, 0, 0x54, 0xfee01003);
    pci_out(9, 0, 0x58, 0x1);
    pci_out(9, 0, 0x5c, 0x4143);
    cr_assert_eq(pci_in(9, 0, 0x54), 0xfee01000);
    msi_notify(dev, 2);
    cr_assert_eq(msi_addr, 0, "off");
    pci_out(9, 0, 0x50, 0x00010000);
    msi_notify(dev, 2);
    cr_assert_eq(msi_addr, 0, "not a bus master");
    pci_out(9, 0, 0x04, 4);
    msi_notify(dev, 2);
    cr_assert_eq(msi_addr, 0x1fee01000);
    cr_assert_eq(msi_data, 0x4143, "one vector is given");
    pci_out(9, 0, 0x50, 0x00210000);
    msi_notify(dev, 2);
    cr_assert_eq(msi_data, 0x4142, "four are");
    pc_reset();
    msi_data = 0;
    pci_out(9, 0, 0x04, 4);
    msi_notify(dev, 0);
    cr_assert_eq(msi_data, 0, "off after reset");
}

Test(pc_pci, msix)
{
    PCIDevice *dev = (PCIDevice *)qdev_device_add_str(
        "virtio-net-pci,addr=9", NULL);
    const paddr entry = 0xfebf8010, pending = 0xfebf8800;
    unsigned cap;

    cr_assert_not_null(dev);
    pci_get_bus(dev)->send_msi = take_msi;
    cap = pci_in(9, 0, 0x34) & 0xff;
    while ((pci_in(9, 0, cap) & 0xff) != 0x11) {
        cap = pci_in(9, 0, cap) >> 8 & 0xff;
        cr_assert_neq(cap, 0);
    }
    pci_out(9, 0, 0x14, 0xfebf8000);
    pci_out(9, 0, 0x04, 6);
    writel(entry, 0xfee02000);
    writel(entry + 8, 0x55);
    writel(entry + 12, 0);
    msix_notify(dev, 1);
    cr_assert_eq(msi_data, 0, "off");
    pci_out(9, 0, cap, 0x80000000);
    msix_notify(dev, 1);
    cr_assert_eq(msi_addr, 0xfee02000);
    cr_assert_eq(msi_data, 0x55);
    writel(entry + 12, 1);                      /* masked: it waits */
    msi_data = 0;
    msix_notify(dev, 1);
    cr_assert_eq(msi_data, 0);
    cr_assert_eq(readl(pending), 2);
    writel(entry + 12, 0);
    cr_assert_eq(msi_data, 0x55);
    cr_assert_eq(readl(pending), 0);
    msi_data = 0;
    pci_out(9, 0, cap, 0xc0000000);             /* all of them masked */
    msix_notify(dev, 1);
    cr_assert_eq(msi_data, 0);
    pci_out(9, 0, cap, 0x80000000);
    cr_assert_eq(msi_data, 0x55);
}
