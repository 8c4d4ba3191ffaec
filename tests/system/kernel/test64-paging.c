/* SPDX-License-Identifier: MIT */
/*
 * Rights of pages: every kind of access to every kind of entry, under the bits
 * of CR0, CR4, EFER and PKRU that matter; accessed and dirty bits, large pages.
 * Source: Intel SDM vol. 3 ch. 4.
 */
#include "test64-paging.h"

uint64_t window_table[3][512] __attribute__((aligned(4096)));
uint8_t pages[4][4096] __attribute__((aligned(4096)));

/* ---- the window ------------------------------------------------------------------ */

/* Six accesses: read, write, fetch; by the supervisor, by the user. */
#define TO_WINDOW "movabs $0x10000000000, %rdi"
CASE(w_read, TO_WINDOW, "mov (%rdi), %al")
CASE(w_write, TO_WINDOW "; mov $0x55, %eax", "mov %al, 8(%rdi)")
CASE(w_fetch, TO_WINDOW, "call *%rdi")
CASE(w_read_ac, TO_WINDOW "; stac", "mov (%rdi), %al")
CASE(w_write_ac, TO_WINDOW "; stac", "mov %al, 8(%rdi)")
CASE(w_rmw, TO_WINDOW, "lock incl 8(%rdi)")
USER_CASE(uw_read, TO_WINDOW, "mov (%rdi), %al")
USER_CASE(uw_write, TO_WINDOW "; mov $0x55, %eax", "mov %al, 8(%rdi)")
USER_CASE(uw_fetch, TO_WINDOW, "call *%rdi")
USER_CASE(uw_rmw, TO_WINDOW, "lock incl 8(%rdi)")

void set_window(uint64_t entry)
{
    window_table[0][0] = entry;
    invlpg(WINDOW);
}

uint64_t phys(unsigned page)
{
    return (uint64_t)pages[page];
}

/* Every level as permissive as can be, the window at page 0. */
void open_window(void)
{
    boot_pml4[2] = (uint64_t)window_table[2] | PG_P | PG_W | PG_U;
    window_table[2][0] = (uint64_t)window_table[1] | PG_P | PG_W | PG_U;
    window_table[1][0] = (uint64_t)window_table[0] | PG_P | PG_W | PG_U;
    memset(pages, 0xc3, sizeof(pages));         /* ret */
    set_window(phys(0) | PG_P | PG_W | PG_U);
}

/* A page fault of fn with this error code, or OK. */
static void access(const char *name, void (*fn)(void), const char *ip,
                   bool user, unsigned expect, uint64_t cr2)
{
    trap_vector = trap_error = 0xffff;
    if (user) {
        user_traps(name, fn, expect == OK ? 0x80 : 14,
                   expect == OK ? 0 : expect);
    } else if (expect == OK) {
        fine(name, fn);
    } else {
        traps(name, fn, 14, expect);
    }
    if (expect != OK) {
        equal(name, "cr2", trap_cr2, cr2);
        equal(name, "rip", trap_ip, (uint64_t)ip);
    }
}

/* The six accesses, in order. */
static void six(const char *name, const uint8_t expect[6])
{
    const uint64_t w = (uint64_t)WINDOW;

    access(name, w_read, w_read_at, false, expect[0], w);
    access(name, w_write, w_write_at, false, expect[1], w + 8);
    access(name, w_fetch, (char *)WINDOW, false, expect[2], w);
    access(name, uw_read, uw_read_at, true, expect[3], w);
    access(name, uw_write, uw_write_at, true, expect[4], w + 8);
    access(name, uw_fetch, (char *)WINDOW, true, expect[5], w);
}

typedef struct Row {
    const char *name;
    uint64_t entry;
    uint8_t expect[6];
} Row;

static void all(const Row *rows, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        set_window(phys(0) | rows[i].entry);
        six(rows[i].name, rows[i].expect);
    }
    set_window(phys(0) | PG_P | PG_W | PG_U);
}
#define ALL(rows) all(rows, sizeof(rows) / sizeof(rows[0]))

/* ---- rights of the last level --------------------------------------------------------- */

static void test_rights(void)
{
    static const Row base[] = {
        { "absent", 0, { 0, 2, 0x10, 4, 6, 0x14 } },
        { "absent, other bits", PG_W | PG_U | PG_NX,
          { 0, 2, 0x10, 4, 6, 0x14 } },
        { "supervisor, read-only", PG_P, { OK, 3, OK, 5, 7, 0x15 } },
        { "supervisor", PG_P | PG_W, { OK, OK, OK, 5, 7, 0x15 } },
        { "supervisor, NX", PG_P | PG_W | PG_NX,
          { OK, OK, 0x11, 5, 7, 0x15 } },
        { "user, read-only", PG_P | PG_U, { OK, 3, OK, OK, 7, OK } },
        { "user", PG_P | PG_W | PG_U, { OK, OK, OK, OK, OK, OK } },
        { "user, NX", PG_P | PG_W | PG_U | PG_NX,
          { OK, OK, 0x11, OK, OK, 0x15 } },
        { "user, read-only, NX", PG_P | PG_U | PG_NX,
          { OK, 3, 0x11, OK, 7, 0x15 } },
        { "reserved bit 45", PG_P | PG_W | PG_U | 1ull << 45,
          { 9, 0xb, 0x19, 0xd, 0xf, 0x1d } },
        { "reserved bit 51, supervisor", PG_P | 1ull << 51,
          { 9, 0xb, 0x19, 0xd, 0xf, 0x1d } },
        { "key without PKE", PG_P | PG_W | PG_U | 0xfull << 59,
          { OK, OK, OK, OK, OK, OK } },
    };
    static const Row no_wp[] = {
        { "no WP: supervisor, read-only", PG_P, { OK, OK, OK, 5, 7, 0x15 } },
        { "no WP: user, read-only", PG_P | PG_U, { OK, OK, OK, OK, 7, OK } },
    };
    static const Row no_nx[] = {
        { "no NXE: absent", 0, { 0, 2, 0, 4, 6, 4 } },
        { "no NXE: NX", PG_P | PG_W | PG_U | PG_NX,
          { 9, 0xb, 9, 0xd, 0xf, 0xd } },
        { "no NXE: supervisor", PG_P, { OK, 3, OK, 5, 7, 5 } },
    };

    ALL(base);
    write_cr0(read_cr0() & ~(uint64_t)CR0_WP);
    ALL(no_wp);
    write_cr0(read_cr0() | CR0_WP);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)EFER_NXE);
    ALL(no_nx);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
    set_window(phys(0) | PG_P | PG_U);
    access("lock inc of a read-only page", uw_rmw, uw_rmw_at, true, 7,
           (uint64_t)WINDOW + 8);
    access("lock inc, read-only, ring 0", w_rmw, w_rmw_at, false, 3,
           (uint64_t)WINDOW + 8);
}

static void test_smep_smap(void)
{
    static const Row smep[] = {
        { "SMEP: user", PG_P | PG_W | PG_U, { OK, OK, 0x11, OK, OK, OK } },
        { "SMEP: supervisor", PG_P | PG_W, { OK, OK, OK, 5, 7, 0x15 } },
    };
    static const Row smap[] = {
        { "SMAP: user", PG_P | PG_W | PG_U, { 1, 3, OK, OK, OK, OK } },
        { "SMAP: user, read-only", PG_P | PG_U, { 1, 3, OK, OK, 7, OK } },
        { "SMAP: supervisor", PG_P | PG_W, { OK, OK, OK, 5, 7, 0x15 } },
    };
    static const Row smep_no_nx[] = {
        { "SMEP, no NXE: absent", 0, { 0, 2, 0x10, 4, 6, 0x14 } },
    };
    unsigned long cr4 = read_cr4();

    write_cr4(cr4 | CR4_SMEP);
    ALL(smep);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)EFER_NXE);
    ALL(smep_no_nx);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
    write_cr4(cr4 | CR4_SMAP);
    ALL(smap);
    access("SMAP: stac, read", w_read_ac, w_read_ac_at, false, OK, 0);
    access("SMAP: stac, write", w_write_ac, w_write_ac_at, false, OK, 0);
    set_window(phys(0) | PG_P | PG_U);
    access("SMAP: stac, read-only", w_write_ac, w_write_ac_at, false, 3,
           (uint64_t)WINDOW + 8);
    write_cr4(cr4);
}

/* A segment register's load reads the LDT as the supervisor, whatever AC. */
CASE(w_ldt_ac, "stac; mov $4, %ecx", "mov %ecx, %fs")
USER_CASE(uw_ldt, "mov $7, %ecx", "mov %ecx, %fs")
USER_CASE(u_stac, "", "stac")
USER_CASE(u_clac, "", "clac")

static void test_implicit(void)
{
    unsigned long cr4 = read_cr4(), flags;

    *(uint64_t *)pages[1] = DESCRIPTOR(0, 0xfffff, 0xcf3);
    set_window(phys(1) | PG_P | PG_W | PG_U);
    set_descriptor16(LDT_SEL, (uint64_t)WINDOW, 7, 0x082);
    __asm__ volatile("lldt %w0" : : "r"(LDT_SEL));
    access("LDT in a user page", w_ldt_ac, w_ldt_ac_at, false, OK, 0);
    write_cr4(cr4 | CR4_SMAP);
    access("SMAP: LDT in a user page", w_ldt_ac, w_ldt_ac_at, false, 1,
           (uint64_t)WINDOW);
    access("SMAP: LDT, from ring 3", uw_ldt, uw_ldt_at, true, 1,
           (uint64_t)WINDOW);
    set_window(phys(1) | PG_P | PG_W);
    access("SMAP: LDT in a supervisor page", uw_ldt, uw_ldt_at, true, OK, 0);
    __asm__ volatile("lldt %w0" : : "r"(0));
    USER_FAULTS("stac in ring 3", u_stac, 6, 0);
    USER_FAULTS("clac in ring 3", u_clac, 6, 0);
    __asm__ volatile("stac; pushfq; pop %0" : "=r"(flags));
    equal("stac", "AC", flags & FL_AC, FL_AC);
    __asm__ volatile("clac; pushfq; pop %0" : "=r"(flags));
    equal("clac", "AC", flags & FL_AC, 0);
    write_cr4(cr4);
}

/* ---- protection keys ------------------------------------------------------------------- */

static void wrpkru(uint32_t v)
{
    __asm__ volatile("wrpkru" : : "a"(v), "c"(0), "d"(0) : "memory");
}

static uint32_t rdpkru(void)
{
    uint32_t v;

    __asm__ volatile("rdpkru" : "=a"(v) : "c"(0) : "edx");
    return v;
}

CASE(f_rdpkru, "xor %ecx, %ecx", "rdpkru")
CASE(f_wrpkru, "xor %ecx, %ecx; xor %edx, %edx; xor %eax, %eax", "wrpkru")
CASE(f_rdpkru_ecx, "mov $1, %ecx", "rdpkru")
CASE(f_wrpkru_edx, "xor %ecx, %ecx; mov $1, %edx", "wrpkru")
USER(u_pkru, "xor %ecx, %ecx; xor %edx, %edx; mov $0x30, %eax; wrpkru;"
             "xor %eax, %eax; rdpkru")
#define KEY(n) ((uint64_t)(n) << 59)

static void test_key_rights(void)
{
    static const Row ad[] = {
        { "key 1, AD", PG_P | PG_W | PG_U | KEY(1),
          { 0x21, 0x23, OK, 0x25, 0x27, OK } },
        { "key 1, AD, read-only", PG_P | PG_U | KEY(1),
          { 0x21, 0x23, OK, 0x25, 0x27, OK } },
        { "key 1, AD, NX", PG_P | PG_W | PG_U | PG_NX | KEY(1),
          { 0x21, 0x23, 0x11, 0x25, 0x27, 0x15 } },
        { "key 1, AD, supervisor", PG_P | PG_W | KEY(1),
          { OK, OK, OK, 5, 7, 0x15 } },
        { "key 1, AD, absent", PG_W | PG_U | KEY(1),
          { 0, 2, 0x10, 4, 6, 0x14 } },
        { "key 2", PG_P | PG_W | PG_U | KEY(2), { OK, OK, OK, OK, OK, OK } },
    };
    static const Row wd[] = {
        { "key 15, WD", PG_P | PG_W | PG_U | KEY(15),
          { OK, 0x23, OK, OK, 0x27, OK } },
        { "key 15, WD, read-only", PG_P | PG_U | KEY(15),
          { OK, 0x23, OK, OK, 0x27, OK } },
        { "key 14", PG_P | PG_W | PG_U | KEY(14),
          { OK, OK, OK, OK, OK, OK } },
    };
    static const Row wd_no_wp[] = {
        { "key 15, WD, no WP", PG_P | PG_W | PG_U | KEY(15),
          { OK, OK, OK, OK, 0x27, OK } },
    };

    wrpkru(1 << 2);
    ALL(ad);
    wrpkru(2u << 30);
    ALL(wd);
    write_cr0(read_cr0() & ~(uint64_t)CR0_WP);
    ALL(wd_no_wp);
    write_cr0(read_cr0() | CR0_WP);
    /* WRPKRU alone changes what is allowed. */
    set_window(phys(0) | PG_P | PG_W | PG_U | KEY(3));
    for (unsigned i = 0; i < 3; i++) {
        wrpkru(0);
        access("key 3", w_write, w_write_at, false, OK, 0);
        wrpkru(2 << 6);
        access("key 3, WD", w_write, w_write_at, false, 0x23,
               (uint64_t)WINDOW + 8);
        wrpkru(1 << 6);
        access("key 3, AD", w_read, w_read_at, false, 0x21,
               (uint64_t)WINDOW);
    }
    wrpkru(0);
}

/* Component 9 of XSAVE. */
static uint8_t area[4096] __attribute__((aligned(64)));
static void xsave(uint32_t components)
{
    __asm__ volatile("xsave (%0)" : : "r"(area), "a"(components), "d"(0)
                     : "memory");
}
static void xrstor(uint32_t components)
{
    __asm__ volatile("xrstor (%0)" : : "r"(area), "a"(components), "d"(0)
                     : "memory");
}

static void test_key_state(void)
{
    uint32_t r[4], off;

    write_cr4(read_cr4() | CR4_OSXSAVE);
    cpuid(0xd, 9, r);
    off = r[1];
    equal("XSAVE of PKRU", "size", r[0], 8);
    equal("XSAVE of PKRU", "in XCR0, aligned", r[2], 0);
    __asm__ volatile("xsetbv" : : "a"(0x203), "d"(0), "c"(0));
    cpuid(0xd, 0, r);
    equal("XSAVE of PKRU", "XCR0 has it", r[0] >> 9 & 1, 1);
    equal("XSAVE of PKRU", "bytes", r[1], off + 8);
    cpuid(0xd, 1, r);
    equal("XSAVE of PKRU", "bytes compacted", r[1], 576 + 8);
    wrpkru(0x40);
    memset(area, 0, sizeof(area));
    xsave(0x200);
    equal("XSAVE of PKRU", "saved", *(uint64_t *)(area + off), 0x40);
    equal("XSAVE of PKRU", "XSTATE_BV", *(uint64_t *)(area + 512), 0x200);
    set_window(phys(0) | PG_P | PG_W | PG_U | KEY(3));
    wrpkru(0);
    access("before XRSTOR", w_read, w_read_at, false, OK, 0);
    xrstor(0x200);
    equal("XRSTOR of PKRU", "restored", rdpkru(), 0x40);
    access("behind XRSTOR", w_read, w_read_at, false, 0x21, (uint64_t)WINDOW);
    memset(area, 0, sizeof(area));
    __asm__ volatile("xsavec (%0)" : : "r"(area), "a"(0x200), "d"(0)
                     : "memory");
    equal("XSAVEC of PKRU", "saved", *(uint64_t *)(area + 576), 0x40);
    equal("XSAVEC of PKRU", "XCOMP_BV", *(uint64_t *)(area + 520),
          1ull << 63 | 0x200);
    wrpkru(0);
    xrstor(0x200);
    equal("XRSTOR, compacted", "restored", rdpkru(), 0x40);
    memset(area, 0, sizeof(area));
    xrstor(0x200);
    equal("XRSTOR, initial", "PKRU", rdpkru(), 0);
    write_cr4(read_cr4() & ~(unsigned long)CR4_OSXSAVE);
}

static void test_keys(void)
{
    unsigned long cr4 = read_cr4();

    equal("CPUID", "OSPKE", has_cpuid(7, 2, 4), 0);
    FAULTS("rdpkru without PKE", f_rdpkru, 6, 0);
    FAULTS("wrpkru without PKE", f_wrpkru, 6, 0);
    write_cr4(cr4 | CR4_PKE);
    equal("CPUID", "OSPKE", has_cpuid(7, 2, 4), 1);
    FAULTS("rdpkru, ecx", f_rdpkru_ecx, 13, 0);
    FAULTS("wrpkru, edx", f_wrpkru_edx, 13, 0);
    user_traps("PKRU in ring 3", u_pkru, 0x80, 0);
    equal("PKRU in ring 3", "value", trap_rax, 0x30);
    equal("PKRU in ring 3", "edx", trap_rdx, 0);
    test_key_rights();
    test_key_state();
    write_cr4(cr4);
}

/* ---- rights of the other levels ----------------------------------------------------------- */

static void test_levels(void)
{
    static const Row rows[] = {
        { "level absent", PG_P, { 0, 2, 0x10, 4, 6, 0x14 } },
        { "level read-only", PG_W, { OK, 3, OK, OK, 7, OK } },
        { "level supervisor", PG_U, { OK, OK, OK, 5, 7, 0x15 } },
        { "level NX", PG_NX, { OK, OK, 0x11, OK, OK, 0x15 } },
        { "level reserved", 1ull << 44, { 9, 0xb, 0x19, 0xd, 0xf, 0x1d } },
    };
    uint64_t *levels[] = { &window_table[1][0], &window_table[2][0],
                           &boot_pml4[2] };

    set_window(phys(0) | PG_P | PG_W | PG_U);
    for (unsigned l = 0; l < 3; l++) {
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            *levels[l] ^= rows[i].entry;
            invlpg(WINDOW);
            six(rows[i].name, rows[i].expect);
            *levels[l] ^= rows[i].entry;
            invlpg(WINDOW);
        }
    }
    boot_pml4[2] |= PG_PS;
    invlpg(WINDOW);
    six("PS in a PML4E", rows[4].expect);
    boot_pml4[2] &= ~(uint64_t)PG_PS;
    invlpg(WINDOW);
}

void test_paging(void)
{
    open_window();
    test_rights();
    test_smep_smap();
    test_implicit();
    test_keys();
    test_levels();
}
