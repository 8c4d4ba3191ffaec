/* SPDX-License-Identifier: MIT */
/* The machine under test: see pc-machine.h. */
#include "util/osdep.h"
#include "tests/unit/pc-machine.h"

PcCpu pc_cpus[PC_CPUS];
bool pc_a20;

static void set_intr(unsigned cpu, bool level)
{
    pc_cpus[cpu].intr = level;
}

static void event(unsigned cpu, VCPUEvent e, unsigned arg)
{
    pc_cpus[cpu].events[e]++;
    pc_cpus[cpu].arg[e] = arg;
}

static void set_a20(bool open)
{
    pc_a20 = open;
}

static const VCPUOps ops = {
    .set_intr = set_intr, .event = event, .set_a20 = set_a20,
};

static void need(bool ok, const GError *err)
{
    if (!ok) {
        g_error("%s", err ? err->message : "the machine fails");
    }
}

MachineState *pc_make(const char *const *opts)
{
    return pc_make_sized(64 << 20, opts);
}

MachineState *pc_make_sized(uint64_t ram, const char *const *opts)
{
    GError *err = NULL;
    MachineState *m;

    module_call_init(MODULE_INIT_QOM);
    virtual_clock_set_manual(true);
    memory_init();
    vcpu_set_ops(&ops);
    m = machine_new("pc", &err);
    need(m, err);
    m->ram_size = ram;
    m->smp.cpus = PC_CPUS;
    m->vga = g_strdup("none");
    for (; opts && *opts; opts++) {
        char **kv = g_strsplit(*opts, "=", 2);

        need(object_property_parse(OBJECT(m), kv[0], kv[1], &err), err);
        g_strfreev(kv);
    }
    need(machine_build(m, &err), err);
    pc_reset();
    return m;
}

void pc_reset(void)
{
    system_reset(RESET_TYPE_COLD);
    memset(pc_cpus, 0, sizeof(pc_cpus));
}

uint32_t pci_in(unsigned slot, unsigned fn, unsigned reg)
{
    outl(0xcf8, 0x80000000 | slot << 11 | fn << 8 | (reg & 0xfc));
    return inl(0xcfc);
}

void pci_out(unsigned slot, unsigned fn, unsigned reg, uint32_t v)
{
    outl(0xcf8, 0x80000000 | slot << 11 | fn << 8 | (reg & 0xfc));
    outl(0xcfc, v);
}

void pc_save_and_load(void)
{
    GByteArray *state = g_byte_array_new();
    GError *err = NULL;

    need(vmstate_save_all(state, &err), err);
    system_reset(RESET_TYPE_COLD);
    need(vmstate_load_all(state->data, state->len, &err), err);
    g_byte_array_free(state, true);
}

void pc_run_host(void)
{
    for (int i = 0; i < 200; i++) {
        while (g_main_context_iteration(NULL, false)) {
        }
        g_usleep(500);
    }
}

void pc_init_pic(void)
{
    for (int i = 0; i < 2; i++) {
        unsigned port = i ? 0xa0 : 0x20;

        outb(port, 0x11);
        outb(port + 1, i ? 0x28 : 0x20);
        outb(port + 1, i ? 2 : 4);
        outb(port + 1, 1);
        outb(port + 1, 0xff);
    }
}

void pc_enable_apic(void)
{
    writel(0xfee000f0, 0x1ff);
}
