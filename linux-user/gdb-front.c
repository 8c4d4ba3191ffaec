/* SPDX-License-Identifier: MIT */
/*
 * What the debugger stub asks of user mode: threads, memory, the program.  The
 * caller has gdb_user.lock, and the guest stands still.
 */
#include "util/osdep.h"
#include "linux-user/gdb-int.h"

#include "linux-user/mm.h"
#include "syscall/compat32.h"
#include "syscall/order.h"

#include <elf.h>
#include <sys/auxv.h>

/* ---- threads ------------------------------------------------------------- */

static uint64_t next_thread(uint64_t tid)
{
    GdbTask *k = tid ? gdb_find_task(tid) : NULL;

    if (!tid) {
        return gdb_user.tasks ? gdb_user.tasks->tid : 0;
    }
    return k && k->next ? k->next->tid : 0;
}

static CPUX86State *thread_env(uint64_t tid)
{
    GdbTask *k = gdb_find_task(tid);

    return k ? k->env : NULL;
}

static char *describe(uint64_t tid)
{
    char *path = g_strdup_printf("/proc/self/task/%" PRIu64 "/comm", tid);
    char *name = NULL;

    g_file_get_contents(path, &name, NULL, NULL);
    g_free(path);
    return name ? g_strchomp(name) : g_strdup("");
}

static void set_ip(CPUX86State *env, uint64_t ip)
{
    x86_set_ip(env, ip);
}

/* EFLAGS.TF and AC are in the mode. */
static void regs_written(CPUX86State *env)
{
    x86_set_ip(env, x86_eip(env));
}

/* ---- memory -------------------------------------------------------------- */

/* Bytes from addr on that are the guest's, at most n. */
static size_t mapped(vaddr addr, size_t n)
{
    vaddr end = addr;
    MMArea a;

    while (end - addr < n && mm_lookup(end, &a)) {
        end = a.end;
    }
    return MIN(end - addr, n);
}

/* By way of /proc/self/mem, which heeds no protection; without it, as the
 * guest itself may. */
static size_t read_mem(CPUX86State *env, uint64_t addr, uint8_t *buf,
                       size_t n, bool phys)
{
    int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    ssize_t got;

    n = mapped(addr, n);
    if (fd < 0) {
        return copy_from_guest(buf, addr, n) ? 0 : n;
    }
    got = pread(fd, buf, n, addr);
    close(fd);
    return MAX(got, 0);
}

static size_t write_mem(CPUX86State *env, uint64_t addr, const uint8_t *buf,
                        size_t n, bool phys)
{
    int fd = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);
    ssize_t done;

    n = mapped(addr, n);
    if (fd < 0) {
        guest_prepare_write(addr, n);
        done = copy_to_guest(addr, buf, n) ? 0 : n;
    } else {
        done = pwrite(fd, buf, n, addr);
        close(fd);
    }
    if (done > 0) {
        tcg_invalidate(addr, addr + done - 1);
    }
    return MAX(done, 0);
}

/* ---- the program --------------------------------------------------------- */

static bool read_auxv(GdbStub *g, const char *annex, GString *out)
{
    size_t size;
    const void *auxv = process_auxv(&size);

    g_string_append_len(out, auxv, size);
    return true;
}

static bool read_exec_file(GdbStub *g, const char *annex, GString *out)
{
    g_string_append(out, process_exe_path());
    return true;
}

/* Of the thread that stopped at a signal. */
static bool read_siginfo(GdbStub *g, const char *annex, GString *out)
{
    uint8_t guest[128];

    for (GdbTask *k = gdb_user.tasks; k; k = k->next) {
        if (k->info) {
            if (process_options.guest32) {
                siginfo_to_32(k->info, guest);
            } else {
                siginfo_to_guest(k->info, guest);
            }
            g_string_append_len(out, (char *)guest, sizeof(guest));
            return true;
        }
    }
    return false;
}

static uint64_t aux_value(uint64_t type)
{
    unsigned size = process_options.guest32 ? 4 : 8;
    const uint8_t *p;
    size_t n;

    for (p = process_auxv(&n); n >= 2 * size; p += 2 * size, n -= 2 * size) {
        uint64_t v[2] = { 0 };

        memcpy(&v[0], p, size);
        memcpy(&v[1], p + size, size);
        if (le64(v[0]) == type) {
            return le64(v[1]);
        }
    }
    return 0;
}

/* Where the program headers are, less where the file says they are. */
static uint64_t load_offset(void)
{
    uint64_t at = aux_value(AT_PHDR), n = aux_value(AT_PHNUM);

    for (uint64_t i = 0; i < n; i++) {
        Elf64_Phdr h;
        Elf32_Phdr h32;

        if (process_options.guest32) {
            if (!copy_from_guest(&h32, at + i * sizeof(h32), sizeof(h32)) &&
                le32(h32.p_type) == PT_PHDR) {
                return at - le32(h32.p_vaddr);
            }
        } else if (!copy_from_guest(&h, at + i * sizeof(h), sizeof(h)) &&
                   le32(h.p_type) == PT_PHDR) {
            return at - le64(h.p_vaddr);
        }
    }
    return 0;
}

/* ---- going on ------------------------------------------------------------ */

/* gdb.c sees it by gdb_is_running(). */
static void resume(void)
{
}

static void interrupt(void)
{
    gdb_user.interrupt = true;
}

static void kill_guest(void)
{
    gdb_socket_close();
    _exit(EXIT_SUCCESS);
}

static void detach(void)
{
    gdb_socket_close();
}

const GdbFront *gdb_user_front(void)
{
    static const GdbObject objects[] = {
        { "auxv", read_auxv }, { "exec-file", read_exec_file },
        { "siginfo", read_siginfo }, { NULL }
    };
    static GdbFront front = {
        .osabi = "GNU/Linux", .objects = objects, .send = gdb_socket_send,
        .next_thread = next_thread, .thread_env = thread_env,
        .describe = describe, .read = read_mem, .write = write_mem,
        .set_ip = set_ip, .regs_written = regs_written, .resume = resume,
        .interrupt = interrupt, .kill = kill_guest, .detach = detach,
        .path = process_path, .load_offset = load_offset,
    };

    front.guest32 = process_options.guest32;
    front.pid = getpid();
    return &front;
}
