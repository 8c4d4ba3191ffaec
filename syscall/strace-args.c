/* SPDX-License-Identifier: MIT */
/*
 * -strace: one argument, by its kind.  The legend is in syscall.def.
 */
#include "util/osdep.h"
#include "syscall/strace-int.h"
#include "syscall/ioctl.h"
#include "syscall/uaccess.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define SHOW_BYTES  32      /* of a buffer */
#define SHOW_STRING 256     /* of a path */
#define SHOW_ITEMS  8       /* of an array */

typedef struct SysFlag {
    const char *name;       /* NULL ends a set */
    uint64_t value;
} SysFlag;

#define SET(name, kind)  static const SysFlag set_##name[] = {
#define F(name)          { #name, (uint64_t)(name) },
#define FV(name, value)  { #name, (uint64_t)(value) },
#define END              { NULL, 0 } };
#include "syscall/flags.def"
#undef SET
#undef F
#undef FV
#undef END

#define ENUM UINT32_MAX
#define MASK 0

static const struct {
    const SysFlag *flags;
    uint32_t low;           /* the bits that are one enumerated value */
} sets[FS_MAX] = {
#define SET(name, low)   { set_##name, low },
#define F(name)
#define FV(name, value)
#define END
#include "syscall/flags.def"
#undef SET
#undef F
#undef FV
#undef END
};

static void enum_value(GString *s, const SysFlag *f, uint32_t low,
                       uint32_t value)
{
    for (; f->name; f++) {
        if ((uint32_t)f->value == value && !((uint32_t)f->value & ~low)) {
            g_string_append(s, f->name);
            return;
        }
    }
    g_string_append_printf(s, "%d", (int)value);
}

void strace_flags(GString *s, unsigned set, uint64_t value)
{
    const SysFlag *f = sets[set].flags;
    uint32_t low = sets[set].low, left = value & ~low;
    const char *sep = "";

    if (low) {
        enum_value(s, f, low, value & low);
        sep = "|";
    }
    for (; f->name; f++) {
        uint32_t v = f->value;
        if (v & low) {
            continue;
        }
        if (v ? (left & v) == v : !(left || *sep)) {
            g_string_append_printf(s, "%s%s", sep, f->name);
            left &= ~v;
            sep = "|";
        }
    }
    if (left || !*sep) {
        g_string_append_printf(s, left ? "%s0x%x" : "%s%x", sep, left);
    }
}

void strace_quoted(GString *s, const char *p, size_t len, bool cut)
{
    size_t i;

    g_string_append_c(s, '"');
    for (i = 0; i < len; i++) {
        unsigned char c = p[i];
        switch (c) {
        case '\n':
            g_string_append(s, "\\n");
            break;
        case '\t':
            g_string_append(s, "\\t");
            break;
        case '\r':
            g_string_append(s, "\\r");
            break;
        case '"':
        case '\\':
            g_string_append_printf(s, "\\%c", c);
            break;
        default:
            g_string_append_printf(s, c >= 32 && c < 127 ? "%c" : "\\%o", c);
        }
    }
    g_string_append(s, cut ? "\"..." : "\"");
}

static void hex(GString *s, uint64_t v)
{
    g_string_append_printf(s, v ? "0x%" PRIx64 : "%" PRIx64, v);
}

static void pointer(GString *s, uint64_t v)
{
    if (v) {
        hex(s, v);
    } else {
        g_string_append(s, "NULL");
    }
}

static void string_at(GString *s, vaddr p)
{
    char buf[SHOW_STRING + 1];
    ssize_t len;

    len = p ? strncpy_from_guest(buf, p, sizeof(buf)) : -EFAULT;
    if (len == -ENAMETOOLONG) {
        strace_quoted(s, buf, SHOW_STRING, true);
    } else if (len < 0) {
        pointer(s, p);
    } else {
        strace_quoted(s, buf, len, false);
    }
}

static void bytes_at(GString *s, vaddr p, uint64_t len)
{
    char buf[SHOW_BYTES];
    size_t n = MIN(len, sizeof(buf));

    if (!p || copy_from_guest(buf, p, n) < 0) {
        pointer(s, p);
    } else {
        strace_quoted(s, buf, n, n < len);
    }
}

static void strings_at(GString *s, vaddr p)
{
    uint64_t item;
    unsigned i;

    if (!p) {
        g_string_append(s, "NULL");
        return;
    }
    g_string_append_c(s, '{');
    for (i = 0; get_guest(&item, p) == 0 && item; i++, p += 8) {
        if (i == SHOW_ITEMS * 2) {
            g_string_append(s, "...,");
            break;
        }
        string_at(s, item);
        g_string_append_c(s, ',');
    }
    g_string_append(s, "NULL}");
}

static void struct_at(GString *s, unsigned type, vaddr p)
{
    QEMU_ALIGNED(16) char buf[512];
    size_t size = sys_struct_size[type];
    gsize mark = s->len;

    if (!p || size > sizeof(buf) || copy_from_guest(buf, p, size) < 0 ||
        !strace_struct(s, type, buf)) {
        g_string_truncate(s, mark);
        pointer(s, p);
    }
}

static void array_at(GString *s, unsigned type, vaddr p, uint64_t count)
{
    uint64_t i;

    if (!p || !count) {
        pointer(s, p);
        return;
    }
    g_string_append_c(s, '[');
    for (i = 0; i < count; i++) {
        if (i == SHOW_ITEMS) {
            g_string_append(s, ",...");
            break;
        }
        if (i) {
            g_string_append_c(s, ',');
        }
        struct_at(s, type, p + i * sys_struct_size[type]);
    }
    g_string_append_c(s, ']');
}

/* count vectors of which total bytes hold something. */
static void iov_at(GString *s, vaddr p, uint64_t count, uint64_t total)
{
    struct iovec v;
    uint64_t i;

    if (!p || (int64_t)count <= 0 || count > 1024) {
        pointer(s, p);
        return;
    }
    g_string_append_c(s, '[');
    for (i = 0; i < count && get_guest(&v, p + i * sizeof(v)) == 0; i++) {
        if (i == SHOW_ITEMS) {
            g_string_append(s, ",...");
            break;
        }
        g_string_append(s, i ? ",{" : "{");
        bytes_at(s, (uintptr_t)v.iov_base, MIN(v.iov_len, total));
        total -= MIN(v.iov_len, total);
        g_string_append_printf(s, ",%zu}", v.iov_len);
    }
    g_string_append_c(s, ']');
}

static void sockaddr_at(GString *s, vaddr p, uint64_t len)
{
    char buf[128];
    size_t n = MIN(len, sizeof(buf));

    if (!p || copy_from_guest(buf, p, n) < 0) {
        pointer(s, p);
    } else {
        strace_sockaddr(s, buf, n);
    }
}

static void msg_at(GString *s, vaddr p, uint64_t total)
{
    struct msghdr m;

    if (!p || get_guest(&m, p) < 0) {
        pointer(s, p);
        return;
    }
    g_string_append_c(s, '{');
    sockaddr_at(s, (uintptr_t)m.msg_name, m.msg_namelen);
    g_string_append_printf(s, ",%u,", m.msg_namelen);
    iov_at(s, (uintptr_t)m.msg_iov, m.msg_iovlen, total);
    g_string_append_printf(s, ",%zu,", m.msg_iovlen);
    pointer(s, (uintptr_t)m.msg_control);
    g_string_append_printf(s, ",%zu}", m.msg_controllen);
}

static void fdset_at(GString *s, vaddr p, uint32_t nfds)
{
    uint64_t word;
    uint32_t i, shown = 0;

    if (!p) {
        g_string_append(s, "NULL");
        return;
    }
    g_string_append_c(s, '[');
    for (i = 0; i < MIN(nfds, 65536); i++) {
        if (i % 64 == 0 && get_guest(&word, p + i / 8) < 0) {
            break;
        }
        if (word >> (i % 64) & 1) {
            g_string_append_printf(s, shown++ ? " %u" : "%u", i);
        }
    }
    g_string_append_c(s, ']');
}

static void ioctl_arg(GString *s, const uint64_t a[6], int64_t ret)
{
    switch ((uint32_t)a[1]) {
    case 0x541B:                        /* FIONREAD */
    case 0x540F:                        /* TIOCGPGRP */
    case 0x5410:                        /* TIOCSPGRP */
    case 0x5421:                        /* FIONBIO */
        struct_at(s, ST_int, a[2]);
        break;
    default:
        hex(s, a[2]);
    }
}

static void fcntl_arg(GString *s, const uint64_t a[6])
{
    switch ((uint32_t)a[1]) {
    case 1:                             /* those that take none */
    case 3:
    case 9:
    case 11:
        g_string_append(s, "0");
        break;
    case 2:
        g_string_append(s, a[2] & 1 ? "FD_CLOEXEC" : "0");
        break;
    case 4:
        strace_flags(s, FS_open, a[2]);
        break;
    case 0:
    case 1030:
        g_string_append_printf(s, "%d", (int)a[2]);
        break;
    default:
        hex(s, a[2]);
    }
}

static void scalar(GString *s, const SysArg *k, uint64_t v)
{
    switch ((SysArgKind)k->kind) {
    case AKK_INT:
    case AKK_FD:
        g_string_append_printf(s, "%d", (int)v);
        break;
    case AKK_UINT:
        g_string_append_printf(s, "%u", (unsigned)v);
        break;
    case AKK_LONG:
    case AKK_OFF:
        g_string_append_printf(s, "%" PRId64, (int64_t)v);
        break;
    case AKK_ULONG:
    case AKK_SIZE:
        g_string_append_printf(s, "%" PRIu64, v);
        break;
    case AKK_MODE:
        g_string_append_printf(s, "%#o", (unsigned)v);
        break;
    case AKK_KEY:
        hex(s, (uint32_t)v);
        break;
    case AKK_ATFD:
        if ((int)v == AT_FDCWD) {
            g_string_append(s, "AT_FDCWD");
        } else {
            g_string_append_printf(s, "%d", (int)v);
        }
        break;
    case AKK_SIG:
        strace_signal(s, v);
        break;
    case AKK_FL:
        strace_flags(s, k->p, v);
        break;
    case AKK_CLONE:
        strace_flags(s, FS_clone, v & ~0xffull);
        g_string_append_c(s, '|');
        strace_signal(s, v & 0xff);
        break;
    case AKK_HEX:
        hex(s, v);
        break;
    default:
        pointer(s, v);
    }
}

/* What the kernel writes; only called when it succeeded. */
static void output(GString *s, const SysArg *k, const uint64_t a[6],
                   unsigned i, int64_t ret)
{
    uint32_t len;

    switch ((SysArgKind)k->kind) {
    case AKK_OUT:
    case AKK_IO:
        struct_at(s, k->p, a[i]);
        break;
    case AKK_OUTA:
        array_at(s, k->p, a[i], MIN((uint64_t)ret, a[k->n]));
        break;
    case AKK_IOA:
        array_at(s, k->p, a[i], a[k->n]);
        break;
    case AKK_OBUF:
        bytes_at(s, a[i], MIN((uint64_t)ret, a[k->p]));
        break;
    case AKK_OIOV:
        iov_at(s, a[i], a[k->p], ret);
        break;
    case AKK_OMSG:
        msg_at(s, a[i], ret);
        break;
    case AKK_OSA:
        sockaddr_at(s, a[i], a[k->p] && get_guest(&len, a[k->p]) == 0
                    ? len : 0);
        break;
    case AKK_FDS:
        fdset_at(s, a[i], a[0]);
        break;
    default:
        pointer(s, a[i]);
    }
}

void strace_arg(GString *s, const SysRow *row, const uint64_t a[6], unsigned i,
                int64_t ret)
{
    const SysArg *k = &row->arg[i];
    const char *name;

    switch ((SysArgKind)k->kind) {
    case AKK_PATH:
    case AKK_RPATH:
    case AKK_STR:
        string_at(s, a[i]);
        break;
    case AKK_STRV:
        strings_at(s, a[i]);
        break;
    case AKK_IN:
        struct_at(s, k->p, a[i]);
        break;
    case AKK_INA:
        array_at(s, k->p, a[i], a[k->n]);
        break;
    case AKK_INN:
        array_at(s, k->p, a[i], k->n);
        break;
    case AKK_IBUF:
        bytes_at(s, a[i], a[k->p]);
        break;
    case AKK_IIOV:
        iov_at(s, a[i], a[k->p], UINT64_MAX);
        break;
    case AKK_IMSG:
        msg_at(s, a[i], UINT64_MAX);
        break;
    case AKK_ISA:
        sockaddr_at(s, a[i], a[k->p]);
        break;
    case AKK_IOC:
        name = ioctl_name(a[i]);
        if (name) {
            g_string_append(s, name);
        } else {
            hex(s, (uint32_t)a[i]);
        }
        break;
    case AKK_IOCARG:
        ioctl_arg(s, a, ret);
        break;
    case AKK_FCNTLARG:
        fcntl_arg(s, a);
        break;
    default:
        if (k->kind < AKK_FIRST_OUT) {
            scalar(s, k, a[i]);
        } else if (ret < 0) {
            pointer(s, a[i]);
        } else {
            output(s, k, a, i, ret);
        }
    }
}
