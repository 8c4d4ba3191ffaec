/* SPDX-License-Identifier: MIT */
/* Limits, names, affinity and 16-bit user ids of a 32-bit guest. */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

#include <sys/utsname.h>

/* ---- limits and usage ---------------------------------------------------- */

static int64_t get_rlimit(CPUX86State *env, const uint64_t a[6], uint32_t max)
{
    uint64_t r[2];
    uint32_t v[2];
    int64_t ret = CALL(getrlimit, a[0], P(r));

    if (ret) {
        return ret;
    }
    v[0] = MIN(r[0], max);
    v[1] = MIN(r[1], max);
    return put_guest(a[1], &v);
}

int64_t sys32_ugetrlimit(CPUX86State *env, const uint64_t a[6])
{
    return get_rlimit(env, a, UINT32_MAX);
}

int64_t sys32_old_getrlimit(CPUX86State *env, const uint64_t a[6])
{
    return get_rlimit(env, a, INT32_MAX);
}

int64_t sys32_setrlimit(CPUX86State *env, const uint64_t a[6])
{
    uint64_t r[2];
    uint32_t v[2];

    if (get_guest(&v, a[1])) {
        return -EFAULT;
    }
    r[0] = v[0] == UINT32_MAX ? UINT64_MAX : v[0];
    r[1] = v[1] == UINT32_MAX ? UINT64_MAX : v[1];
    return CALL(setrlimit, a[0], P(r));
}

int64_t sys32_getrusage(CPUX86State *env, const uint64_t a[6])
{
    int64_t ru[18];
    int64_t ret = CALL(getrusage, (int)a[0], P(ru));

    return ret ? ret : put_rusage32(a[1], ru);
}

int64_t sys32_sysinfo(CPUX86State *env, const uint64_t a[6])
{
    struct {
        uint64_t uptime, loads[3], mem[6];  /* total free shared buffer
                                               totalswap freeswap */
        uint16_t procs, pad;
        uint64_t high[2];
        uint32_t unit;
    } s;
    struct {
        uint32_t uptime, loads[3], mem[6];
        uint16_t procs, pad;
        uint32_t high[2], unit;
        char fill[8];
    } o = { 0 };
    int64_t ret = CALL(sysinfo, P(&s));
    unsigned shift = 0;

    if (ret) {
        return ret;
    }
    /* Sizes that do not fit are counted in pages. */
    if ((s.mem[0] | s.mem[4]) >> 32) {
        while ((uint64_t)s.unit << shift < 4096) {
            shift++;
        }
    }
    o.uptime = s.uptime;
    for (unsigned i = 0; i < 3; i++) {
        o.loads[i] = s.loads[i];
    }
    for (unsigned i = 0; i < 6; i++) {
        o.mem[i] = s.mem[i] >> shift;
    }
    o.procs = s.procs;
    o.high[0] = s.high[0] >> shift;
    o.high[1] = s.high[1] >> shift;
    o.unit = s.unit << shift;
    return put_guest(a[0], &o);
}

/* ---- names --------------------------------------------------------------- */

static int64_t get_names(CPUX86State *env, struct utsname *u)
{
    int64_t ret = CALL(uname, P(u));

    strcpy(u->machine, "i686");
    return ret;
}

int64_t sys32_uname(CPUX86State *env, const uint64_t a[6])
{
    struct utsname u;
    int64_t ret = get_names(env, &u);

    return ret ? ret : put_guest(a[0], &u);
}

/* The older ones: five fields of 65 and of 9 bytes. */
int64_t sys32_uname_old(CPUX86State *env, const uint64_t a[6])
{
    struct utsname u;
    int64_t ret = get_names(env, &u);

    return ret ? ret : copy_to_guest(a[0], &u, 5 * 65);
}

int64_t sys32_olduname(CPUX86State *env, const uint64_t a[6])
{
    char o[5][9] = { 0 };
    struct utsname u;
    int64_t ret = get_names(env, &u);

    for (unsigned i = 0; i < 5; i++) {
        memcpy(o[i], (char *)&u + i * 65, 8);
    }
    return ret ? ret : put_guest(a[0], &o);
}

/* ---- others -------------------------------------------------------------- */

int64_t sys32_umount(CPUX86State *env, const uint64_t a[6])
{
    return CALL(umount2, a[0], 0);
}

int64_t sys32_nice(CPUX86State *env, const uint64_t a[6])
{
    int64_t old = 20 - CALL(getpriority, 0, 0);
    int64_t to = MAX(-20, MIN(19, old + (int)a[0]));
    int64_t ret = CALL(setpriority, 0, 0, to);

    return ret == -EACCES ? -EPERM : ret;
}

/* None of its operations is for 32-bit programs but the CPUID ones. */
int64_t sys32_arch_prctl(CPUX86State *env, const uint64_t a[6])
{
    return a[0] == 0x1011 || a[0] == 0x1012 ? CALL(arch_prctl, a[0], a[1])
                                            : -EINVAL;
}

/* Masks of longs: the lengths are multiples of 4 here and of 8 there. */
int64_t sys32_sched_getaffinity(CPUX86State *env, const uint64_t a[6])
{
    uint64_t mask[1024] = { 0 };
    int64_t ret;

    if (a[1] & 3) {
        return -EINVAL;
    }
    ret = CALL(sched_getaffinity, a[0], MIN(ROUND_UP(a[1], 8), sizeof(mask)),
               P(mask));
    if (ret > 0) {
        ret = MIN(ret, (int64_t)a[1]);
        if (copy_to_guest(a[2], mask, ret)) {
            return -EFAULT;
        }
    }
    return ret;
}

int64_t sys32_sched_setaffinity(CPUX86State *env, const uint64_t a[6])
{
    uint64_t mask[1024] = { 0 };

    return copy_from_guest(mask, a[2], MIN(a[1], sizeof(mask))) ? -EFAULT
           : CALL(sched_setaffinity, a[0], sizeof(mask), P(mask));
}

/* ---- 16-bit ids ---------------------------------------------------------- */

static uint64_t wide(uint64_t id)
{
    id &= 0xffff;
    return id == 0xffff ? UINT32_MAX : id;
}

static uint16_t narrow(uint32_t id)
{
    return id > 0xffff ? 65534 : id;
}

#define GET16(name)                                                     \
int64_t sys32_##name##16(CPUX86State *env, const uint64_t a[6])         \
{                                                                       \
    return narrow(CALL(name));                                          \
}
#define SET16(name)                                                     \
int64_t sys32_##name##16(CPUX86State *env, const uint64_t a[6])         \
{                                                                       \
    return CALL(name, wide(a[0]), wide(a[1]), wide(a[2]));              \
}
#define SETFS16(name)                                                   \
int64_t sys32_##name##16(CPUX86State *env, const uint64_t a[6])         \
{                                                                       \
    return narrow(CALL(name, wide(a[0])));                              \
}
#define CHOWN16(name)                                                   \
int64_t sys32_##name##16(CPUX86State *env, const uint64_t a[6])         \
{                                                                       \
    return CALL(name, a[0], wide(a[1]), wide(a[2]));                    \
}
#define GETRES16(name)                                                  \
int64_t sys32_##name##16(CPUX86State *env, const uint64_t a[6])         \
{                                                                       \
    uint32_t id[3];                                                     \
    CALL(name, P(&id[0]), P(&id[1]), P(&id[2]));                        \
    for (unsigned i = 0; i < 3; i++) {                                  \
        uint16_t v = narrow(id[i]);                                     \
        if (put_guest(a[i], &v)) {                                      \
            return -EFAULT;                                             \
        }                                                               \
    }                                                                   \
    return 0;                                                           \
}

GET16(getuid)
GET16(getgid)
GET16(geteuid)
GET16(getegid)
SET16(setuid)
SET16(setgid)
SET16(setreuid)
SET16(setregid)
SET16(setresuid)
SET16(setresgid)
SETFS16(setfsuid)
SETFS16(setfsgid)
CHOWN16(chown)
CHOWN16(lchown)
CHOWN16(fchown)
GETRES16(getresuid)
GETRES16(getresgid)

#define GROUPS_MAX 65536

int64_t sys32_getgroups16(CPUX86State *env, const uint64_t a[6])
{
    int n = a[0];
    uint32_t *g;
    int64_t ret;

    if (n < 0) {
        return -EINVAL;
    }
    n = MIN(n, GROUPS_MAX);
    g = g_new0(uint32_t, n + 1);
    ret = CALL(getgroups, n, P(g));
    for (int64_t i = 0; n && i < ret; i++) {
        uint16_t v = narrow(g[i]);
        if (put_guest(a[1] + i * 2, &v)) {
            ret = -EFAULT;
        }
    }
    g_free(g);
    return ret;
}

int64_t sys32_setgroups16(CPUX86State *env, const uint64_t a[6])
{
    unsigned n = a[0];
    uint32_t *g;
    int64_t ret = 0;

    if (n > GROUPS_MAX) {
        return -EINVAL;
    }
    g = g_new0(uint32_t, n + 1);
    for (unsigned i = 0; i < n && !ret; i++) {
        uint16_t v = 0;
        ret = get_guest(&v, a[1] + i * 2);
        g[i] = v;
    }
    ret = ret ? ret : CALL(setgroups, n, P(g));
    g_free(g);
    return ret;
}
