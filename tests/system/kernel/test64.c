/* SPDX-License-Identifier: MIT */
/*
 * The 64-bit test kernel: long mode's exceptions, gates, system calls, mode
 * switches, paging and debugging, a file each.  Prints what fails to port 0xe9
 * and ends through isa-debug-exit.
 * Source of what is expected: Intel SDM vol. 3, AMD APM vol. 2.
 */
#include "test64.h"

uint64_t gdt[GDT_SIZE / 8] __attribute__((aligned(16))) = {
    [KCODE / 8] = DESCRIPTOR(0, 0xfffff, 0xa9b),
    [KDATA / 8] = DESCRIPTOR(0, 0xfffff, 0xc93),
    [UCODE32 / 8] = DESCRIPTOR(0, 0xfffff, 0xcfb),
    [UDATA / 8] = DESCRIPTOR(0, 0xfffff, 0xcf3),
    [UCODE / 8] = DESCRIPTOR(0, 0xfffff, 0xafb),
    [UDATA2 / 8] = DESCRIPTOR(0, 0xfffff, 0xcf3),
    [KCODE32 / 8] = DESCRIPTOR(0, 0xfffff, 0xc9b),
    [KCODE16 / 8] = DESCRIPTOR(0, 0xffff, 0x09b),
    [KDATA16 / 8] = DESCRIPTOR(0, 0xffff, 0x093),
    [NP_DATA / 8] = DESCRIPTOR(0, 0xfffff, 0xc13),
    [NP_CODE / 8] = DESCRIPTOR(0, 0xfffff, 0xa1b),
    [CODE_LD / 8] = DESCRIPTOR(0, 0xfffff, 0xe9b),
    [CONFORMING / 8] = DESCRIPTOR(0, 0xfffff, 0xa9f),
    [RO_DATA / 8] = DESCRIPTOR(0, 0xfffff, 0xc91),
    [CODE_RING1 / 8] = DESCRIPTOR(0, 0xfffff, 0xabb),
    [DATA_RING1 / 8] = DESCRIPTOR(0, 0xfffff, 0xcb3),
    [SMALL_DATA / 8] = DESCRIPTOR(0, 0xfff, 0x4f3),
    [UCODE16 / 8] = DESCRIPTOR(0, 0xffff, 0x0fb),
    [FRESH_DATA / 8] = DESCRIPTOR(0, 0xfffff, 0xc92),
};
Gate64 idt[256] __attribute__((aligned(16)));
Tss64 tss __attribute__((aligned(128)));

/* ---- tables ----------------------------------------------------------------- */

Gate64 gate64(unsigned sel, uint64_t off, unsigned type, unsigned dpl,
              unsigned ist)
{
    return (Gate64){
        (off & 0xffff) | (uint64_t)sel << 16 | (uint64_t)ist << 32 |
        (uint64_t)(0x80 | dpl << 5 | type) << 40 | (off >> 16 & 0xffff) << 48,
        off >> 32,
    };
}

void set_idt(unsigned vector, Gate64 g)
{
    idt[vector] = g;
}

void set_ist(unsigned vector, unsigned ist)
{
    bool user = vector == 3 || vector == 4 || vector == 0x80;

    idt[vector] = gate64(KCODE, (uint64_t)trap_stubs + 16 * vector, GATE_INT,
                         user ? 3 : 0, ist);
}

void reset_idt(unsigned vector)
{
    set_ist(vector, 0);
}

void load_idt(unsigned limit)
{
    struct { uint16_t limit; Gate64 *base; } __attribute__((packed)) r = {
        limit, idt };

    __asm__ volatile("lidt %0" : : "m"(r));
}

void set_descriptor16(unsigned sel, uint64_t base, uint32_t limit,
                      unsigned flags)
{
    gdt[sel / 8] = DESCRIPTOR(base, limit, flags);
    gdt[sel / 8 + 1] = base >> 32;
}

static void set_up_tables(void)
{
    for (unsigned i = 0; i < 256; i++) {
        reset_idt(i);
    }
    load_idt(sizeof(idt) - 1);
    tss.rsp[0] = (uint64_t)trap_stack_top;
    tss.iomap = offsetof(Tss64, bits);
    memset(tss.bits, 0xff, sizeof(tss.bits));
    set_descriptor16(TSS_SEL, (uint64_t)&tss, sizeof(tss) - 1, 0x089);
    __asm__ volatile("lldt %w1; ltr %w0" : : "r"(TSS_SEL), "r"(0));
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
}

bool has_cpuid(uint32_t leaf, unsigned reg, unsigned bit)
{
    uint32_t r[4];

    cpuid(leaf, 0, r);
    return r[reg] >> bit & 1;
}

bool is_amd(void)
{
    uint32_t r[4];

    cpuid(0, 0, r);
    return r[2] == 0x444d4163;          /* "cAMD" */
}

/* ---- expectations ------------------------------------------------------------- */

void user_mode32(void)
{
    user_cs = UCODE32 + 3;
}

void user_mode64(void)
{
    user_cs = UCODE + 3;
}

static void frame_is(const char *name, const void *ip, unsigned long flags)
{
    equal(name, "rip", trap_ip, (unsigned long)ip);
    equal(name, "rflags", trap_flags & ~(unsigned long)FL_ARITH, flags);
}

void trap_is(const char *name, void (*fn)(void), unsigned vector,
             unsigned long error, const void *ip, bool fault)
{
    traps(name, fn, vector, error);
    frame_is(name, ip, 2 | (fault ? FL_RF : 0));
    equal(name, "rsp", trap_sp, try_sp - 8);
    equal(name, "cs", trap_cs, KCODE);
    equal(name, "ss", trap_ss, KDATA);
}

void user_trap_is(const char *name, void (*fn)(void), unsigned vector,
                  unsigned long error, const void *ip, bool fault)
{
    user_traps(name, fn, vector, error);
    frame_is(name, ip, user_flags | (fault ? FL_RF : 0));
    equal(name, "rsp", trap_sp, (unsigned long)user_stack_top);
    equal(name, "ss", trap_ss, user_ss);
}

/* ---- start -------------------------------------------------------------------- */

/* Does the command line end in this word? */
static bool asked_for(const uint32_t *info, const char *word)
{
    const char *s = (const char *)(uintptr_t)info[4], *w = word;

    for (; info[0] & 4 && *s; s++) {
        w = *s == *w ? w + 1 : word;
    }
    return w != word && !*w;
}

void kernel_main(uint32_t magic, const uint32_t *info)
{
    mask_irqs();
    set_up_tables();
    if (asked_for(info, "triple")) {
        triple_fault();
    }
    equal("multiboot", "magic", magic, 0x2badb002);
    equal("multiboot", "memory and command line", info[0] & 5, 5);
    equal("long mode", "EFER", rdmsr(MSR_EFER),
          EFER_LME | EFER_LMA | EFER_NXE);
    test_exceptions();
    test_gates();
    test_far();
    test_syscalls();
    test_system();
    test_paging();
    test_tlb();
    test_debug();
    test_modes();
    test_five_levels();
    test_smp();
    test_smm();
    finish();
}
