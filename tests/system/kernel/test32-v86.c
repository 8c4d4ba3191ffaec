/* SPDX-License-Identifier: MIT */
/* Virtual-8086 and real mode.  Source: SDM vol. 3 ch. 21. */
#include "test32.h"

static void v86_code(const char *bytes, unsigned n)
{
    memcpy((void *)0x80000, bytes, n);
}

/* What 32-bit addresses and code find at the end of 64 KiB. */
static void test_v86_limits(void)
{
    /* mov ebx, 0xffff; mov al, [ebx]; int3 */
    v86_code("\x66\xbb\xff\xff\x00\x00\x67\x8a\x03\xcc", 10);
    traps("last byte of a segment", enter_v86, 3, 0);
    v86_code("\x66\xbb\xff\xff\x00\x00\x67\x8b\x03\xcc", 10);
    traps("word across a segment's end", enter_v86, 13, 0);
    v86_code("\x66\xbd\x00\x00\x01\x00\x67\x8a\x45\x00\xcc", 11);
    traps("beyond the stack segment", enter_v86, 12, 0);
    /* mov edi, 0x10000; mov ecx, 1; rep stosb by edi */
    v86_code("\x66\xbf\x00\x00\x01\x00\x66\xb9\x01\x00\x00\x00\xf3\x67\xaa",
             15);
    traps("rep stosb beyond a segment", enter_v86, 13, 0);
    v86_code("\xe9\xfc\xff", 3);              /* jmp 0xffff */
    *(volatile uint8_t *)0x8ffff = 0x90;
    traps("code beyond a segment", enter_v86, 13, 0);
    equal("code beyond a segment", "ip", trap_ip, 0x10000);
    *(volatile uint8_t *)0x8ffff = 0xb0;
    traps("code across a segment's end", enter_v86, 13, 0);
    equal("code across a segment's end", "ip", trap_ip, 0xffff);
}

void test_v86(void)
{
    user_flags = 2;
    /* mov ax, 0x1234; mov [0x100], ax; int 0x40 */
    v86_code("\xb8\x34\x12\xa3\x00\x01\xcd\x40", 8);
    traps("int n in V86, IOPL 0", enter_v86, 13, 0);
    equal("V86", "VM", trap_flags >> 17 & 1, 1);
    equal("V86", "ip", trap_ip, 6);
    equal("V86", "ds saved", trap_more[3], 0x3333);
    equal("V86", "gs saved", trap_more[5], 0x1111);
    equal("V86", "store", *(volatile uint16_t *)0x33430, 0x1234);
    v86_code("\xfa", 1);
    traps("cli in V86, IOPL 0", enter_v86, 13, 0);
    v86_code("\x9c", 1);
    traps("pushf in V86, IOPL 0", enter_v86, 13, 0);
    v86_code("\x0f\x00\xc8", 3);
    traps("str in V86", enter_v86, 6, 0);
    v86_code("\xf4", 1);
    traps("hlt in V86", enter_v86, 13, 0);
    v86_code("\xcc", 1);
    traps("int3 in V86", enter_v86, 3, 0);
    user_flags = 0x3002;
    v86_code("\xfa\xfb\x9c\x58\xcd\x80", 6);
    traps("int n in V86, IOPL 3", enter_v86, 0x80, 0);
    test_v86_limits();
    v86_code("\xea\x10\x00\x00\x80", 5);        /* jmp 0x8000:0x10 */
    memcpy((void *)0x80010, "\x8c\xc8\xcd\x80", 4);
    traps("far jump in V86", enter_v86, 0x80, 0);
    equal("far jump in V86", "cs", trap_eax & 0xffff, 0x8000);
    user_flags = 2;
}

void test_real(void)
{
    equal("real mode", "what came back", real_mode_trip(0x12000000),
          0x12010101);
    equal("real mode", "store", *(volatile uint16_t *)0x12350, 0x5678);
    equal("big real mode", "store", unreal_value, 0x12345678);
}

/* ---- the virtual interrupt flag ------------------------------------------------ */

enum { V86_IF = 1 << 9, V86_IOPL = 3 << 12, VIF = 1 << 19, VIP = 1 << 20 };

/* The code runs with these flags and comes to its INT3; then EFLAGS are. */
static void v86_flags(const char *name, const char *code, unsigned n,
                      uint32_t before, uint32_t after)
{
    v86_code(code, n);
    user_flags = before;
    traps(name, enter_v86, 3, 0);
    equal(name, "flags", trap_flags & (VIP | VIF | V86_IOPL | V86_IF), after);
}

static void v86_faults(const char *name, const char *code, unsigned n,
                       uint32_t flags, unsigned ip)
{
    v86_code(code, n);
    user_flags = flags;
    traps(name, enter_v86, 13, 0);
    equal(name, "ip", trap_ip, ip);
    equal(name, "flags", trap_flags & VIF, flags & VIF);
}

/* INT 21h to 8000h:20h by the program's own table. */
static void test_redirection(void)
{
    volatile uint32_t *vector = (void *)(0x21 * 4);
    uint32_t old = *vector;

    *vector = 0x80000020;
    memcpy((void *)0x80020, "\x9c\x58\xcf", 3);    /* pushf; pop ax; iret */
    v86_faults("VME: int n, not redirected", "\xcd\x21\xcc", 3, 2, 0);
    tss.bits[0x21 / 8] &= ~(1 << 0x21 % 8);
    v86_flags("VME: int n", "\xcd\x21\xcc", 3, VIF | 2, VIF);
    equal("VME: int n", "flags there", trap_eax & 0xb300, V86_IOPL);
    equal("VME: int n", "sp", trap_more[0], 0xff0);
    v86_flags("VME: int n, IOPL 3", "\xcd\x21\xcc", 3,
              V86_IOPL | V86_IF | 2, V86_IOPL | V86_IF);
    equal("VME: int n, IOPL 3", "flags there", trap_eax & 0xb300, V86_IOPL);
    *vector = old;
}

USER(u_pvi_sti, "sti")
USER(u_pvi_cli, "cli")

static void test_pvi(void)
{
    write_cr4(read_cr4() | 2);
    user_flags = 2;
    user_traps("PVI: sti", u_pvi_sti, 0x80, 0);
    equal("PVI: sti", "flags", trap_flags & (VIF | V86_IF), VIF);
    user_flags = VIF | 2;
    user_traps("PVI: cli", u_pvi_cli, 0x80, 0);
    equal("PVI: cli", "flags", trap_flags & (VIF | V86_IF), 0);
    user_flags = VIP | 2;
    user_traps("PVI: sti with VIP", u_pvi_sti, 13, 0);
    write_cr4(read_cr4() & ~2ul);
    user_flags = 2;
    user_traps("no PVI: sti", u_pvi_sti, 13, 0);
}

void test_vme(void)
{
    uint32_t r[4];

    cpuid(1, 0, r);
    equal("VME", "CPUID", r[3] >> 1 & 1, 1);
    /* The bitmap of vectors lies before that of ports. */
    tss.iomap = offsetof(Tss, bits) + 32;
    write_cr4(read_cr4() | 1);
    v86_flags("VME: sti", "\xfb\xcc", 2, 2, VIF);
    v86_flags("VME: cli", "\xfa\xcc", 2, VIF | 2, 0);
    v86_flags("VME: sti, IOPL 3", "\xfb\xcc", 2, V86_IOPL | 2,
              V86_IOPL | V86_IF);
    v86_faults("VME: sti with VIP", "\xfb\xcc", 2, VIP | 2, 0);
    v86_flags("VME: pushf", "\x9c\x58\xcc", 3, VIF | 2, VIF);
    equal("VME: pushf", "pushed", trap_eax & 0xffff,
          V86_IOPL | V86_IF | 2);
    v86_faults("VME: pushfd", "\x66\x9c\xcc", 3, 2, 0);
    v86_flags("VME: popf", "\x68\x00\x02\x9d\xcc", 5, 2, VIF);
    v86_flags("VME: popf of 0", "\x68\x00\x00\x9d\xcc", 5, VIF | 2, 0);
    v86_faults("VME: popf of TF", "\x68\x00\x01\x9d", 4, 2, 3);
    equal("VME: popf of TF", "sp", trap_more[0], 0xfee);
    v86_faults("VME: popf of IF with VIP", "\x68\x00\x02\x9d", 4, VIP | 2, 3);
    v86_flags("VME: iret", "\x68\x00\x02\x68\x00\x80\x68\x0c\x00\xcf\x90\x90"
              "\xcc", 13, 2, VIF);
    v86_faults("VME: iretd", "\x66\xcf", 2, 2, 0);
    test_redirection();
    write_cr4(read_cr4() & ~1ul);
    v86_faults("no VME: sti", "\xfb\xcc", 2, 2, 0);
    test_pvi();
    memset(tss.bits, 0xff, sizeof(tss.bits));
    tss.iomap = offsetof(Tss, bits);
}
