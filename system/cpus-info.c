/* SPDX-License-Identifier: MIT */
/* Virtual CPUs for the monitor: registers, translations, memory. */
#include "util/osdep.h"
#include "system/cpus.h"

#include "system/cpu-memory.h"
#include "system/cpus-int.h"

bool cpus_is_halted(unsigned cpu)
{
    const X86Sys *s = vcpus[cpu].env->sys;

    return s->halted || s->stop;
}

uint64_t cpus_get_pc(unsigned cpu)
{
    return vcpus[cpu].env->h.pc;
}

int cpus_thread_id(unsigned cpu)
{
    return vcpus[cpu].tid;
}

int cpus_code_bits(unsigned cpu)
{
    uint64_t mode = vcpus[cpu].env->h.mode;

    return mode & HF_CS64 ? 64 : mode & HF_CS32 ? 32 : 16;
}

/* ---- registers ---------------------------------------------------------------------- */

static const char gpr_names[16][4] = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
};
static const char seg_names[6][3] = { "es", "cs", "ss", "ds", "fs", "gs" };

bool cpus_get_register(unsigned cpu, const char *name, uint64_t *value)
{
    const CPUX86State *env = vcpus[cpu].env;
    const X86Sys *s = env->sys;
    const struct { const char *name; uint64_t value; } others[] = {
        { "pc", env->h.pc }, { "rip", x86_eip(env) }, { "eip", x86_eip(env) },
        { "rflags", x86_get_eflags(env) }, { "eflags", x86_get_eflags(env) },
        { "cr0", s->cr0 }, { "cr2", env->cr2 }, { "cr3", s->cr3 },
        { "cr4", s->cr4 }, { "efer", s->efer }, { "gdtbase", s->gdt.base },
        { "idtbase", s->idt.base },
    };

    for (unsigned i = 0; i < 16; i++) {
        bool e = i < 8 && name[0] == 'e' && !strcmp(name + 1,
                                                    gpr_names[i] + 1);

        if (e || !strcmp(name, gpr_names[i])) {
            *value = e ? (uint32_t)env->regs[i] : env->regs[i];
            return true;
        }
    }
    for (unsigned i = 0; i < 6; i++) {
        if (!strcmp(name, seg_names[i])) {
            *value = env->segs[i].selector;
            return true;
        }
    }
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
        if (!strcmp(name, others[i].name)) {
            *value = others[i].value;
            return true;
        }
    }
    return false;
}

static void dump_seg(GString *out, const char *name, const SegmentCache *s)
{
    g_string_append_printf(out, "%-3s=%04x %016" PRIx64 " %08x %08x\n", name,
                           s->selector, s->base, s->limit, s->flags);
}

void cpus_dump_registers(GString *out, unsigned cpu)
{
    const CPUX86State *env = vcpus[cpu].env;
    const X86Sys *s = env->sys;
    static const char seg_upper[6][4] = { "ES", "CS", "SS", "DS", "FS", "GS" };
    static const char upper[16][4] = {
        "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
        "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15",
    };
    static const uint8_t order[16] = { 0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11,
                                       12, 13, 14, 15 };

    for (unsigned i = 0; i < 16; i++) {
        g_string_append_printf(out, "%s=%016" PRIx64 "%c", upper[order[i]],
                               env->regs[order[i]], i % 4 == 3 ? '\n' : ' ');
    }
    g_string_append_printf(out, "RIP=%016" PRIx64 " RFL=%08x CPL=%u II=%d "
                           "A20=%d SMM=%d HLT=%d\n", x86_eip(env),
                           x86_get_eflags(env), s->cpl, s->inhibit,
                           s->a20_mask == UINT64_MAX, s->smm, s->halted);
    for (unsigned i = 0; i < 6; i++) {
        dump_seg(out, seg_upper[i], &env->segs[i]);
    }
    dump_seg(out, "LDT", &s->ldt);
    dump_seg(out, "TR", &s->tr);
    g_string_append_printf(out, "GDT=     %016" PRIx64 " %08x\n"
                           "IDT=     %016" PRIx64 " %08x\n", s->gdt.base,
                           s->gdt.limit, s->idt.base, s->idt.limit);
    g_string_append_printf(out, "CR0=%08" PRIx64 " CR2=%016" PRIx64
                           " CR3=%016" PRIx64 " CR4=%08" PRIx64 "\n",
                           s->cr0, env->cr2, s->cr3, s->cr4);
    for (unsigned i = 0; i < 4; i++) {
        g_string_append_printf(out, "DR%u=%016" PRIx64 " ", i, s->dr[i]);
    }
    g_string_append_printf(out, "\nDR6=%016" PRIx64 " DR7=%016" PRIx64
                           "\nEFER=%016" PRIx64 "\n", s->dr[6], s->dr[7],
                           s->efer);
    g_string_append_printf(out, "FCW=%04x FSW=%04x FTW=%02x MXCSR=%08x\n",
                           env->fpuc, env->fpus, env->fptags, env->h.fpcr);
    for (unsigned i = 0; i < 16; i++) {
        uint64_t q[2];

        memcpy(q, env->vreg[i], 16);
        g_string_append_printf(out, "XMM%02u=%016" PRIx64 "%016" PRIx64 "%c",
                               i, q[1], q[0], i % 2 ? '\n' : ' ');
    }
}

/* ---- translations --------------------------------------------------------------------- */

bool cpus_translate(unsigned cpu, vaddr addr, paddr *phys)
{
    return x86_sys_translate(vcpus[cpu].env, addr, phys);
}

static bool access_virtual(unsigned cpu, vaddr addr, uint8_t *buf, size_t n,
                           bool write)
{
    while (n) {
        size_t len = MIN(n, GUEST_PAGE_SIZE - (addr & (GUEST_PAGE_SIZE - 1)));
        paddr phys;

        if (!cpus_translate(cpu, addr, &phys)) {
            return false;
        }
        if (write) {
            address_space_write_rom(&address_space_memory, phys,
                                    MEMTXATTRS_UNSPECIFIED, buf, len);
        } else {
            address_space_read(&address_space_memory, phys,
                               MEMTXATTRS_UNSPECIFIED, buf, len);
        }
        addr += len;
        buf += len;
        n -= len;
    }
    return true;
}

bool cpus_read_virtual(unsigned cpu, vaddr addr, void *buf, size_t n)
{
    return access_virtual(cpu, addr, buf, n, false);
}

bool cpus_write_virtual(unsigned cpu, vaddr addr, const void *buf, size_t n)
{
    return access_virtual(cpu, addr, (uint8_t *)buf, n, true);
}

/* ---- page tables -------------------------------------------------------------------------- */

typedef struct PageDump {
    GString *out;
    CPUX86State *env;
    bool mem;                   /* "info mem": ranges, else pages */
    vaddr start, end;           /* the open range */
    unsigned prot;
    unsigned lines;
} PageDump;

enum { DUMP_LINES = 20000 };

static void end_range(PageDump *d)
{
    if (d->end > d->start && d->lines++ < DUMP_LINES) {
        g_string_append_printf(d->out, "%016" PRIx64 "-%016" PRIx64
                               " %016" PRIx64 " %c%c%c\n", d->start, d->end,
                               d->end - d->start, d->prot & 4 ? 'u' : '-',
                               'r', d->prot & 2 ? 'w' : '-');
    }
}

static void page(PageDump *d, vaddr va, uint64_t size, uint64_t e,
                 unsigned prot)
{
    if (!d->mem) {
        if (d->lines++ < DUMP_LINES) {
            g_string_append_printf(d->out, "%016" PRIx64 ": %016" PRIx64
                                   " %c%c%c%c%c%c%c\n", va,
                                   e & UINT64_C(0xffffffffff000) & ~(size - 1),
                                   e >> 63 ? 'X' : '-', e & 0x100 ? 'G' : '-',
                                   size > 4096 ? 'P' : '-',
                                   e & 0x40 ? 'D' : '-', e & 0x20 ? 'A' : '-',
                                   e & 4 ? 'U' : '-', e & 2 ? 'W' : '-');
        }
        return;
    }
    if (va != d->end || prot != d->prot) {
        end_range(d);
        d->start = va;
        d->prot = prot;
    }
    d->end = va + size;
}

static uint64_t entry(PageDump *d, paddr at, unsigned size)
{
    return address_space_load(&address_space_memory, at, size,
                              MEMTXATTRS_UNSPECIFIED, NULL);
}

static void dump_level(PageDump *d, paddr table, unsigned level, vaddr va,
                       unsigned prot, bool wide, unsigned count)
{
    unsigned bits = wide ? 9 : 10, shift = 12 + bits * (level - 1);

    for (unsigned i = 0; i < count && d->lines < DUMP_LINES; i++) {
        uint64_t e = entry(d, table + i * (wide ? 8 : 4), wide ? 8 : 4);
        vaddr at = va | (uint64_t)i << shift;
        bool pdpte = wide && count == 4;
        unsigned p = pdpte ? prot : prot & e;

        if (!(e & 1)) {
            continue;
        }
        if (level >= 4 && shift < 63 && (at >> (shift + bits - 1) & 1) &&
            va == 0) {
            at |= ~0ull << (shift + bits);      /* sign-extended */
        }
        if (level == 1 || ((e & 0x80) && !pdpte && level < 4)) {
            page(d, at, 1ull << shift, e, p);
        } else {
            dump_level(d, e & 0x000ffffffffff000ull, level - 1, at, p, wide,
                       wide ? 512 : 1024);
        }
    }
}

static void dump_pages(GString *out, unsigned cpu, bool mem)
{
    CPUX86State *env = vcpus[cpu].env;
    const X86Sys *s = env->sys;
    PageDump d = { .out = out, .env = env, .mem = mem };

    if (!x86_paging(s)) {
        g_string_append(out, "PG disabled\n");
        return;
    }
    if (!(s->cr4 & CR4_PAE)) {
        dump_level(&d, s->cr3 & 0xfffff000, 2, 0, 6, false, 1024);
    } else if (!x86_long_active(s)) {
        dump_level(&d, s->cr3 & 0xffffffe0, 3, 0, 6, true, 4);
    } else {
        dump_level(&d, s->cr3 & 0x000ffffffffff000ull,
                   s->cr4 & CR4_LA57 ? 5 : 4, 0, 6, true, 512);
    }
    if (mem) {
        end_range(&d);
    }
}

void cpus_dump_tlb(GString *out, unsigned cpu)
{
    dump_pages(out, cpu, false);
}

void cpus_dump_mem(GString *out, unsigned cpu)
{
    dump_pages(out, cpu, true);
}
