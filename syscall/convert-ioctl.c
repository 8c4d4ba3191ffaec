/* SPDX-License-Identifier: MIT */
/*
 * ioctl on hosts other than x86-64.  Most share <asm-generic/ioctls.h> and its
 * structures; ppc64 has numbers and a struct termios of its own, and on a
 * big-endian host the fields are swapped as the table says.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/ioctl.h"
#include "syscall/uaccess.h"

#include <sys/ioctl.h>

static int64_t plain_ioctl(const uint64_t b[6])
{
    return host_syscall(__NR_ioctl, b[0], b[1], b[2], 0, 0, 0);
}

/* ---- byte order ---------------------------------------------------------- */

/* First and last request with these fields. */
static const struct {
    uint32_t first, last;
    const char *fields;
    uint8_t size;
} layouts[] = {
    { 0x5401, 0x5404, "4i20c", 36 },                /* TCGETS, TCSETS... */
    { 0x5405, 0x5408, "4h10c", 18 },                /* TCGETA, TCSETA... */
    { 0x802C542A, 0x802C542A, "4i20c2i", 44 },      /* TCGETS2 */
    { 0x402C542B, 0x402C542D, "4i20c2i", 44 },      /* TCSETS2... */
    { 0x5413, 0x5414, "4h", 8 },                    /* TIOCGWINSZ */
    { 0x5410, 0x5410, "i", 4 },                     /* TIOCSPGRP */
    { 0x5416, 0x5418, "i", 4 },                     /* TIOCMBIS, BIC, SET */
    { 0x541A, 0x541A, "i", 4 },                     /* TIOCSSOFTCAR */
    { 0x5420, 0x5421, "i", 4 },                     /* TIOCPKT, FIONBIO */
    { 0x5423, 0x5423, "i", 4 },                     /* TIOCSETD */
    { 0x542E, 0x542F, "8i", 32 },                   /* TIOCGRS485 */
    { 0x5452, 0x5452, "i", 4 },                     /* FIOASYNC */
    { 0x5460, 0x5460, "q", 8 },                     /* FIOQSIZE */
    { 0x1260, 0x1263, "q", 8 },                     /* BLKGETSIZE, RAGET */
    { 0x80081270, 0x80081270, "i", 4 },             /* BLKBSZGET: an int */
    { 0x80086601, 0x80086601, "i", 4 },             /* FS_IOC_GETFLAGS, too */
    { 0x40086602, 0x40086602, "i", 4 },
    { 0xC0185879, 0xC0185879, "3q", 24 },           /* FITRIM */
    { 0x4020940D, 0x4020940D, "4q", 32 },           /* FICLONERANGE */
    { 0x8901, 0x8902, "i", 4 },                     /* FIOSETOWN */
    { 0x8910, 0x8910, "16ci20c", 40 },              /* SIOCGIFNAME */
    { 0x8913, 0x891C, "16ch22c", 40 },              /* flags, addresses */
    { 0x891D, 0x8922, "16ci20c", 40 },              /* metric, MTU */
    { 0x8924, 0x8927, "16ch22c", 40 },              /* hardware addresses */
    { 0x8933, 0x8933, "16ci20c", 40 },              /* SIOCGIFINDEX */
    { 0x400454CA, 0x400454CA, "16ch22c", 40 },      /* TUNSETIFF */
    { 0x800454D2, 0x800454D2, "16ch22c", 40 },      /* TUNGETIFF */
    { 0x80247009, 0x80247009, "9i", 36 },           /* RTC_RD_TIME */
    { 0x0301, 0x0301, "2chiq", 16 },               /* HDIO_GETGEO */
};

/* NULL: nothing to swap, or nothing known. */
static const char *layout_of(uint32_t req, size_t *size)
{
    for (unsigned i = 0; i < ARRAY_SIZE(layouts); i++) {
        if (req >= layouts[i].first && req <= layouts[i].last) {
            *size = layouts[i].size;
            return layouts[i].fields;
        }
    }
    *size = req >> 30 ? req >> 16 & 0x3fff : ioctl_out_size(req);
    return *size == 4 ? "i" : *size == 8 && req >> 30 ? "q" : NULL;
}

/* ---- ppc64 --------------------------------------------------------------- */

#if defined(HOST_PPC64)
#include <termios.h>

/* The macros count the C library's struct termios, not the kernel's. */
#define KERNEL_TCGETS 0x402c7413u
#define KERNEL_TCSETS 0x802c7414u       /* then TCSETSW, TCSETSF */

static const struct {
    uint32_t guest, host;
} numbers[] = {
    { 0x5409, TCSBRK }, { 0x540A, TCXONC }, { 0x540B, TCFLSH },
    { 0x540F, TIOCGPGRP }, { 0x5410, TIOCSPGRP }, { 0x5411, TIOCOUTQ },
    { 0x5413, TIOCGWINSZ }, { 0x5414, TIOCSWINSZ }, { 0x541B, FIONREAD },
    { 0x5421, FIONBIO }, { 0x5450, FIONCLEX }, { 0x5451, FIOCLEX },
    { 0x5452, FIOASYNC }, { 0x5460, FIOQSIZE },
};

static uint32_t host_request(uint32_t req)
{
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (numbers[i].guest == req) {
            return numbers[i].host;
        }
    }
    /* Direction in three bits, one of them "none", above 13 of size. */
    return req >> 30 ? (req & 0x1fffffff) | (req >> 31) << 30 |
                       (req >> 30 & 1) << 31 : req;
}

/* Flags: guest's bits, host's bits; fields of more bits value by value. */
typedef struct FlagPair {
    uint32_t guest, host;
} FlagPair;

static const FlagPair iflags[] = {
    { 0x400, IXON }, { 0x1000, IXOFF }, { 0x200, IUCLC },
};
static const FlagPair oflags[] = {
    { 4, ONLCR }, { 2, OLCUC }, { 0x1800, TAB3 }, { 0x100, NL1 },
    { 0x2000, BS1 }, { 0x4000, VT1 }, { 0x8000, FF1 },
};
static const FlagPair cflags[] = {
    { 0x10, CS6 }, { 0x20, CS7 }, { 0x40, CSTOPB }, { 0x80, CREAD },
    { 0x100, PARENB }, { 0x200, PARODD }, { 0x400, HUPCL }, { 0x800, CLOCAL },
};
static const FlagPair lflags[] = {
    { 1, ISIG }, { 2, ICANON }, { 4, XCASE }, { 8, ECHO }, { 0x10, ECHOE },
    { 0x20, ECHOK }, { 0x40, ECHONL }, { 0x80, NOFLSH }, { 0x100, TOSTOP },
    { 0x200, ECHOCTL }, { 0x400, ECHOPRT }, { 0x800, ECHOKE },
    { 0x1000, FLUSHO }, { 0x4000, PENDIN }, { 0x8000, IEXTEN },
    { 0x10000, EXTPROC },
};
/* c_cc of the guest, in its order. */
static const uint8_t chars[17] = {
    VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP,
    VSUSP, VEOL, VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2,
};

typedef struct GuestTermios {
    uint32_t iflag, oflag, cflag, lflag;
    uint8_t line, cc[19];
} GuestTermios;

typedef struct HostTermios {
    uint32_t iflag, oflag, cflag, lflag;
    uint8_t cc[19], line;
    uint32_t ispeed, ospeed;
} HostTermios;

/* Those not listed and not another's are the same. */
static uint32_t map_bits(uint32_t v, const FlagPair *p, unsigned n,
                         bool to_host)
{
    uint32_t out = v;

    for (unsigned i = 0; i < n; i++) {
        out &= ~(p[i].guest | p[i].host);
    }
    for (unsigned i = 0; i < n; i++) {
        uint32_t from = to_host ? p[i].guest : p[i].host;
        out |= (v & from) == from ? to_host ? p[i].host : p[i].guest : 0;
    }
    return out;
}

#define MAP(v, set, to_host) map_bits(v, set, ARRAY_SIZE(set), to_host)

/* Speeds: 0 to 15, then from 0x1001 on x86-64 and from 16 here. */
static uint32_t map_cflag(uint32_t v, bool to_host)
{
    uint32_t mask = to_host ? 0x100f : 0xff, speed = v & mask;

    if (to_host) {
        speed = speed > 0x1000 ? speed - 0x1001 + 16 : speed;
    } else {
        speed = speed > 15 ? speed - 16 + 0x1001 : speed;
    }
    return (MAP(v & ~mask, cflags, to_host)) | speed;
}

static int64_t get_termios(const uint64_t a[6])
{
    HostTermios h = { 0 };
    GuestTermios g = { 0 };
    int64_t ret = host_syscall(__NR_ioctl, a[0], KERNEL_TCGETS, (long)&h, 0, 0, 0);

    if (ret < 0) {
        return ret;
    }
    g.iflag = MAP(h.iflag, iflags, false);
    g.oflag = MAP(h.oflag, oflags, false);
    g.cflag = map_cflag(h.cflag, false);
    g.lflag = MAP(h.lflag, lflags, false);
    g.line = h.line;
    for (unsigned i = 0; i < ARRAY_SIZE(chars); i++) {
        g.cc[i] = h.cc[chars[i]];
    }
    return copy_to_guest(a[2], &g, 36) < 0 ? -EFAULT : ret;
}

static int64_t set_termios(const uint64_t a[6])
{
    HostTermios h = { 0 };
    GuestTermios g;
    int64_t ret = host_syscall(__NR_ioctl, a[0], KERNEL_TCGETS, (long)&h, 0, 0, 0);

    if (ret < 0) {
        return ret;
    }
    if (copy_from_guest(&g, a[2], 36)) {
        return -EFAULT;
    }
    h.iflag = MAP(g.iflag, iflags, true);
    h.oflag = MAP(g.oflag, oflags, true);
    h.cflag = map_cflag(g.cflag, true);
    h.lflag = MAP(g.lflag, lflags, true);
    h.line = g.line;
    for (unsigned i = 0; i < ARRAY_SIZE(chars); i++) {
        h.cc[chars[i]] = g.cc[i];
    }
    return host_syscall(__NR_ioctl, a[0], KERNEL_TCSETS + (a[1] - 0x5402),
                        (long)&h, 0, 0, 0);
}
#endif

int64_t convert_ioctl(CPUX86State *env, const uint64_t a[6])
{
    uint32_t req = a[1];
    const char *fields;
    size_t size;

#if defined(HOST_PPC64)
    if (req == 0x5401) {
        return get_termios(a);
    }
    if (req >= 0x5402 && req <= 0x5404) {
        return set_termios(a);
    }
    req = host_request(req);
#endif
    if (HOST_BIG_ENDIAN && (fields = layout_of(req, &size))) {
        return swap_through(plain_ioctl, a, 2, fields, size);
    }
    return safe_syscall(&env->h.exit_request, __NR_ioctl, a[0], req, a[2], 0,
                        0, 0);
}
