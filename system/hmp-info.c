/* SPDX-License-Identifier: MIT */
/* The human monitor's "info" commands. */
#include "util/osdep.h"
#include "system/hmp-int.h"

#include "block/block.h"
#include "hw/core/machine.h"
#include "hw/intc/apic.h"
#include "hw/intc/intc-info.h"
#include "hw/pci/pci.h"
#include "net/net.h"
#include "system/cpus.h"
#include "system/memory.h"
#include "system/runstate.h"
#include "ui/vnc.h"
#include "util/version.h"

static void info_version(char **args, GString *out)
{
    g_string_append(out, VERSION_TEXT "\n");
}

static void info_status(char **args, GString *out)
{
    RunState s = runstate_get();

    g_string_append_printf(out, "VM status: %s",
                           s == RUN_STATE_RUNNING ? "running" : "paused");
    if (s != RUN_STATE_RUNNING && s != RUN_STATE_PAUSED) {
        g_string_append_printf(out, " (%s)", runstate_name(s));
    }
    g_string_append_c(out, '\n');
}

static void info_cpus(char **args, GString *out)
{
    for (unsigned i = 0; i < cpus_count(); i++) {
        g_string_append_printf(out, "%c CPU #%u: pc=0x%016" PRIx64
                               "%s thread_id=%d\n", i == hmp_cpu ? '*' : ' ',
                               i, cpus_get_pc(i),
                               cpus_is_halted(i) ? " (halted)" : "",
                               cpus_thread_id(i));
    }
}

static void info_registers(char **args, GString *out)
{
    bool all = args[0] && !strcmp(args[0], "-a");

    for (unsigned i = 0; i < cpus_count(); i++) {
        if (all || i == hmp_cpu) {
            g_string_append_printf(out, "\nCPU#%u\n", i);
            cpus_dump_registers(out, i);
        }
    }
}

static void info_tlb(char **args, GString *out)
{
    if (hmp_cpu < cpus_count()) {
        cpus_dump_tlb(out, hmp_cpu);
    }
}

static void info_mem(char **args, GString *out)
{
    if (hmp_cpu < cpus_count()) {
        cpus_dump_mem(out, hmp_cpu);
    }
}

static void info_mtree(char **args, GString *out)
{
    memory_print_tree(out, args[0] && !strcmp(args[0], "-f"));
}

static int one_pic(Object *obj, void *opaque)
{
    Object *intc = object_dynamic_cast(obj, TYPE_INTERRUPT_INFO);

    if (intc) {
        InterruptInfoClass *k = INTERRUPT_INFO_GET_CLASS(obj);

        if (k->print_state) {
            k->print_state(obj, opaque);
        }
    }
    return 0;
}

static int one_irq(Object *obj, void *opaque)
{
    GString *out = opaque;

    if (object_dynamic_cast(obj, TYPE_INTERRUPT_INFO)) {
        InterruptInfoClass *k = INTERRUPT_INFO_GET_CLASS(obj);
        unsigned n = 0;
        const uint64_t *counts = k->get_counts ? k->get_counts(obj, &n)
                                               : NULL;

        if (counts) {
            g_string_append_printf(out, "IRQ statistics for %s:\n",
                                   object_get_typename(obj));
        }
        for (unsigned i = 0; counts && i < n; i++) {
            if (counts[i]) {
                g_string_append_printf(out, "%2u: %" PRIu64 "\n", i,
                                       counts[i]);
            }
        }
    }
    return 0;
}

static void info_pic(char **args, GString *out)
{
    object_child_foreach_recursive(object_get_root(), one_pic, out);
}

static void info_irq(char **args, GString *out)
{
    object_child_foreach_recursive(object_get_root(), one_irq, out);
}

static void one_drive(BlockBackend *blk, void *opaque)
{
    GString *out = opaque;

    g_string_append_printf(out, "%s: ", block_id(blk));
    if (block_has_medium(blk)) {
        g_string_append_printf(out, "%s (raw%s)\n", block_file(blk),
                               block_is_read_only(blk) ? ", read-only" : "");
    } else {
        g_string_append(out, "[not inserted]\n");
    }
    if (block_is_cdrom(blk)) {
        g_string_append(out, "    Removable device: not locked\n");
    }
}

static void info_block(char **args, GString *out)
{
    block_foreach(one_drive, out);
}

static void one_net(NetBackend *nb, void *opaque)
{
    char *text = net_describe(nb);

    g_string_append_printf(opaque, "%s: %s\n", net_id(nb), text);
    g_free(text);
}

static void info_network(char **args, GString *out)
{
    net_foreach(one_net, out);
}

static void one_chardev(Chardev *chr, void *opaque)
{
    char *text = chardev_describe(chr);

    g_string_append_printf(opaque, "%s: filename=%s\n", chardev_id(chr),
                           text);
    g_free(text);
}

static void info_chardev(char **args, GString *out)
{
    chardev_foreach(one_chardev, out);
}

static void info_vnc(char **args, GString *out)
{
    char *text = vnc_describe();

    g_string_append_printf(out, "%s\n", text);
    g_free(text);
}

static void info_uuid(char **args, GString *out)
{
    MachineState *m = machine_current();

    g_string_append_printf(out, "%s\n", m && m->uuid ? m->uuid
                           : "00000000-0000-0000-0000-000000000000");
}

static void info_name(char **args, GString *out)
{
    MachineState *m = machine_current();

    if (m && m->name) {
        g_string_append_printf(out, "%s\n", m->name);
    }
}

static int one_pci_bus(Object *obj, void *opaque)
{
    Object *bus = object_dynamic_cast(obj, TYPE_PCI_BUS);

    if (bus) {
        pci_print((PCIBus *)bus, opaque);
    }
    return 0;
}

static void info_pci(char **args, GString *out)
{
    object_child_foreach_recursive(object_get_root(), one_pci_bus, out);
}

static void info_lapic(char **args, GString *out)
{
    apic_print(out, hmp_cpu);
}

static void info_kvm(char **args, GString *out)
{
    g_string_append(out, "kvm support: not compiled\n");
}

const HmpCommand hmp_info_commands[] = {
    { "version", "", "the version", 0, info_version },
    { "status", "", "running or not", 0, info_status },
    { "cpus", "", "the CPUs", 0, info_cpus },
    { "registers", "[-a]", "the CPU registers", 0, info_registers },
    { "tlb", "", "virtual to physical memory mappings", 0, info_tlb },
    { "mem", "", "the active virtual memory mappings", 0, info_mem },
    { "mtree", "[-f]", "the memory tree, or its flat views", 0, info_mtree },
    { "pic", "", "state of the interrupt controllers", 0, info_pic },
    { "irq", "", "interrupt statistics", 0, info_irq },
    { "qtree", "", "the device tree", 0, hmp_info_qtree },
    { "qom-tree", "[path]", "the composition tree", 0, hmp_info_qom_tree },
    { "lapic", "", "state of the CPU's local APIC", 0, info_lapic },
    { "pci", "", "the PCI devices", 0, info_pci },
    { "block", "", "the drives", 0, info_block },
    { "network", "", "the networks", 0, info_network },
    { "chardev", "", "the character devices", 0, info_chardev },
    { "vnc", "", "the VNC server", 0, info_vnc },
    { "uuid", "", "the machine's UUID", 0, info_uuid },
    { "name", "", "the machine's name", 0, info_name },
    { "kvm", "", "KVM", 0, info_kvm },
    { NULL }
};
