/* SPDX-License-Identifier: MIT */
/* 32-bit and PAE paging; code that changes.  Source: SDM vol. 3 ch. 4. */
#include "test32.h"

static uint32_t page_dir[1024] __attribute__((aligned(4096)));
static uint32_t page_table[1024] __attribute__((aligned(4096)));
static uint64_t pae_dir[4][512] __attribute__((aligned(4096)));
static uint64_t pae_table[512] __attribute__((aligned(4096)));
static uint64_t pae_root[4] __attribute__((aligned(32)));
static uint8_t pages[4][4096] __attribute__((aligned(4096)));

/* The window at 1 GiB is mapped by hand. */
#define WINDOW ((volatile uint32_t *)0x40000000)
static uint32_t window_value;

static void f_read(void) { window_value = *WINDOW; }
static void f_write(void) { *WINDOW = 0x55; }
static void f_read_far(void)
{
    window_value = *(volatile uint32_t *)0x40000ffe;
}
static void f_call(void)
{
    ((void (*)(void))(uintptr_t)WINDOW)();
}
static void f_read_large(void)
{
    window_value = *(volatile uint32_t *)0x40400000;
}
USER(u_read, "mov 0x40000000, %eax")
USER(u_write, "mov %eax, 0x40000000")
USER(u_read_kernel, "mov 0x100000, %eax")
USER(u_rmw, "lock addl $1, 0x40000000")

static void window(uint32_t entry)
{
    page_table[0] = entry;
    invlpg((void *)WINDOW);
}

void test_paging32(void)
{
    uint32_t p = (uint32_t)pages[0];

    for (unsigned i = 0; i < 16; i++) {
        page_dir[i] = i << 22 | 0x83 | 4;       /* 4 MiB pages, user too */
    }
    page_dir[256] = (uint32_t)page_table | 7;
    write_cr4(read_cr4() | 0x10);
    write_cr3((uint32_t)page_dir);
    write_cr0(read_cr0() | 1u << 31);
    equal("paging", "still here", *(volatile uint32_t *)pages[0], 0);
    window(0);
    traps("absent, read", f_read, 14, 0);
    equal("absent", "cr2", trap_cr2, 0x40000000);
    traps("absent, write", f_write, 14, 2);
    user_traps("absent, user read", u_read, 14, 4);
    user_traps("absent, user write", u_write, 14, 6);
    user_traps("absent, user lock add", u_rmw, 14, 6);
    window(p | 1);
    fine("supervisor read", f_read);
    equal("accessed", "A, D", page_table[0] >> 5 & 3, 1);
    fine("write to read-only, WP clear", f_write);
    equal("dirty", "A, D", page_table[0] >> 5 & 3, 3);
    equal("write", "arrived", *(volatile uint32_t *)pages[0], 0x55);
    user_traps("user read of supervisor page", u_read, 14, 5);
    user_traps("user write of supervisor page", u_write, 14, 7);
    write_cr0(read_cr0() | 1 << 16);
    traps("write to read-only, WP set", f_write, 14, 3);
    window(p | 5);
    user_traps("user read of user page", u_read, 0x80, 0);
    equal("user read", "D", page_table[0] >> 6 & 1, 0);
    user_traps("user write of read-only page", u_write, 14, 7);
    window(p | 7);
    user_traps("user write", u_write, 0x80, 0);
    equal("user write", "D", page_table[0] >> 6 & 1, 1);
    page_dir[256] &= ~4u;
    write_cr3(read_cr3());
    user_traps("supervisor table", u_read, 14, 5);
    page_dir[256] |= 4;
    write_cr3(read_cr3());
    page_table[1] = 0;
    window(p | 7);
    traps("across to an absent page", f_read_far, 14, 0);
    equal("across", "cr2", trap_cr2, 0x40001000);
    page_table[1] = (uint32_t)pages[1] | 7;
    *(uint16_t *)(pages[0] + 4094) = 0x1122;
    *(uint16_t *)pages[1] = 0x3344;
    fine("across two pages", f_read_far);
    equal("across two pages", "value", window_value, 0x33441122);
    page_dir[257] = 0x00800083 | 1 << 21;
    traps("reserved bit of a large page", f_read_large, 14, 9);
    /* A page that is taken away is seen after INVLPG. */
    window(p | 7);
    *(uint32_t *)pages[0] = 1;
    *(uint32_t *)pages[2] = 2;
    f_read();
    window((uint32_t)pages[2] | 7);
    f_read();
    equal("invlpg", "value", window_value, 2);
    /* Global pages outlive CR3. */
    write_cr4(read_cr4() | 0x80);
    window(p | 0x107);
    f_read();
    window((uint32_t)pages[2] | 7);
    f_read();
    equal("invlpg of a global page", "value", window_value, 2);
    write_cr4(read_cr4() & ~0x80ul);
}

/* Code at the window: mov $n, %eax; mov %eax, window_value; ret */
static void put_code(uint8_t *at, uint32_t n)
{
    uint32_t to = (uint32_t)&window_value;

    at[0] = 0xb8;
    memcpy(at + 1, &n, 4);
    at[5] = 0xa3;
    memcpy(at + 6, &to, 4);
    at[10] = 0xc3;
}

void test_code(void)
{
    uint8_t *w = (uint8_t *)WINDOW;

    for (unsigned i = 0; i < 2; i++) {
        put_code(pages[0], 100 + i);
        put_code(pages[2], 200 + i);
        window((uint32_t)pages[0] | 7);
        f_call();
        equal("code in page 0", "value", window_value, 100 + i);
        window((uint32_t)pages[2] | 7);
        f_call();
        equal("code in page 2", "value", window_value, 200 + i);
    }
    for (unsigned i = 0; i < 200; i++) {
        put_code(w, i);
        f_call();
        equal("code written anew", "value", window_value, i);
    }
    /* Across pages, the second one changing. */
    window((uint32_t)pages[0] | 7);
    page_table[1] = (uint32_t)pages[1] | 7;
    invlpg(w + 4096);
    put_code(w + 4093, 0x01020304);
    ((void (*)(void))(w + 4093))();
    equal("code across pages", "value", window_value, 0x01020304);
    memcpy(pages[3], pages[1], 4096);
    pages[3][0] = 0x77;
    page_table[1] = (uint32_t)pages[3] | 7;
    invlpg(w + 4096);
    ((void (*)(void))(w + 4093))();
    equal("second page changed", "value", window_value, 0x01770304);
    /* An instruction that changes the next one. */
    memcpy(w, "\xc6\x05\x08\x00\x00\x40\x22\xb0\x11\x0f\xb6\xc0\xa3", 13);
    {
        uint32_t to = (uint32_t)&window_value;

        memcpy(w + 13, &to, 4);
        w[17] = 0xc3;
    }
    f_call();
    equal("changes the next instruction", "value", window_value, 0x22);
}

static void pae_window(uint64_t entry)
{
    pae_table[0] = entry;
    invlpg((void *)WINDOW);
}

void test_pae(void)
{
    uint32_t r[4];

    write_cr0(read_cr0() & ~(1ul << 31));
    for (unsigned i = 0; i < 4; i++) {
        pae_root[i] = (uint32_t)pae_dir[i] | 1;
    }
    for (unsigned i = 0; i < 32; i++) {
        pae_dir[0][i] = (uint64_t)i << 21 | 0x87;
    }
    pae_dir[1][0] = (uint32_t)pae_table | 7;
    write_cr4(read_cr4() | 0x20);
    write_cr3((uint32_t)pae_root);
    cpuid(0x80000001, 0, r);
    wrmsr(0xc0000080, rdmsr(0xc0000080) | 1 << 11);     /* NXE */
    write_cr0(read_cr0() | 1u << 31);
    pae_window(0);
    traps("PAE: absent", f_read, 14, 0);
    traps("PAE: absent, fetch", f_call, 14, 0x10);
    pae_window((uint32_t)pages[0] | 7 | 1ull << 63);
    put_code(pages[0], 5);
    fine("PAE: read of NX", f_read);
    traps("PAE: fetch of NX", f_call, 14, 0x11);
    user_traps("PAE: user write of NX", u_write, 0x80, 0);
    pae_window((uint32_t)pages[0] | 7 | 1ull << 60);
    traps("PAE: reserved bit", f_read, 14, 9);
    pae_window((uint32_t)pages[0] | 7);
    put_code(pages[0], 6);
    fine("PAE: fetch", f_call);
    equal("PAE: fetch", "value", window_value, 6);
    wrmsr(0xc0000080, rdmsr(0xc0000080) & ~(1ull << 11));
    pae_window((uint32_t)pages[0] | 7 | 1ull << 63);
    traps("PAE: NX without NXE", f_read, 14, 9);
    write_cr0(read_cr0() & ~(1ul << 31));
    write_cr4(read_cr4() & ~0x20ul);
}
