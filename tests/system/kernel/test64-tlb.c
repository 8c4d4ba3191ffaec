/* SPDX-License-Identifier: MIT */
/*
 * Accessed and dirty bits, large pages, accesses that cross pages, what
 * invalidates translations, PCID, code by way of an alias, five levels.
 * Source: Intel SDM vol. 3 ch. 4.8 to 4.10.
 */
#include "test64-paging.h"

static uint64_t *const levels[] = {
    &window_table[0][0], &window_table[1][0], &window_table[2][0],
    &boot_pml4[2],
};

/* ---- accessed and dirty --------------------------------------------------------------- */

CASE(a_read, "movabs $0x10000000000, %rdi", "mov (%rdi), %al")
CASE(a_write, "movabs $0x10000000000, %rdi", "mov %al, 8(%rdi)")
CASE(a_fetch, "movabs $0x10000000000, %rdi", "call *%rdi")
CASE(a_locked, "movabs $0x10000000000, %rdi; mov $1, %eax; mov 8(%rdi), %cl;"
     "dec %cl", "lock cmpxchg %cl, 8(%rdi)")
USER_CASE(a_user, "movabs $0x10000000000, %rdi", "mov %al, 8(%rdi)")

static void clean(unsigned leaf)
{
    for (unsigned l = leaf; l < 4; l++) {
        *levels[l] &= ~(PG_A | PG_D);
    }
    invlpg(WINDOW);
}

/* A at the leaf and every level above; D at the leaf alone. */
static void marked(const char *name, unsigned leaf, bool dirty)
{
    equal(name, "leaf", *levels[leaf] & (PG_A | PG_D),
          PG_A | (dirty ? PG_D : 0));
    for (unsigned l = leaf + 1; l < 4; l++) {
        equal(name, "level above", *levels[l] & (PG_A | PG_D), PG_A);
    }
}

static void test_marks(unsigned leaf)
{
    clean(leaf);
    fine("read marks", a_read);
    marked("read marks", leaf, false);
    fine("write marks", a_write);
    marked("write behind a read marks", leaf, true);
    clean(leaf);
    fine("fetch marks", a_fetch);
    marked("fetch marks", leaf, false);
    clean(leaf);
    fine("write marks", a_write);
    marked("write marks", leaf, true);
    clean(leaf);
    fine("lock cmpxchg marks", a_locked);   /* it writes, equal or not */
    marked("lock cmpxchg marks", leaf, true);
    /* What is refused marks nothing dirty. */
    clean(leaf);
    *levels[leaf] &= ~PG_W;
    invlpg(WINDOW);
    user_traps("refused write", a_user, 14, 7);
    equal("refused write", "D", *levels[leaf] & PG_D, 0);
    *levels[leaf] |= PG_W;
    invlpg(WINDOW);
}

/* ---- large pages ------------------------------------------------------------------------ */

enum { SCRATCH_PHYS = 48 << 20 };       /* nobody's, at 2 MiB */

static void test_large(void)
{
    volatile uint64_t *at = (uint64_t *)(uint64_t)(SCRATCH_PHYS + 0x12340);
    uint64_t pd = window_table[1][0], pdpt = window_table[2][0];
    bool giant = has_cpuid(0x80000001, 3, 26);

    *at = 0x1122334455667788;
    *(uint8_t *)(uint64_t)SCRATCH_PHYS = 0xc3;
    window_table[1][0] = SCRATCH_PHYS | PG_P | PG_W | PG_U | PG_PS;
    invlpg(WINDOW);
    equal("2 MiB page", "value", *(uint64_t *)(WINDOW + 0x12340), *at);
    test_marks(1);
    window_table[1][0] |= 1 << 13;
    invlpg(WINDOW);
    traps("2 MiB page, reserved bit", a_read, 14, 9);
    /* PAT's bit is not reserved. */
    window_table[1][0] ^= 1 << 13 | 1 << 12;
    invlpg(WINDOW);
    fine("2 MiB page, PAT", a_read);
    window_table[1][0] = pd;
    window_table[2][0] = PG_P | PG_W | PG_U | PG_PS;
    invlpg(WINDOW);
    if (giant) {
        equal("1 GiB page", "value",
              *(uint64_t *)(WINDOW + SCRATCH_PHYS + 0x12340), *at);
        *(uint8_t *)0 = 0xc3;
        test_marks(2);
        window_table[2][0] |= 1 << 29;
        invlpg(WINDOW);
        traps("1 GiB page, reserved bit", a_read, 14, 9);
    } else {
        traps("1 GiB page where there are none", a_read, 14, 9);
    }
    window_table[2][0] = pdpt;
    invlpg(WINDOW);
}

/* ---- accesses across pages ---------------------------------------------------------------- */

CASE(x_read, "movabs $0x10000000ffc, %rdi", "mov (%rdi), %rax")
CASE(x_write, "movabs $0x10000000ffc, %rdi; mov $-1, %rax", "mov %rax, (%rdi)")
CASE(x_call, "movabs $0x10000000ffd, %rdi", "call *%rdi")
CASE(x_top, "movabs $0x7ffffffffffc, %rdi", "mov (%rdi), %rax")
CASE(x_top_ok, "movabs $0x7ffffffffff8, %rdi", "mov (%rdi), %rax")
CASE(x_top_run, "movabs $0x7fffffffffff, %rdi", "jmp *%rdi")

static void second(uint64_t entry)
{
    window_table[0][1] = entry;
    invlpg(WINDOW + 4096);
}

static void across(const char *name, void (*fn)(void), unsigned error,
                   const void *ip)
{
    traps(name, fn, 14, error);
    equal(name, "cr2", trap_cr2, (uint64_t)WINDOW + 4096);
    equal(name, "rip", trap_ip, (uint64_t)ip);
}

static void test_across(void)
{
    uint32_t *last = (uint32_t *)(pages[0] + 4092);

    *last = 0x11223344;
    second(0);
    across("read across", x_read, 0, x_read_at);
    across("write across", x_write, 2, x_write_at);
    equal("write across", "first page", *last, 0x11223344);
    second(phys(1) | PG_P);
    across("write across to read-only", x_write, 3, x_write_at);
    equal("write across to read-only", "first page", *last, 0x11223344);
    *(uint32_t *)pages[1] = 0x55667788;
    fine("read across", x_read);
    equal("read across", "value", *(volatile uint64_t *)(WINDOW + 4092),
          0x5566778811223344);
    second(phys(1) | PG_P | PG_W);
    fine("write across", x_write);
    equal("write across", "first page", *last, 0xffffffff);
    equal("write across", "second page", *(uint32_t *)pages[1], 0xffffffff);
    /* An instruction: mov $0x04030201, %eax across; ret */
    memcpy(pages[0] + 4093, "\xb8\x01\x02", 3);
    memcpy(pages[1], "\x03\x04\xc3", 3);
    second(0);
    across("fetch across", x_call, 0x10, WINDOW + 4093);
    second(phys(1) | PG_P | PG_NX);
    across("fetch across to NX", x_call, 0x11, WINDOW + 4093);
    second(phys(1) | PG_P);
    fine("fetch across", x_call);
    equal("fetch across", "value", ((int (*)(void))(WINDOW + 4093))(),
          0x04030201);
    memset(pages, 0xc3, sizeof(pages));
}

/* The last page of the lower half. */
static void test_top(void)
{
    boot_pml4[255] = boot_pml4[2];
    window_table[2][511] = window_table[2][0];
    window_table[1][511] = window_table[1][0];
    window_table[0][511] = phys(2) | PG_P | PG_W;
    fine("up to the last canonical byte", x_top_ok);
    FAULTS("beyond the last canonical byte", x_top, 13, 0);
    pages[2][4095] = 0x90;
    traps("running off the lower half", x_top_run, 13, 0);
    equal("running off the lower half", "rip", trap_ip, NON_CANONICAL);
    boot_pml4[255] = 0;
    write_cr3(read_cr3());
}

/* ---- what invalidates --------------------------------------------------------------------- */

static uint8_t read_window(void)
{
    return *(volatile uint8_t *)(WINDOW + 16);
}

static void test_invalidation(void)
{
    static uint64_t other_table[512] __attribute__((aligned(4096)));
    uint64_t rw = PG_P | PG_W | PG_U, pd = window_table[1][0];
    unsigned long cr4 = read_cr4();

    for (unsigned i = 0; i < 4; i++) {
        pages[i][16] = i;
    }
    for (unsigned i = 0; i < 4; i++) {
        set_window(phys(i) | rw);
        equal("invlpg", "page", read_window(), i);
    }
    /* Reloading CR3 */
    window_table[0][0] = phys(1) | rw;
    write_cr3(read_cr3());
    equal("mov to CR3", "page", read_window(), 1);
    /* Entries that were not present are not kept. */
    set_window(0);
    traps("absent", a_read, 14, 0);
    window_table[0][0] = phys(2) | rw;
    equal("present without invlpg", "page", read_window(), 2);
    /* A page fault drops what caused it. */
    set_window(phys(2) | PG_P | PG_U);
    equal("read-only", "page", read_window(), 2);
    traps("read-only", a_write, 14, 3);
    window_table[0][0] |= PG_W;
    fine("writable without invlpg", a_write);
    /* Higher levels, also by INVLPG */
    other_table[0] = phys(3) | rw;
    window_table[1][0] = (uint64_t)other_table | rw;
    invlpg(WINDOW);
    equal("invlpg, page directory", "page", read_window(), 3);
    window_table[1][0] = pd;
    invlpg(WINDOW);
    equal("invlpg, page directory", "page again", read_window(), 2);
    /* Global pages: by INVLPG, and by changing CR4.PGE */
    write_cr4(cr4 | CR4_PGE);
    set_window(phys(0) | rw | PG_G);
    equal("global", "page", read_window(), 0);
    set_window(phys(1) | rw | PG_G);
    equal("global, invlpg", "page", read_window(), 1);
    window_table[0][0] = phys(2) | rw | PG_G;
    write_cr4(cr4);
    equal("global, PGE off", "page", read_window(), 2);
    write_cr4(cr4 | CR4_PGE);
    equal("global, PGE on", "page", read_window(), 2);
    window_table[0][0] = phys(3) | rw | PG_G;
    write_cr4(cr4);
    equal("global, PGE off again", "page", read_window(), 3);
    invlpg((void *)NON_CANONICAL);          /* does nothing */
    set_window(phys(0) | rw);
}

/* ---- PCID ------------------------------------------------------------------------------------ */

static uint64_t pml4_b[512] __attribute__((aligned(4096)));
static uint64_t window_b[3][512] __attribute__((aligned(4096)));
uint64_t invpcid_desc[2];
CASE(f_pcide, "mov %cr4, %rax; bts $17, %rax", "mov %rax, %cr4")
#define INVPCID(type) "mov $" #type ", %eax", "invpcid invpcid_desc, %rax"
CASE(f_invpcid4, INVPCID(4))
CASE(f_invpcid0, INVPCID(0))
CASE(f_invpcid1, INVPCID(1))
CASE(f_invpcid2, INVPCID(2))

static void invpcid(uint64_t type, uint64_t pcid, void *addr)
{
    uint64_t d[2] = { pcid, (uint64_t)addr };

    __asm__ volatile("invpcid %1, %0" : : "r"(type), "m"(d) : "memory");
}

static void bad_invpcid(const char *name, void (*fn)(void), const char *at,
                        uint64_t lo, uint64_t hi)
{
    invpcid_desc[0] = lo;
    invpcid_desc[1] = hi;
    trap_is(name, fn, 13, 0, at, true);
}

static void test_invpcid_faults(void)
{
    bad_invpcid("INVPCID, type 4", f_invpcid4, f_invpcid4_at, 0, 0);
    bad_invpcid("INVPCID, reserved", f_invpcid0, f_invpcid0_at, 1 << 12, 0);
    bad_invpcid("INVPCID, reserved, 2", f_invpcid2, f_invpcid2_at, 1 << 12, 0);
    bad_invpcid("INVPCID, not canonical", f_invpcid0, f_invpcid0_at, 0,
                NON_CANONICAL);
    bad_invpcid("INVPCID, PCID without PCIDE", f_invpcid0, f_invpcid0_at, 1,
                0);
    bad_invpcid("INVPCID, PCID without PCIDE, 1", f_invpcid1, f_invpcid1_at,
                1, 0);
}

/* PCID 1 has the window at page 0, PCID 2 at page 1; what is changed in the
 * other's tables is seen behind the INVPCID of each type that says so. */
static void test_contexts(uint64_t a, uint64_t b)
{
    const uint64_t keep = 1ull << 63, rw = PG_P | PG_W | PG_U;

    write_cr3(a | keep);
    equal("CR3", "bit 63 reads", read_cr3(), a);
    equal("PCID 1", "page", read_window(), 0);
    write_cr3(b | keep);
    equal("PCID 2", "page", read_window(), 1);
    for (unsigned type = 0; type < 4; type++) {
        window_table[0][0] = phys(type & 1 ? 2 : 3) | rw;
        invpcid(type, 1, WINDOW);
        write_cr3(a | keep);
        equal("INVPCID", "page", read_window(), type & 1 ? 2 : 3);
        write_cr3(b | keep);
        equal("PCID 2 again", "page", read_window(), 1);
    }
    window_table[0][0] = phys(0) | rw;
    write_cr3(a);
    equal("CR3 without bit 63", "page", read_window(), 0);
}

static void test_pcid(void)
{
    uint64_t cr3 = read_cr3(), rw = PG_P | PG_W | PG_U;

    test_invpcid_faults();
    write_cr3(cr3 | 0x18);
    FAULTS("PCIDE with CR3's low bits", f_pcide, 13, 0);
    write_cr3(cr3);
    write_cr4(read_cr4() | CR4_PCIDE);
    pml4_b[0] = boot_pml4[0];
    pml4_b[2] = (uint64_t)window_b[2] | rw;
    window_b[2][0] = (uint64_t)window_b[1] | rw;
    window_b[1][0] = (uint64_t)window_b[0] | rw;
    window_b[0][0] = phys(1) | rw;
    test_contexts(cr3 | 1, (uint64_t)pml4_b | 2);
    write_cr3(cr3);
    write_cr4(read_cr4() & ~(unsigned long)CR4_PCIDE);
}

/* ---- code by way of an alias ------------------------------------------------------------------- */

/* mov $n, %eax; ret */
static void put_code(uint8_t *at, uint32_t n)
{
    at[0] = 0xb8;
    memcpy(at + 1, &n, 4);
    at[5] = 0xc3;
}

static void test_alias(void)
{
    int (*fn)(void) = (int (*)(void))WINDOW;

    set_window(phys(0) | PG_P | PG_U);
    for (unsigned i = 0; i < 50; i++) {
        put_code(pages[0], i);              /* the kernel's own mapping */
        equal("code by an alias", "value", fn(), i);
    }
    for (unsigned i = 0; i < 20; i++) {
        put_code(pages[i & 1], 100 + i);
        set_window(phys(i & 1) | PG_P);
        equal("code mapped anew", "value", fn(), 100 + i);
    }
    /* In ring 3's mapping and the supervisor's at once */
    for (unsigned i = 0; i < 10; i++) {
        set_window(phys(2) | PG_P | PG_W | PG_U);
        put_code(WINDOW, 200 + i);
        equal("code written where it runs", "value", fn(), 200 + i);
        put_code(pages[2], 300 + i);
        equal("code written elsewhere", "value", fn(), 300 + i);
    }
}

void test_tlb(void)
{
    open_window();
    test_marks(0);
    test_large();
    test_across();
    test_top();
    test_invalidation();
    if (has_cpuid(1, 2, 17)) {
        test_pcid();
    }
    test_alias();
}
