/* SPDX-License-Identifier: MIT */
/*
 * Signal numbers: the protocol has GDB's own (include/gdb/signals.h of GDB
 * lists them), whatever the system's are.
 */
#include "util/osdep.h"
#include "gdbstub/gdbstub.h"

enum { GDB_SIG_UNKNOWN = 143, GDB_SIG_RT33 = 45, GDB_SIG_RT32 = 77,
       GDB_SIG_RT64 = 78, LINUX_NSIG = 64 };

/* GDB's number by Linux's up to 31; above them are real-time signals. */
static const uint8_t gdb_number[32] = {
    [1] = 1, [2] = 2, [3] = 3, [4] = 4, [5] = 5, [6] = 6,
    [7] = 10,   /* BUS */
    [8] = 8, [9] = 9,
    [10] = 30,  /* USR1 */
    [11] = 11,
    [12] = 31,  /* USR2 */
    [13] = 13, [14] = 14, [15] = 15,
    [16] = GDB_SIG_UNKNOWN,     /* STKFLT */
    [17] = 20,  /* CHLD */
    [18] = 19,  /* CONT */
    [19] = 17,  /* STOP */
    [20] = 18,  /* TSTP */
    [21] = 21, [22] = 22,
    [23] = 16,  /* URG */
    [24] = 24, [25] = 25, [26] = 26, [27] = 27, [28] = 28,
    [29] = 23,  /* IO */
    [30] = 32,  /* PWR */
    [31] = 12,  /* SYS */
};

int gdb_signal_from_linux(int sig)
{
    if (sig <= 0 || sig > LINUX_NSIG) {
        return 0;
    }
    return sig < 32 ? gdb_number[sig] : sig == 32 ? GDB_SIG_RT32
         : sig == LINUX_NSIG ? GDB_SIG_RT64 : GDB_SIG_RT33 + sig - 33;
}

int gdb_signal_to_linux(int sig)
{
    for (int i = 1; i <= LINUX_NSIG; i++) {
        if (gdb_signal_from_linux(i) == sig) {
            return i;
        }
    }
    return 0;
}
