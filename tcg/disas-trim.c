/* SPDX-License-Identifier: MIT */
/*
 * Keeps Capstone's other architectures out of a static link: cs.o refers to
 * two functions of each, and a definition here means that the archive's
 * member, with megabytes of tables to be relocated at every start, is not
 * pulled in.  Guest (x86) and host remain.
 */
#include "util/osdep.h"

/* CS_ERR_ARCH: "unsupported architecture". */
#define ABSENT(arch)                                    \
    int arch##_global_init(void *ud);                   \
    int arch##_global_init(void *ud)                    \
    {                                                   \
        return 2;                                       \
    }                                                   \
    int arch##_option(void *h, int type, size_t value); \
    int arch##_option(void *h, int type, size_t value)  \
    {                                                   \
        return 2;                                       \
    }

ABSENT(ARM)
#ifndef HOST_AARCH64
ABSENT(AArch64)
#endif
ABSENT(M68K)
ABSENT(Mips)
#ifndef HOST_PPC64
ABSENT(PPC)
#endif
ABSENT(Sparc)
#ifndef HOST_S390X
ABSENT(SystemZ)
#endif
ABSENT(XCore)
ABSENT(TMS320C64x)
ABSENT(M680X)
ABSENT(EVM)
