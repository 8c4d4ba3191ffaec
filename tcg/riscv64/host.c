/* SPDX-License-Identifier: MIT */
/*
 * What the host can do beyond RV64GC, as riscv_hwprobe reports it.
 * QEMU_RISCV_EXT=zba,v... says it instead, for tests.
 * Source: Linux, Documentation/arch/riscv/hwprobe.rst.
 */
#include "util/osdep.h"

#include <sys/syscall.h>

#include "tcg/riscv64/rv-int.h"

RVHost rv_host;

#ifndef __NR_riscv_hwprobe
#define __NR_riscv_hwprobe 258
#endif

enum {
    KEY_IMA_EXT_0 = 4,
    EXT_V = 2, EXT_ZBA = 3, EXT_ZBB = 4, EXT_ZBS = 5, EXT_ZTSO = 33,
    EXT_ZACAS = 34, EXT_ZICOND = 35,
};

/* Is name in the comma-separated list? */
static bool listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    while (list && *list) {
        if (!strncmp(list, name, n) && (list[n] == ',' || !list[n])) {
            return true;
        }
        list = strchr(list, ',');
        list = list ? list + 1 : NULL;
    }
    return false;
}

static unsigned vector_bytes(void)
{
    unsigned long n;

    __asm__ volatile(".4byte 0xc2202573\n\tmv %0, a0"   /* csrr a0, vlenb */
                     : "=r"(n) : : "a0");
    return n;
}

void rv_host_detect(void)
{
    struct { int64_t key; uint64_t value; } pair = { .key = KEY_IMA_EXT_0 };
    const char *forced = getenv("QEMU_RISCV_EXT");
    uint64_t have = 0;

    if (!syscall(__NR_riscv_hwprobe, &pair, 1, 0, NULL, 0) &&
        pair.key == KEY_IMA_EXT_0) {
        have = pair.value;
    }
#define HAVE(f, bit) \
    rv_host.f = forced ? listed(forced, #f) : have >> (bit) & 1
    HAVE(zba, EXT_ZBA);
    HAVE(zbb, EXT_ZBB);
    HAVE(zbs, EXT_ZBS);
    HAVE(ztso, EXT_ZTSO);
    HAVE(zacas, EXT_ZACAS);
    HAVE(zicond, EXT_ZICOND);
    HAVE(v, EXT_V);
#undef HAVE
    if (rv_host.v && !forced && vector_bytes() < 16) {
        rv_host.v = false;
    }
}
