/* SPDX-License-Identifier: MIT */
/*
 * System calls of a 32-bit guest: syscall.def by its i386 column, with the
 * rows of syscall32.def on top.  A 64-bit row gets its arguments extended by
 * their kinds.
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/host-nr.h"
#include "util/log.h"

#define NR32_MAX 512
#define NR32_NONE (NR32_MAX - 1)        /* where rows without a number go */

typedef struct Row32 {
    SysHandler *fn;         /* 32-bit form, or NULL */
    uint16_t nr64;          /* else this row */
    bool used;
} Row32;

static const Row32 rows[NR32_MAX] = {
#define S(name, nr64_, nr32, ...) \
    [(nr32) < 0 ? NR32_NONE : (nr32)] = { .nr64 = (nr64_), .used = true },
#include "syscall/syscall.def"
#undef S
#define S32(name, nr) [nr] = { .fn = sys32_##name, .used = true },
#define B32 S32
#define A32(name, nr) [nr] = { .nr64 = NR64_##name, .used = true },
#include "syscall/syscall32.def"
#undef S32
#undef A32
#undef B32
    [NR32_NONE] = { 0 },
};

static const char names[NR32_MAX][26] = {
#define S(name, nr64, nr32, ...) \
    [(nr32) < 0 ? NR32_NONE : (nr32)] = #name,
#include "syscall/syscall.def"
#undef S
#define S32(name, nr) [nr] = #name,
#define A32 S32
#define B32 S32
#include "syscall/syscall32.def"
#undef S32
#undef A32
#undef B32
};

/* Kinds that are `long` or wider in the 64-bit call and signed. */
static bool sign_extends(unsigned kind)
{
    return kind == AKK_LONG || kind == AKK_OFF || kind == AKK_INT ||
           kind == AKK_FD || kind == AKK_ATFD;
}

static int64_t strace32(CPUX86State *env, uint32_t nr, const Row32 *r,
                        const uint64_t a[6])
{
    int64_t ret = r->fn(env, a);
    FILE *f = qemu_log_lock();

    fprintf(f, "%d %s(0x%x,0x%x,0x%x,0x%x,0x%x,0x%x) = ",
            (int)host_syscall(__NR_gettid, 0, 0, 0, 0, 0, 0), names[nr],
            (uint32_t)a[0], (uint32_t)a[1], (uint32_t)a[2], (uint32_t)a[3],
            (uint32_t)a[4], (uint32_t)a[5]);
    if (ret < 0 && ret > -QEMU_ERESTARTSYS) {
        fprintf(f, "-1 errno=%d (%s)\n", (int)-ret, strerror(-ret));
    } else if (ret == -QEMU_ESIGRETURN) {
        fprintf(f, "?\n");
    } else if (ret == -QEMU_ERESTARTSYS || ret == -QEMU_ERESTARTNOHAND) {
        fprintf(f, "? ERESTARTSYS (interrupted by a signal)\n");
    } else {
        fprintf(f, "0x%x\n", (uint32_t)ret);
    }
    qemu_log_unlock(f);
    return ret;
}

int64_t syscall_dispatch32(CPUX86State *env, uint32_t nr, const uint64_t a[6])
{
    const Row32 *r = &rows[nr < NR32_MAX ? nr : NR32_NONE];
    const SysRow *row;
    uint64_t b[6];

    if (!r->used) {
        return -ENOSYS;
    }
    if (r->fn) {
        return unlikely(process_options.strace) ? strace32(env, nr, r, a)
                                                : r->fn(env, a);
    }
    row = &sys_table64[r->nr64];
    for (unsigned i = 0; i < 6; i++) {
        b[i] = sign_extends(row->arg[i].kind) ? (uint64_t)(int32_t)a[i]
                                              : a[i];
    }
    if (unlikely(process_options.strace)) {
        return strace_call(env, r->nr64, row, b);
    }
    return sys_call_row(env, row, b);
}
