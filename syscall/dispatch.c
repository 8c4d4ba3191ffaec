/* SPDX-License-Identifier: MIT */
/*
 * From a guest's system-call number to the host: one table look-up, then the
 * host's own call with the same arguments (PASS), the same made so that a
 * guest signal cannot be lost in front of it (WAIT), or a handler (OWN).
 * Called by linux-user's cpu loop.
 */
#include "util/osdep.h"
#include "syscall/table.h"
#include "syscall/convert.h"
#include "syscall/ownfd.h"
#include "syscall/path.h"
#include "syscall/uaccess.h"

#include <sys/socket.h>
#include <sys/uio.h>

/* The kernel's own bound on one transfer; longer lengths are cut or refused
 * there, so no more than this can be written. */
#define MAX_TRANSFER 0x7ffff000ull

static void prepare(vaddr addr, uint64_t len)
{
    if (addr && len) {
        guest_prepare_write(addr, MIN(len, MAX_TRANSFER));
    }
}

static void prepare_iov(vaddr iov, uint64_t count)
{
    struct iovec v[16];
    unsigned i, n;

    count = MIN(count, 1024);
    while (count) {
        n = MIN(count, ARRAY_SIZE(v));
        if (copy_from_guest(v, iov, n * sizeof(v[0])) < 0) {
            return;
        }
        for (i = 0; i < n; i++) {
            prepare((uintptr_t)v[i].iov_base, v[i].iov_len);
        }
        iov += n * sizeof(v[0]);
        count -= n;
    }
}

static void prepare_msg(vaddr addr)
{
    struct msghdr m;

    prepare(addr, sizeof(m));
    if (get_guest(&m, addr) < 0) {
        return;
    }
    prepare((uintptr_t)m.msg_name, m.msg_name ? m.msg_namelen : 0);
    prepare((uintptr_t)m.msg_control, m.msg_controllen);
    prepare_iov((uintptr_t)m.msg_iov, m.msg_iovlen);
}

static void prepare_mmsg(vaddr addr, uint64_t count)
{
    for (count = MIN(count, 1024); count; count--) {
        prepare(addr, sizeof(struct mmsghdr));
        prepare_msg(addr);
        addr += sizeof(struct mmsghdr);
    }
}

/* A buffer whose length the kernel reads from memory. */
static void prepare_by_length_at(vaddr buf, vaddr lenp)
{
    uint32_t len;

    if (buf && lenp && get_guest(&len, lenp) == 0) {
        prepare(buf, len);
    }
}

static void prepare_arg(const SysArg *k, const uint64_t a[6], unsigned i)
{
    static const uint16_t *const size = sys_struct_size;
    vaddr p = a[i];

    switch ((SysArgKind)k->kind) {
    case AKK_OUT:
    case AKK_IO:
        prepare(p, size[k->p]);
        break;
    case AKK_OUTA:
    case AKK_IOA:
        prepare(p, MIN(a[k->n], MAX_TRANSFER) * size[k->p]);
        break;
    case AKK_OBUF:
    case AKK_OBUFX:
        prepare(p, a[k->p]);
        break;
    case AKK_OBUFB:
        prepare(p, a[k->p] / 8 + 8);
        break;
    case AKK_OPAGES:
        prepare(p, a[k->p] / 4096 + 1);
        break;
    case AKK_OMSGB:
        prepare(p, MIN(a[k->p], MAX_TRANSFER) + 8);
        break;
    case AKK_OBUFP:
        prepare_by_length_at(p, a[k->p]);
        break;
    case AKK_OSA:
        prepare_by_length_at(p, a[k->p]);
        break;
    case AKK_OIOV:
        prepare_iov(p, a[k->p]);
        break;
    case AKK_OMSG:
        prepare_msg(p);
        break;
    case AKK_OMMSG:
        prepare_mmsg(p, a[k->p]);
        break;
    case AKK_FDS:
        prepare(p, DIV_ROUND_UP((uint32_t)a[0], 64) * 8);
        break;
    case AKK_SEMARG:
        prepare(p, 4096);
        break;
    default:
        break;
    }
}

static inline void prepare_out(const SysRow *row, const uint64_t a[6])
{
    unsigned m, i;

    for (m = row->out; m; m &= m - 1) {
        i = __builtin_ctz(m);
        prepare_arg(&row->arg[i], a, i);
    }
}

static int64_t run_row(CPUX86State *env, const SysRow *row,
                       const uint64_t a[6])
{
    int64_t ret;

    switch ((SysHow)row->how) {
    case SYS_PASS:
        return host_syscall(row->host_nr, a[0], a[1], a[2], a[3], a[4], a[5]);
    case SYS_WAIT:
    case SYS_WAITN:
        ret = safe_syscall(&env->h.exit_request, row->host_nr, a[0], a[1],
                           a[2], a[3], a[4], a[5]);
        if (unlikely(ret == -QEMU_ERESTARTSYS) && row->how == SYS_WAITN) {
            ret = -QEMU_ERESTARTNOHAND;
        }
        return ret;
    case SYS_OWN:
        return row->handler(env, a);
    default:
        return -ENOSYS;
    }
}

/* A row with a path that /proc or -L may redirect. */
static QEMU_NOINLINE int64_t run_path_row(CPUX86State *env, const SysRow *row,
                                          const uint64_t a[6])
{
    uint64_t b[6];
    char *tofree = NULL;
    int64_t ret;

    memcpy(b, a, sizeof(b));
    ret = path_redirect(row, b, &tofree);
    if (ret == 0) {
        ret = HOST_BIG_ENDIAN ? swap_call(env, row, b, run_row)
                              : run_row(env, row, b);
    }
    g_free(tofree);
    return ret;
}

int64_t sys_call_row(CPUX86State *env, const SysRow *row, const uint64_t a[6])
{
    if (row->fd0 && own_fd_is(a[0])) {
        return -EBADF;
    }
    if (row->out) {
        prepare_out(row, a);
    }
    if (row->rpath && row->how != SYS_OWN &&
        path_interesting(a[row->rpath - 1])) {
        return run_path_row(env, row, a);
    }
    if (HOST_BIG_ENDIAN) {
        return swap_call(env, row, a, run_row);
    }
    return run_row(env, row, a);
}

int64_t syscall_dispatch64(CPUX86State *env, uint64_t nr, const uint64_t a[6])
{
    static const SysRow none = { .how = SYS_NONE, .ret = 'D' };
    /* The kernel looks at the low half of RAX only. */
    uint32_t n = nr;
    const SysRow *row = n < SYS_NR64_MAX ? &sys_table64[n] : &none;

    if (unlikely(process_options.strace)) {
        return strace_call(env, n, row, a);
    }
    return sys_call_row(env, row, a);
}
