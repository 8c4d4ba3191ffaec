/* SPDX-License-Identifier: MIT */
/*
 * Files: offsets in two halves, iovecs with narrow pointers, directory
 * entries, locks, and the ioctls whose structures differ.
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

/* ---- offsets ------------------------------------------------------------- */

int64_t sys32_truncate64(CPUX86State *env, const uint64_t a[6])
{
    return CALL(truncate, a[0], LOHI(a[1], a[2]));
}

int64_t sys32_ftruncate64(CPUX86State *env, const uint64_t a[6])
{
    return CALL(ftruncate, a[0], LOHI(a[1], a[2]));
}

/*
 * Positions in directories.  To 64-bit programs ext4 and its kin give a hash
 * of 63 bits, to 32-bit ones its upper half, which fits the `long` of telldir.
 * The calls made here are 64-bit ones, so both ways are done here.
 */
static bool folded;             /* a guest has seen such a half */

static uint64_t fold_position(uint64_t off)
{
    if (off <= INT32_MAX) {
        return off;
    }
    __atomic_store_n(&folded, true, __ATOMIC_RELAXED);
    return off >> 32;
}

static int64_t unfold_position(CPUX86State *env, uint64_t fd, int64_t pos,
                               int whence)
{
    struct { uint64_t w[3]; uint32_t mode, pad[27 + 2]; } st;
    int64_t fs[15];

    G_STATIC_ASSERT(sizeof(st) == 144);
    if (!__atomic_load_n(&folded, __ATOMIC_RELAXED) || whence != SEEK_SET ||
        pos <= 2 || pos > INT32_MAX || CALL(fstat, fd, P(&st)) < 0 ||
        (st.mode & 0170000) != 0040000 || CALL(fstatfs, fd, P(fs)) < 0 ||
        fs[0] != 0xef53 /* ext2, 3 and 4 */) {
        return pos;
    }
    return pos == INT32_MAX ? INT64_MAX : pos << 32;
}

/* The current position of a folded directory, as the guest knows it. */
static int64_t seek32(CPUX86State *env, uint64_t fd, int64_t pos, int whence)
{
    int64_t to = unfold_position(env, fd, pos, whence);
    int64_t ret = CALL(lseek, fd, to, whence);

    return ret == to && to != pos ? pos : ret;
}

int64_t sys32_lseek(CPUX86State *env, const uint64_t a[6])
{
    return seek32(env, a[0], (int32_t)a[1], a[2]);
}

int64_t sys32_llseek(CPUX86State *env, const uint64_t a[6])
{
    int64_t pos = seek32(env, a[0], LOHI(a[2], a[1]), a[4]);

    if (pos < 0) {
        return pos;
    }
    return put_guest(a[3], &pos) ? -EFAULT : 0;
}

int64_t sys32_pread64(CPUX86State *env, const uint64_t a[6])
{
    return CALL(pread64, a[0], a[1], a[2], LOHI(a[3], a[4]));
}

int64_t sys32_pwrite64(CPUX86State *env, const uint64_t a[6])
{
    return CALL(pwrite64, a[0], a[1], a[2], LOHI(a[3], a[4]));
}

int64_t sys32_readahead(CPUX86State *env, const uint64_t a[6])
{
    return CALL(readahead, a[0], LOHI(a[1], a[2]), a[3]);
}

int64_t sys32_fadvise64(CPUX86State *env, const uint64_t a[6])
{
    return CALL(fadvise64, a[0], LOHI(a[1], a[2]), a[3], a[4]);
}

int64_t sys32_fadvise64_64(CPUX86State *env, const uint64_t a[6])
{
    return CALL(fadvise64, a[0], LOHI(a[1], a[2]), LOHI(a[3], a[4]), a[5]);
}

int64_t sys32_sync_file_range(CPUX86State *env, const uint64_t a[6])
{
    return CALL(sync_file_range, a[0], LOHI(a[1], a[2]), LOHI(a[3], a[4]),
                a[5]);
}

int64_t sys32_fallocate(CPUX86State *env, const uint64_t a[6])
{
    return CALL(fallocate, a[0], a[1], LOHI(a[2], a[3]), LOHI(a[4], a[5]));
}

int64_t sys32_fanotify_mark(CPUX86State *env, const uint64_t a[6])
{
    return CALL(fanotify_mark, a[0], a[1], LOHI(a[2], a[3]), (int)a[4], a[5]);
}

int64_t sys32_sendfile(CPUX86State *env, const uint64_t a[6])
{
    int32_t off;
    int64_t wide, ret;

    if (!a[2]) {
        return CALL(sendfile, a[0], a[1], 0, a[3]);
    }
    if (get_guest(&off, a[2])) {
        return -EFAULT;
    }
    wide = off;
    ret = CALL(sendfile, a[0], a[1], P(&wide), a[3]);
    off = wide;
    return put_guest(a[2], &off) ? -EFAULT : ret;
}

/* ---- iovecs -------------------------------------------------------------- */

/* `nr64` with the iovec of argument 1 widened and the rest as given. */
static int64_t vector_io(CPUX86State *env, unsigned nr64, bool reads,
                         const uint64_t a[6])
{
    uint64_t b[6];
    Iovec64 *v;
    int64_t ret;
    int err;

    memcpy(b, a, sizeof(b));
    v = get_iovec32(a[1], a[2], reads, &err);
    if (!v) {
        return err;
    }
    b[1] = P(v);
    ret = sys_call_row(env, &sys_table64[nr64], b);
    g_free(v);
    return ret;
}

int64_t sys32_readv(CPUX86State *env, const uint64_t a[6])
{
    return vector_io(env, NR64_readv, true, a);
}

int64_t sys32_writev(CPUX86State *env, const uint64_t a[6])
{
    return vector_io(env, NR64_writev, false, a);
}

int64_t sys32_process_madvise(CPUX86State *env, const uint64_t a[6])
{
    return vector_io(env, NR64_process_madvise, false, a);
}

int64_t sys32_vmsplice(CPUX86State *env, const uint64_t a[6])
{
    return vector_io(env, NR64_vmsplice, false, a);
}

/* The position comes in two halves; the flags of the v2 calls follow. */
static int64_t vector_at(CPUX86State *env, unsigned nr64, bool reads,
                         const uint64_t a[6])
{
    const uint64_t b[6] = { a[0], a[1], a[2], LOHI(a[3], a[4]), 0, a[5] };

    return vector_io(env, nr64, reads, b);
}

int64_t sys32_preadv(CPUX86State *env, const uint64_t a[6])
{
    return vector_at(env, NR64_preadv, true, a);
}

int64_t sys32_pwritev(CPUX86State *env, const uint64_t a[6])
{
    return vector_at(env, NR64_pwritev, false, a);
}

int64_t sys32_preadv2(CPUX86State *env, const uint64_t a[6])
{
    return vector_at(env, NR64_preadv2, true, a);
}

int64_t sys32_pwritev2(CPUX86State *env, const uint64_t a[6])
{
    return vector_at(env, NR64_pwritev2, false, a);
}

static int64_t process_vm(CPUX86State *env, unsigned nr64, bool reads,
                          const uint64_t a[6])
{
    int err;
    int64_t ret;
    Iovec64 *l = get_iovec32(a[1], a[2], reads, &err), *r;

    if (!l) {
        return err;
    }
    r = get_iovec32(a[3], a[4], false, &err);
    if (!r) {
        g_free(l);
        return err;
    }
    const uint64_t b[6] = { a[0], P(l), a[2], P(r), a[4], a[5] };
    ret = sys_call_row(env, &sys_table64[nr64], b);
    g_free(l);
    g_free(r);
    return ret;
}

int64_t sys32_process_vm_readv(CPUX86State *env, const uint64_t a[6])
{
    return process_vm(env, NR64_process_vm_readv, true, a);
}

int64_t sys32_process_vm_writev(CPUX86State *env, const uint64_t a[6])
{
    return process_vm(env, NR64_process_vm_writev, false, a);
}

/* ---- directories --------------------------------------------------------- */

/* linux_dirent64 -> i386's linux_dirent: ino, off, reclen, name, type. */
static int64_t narrow_entry(const uint8_t *e, uint8_t *o, size_t room)
{
    uint64_t ino, off;
    uint16_t reclen;
    const char *name = (const char *)e + 19;
    size_t len = strlen(name), need = ROUND_UP(10 + len + 2, 4);

    memcpy(&ino, e, 8);
    memcpy(&off, e + 8, 8);
    if (need > room) {
        return 0;
    }
    if (ino >> 32) {
        return -EOVERFLOW;
    }
    off = fold_position(off);
    memset(o, 0, need);
    reclen = need;
    memcpy(o, &ino, 4);
    memcpy(o + 4, &off, 4);
    memcpy(o + 8, &reclen, 2);
    memcpy(o + 10, name, len);
    o[need - 1] = e[18];
    return need;
}

int64_t sys32_getdents(CPUX86State *env, const uint64_t a[6])
{
    /* An entry is never longer here, so what is read always fits. */
    size_t size = MIN(a[2], 32768), used = 0;
    uint8_t *in = g_malloc(size + 1), *out = g_malloc(size + 1);
    int64_t n = CALL(getdents64, a[0], P(in), size), at = 0, ret = n;

    while (n > 0 && at < n) {
        uint16_t reclen;
        int64_t len = narrow_entry(in + at, out + used, size - used);
        if (len <= 0) {
            ret = len < 0 && !used ? len : (int64_t)used;
            goto done;
        }
        used += len;
        memcpy(&reclen, in + at + 16, 2);
        at += reclen;
    }
    if (n > 0) {
        ret = copy_to_guest(a[1], out, used) ? -EFAULT : (int64_t)used;
    }
done:
    g_free(in);
    g_free(out);
    return ret;
}

int64_t sys32_getdents64(CPUX86State *env, const uint64_t a[6])
{
    int64_t n = CALL(getdents64, a[0], a[1], a[2]);
    uint16_t reclen;
    uint64_t off;

    for (int64_t at = 0; at < n; at += reclen) {
        vaddr e = a[1] + at;
        if (copy_from_guest(&off, e + 8, 8) ||
            copy_from_guest(&reclen, e + 16, 2) || !reclen) {
            break;
        }
        if (off > INT32_MAX) {
            off = fold_position(off);
            (void)put_guest(e + 8, &off);
        }
    }
    return n;
}

/* One entry at a time, the name's length in place of the record's. */
int64_t sys32_readdir(CPUX86State *env, const uint64_t a[6])
{
    uint8_t in[512], out[280] = { 0 };
    int64_t n = CALL(getdents64, a[0], P(in), 300);
    const char *name = (const char *)in + 19;
    int64_t next;
    uint16_t len;

    if (n <= 0) {
        return n;
    }
    memcpy(&next, in + 8, 8);
    len = strlen(name);
    memcpy(out, in, 4);
    memcpy(out + 4, &next, 4);
    memcpy(out + 8, &len, 2);
    memcpy(out + 10, name, MIN(len, 255) + 1);
    CALL(lseek, a[0], next, SEEK_SET);      /* give the others back */
    return copy_to_guest(a[1], out, 10 + MIN(len, 255) + 1) ? -EFAULT : 1;
}

/* ---- fcntl --------------------------------------------------------------- */

typedef struct Flock64 {        /* x86-64's struct flock */
    int16_t type, whence;
    int32_t pad;
    int64_t start, len;
    int32_t pid, pad2;
} Flock64;

/* i386's struct flock and struct flock64, both packed to 4 bytes. */
static int get_lock(Flock64 *l, vaddr at, bool wide)
{
    struct { int16_t type, whence; int32_t start, len, pid; } n;
    struct QEMU_PACKED { int16_t type, whence; int64_t start, len;
                         int32_t pid; } w;

    *l = (Flock64) { 0 };
    if (wide) {
        if (get_guest(&w, at)) {
            return -EFAULT;
        }
        l->type = w.type, l->whence = w.whence;
        l->start = w.start, l->len = w.len, l->pid = w.pid;
        return 0;
    }
    if (get_guest(&n, at)) {
        return -EFAULT;
    }
    l->type = n.type, l->whence = n.whence;
    l->start = n.start, l->len = n.len, l->pid = n.pid;
    return 0;
}

static int put_lock(vaddr at, const Flock64 *l, bool wide)
{
    struct { int16_t type, whence; int32_t start, len, pid; } n = {
        l->type, l->whence, l->start, l->len, l->pid,
    };
    struct QEMU_PACKED { int16_t type, whence; int64_t start, len;
                         int32_t pid; } w = {
        l->type, l->whence, l->start, l->len, l->pid,
    };

    if (wide) {
        return put_guest(at, &w);
    }
    if (l->start > INT32_MAX) {
        return -EOVERFLOW;
    }
    n.len = MIN(l->len, INT32_MAX);
    return put_guest(at, &n);
}

/* Both numbers: the x86 kernel has one call for them. */
int64_t sys32_fcntl(CPUX86State *env, const uint64_t a[6])
{
    int cmd = a[1];
    bool wide = true;
    Flock64 l;
    int64_t ret;
    int err;

    switch (cmd) {
    case 5: case 6: case 7:             /* F_GETLK, F_SETLK, F_SETLKW */
        wide = false;
        break;
    case 12: case 13: case 14:          /* the same with 64 */
        cmd -= 7;
        break;
    case 36: case 37: case 38:          /* F_OFD_... */
        break;
    default:
        return CALL(fcntl, a[0], cmd, a[2]);
    }
    err = get_lock(&l, a[2], wide);
    if (err) {
        return err;
    }
    ret = CALL(fcntl, a[0], cmd, P(&l));
    if (ret >= 0 && (cmd == 5 || cmd == 36)) {
        err = put_lock(a[2], &l, wide);
    }
    return err ? err : ret;
}

/* ---- ioctl --------------------------------------------------------------- */

/* struct ifreq is 32 bytes here and 40 there; the difference is at the end. */
static int64_t ioctl_ifreq(CPUX86State *env, const uint64_t a[6])
{
    uint8_t r[40] = { 0 };
    int64_t ret;

    if (copy_from_guest(r, a[2], 32)) {
        return -EFAULT;
    }
    ret = CALL(ioctl, a[0], a[1], P(r));
    return ret >= 0 && copy_to_guest(a[2], r, 32) ? -EFAULT : ret;
}

static int64_t ioctl_ifconf(CPUX86State *env, const uint64_t a[6])
{
    struct { int32_t len; uint32_t buf; } c;
    struct { int32_t len, pad; uint64_t buf; } w = { 0 };
    unsigned n;
    uint8_t *r;
    int64_t ret;

    if (get_guest(&c, a[2])) {
        return -EFAULT;
    }
    n = c.len < 0 ? 0 : MIN(c.len / 32, 4096);
    r = g_malloc0(n * 40 + 1);
    w.len = n * 40;
    w.buf = c.buf ? P(r) : 0;
    ret = CALL(ioctl, a[0], a[1], P(&w));
    if (ret >= 0) {
        n = w.len / 40;
        for (unsigned i = 0; c.buf && i < n && ret >= 0; i++) {
            ret = copy_to_guest(c.buf + i * 32, r + i * 40, 32);
        }
        c.len = n * 32;
        if (ret >= 0) {
            ret = put_guest(a[2], &c);
        }
    }
    g_free(r);
    return ret;
}

/* A `long` behind the argument, whose number may carry its size. */
static int64_t ioctl_long(CPUX86State *env, const uint64_t a[6],
                          uint32_t request)
{
    int64_t w = 0, ret;
    int32_t v;

    if (get_guest(&v, a[2])) {
        return -EFAULT;
    }
    w = v;
    ret = CALL(ioctl, a[0], request, P(&w));
    v = w;
    return ret >= 0 && put_guest(a[2], &v) ? -EFAULT : ret;
}

/* Requests with no pointers and no longs inside go through as they are. */
static bool same_layout(uint32_t request)
{
    switch (request >> 8 & 0xff) {
    case 'T':
        return request != 0x541e && request != 0x541f &&
               (request & 0xff) != 0xca && (request & 0xff) != 0xd2;
    case 'R': case 'E': case 0xb7: case 0x94:
        return true;
    case 'X':
        return (request & 0xff) >= 0x77 && (request & 0xff) <= 0x79;
    case 0x12:
        return request != 0x1260 && request != 0x1263;
    case 0:
        return request == 1 || request == 2;
    case 0x89:
        return (request & 0xff) <= 7;
    case 'f':
        return request == 0xc020660b;
    case 0x24:
        return request < 0x2404;
    case 0x4c:
        return request == 0x4c82 || request == 0x4c00 || request == 0x4c01 ||
               request == 0x4c04 || request == 0x4c05;
    case 'p':
        return request == 0x80247009 || request == 0x4024700a;
    default:
        return false;
    }
}

int64_t sys32_ioctl(CPUX86State *env, const uint64_t a[6])
{
    uint32_t r = a[1];

    if (same_layout(r)) {
        return CALL(ioctl, a[0], r, a[2]);
    }
    switch (r) {
    case 0x8912:                        /* SIOCGIFCONF */
        return ioctl_ifconf(env, a);
    case 0x80046601: case 0x40046602:   /* FS_IOC32_GETFLAGS, SETFLAGS */
    case 0x80047601: case 0x40047602:   /* ..._GETVERSION, SETVERSION */
        return ioctl_long(env, a, r + 0x40000);
    case 0x1260: case 0x1263:           /* BLKGETSIZE, BLKRAGET */
        return ioctl_long(env, a, r);
    case 0x80041272:                    /* BLKGETSIZE64 with a 32-bit size_t */
        return CALL(ioctl, a[0], 0x80081272, a[2]);
    case 0x80041270: case 0x40041271:   /* BLKBSZGET, BLKBSZSET: an int */
        return CALL(ioctl, a[0], r + 0x40000, a[2]);
    case 0x400454ca: case 0x800454d2:   /* TUNSETIFF, TUNGETIFF */
        return ioctl_ifreq(env, a);
    case 0x8946: case 0x890b: case 0x890c:  /* pointers inside */
        return -ENOTTY;
    }
    if (r >= 0x8910 && r <= 0x89ff) {
        return ioctl_ifreq(env, a);
    }
    return -ENOTTY;
}
