/* SPDX-License-Identifier: MIT */
/*
 * The byte order of a siginfo.  Which member of its union counts is told by
 * the signal and its code, as copy_siginfo_to_user32() of the kernel has it
 * for its own purpose (signal(7), sigaction(2)).
 */
#include "util/osdep.h"
#include "syscall/order.h"

/* Fields behind si_signo, si_errno, si_code and the gap. */
static const char *union_fields(int sig, int code)
{
    switch (code) {
    case SI_USER:
    case SI_TKILL:
    case SI_QUEUE:
    case SI_MESGQ:
    case SI_ASYNCIO:
        return "2iq";               /* pid, uid, value */
    case SI_TIMER:
        return "2iqi";              /* timer, overrun, value */
    case SI_SIGIO:
        return "qi";
    }
    switch (sig) {
    case SIGCHLD:
        return "4i2q";              /* pid, uid, status; times */
    case SIGPOLL:
        return "qi";                /* band, fd */
    case SIGSYS:
        return "q2i";               /* address, number, architecture */
    case SIGSEGV:
        return "qqqq";              /* address; bounds */
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGTRAP:
        return "qq";
    default:
        return "2iq";
    }
}

static void swap_info(uint8_t g[128], int sig, int code)
{
    swap_bytes(g, "4i");
    swap_bytes(g + 16, union_fields(sig, code));
}

void siginfo_to_guest(const siginfo_t *info, uint8_t guest[128])
{
    memcpy(guest, info, 128);
    if (HOST_BIG_ENDIAN) {
        swap_info(guest, info->si_signo, info->si_code);
    }
}

void siginfo_from_guest(const uint8_t guest[128], siginfo_t *info)
{
    int32_t sig, code;

    memcpy(info, guest, 128);
    if (HOST_BIG_ENDIAN) {
        memcpy(&sig, guest, 4);
        memcpy(&code, guest + 8, 4);
        swap_info((uint8_t *)info, le32(sig), le32(code));
    }
}
