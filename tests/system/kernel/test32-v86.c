/* SPDX-License-Identifier: MIT */
/* Virtual-8086 and real mode.  Source: SDM vol. 3 ch. 21. */
#include "test32.h"

static void v86_code(const char *bytes, unsigned n)
{
    memcpy((void *)0x80000, bytes, n);
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
}
