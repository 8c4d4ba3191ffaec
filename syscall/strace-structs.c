/* SPDX-License-Identifier: MIT */
/*
 * -strace: structures, signals and socket addresses.  Layouts are those of the
 * x86-64 kernel ABI.  Each show_ function gets structs.def's number of bytes.
 */
#include "util/osdep.h"
#include "syscall/strace-int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

static int32_t i32(const void *p, unsigned off)
{
    int32_t v;
    memcpy(&v, (const char *)p + off, 4);
    return v;
}

static int64_t i64(const void *p, unsigned off)
{
    int64_t v;
    memcpy(&v, (const char *)p + off, 8);
    return v;
}

static int u16(const void *p, unsigned off)
{
    uint16_t v;
    memcpy(&v, (const char *)p + off, 2);
    return v;
}

#define SHOW(name) static void show_##name(GString *s, const void *p)
#define put(...) g_string_append_printf(s, __VA_ARGS__)

SHOW(INT)
{
    put("[%d]", i32(p, 0));
}

SHOW(INT2)
{
    put("[%d,%d]", i32(p, 0), i32(p, 4));
}

SHOW(LONG)
{
    put("[%" PRId64 "]", i64(p, 0));
}

SHOW(TIMESPEC)
{
    put("{tv_sec=%" PRId64 ",tv_nsec=%" PRId64 "}", i64(p, 0), i64(p, 8));
}

SHOW(TIMEVAL)
{
    put("{tv_sec=%" PRId64 ",tv_usec=%" PRId64 "}", i64(p, 0), i64(p, 8));
}

SHOW(ITIMERVAL)
{
    put("{it_interval=");
    show_TIMEVAL(s, p);
    put(",it_value=");
    show_TIMEVAL(s, (const char *)p + 16);
    put("}");
}

SHOW(ITIMERSPEC)
{
    put("{it_interval=");
    show_TIMESPEC(s, p);
    put(",it_value=");
    show_TIMESPEC(s, (const char *)p + 16);
    put("}");
}

static void mode_and_size(GString *s, unsigned mode, int64_t size)
{
    static const char *const types[16] = {
        [1] = "S_IFIFO|", [2] = "S_IFCHR|", [4] = "S_IFDIR|",
        [6] = "S_IFBLK|", [8] = "S_IFREG|", [10] = "S_IFLNK|",
        [12] = "S_IFSOCK|",
    };
    const char *t = types[mode >> 12 & 15];

    put("{st_mode=%s%#o,st_size=%" PRId64 ",...}", t ? t : "", mode & 07777,
        size);
}

SHOW(STAT)
{
    mode_and_size(s, i32(p, 24), i64(p, 48));
}

SHOW(STATX)
{
    mode_and_size(s, u16(p, 28), i64(p, 40));
}

SHOW(STATFS)
{
    put("{f_type=%#" PRIx64 ",f_bsize=%" PRId64 ",f_blocks=%" PRId64
        ",f_bfree=%" PRId64 ",...}", i64(p, 0), i64(p, 8), i64(p, 16),
        i64(p, 24));
}

static void limit(GString *s, uint64_t v)
{
    if (v == UINT64_MAX) {
        put("RLIM64_INFINITY");
    } else {
        put("%" PRIu64, v);
    }
}

SHOW(RLIMIT)
{
    put("{rlim_cur=");
    limit(s, i64(p, 0));
    put(",rlim_max=");
    limit(s, i64(p, 8));
    put("}");
}

SHOW(RUSAGE)
{
    put("{ru_utime=");
    show_TIMEVAL(s, p);
    put(",ru_stime=");
    show_TIMEVAL(s, (const char *)p + 16);
    put(",...}");
}

SHOW(UTSNAME)
{
    const char *c = p;

    put("{sysname=\"%.65s\",nodename=\"%.65s\",release=\"%.65s\",...,"
        "machine=\"%.65s\",...}", c, c + 65, c + 130, c + 260);
}

SHOW(SIGINFO)
{
    put("{si_signo=");
    strace_signal(s, i32(p, 0));
    put(",si_code=%d,si_pid=%d,si_uid=%d,si_status=%d,...}", i32(p, 8),
        i32(p, 16), i32(p, 20), i32(p, 24));
}

SHOW(SIGSET)
{
    uint64_t set = i64(p, 0);
    const char *sep = "";
    unsigned i;

    if (set == UINT64_MAX) {
        put("~[]");
        return;
    }
    put("[");
    for (i = 0; i < 64; i++) {
        if (set >> i & 1) {
            put("%s", sep);
            strace_signal(s, i + 1);
            sep = " ";
        }
    }
    put("]");
}

SHOW(SIGACTION)
{
    uint64_t h = i64(p, 0), flags = i64(p, 8);
    static const struct { uint32_t bit; const char *name; } names[] = {
        { 0x1, "SA_NOCLDSTOP" }, { 0x2, "SA_NOCLDWAIT" },
        { 0x4, "SA_SIGINFO" }, { 0x04000000, "SA_RESTORER" },
        { 0x08000000, "SA_ONSTACK" }, { 0x10000000, "SA_RESTART" },
        { 0x40000000, "SA_NODEFER" }, { 0x80000000, "SA_RESETHAND" },
    };
    const char *sep = "";
    unsigned i;

    if (h <= 1) {
        put("{sa_handler=%s", h ? "SIG_IGN" : "SIG_DFL");
    } else {
        put("{sa_handler=0x%" PRIx64, h);
    }
    put(",sa_mask=");
    show_SIGSET(s, (const char *)p + 24);
    put(",sa_flags=");
    for (i = 0; i < ARRAY_SIZE(names); i++) {
        if (flags & names[i].bit) {
            put("%s%s", sep, names[i].name);
            sep = "|";
        }
    }
    put(*sep ? "}" : "0}");
}

SHOW(STACK)
{
    put("{ss_sp=0x%" PRIx64 ",ss_flags=%d,ss_size=%" PRId64 "}", i64(p, 0),
        i32(p, 8), i64(p, 16));
}

SHOW(SIGEVENT)
{
    put("{sigev_value=0x%" PRIx64 ",sigev_signo=", i64(p, 0));
    strace_signal(s, i32(p, 8));
    put(",sigev_notify=%d,...}", i32(p, 12));
}

static void poll_events(GString *s, unsigned e)
{
    static const struct { unsigned bit; const char *name; } names[] = {
        { 1, "POLLIN" }, { 2, "POLLPRI" }, { 4, "POLLOUT" },
        { 8, "POLLERR" }, { 16, "POLLHUP" }, { 32, "POLLNVAL" },
        { 0x2000, "POLLRDHUP" }, { 1u << 28, "EPOLLEXCLUSIVE" },
        { 1u << 29, "EPOLLWAKEUP" }, { 1u << 30, "EPOLLONESHOT" },
        { 1u << 31, "EPOLLET" },
    };
    const char *sep = "";
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(names); i++) {
        if (e & names[i].bit) {
            put("%s%s", sep, names[i].name);
            e &= ~names[i].bit;
            sep = "|";
        }
    }
    if (e || !*sep) {
        put("%s%#x", sep, e);
    }
}

SHOW(POLLFD)
{
    put("{fd=%d,events=", i32(p, 0));
    poll_events(s, u16(p, 4));
    if (u16(p, 6)) {
        put(",revents=");
        poll_events(s, u16(p, 6));
    }
    put("}");
}

SHOW(EPOLL_EVENT)
{
    put("{events=");
    poll_events(s, i32(p, 0));
    put(",data=0x%" PRIx64 "}", i64(p, 4));
}

SHOW(SEMBUF)
{
    put("{sem_num=%d,sem_op=%d,sem_flg=%#x}", u16(p, 0), (int16_t)u16(p, 2),
        u16(p, 4));
}

SHOW(MQ_ATTR)
{
    put("{mq_flags=%#" PRIx64 ",mq_maxmsg=%" PRId64 ",mq_msgsize=%" PRId64
        ",mq_curmsgs=%" PRId64 "}", i64(p, 0), i64(p, 8), i64(p, 16),
        i64(p, 24));
}

SHOW(OPEN_HOW)
{
    put("{flags=");
    strace_flags(s, FS_open, i64(p, 0));
    put(",mode=%#o,resolve=%#" PRIx64 "}", (unsigned)i64(p, 8), i64(p, 16));
}

SHOW(CLONE_ARGS)
{
    put("{flags=");
    strace_flags(s, FS_clone, i64(p, 0));
    put(",exit_signal=");
    strace_signal(s, i64(p, 32));
    put(",stack=0x%" PRIx64 ",stack_size=0x%" PRIx64 ",tls=0x%" PRIx64 "}",
        i64(p, 40), i64(p, 48), i64(p, 56));
}

#define show_RAW NULL

static void (*const show[ST_MAX])(GString *s, const void *p) = {
#define T(name, size, how, fields) [ST_##name] = show_##how,
#include "syscall/structs.def"
#undef T
};

bool strace_struct(GString *s, unsigned type, const void *p)
{
    if (!show[type]) {
        return false;
    }
    show[type](s, p);
    return true;
}

void strace_signal(GString *s, int sig)
{
    const char *name = sig > 0 && sig < 32 ? sigabbrev_np(sig) : NULL;

    if (name) {
        put("SIG%s", name);
    } else if (sig >= 32 && sig <= 64) {
        put("SIGRT_%d", sig - 32);
    } else {
        put("%d", sig);
    }
}

void strace_sockaddr(GString *s, const void *p, size_t len)
{
    char text[INET6_ADDRSTRLEN];
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    int family = len >= 2 ? u16(p, 0) : AF_UNSPEC;

    put("{sa_family=");
    if (len < 2) {
        put("?");
    } else if (family == AF_UNIX) {
        const char *path = (const char *)p + 2;
        size_t n = len - 2;

        put("AF_UNIX,sun_path=");
        if (n && !path[0]) {
            put("@");
            path++;
            n--;
        } else {
            n = strnlen(path, n);
        }
        strace_quoted(s, path, n, false);
    } else if (family == AF_INET && len >= sizeof(in)) {
        memcpy(&in, p, sizeof(in));
        put("AF_INET,sin_port=htons(%d),sin_addr=%s", ntohs(in.sin_port),
            inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text)));
    } else if (family == AF_INET6 && len >= sizeof(in6)) {
        memcpy(&in6, p, sizeof(in6));
        put("AF_INET6,sin6_port=htons(%d),sin6_addr=%s", ntohs(in6.sin6_port),
            inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text)));
    } else {
        strace_flags(s, FS_af, family);
    }
    put("}");
}
