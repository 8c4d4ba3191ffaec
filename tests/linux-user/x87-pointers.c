/* SPDX-License-Identifier: MIT */
/*
 * x87 instruction and data pointers and opcode, as FNSTENV and FNSAVE show
 * them, and FXSAVE and the frame of SIGFPE while an exception is pending.
 * timeout: 30
 * cflags: -O1 -no-pie -fno-pic
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static uint8_t img[512] __attribute__((aligned(64))), env[28];
static double d[4] = { 2.5, 0 };
static short cw;
extern char l1[], l9[];

static unsigned rel(uint32_t v, const void *base)
{
    return v - (uint32_t)(uintptr_t)base < 0x400 ? v - (uint32_t)(uintptr_t)base
                                                 : v;
}

static void show(const char *name, const uint8_t *e)
{
    uint32_t w[7];

    memcpy(w, e, 28);
    printf("%s: ip %x cs %x op %x dp %x ds %x\n", name, rel(w[3], l1),
           w[4] & 0xffff, w[4] >> 16, rel(w[5], d), w[6]);
}

static void on_fpe(int sig, siginfo_t *si, void *ctx)
{
    struct _libc_fpstate *fp = ((ucontext_t *)ctx)->uc_mcontext.fpregs;
    uint64_t ip, dp;
    uint16_t op;

    memcpy(&op, (char *)fp + 6, 2);
    memcpy(&ip, (char *)fp + 8, 8);
    memcpy(&dp, (char *)fp + 16, 8);
    printf("signal %d code %d at %x: op %x ip %x dp %x\n", sig, si->si_code,
           rel((uintptr_t)si->si_addr, l9), op, rel(ip, l9), rel(dp, d));
    memset(fp, 0, 2);
    *(uint16_t *)fp = 0x37f;
    *((uint16_t *)fp + 1) = 0;
}

/* AMD's processors lose the pointers when the kernel switches to another
 * program, unless an exception is pending: then it is done again. */
#define T(name, text) \
    for (int i = 0; i < 100; i++) { \
        asm volatile("fninit\n\tfld1\n\tfld1\n\tfldl (%3)\n\t" text \
                     "\n\tfnstenv %1" : "=m"(cw), "=m"(env), "+m"(d) \
                     : "r"(d) : "memory"); \
        if (memcmp(env + 12, "\0\0\0\0", 4)) { \
            break; \
        } \
    } \
    show(name, env)

int main(void)
{
    uint16_t small[7], was;
    uint64_t ip, dp;
    double *dpp = d;

    signal(SIGFPE, SIG_DFL);
    struct sigaction sa = { .sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO };
    sigaction(SIGFPE, &sa, NULL);
    asm volatile("fninit\n\t" "fnstenv %0" : "=m"(env));
    show("fninit", env);
    asm volatile("l1:");
    T("fld m", "fldl %2");
    T("fadd st", "fadd %%st(0)");
    T("fld (r)", "fldl (%3)");
    T("fld 8(r)", "fldl 8(%3)");
    T("fnstcw, fnop", "fnstcw %0\n\tfnop");
    T("fldcw", "fnstcw %0\n\tfldcw %0");
    T("fwait", "fld1\n\tfwait");
    T("fnclex", "fmul %%st(1)\n\tfnclex");
    T("fincstp, ffree", "fincstp\n\tffree %%st(3)");
    T("mmx", "movq %%mm0, %%mm1\n\tpaddd %%mm0, %%mm1\n\temms");
    T("fst m", "fninit\n\tfld1\n\tfstl 16(%3)");
    T("fistp m", "fld1\n\tfistps 24(%3)");
    T("fcomi", "fldz\n\tfcomi %%st(1)");
    T("fcmov", "fcmove %%st(1), %%st");
    T("fxch", "fxch");
    T("ftst", "ftst");
    do {
        asm volatile("fldl (%1)\n\tfnsave %0" : "=m"(img) : "r"(d));
    } while (!memcmp(img + 12, "\0\0\0\0", 4));
    show("fnsave", img);
    /* the 14-byte format */
    do {
        asm volatile("fninit\n\tfld1\n\tfaddl 8(%1)\n\tdata16 fnstenv %0\n\t"
                     "data16 fldenv %0\n\tfnstenv %2"
                     : "=m"(small), "+r"(dpp), "=m"(env));
    } while (!small[3]);
    for (int i = 0; i < 7; i++) {
        printf(" %x", i == 3 ? (uint16_t)(small[3] - (uintptr_t)l1) :
               i == 5 ? (uint16_t)(small[5] - (uintptr_t)d) : small[i]);
    }
    printf("\n");
    /* pending: FXSAVE has them */
    cw = 0x37b;
    asm volatile("fninit\n\tfldcw %1\n\tfld1\n\tfdivl 8(%2)\n\t"
                 "fxsave64 %0\n\tfnclex"
                 : "=m"(img) : "m"(cw), "r"(d));
    memcpy(&was, img + 6, 2);
    memcpy(&ip, img + 8, 8);
    memcpy(&dp, img + 16, 8);
    printf("pending: op %x ip %x dp %x\n", was, rel(ip, l1), rel(dp, d));
    asm volatile("l9: fninit\n\tfldcw %0\n\tfld1\n\tfdivl 8(%1)\n\tnop\n\t"
                 "fwait\n\tfninit" : : "m"(cw), "r"(d));
    return 0;
}
