/* SPDX-License-Identifier: MIT */
/* Virtual CPUs for binaries without any (unit tests). */
#include "util/osdep.h"
#include "system/cpus.h"
#include "system/gdb.h"

void cpus_set_accel(bool interpreter, unsigned cache_mib, bool one_insn)
{
}

bool cpus_create(MachineState *m, GError **errp)
{
    g_set_error(errp, QOM_ERROR, QOM_ERROR_GENERIC,
                "this program has no virtual CPUs");
    return false;
}

unsigned cpus_count(void)
{
    return 0;
}

void cpus_reset(void)
{
}

void cpus_resume_all(void)
{
}

void cpus_pause_all(void)
{
}

void cpus_destroy_all(void)
{
}

void cpus_nmi(void)
{
}

bool cpus_is_halted(unsigned cpu)
{
    return true;
}

uint64_t cpus_get_pc(unsigned cpu)
{
    return 0;
}

int cpus_thread_id(unsigned cpu)
{
    return 0;
}

bool cpus_get_register(unsigned cpu, const char *name, uint64_t *value)
{
    return false;
}

void cpus_dump_registers(GString *out, unsigned cpu)
{
}

void cpus_dump_tlb(GString *out, unsigned cpu)
{
}

void cpus_dump_mem(GString *out, unsigned cpu)
{
}

bool cpus_read_virtual(unsigned cpu, vaddr addr, void *buf, size_t n)
{
    return false;
}

bool cpus_write_virtual(unsigned cpu, vaddr addr, const void *buf, size_t n)
{
    return false;
}

bool cpus_translate(unsigned cpu, vaddr addr, paddr *phys)
{
    return false;
}

int cpus_code_bits(unsigned cpu)
{
    return 16;
}

bool gdb_server_start(const char *spec, GError **errp)
{
    g_set_error(errp, QOM_ERROR, QOM_ERROR_GENERIC,
                "this program has no virtual CPUs");
    return false;
}
