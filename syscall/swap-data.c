/* SPDX-License-Identifier: MIT */
/*
 * Big-endian hosts: structures inside what calls see as bytes.  What a read
 * from an eventfd, timerfd, signalfd, inotify or fanotify descriptor gives
 * (their manual pages, <linux/signalfd.h>, <linux/fanotify.h>), socket
 * addresses, and control messages (cmsg(3), ip(7), unix(7)).
 */
#include "util/osdep.h"
#include "syscall/convert.h"
#include "syscall/swap.h"

#include <sys/socket.h>
#include <sys/stat.h>

/* ---- descriptors --------------------------------------------------------- */

typedef enum FdKind {
    FD_BYTES, FD_COUNTER, FD_SIGNALS, FD_INOTIFY, FD_FANOTIFY,
} FdKind;

static FdKind fd_kind(int fd)
{
    static const struct {
        const char *name;
        FdKind kind;
    } names[] = {
        { "anon_inode:[eventfd]", FD_COUNTER },
        { "anon_inode:[timerfd]", FD_COUNTER },
        { "anon_inode:[signalfd]", FD_SIGNALS },
        { "anon_inode:inotify", FD_INOTIFY },
        { "anon_inode:[fanotify]", FD_FANOTIFY },
    };
    char path[32], buf[64];
    struct stat st;
    ssize_t n;

    /* Anonymous inodes are of no type. */
    if (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT)) {
        return FD_BYTES;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    n = readlink(path, buf, sizeof(buf) - 1);
    if (n <= 0) {
        return FD_BYTES;
    }
    buf[n] = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(buf, names[i].name)) {
            return names[i].kind;
        }
    }
    return FD_BYTES;
}

bool swap_fd_counter(int fd)
{
    return fd_kind(fd) == FD_COUNTER;
}

/* One record; its length in the host's order is at p + at before. */
static size_t swap_record(uint8_t *p, size_t left, size_t head,
                          const char *fields, size_t at, size_t more)
{
    uint32_t len;

    if (left < head) {
        return left;
    }
    memcpy(&len, p + at, 4);
    swap_bytes(p, fields);
    return MIN(left, MAX(head, (size_t)len + more));
}

bool swap_fd_data(int fd, vaddr addr, int64_t size)
{
    FdKind kind = fd_kind(fd);
    uint8_t *buf, *p, *end;
    bool ok;

    if (kind == FD_BYTES || size <= 0) {
        return true;
    }
    buf = g_malloc(size);
    ok = copy_from_guest(buf, addr, size) == 0;
    for (p = buf, end = buf + size; ok && p < end; ) {
        size_t left = end - p;
        switch (kind) {
        case FD_COUNTER:
            if (left >= 8) {
                swap_bytes(p, "q");
            }
            p += 8;
            break;
        case FD_SIGNALS:        /* 128 bytes each */
            if (left >= 128) {
                swap_bytes(p, "12i5qh2ciqi");
            }
            p += 128;
            break;
        case FD_INOTIFY:        /* wd, mask, cookie, len; name[len] */
            p += swap_record(p, left, 16, "4i", 12, 16);
            break;
        default:                /* event_len first, in whole */
            p += swap_record(p, left, 24, "i2chq2i", 0, 0);
        }
    }
    ok = ok && copy_to_guest(addr, buf, size) == 0;
    g_free(buf);
    return ok;
}

/* ---- socket addresses ---------------------------------------------------- */

void swap_address(uint8_t *p, size_t len, bool to_host)
{
    uint16_t family;

    if (len < 2) {
        return;
    }
    memcpy(&family, p, 2);
    family = to_host ? le16(family) : family;
    swap_bytes(p, "h");
    if (family == AF_INET6 && len >= 28) {
        swap_bytes(p + 24, "i");                /* scope */
    } else if (family == AF_NETLINK && len >= 12) {
        swap_bytes(p + 4, "2i");
    } else if (family == AF_PACKET && len >= 12) {
        swap_bytes(p + 4, "ih");                /* the protocol is big */
    } else if (family == AF_VSOCK && len >= 16) {
        swap_bytes(p + 4, "2i");
    }
}

/* ---- control messages ---------------------------------------------------- */

static const struct {
    int level, type;            /* as everywhere but on ppc64 */
    const char *fields;
    uint8_t size;
} messages[] = {
    { SOL_SOCKET, 2 /* SCM_CREDENTIALS */, "3i", 12 },
    { SOL_SOCKET, 29 /* SCM_TIMESTAMP */, "2q", 16 },
    { SOL_SOCKET, 35 /* SCM_TIMESTAMPNS */, "2q", 16 },
    { SOL_SOCKET, 37 /* SCM_TIMESTAMPING */, "6q", 48 },
    { 0, 2 /* IP_TTL */, "i", 4 },
    { 0, 1 /* IP_TOS */, "i", 4 },
    { 0, 8 /* IP_PKTINFO */, "i", 12 },
    { 0, 11 /* IP_RECVERR */, "i4c2i", 16 },
    { 41, 50 /* IPV6_PKTINFO */, "16ci", 20 },
    { 41, 52 /* IPV6_HOPLIMIT */, "i", 4 },
    { 41, 67 /* IPV6_TCLASS */, "i", 4 },
    { 41, 25 /* IPV6_RECVERR */, "i4c2i", 16 },
    { 17, 103 /* UDP_SEGMENT */, "h", 2 },
    { 17, 104 /* UDP_GRO */, "i", 4 },
};

static void swap_message(int level, int type, uint8_t *data, size_t len)
{
    if (level == SOL_SOCKET && type == SCM_RIGHTS) {
        for (; len >= 4; data += 4, len -= 4) {
            swap_bytes(data, "i");
        }
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(messages); i++) {
        if (messages[i].level == level && messages[i].type == type &&
            len >= messages[i].size) {
            swap_bytes(data, messages[i].fields);
        }
    }
}

void swap_control(uint8_t *p, size_t size, bool to_host)
{
    struct { uint64_t len; int32_t level, type; } h;

    while (size >= sizeof(h)) {
        memcpy(&h, p, sizeof(h));
        swap_bytes(p, "q2i");
        if (to_host) {
            memcpy(&h, p, sizeof(h));
        }
        if (h.len < sizeof(h) || h.len > size) {
            return;
        }
        swap_message(h.level, h.type, p + sizeof(h), h.len - sizeof(h));
        h.len = ROUND_UP(h.len, 8ull);
        if (h.len > size) {
            return;
        }
        p += h.len;
        size -= h.len;
    }
}
