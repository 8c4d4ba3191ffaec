/* SPDX-License-Identifier: MIT */
/*
 * Host I/O (vFile packets): the debugger reads the program and its libraries
 * through the stub, as the guest would find them.  A file is opened anew for
 * each read, so that no descriptor of ours is there for the guest to meet.
 */
#include "util/osdep.h"
#include "gdbstub/gdbstub-int.h"

#include <sys/stat.h>

/* GDB's numbers ("Errno Values"), which are Linux's for the common ones. */
enum { FILEIO_EBADF = 9, FILEIO_EACCES = 13, FILEIO_EINVAL = 22,
       FILEIO_EMFILE = 24, FILEIO_ENAMETOOLONG = 91, FILEIO_EUNKNOWN = 9999 };

static int fileio_errno(int err)
{
    return err == ENAMETOOLONG ? FILEIO_ENAMETOOLONG
         : err > 0 && err < 32 ? err : FILEIO_EUNKNOWN;
}

static void fail(GdbStub *g, int number)
{
    g_string_printf(g->reply, "F-1,%x", number);
}

/* The host's path of a guest's file name in hex, up to end.  New, or NULL. */
static char *get_path(GdbStub *g, const char **p, char end)
{
    char *name = gdb_get_hex_string(p, end), *tofree, *path;

    if (!name) {
        return NULL;
    }
    path = g_strdup(g->front->path(name, &tofree));
    g_free(tofree);
    g_free(name);
    return path;
}

/* One file system: the guest's, whatever process is asked for. */
static void set_fs(GdbStub *g, const char *p, size_t n)
{
    g_string_assign(g->reply, "F0");
}

static void open_file(GdbStub *g, const char *p, size_t n)
{
    char *path = get_path(g, &p, ',');
    uint64_t flags;
    unsigned i = 0;
    int fd;

    if (!path || !gdb_get_char(&p, ',') || !gdb_get_hex(&p, &flags)) {
        fail(g, FILEIO_EINVAL);
        g_free(path);
        return;
    }
    while (i < GDB_MAX_FILES && g->file[i]) {
        i++;
    }
    fd = flags ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || i == GDB_MAX_FILES) {
        fail(g, flags ? FILEIO_EACCES
                      : fd < 0 ? fileio_errno(errno) : FILEIO_EMFILE);
        g_free(path);
    } else {
        g->file[i] = path;
        g_string_printf(g->reply, "F%x", i);
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Opens what descriptor number *p names; -1: replied. */
static int reopen(GdbStub *g, const char **p)
{
    uint64_t i;
    int fd;

    if (!gdb_get_hex(p, &i) || i >= GDB_MAX_FILES || !g->file[i]) {
        fail(g, FILEIO_EBADF);
        return -1;
    }
    fd = open(g->file[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        fail(g, fileio_errno(errno));
    }
    return fd;
}

static void close_file(GdbStub *g, const char *p, size_t n)
{
    uint64_t i;

    if (!gdb_get_hex(&p, &i) || i >= GDB_MAX_FILES || !g->file[i]) {
        fail(g, FILEIO_EBADF);
        return;
    }
    g_clear_pointer(&g->file[i], g_free);
    g_string_assign(g->reply, "F0");
}

static void read_file(GdbStub *g, const char *p, size_t n)
{
    uint8_t buf[GDB_PACKET_MAX / 2 - 32];   /* each may need an escape */
    uint64_t len, off;
    ssize_t got;
    int fd = reopen(g, &p);

    if (fd < 0) {
        return;
    }
    if (!gdb_get_char(&p, ',') || !gdb_get_hex(&p, &len) ||
        !gdb_get_char(&p, ',') || !gdb_get_hex(&p, &off)) {
        fail(g, FILEIO_EINVAL);
    } else {
        got = pread(fd, buf, MIN(len, sizeof(buf)), off);
        if (got < 0) {
            fail(g, fileio_errno(errno));
        } else {
            g_string_printf(g->reply, "F%zx;", got);
            gdb_put_binary(g->reply, buf, got);
        }
    }
    close(fd);
}

static uint8_t *put_be(uint8_t *p, uint64_t val, unsigned n)
{
    while (n--) {
        *p++ = val >> 8 * n;
    }
    return p;
}

/* "struct stat" of the protocol: big-endian, 64 bytes. */
static void stat_file(GdbStub *g, const char *p, size_t n)
{
    uint8_t buf[64], *b = buf;
    struct stat st;
    int fd = reopen(g, &p);

    if (fd < 0) {
        return;
    }
    if (fstat(fd, &st) < 0) {
        fail(g, fileio_errno(errno));
        close(fd);
        return;
    }
    close(fd);
    b = put_be(b, st.st_dev, 4);
    b = put_be(b, st.st_ino, 4);
    b = put_be(b, st.st_mode, 4);
    b = put_be(b, st.st_nlink, 4);
    b = put_be(b, st.st_uid, 4);
    b = put_be(b, st.st_gid, 4);
    b = put_be(b, st.st_rdev, 4);
    b = put_be(b, st.st_size, 8);
    b = put_be(b, st.st_blksize, 8);
    b = put_be(b, st.st_blocks, 8);
    b = put_be(b, st.st_atime, 4);
    b = put_be(b, st.st_mtime, 4);
    b = put_be(b, st.st_ctime, 4);
    g_assert(b == buf + sizeof(buf));
    g_string_printf(g->reply, "F%zx;", sizeof(buf));
    gdb_put_binary(g->reply, buf, sizeof(buf));
}

static void read_link(GdbStub *g, const char *p, size_t n)
{
    char buf[PATH_MAX], *path = get_path(g, &p, 0);
    ssize_t got;

    if (!path) {
        fail(g, FILEIO_EINVAL);
        return;
    }
    got = readlink(path, buf, sizeof(buf));
    if (got < 0) {
        fail(g, fileio_errno(errno));
    } else {
        g_string_printf(g->reply, "F%zx;", got);
        gdb_put_binary(g->reply, buf, got);
    }
    g_free(path);
}

void gdb_vfile(GdbStub *g, const char *args, size_t n)
{
    static const GdbCommand calls[] = {
        { "setfs:", set_fs }, { "open:", open_file },
        { "close:", close_file }, { "pread:", read_file },
        { "fstat:", stat_file }, { "readlink:", read_link },
        { NULL }
    };

    if (g->front->path) {
        gdb_run_table(g, calls, args, n);
    }
}

void gdb_vfile_close_all(GdbStub *g)
{
    for (unsigned i = 0; i < GDB_MAX_FILES; i++) {
        g_clear_pointer(&g->file[i], g_free);
    }
}
