/* SPDX-License-Identifier: MIT */
/*
 * From a path to a process about to execute its first instruction: what
 * execve(2) does in the kernel (fs/exec, binfmt_script, binfmt_elf), as the
 * manual pages and the x86-64 psABI (3.4.1, initial stack) describe it.
 */
#include "util/osdep.h"
#include "linux-user/program.h"
#include "linux-user/mm.h"
#include "linux-user/signal.h"
#include "loader/elf.h"
#include "loader/script.h"
#include "syscall/ownfd.h"
#include "target-i386/cpu.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>

#define ELF_ET_DYN_BASE 0x555555554000ull
#define ELF_ET_DYN_BASE_32 0x56555000ull
#define MAX_SCRIPTS     5       /* as BINPRM's recursion limit */
#define STACK_GUARD     (1024 * 1024)
#define STACK_MAX_32    (256ull << 20)
#define STACK_GAP_32    (128ull << 20)  /* the kernel's least */

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ  51
#endif

static struct {
    char *exe_path;
    int exe_fd;
    GString *cmdline;
    uint64_t *auxv;
    unsigned nb_auxv;
    uint64_t start_stack, start_code, end_code;
} prog = { .exe_fd = -1 };

/* ---- the mapper ---------------------------------------------------------- */

static int map_reserve(void *opaque, vaddr *addr, uint64_t len, bool fixed)
{
    int64_t ret = -ENOMEM;

    if (fixed) {
        ret = mm_mmap(*addr, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
                      MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0, 0);
        if (ret == -ENOMEM) {
            ret = -EEXIST;
        }
    } else {
        ret = mm_mmap(*addr, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
                      MAP_NORESERVE, -1, 0, 0);
    }
    if (ret < 0) {
        return ret;
    }
    *addr = ret;
    return 0;
}

static int map_file(void *opaque, vaddr addr, uint64_t len, int prot, int fd,
                    uint64_t off)
{
    int64_t ret = mm_mmap(addr, len, prot, MAP_PRIVATE | MAP_FIXED, fd, off,
                          0);

    return ret < 0 ? ret : 0;
}

static int map_zero(void *opaque, vaddr addr, uint64_t len, int prot)
{
    int64_t ret = mm_mmap(addr, len, prot, MAP_PRIVATE | MAP_FIXED |
                          MAP_ANONYMOUS, -1, 0, 0);

    return ret < 0 ? ret : 0;
}

static void map_clear(void *opaque, vaddr addr, uint64_t len)
{
    memset((void *)addr, 0, len);
}

static void map_unmap(void *opaque, vaddr addr, uint64_t len)
{
    mm_munmap(addr, len);
}

static const ElfMapper mapper = {
    .reserve = map_reserve, .map_file = map_file, .map_zero = map_zero,
    .clear = map_clear, .unmap = map_unmap,
};

/* ---- files --------------------------------------------------------------- */

static bool file_error(GError **errp, LoaderError code, const char *path,
                       const char *what)
{
    g_set_error(errp, LOADER_ERROR, code, "%s: %s", path, what);
    return false;
}

/* Opens a program file; the kernel wants it regular and executable. */
static int open_program(const char *path, GError **errp)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0) {
        file_error(errp, LOADER_ERROR_IO, path, g_strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        file_error(errp, LOADER_ERROR_IO, path,
                   S_ISDIR(st.st_mode) ? "Is a directory"
                                       : "Permission denied");
        close(fd);
        return -1;
    }
    if (!(st.st_mode & 0111)) {
        file_error(errp, LOADER_ERROR_IO, path, "Permission denied");
        close(fd);
        return -1;
    }
    return fd;
}

static void prepend_args(GPtrArray *argv, char **first, unsigned nb)
{
    /* argv[0] gives way to the interpreter and the script's path. */
    if (argv->len) {
        g_ptr_array_remove_index(argv, 0);
    }
    for (unsigned i = nb; i-- > 0; ) {
        g_ptr_array_insert(argv, 0, first[i]);
    }
}

/* Follows "#!" lines: *fd and *path become the ELF program's, argv grows. */
static bool resolve_scripts(int *fd, char **path, GPtrArray *argv,
                            GError **errp)
{
    for (int depth = 0; ; depth++) {
        char buf[256], *tofree = NULL;
        ScriptLine line;
        ssize_t n = pread(*fd, buf, sizeof(buf), 0);
        const char *host_path;
        int ret;

        if (n < 0) {
            return file_error(errp, LOADER_ERROR_IO, *path,
                              g_strerror(errno));
        }
        ret = script_parse(buf, n, &line);
        if (ret > 0) {
            return true;
        }
        if (ret < 0) {
            return file_error(errp, LOADER_ERROR_NOEXEC, *path,
                              "Exec format error: bad interpreter line");
        }
        if (depth == MAX_SCRIPTS) {
            return file_error(errp, LOADER_ERROR_NOEXEC, *path,
                              "too many levels of script interpreters");
        }
        char *first[3] = { g_strdup(line.interp) };
        unsigned nb = 1;
        if (line.arg[0]) {
            first[nb++] = g_strdup(line.arg);
        }
        first[nb++] = *path;
        prepend_args(argv, first, nb);
        *path = g_strdup(line.interp);
        host_path = process_path(*path, &tofree);
        close(*fd);
        *fd = open_program(host_path, errp);
        g_free(tofree);
        if (*fd < 0) {
            g_prefix_error(errp, "script interpreter ");
            return false;
        }
    }
}

static void random_bytes(uint8_t out[16], const char *seed)
{
    if (seed) {     /* -seed: the same ones each time */
        GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
        uint8_t digest[32];
        gsize len = sizeof(digest);
        g_checksum_update(sum, (const guchar *)seed, strlen(seed));
        g_checksum_get_digest(sum, digest, &len);
        g_checksum_free(sum);
        memcpy(out, digest, 16);
    } else if (getrandom(out, 16, GRND_NONBLOCK) != 16) {
        memcpy(out, (void *)getauxval(AT_RANDOM), 16);
    }
}

/* ---- images -------------------------------------------------------------- */

static uint64_t random_pages(uint64_t pages)
{
    uint64_t r = 0;

    if (personality(0xffffffff) & ADDR_NO_RANDOMIZE) {
        return 0;
    }
    if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != sizeof(r)) {
        r = (uintptr_t)&r >> 4;
    }
    return r % pages * TARGET_PAGE_SIZE;
}

/* A position-independent program goes where the kernel puts it; the
 * emulator's own heap may sit at the start of that area. */
static vaddr dyn_hint(void)
{
    if (process_options.guest32) {
        return ELF_ET_DYN_BASE_32 + random_pages(256);
    }
    return ELF_ET_DYN_BASE + (1ull << 32) + random_pages(1 << 26);
}

static bool load_interp(ElfImage *exe, ElfImage *interp, GError **errp)
{
    char *tofree = NULL;
    const char *path = process_path(exe->interp, &tofree);
    int fd = open_program(path, errp);
    bool ok;

    if (fd < 0) {
        g_prefix_error(errp, "ELF interpreter ");
        g_free(tofree);
        return false;
    }
    ok = elf_read(fd, path, exe->is_32, interp, errp) &&
         elf_map(fd, path, interp, 0, &mapper, errp);
    close(fd);
    g_free(tofree);
    return ok;
}

/* ---- stack --------------------------------------------------------------- */

typedef struct StackBuilder {
    uint8_t *low;
    uint8_t *sp;
    bool full;
} StackBuilder;

static uint64_t push_bytes(StackBuilder *b, const void *data, size_t len)
{
    if ((size_t)(b->sp - b->low) < len + STACK_GUARD / 8) {
        b->full = true;
        return 0;
    }
    b->sp -= len;
    memcpy(b->sp, data, len);
    return (uintptr_t)b->sp;
}

static uint64_t push_string(StackBuilder *b, const char *s)
{
    return push_bytes(b, s, strlen(s) + 1);
}

/* Strings go down from the last to the first, so that they lie in order. */
static uint64_t *push_strings(StackBuilder *b, char **strv, unsigned nb)
{
    uint64_t *at = g_new(uint64_t, nb + 1);

    at[nb] = 0;
    for (unsigned i = nb; i-- > 0; ) {
        at[i] = push_string(b, strv[i]);
    }
    return at;
}

static void add_aux(GArray *aux, uint64_t type, uint64_t val)
{
    g_array_append_val(aux, type);
    g_array_append_val(aux, val);
}

static uint64_t hwcap2(CPUX86State *env)
{
    uint32_t r[4];

    x86_cpuid(env, 0, 0, r);
    if (r[0] < 7) {
        return 0;
    }
    x86_cpuid(env, 7, 0, r);
    return r[1] & 1 ? 2 : 0;        /* FSGSBASE from user code */
}

static GArray *build_auxv(CPUX86State *env, const ProgramArgs *args,
                          const ElfImage *exe, const ElfImage *interp,
                          uint64_t random, uint64_t platform, uint64_t execfn)
{
    GArray *aux = g_array_new(false, false, sizeof(uint64_t));
    vaddr vdso = process_options.guest32 ? vdso32_map() : vdso_map();
    uint32_t cpuid1[4];

    x86_cpuid(env, 1, 0, cpuid1);
    if (vdso && process_options.guest32) {
        add_aux(aux, AT_SYSINFO, vdso32_sysinfo);
    }
    if (vdso) {
        add_aux(aux, AT_SYSINFO_EHDR, vdso);
    }
    add_aux(aux, AT_MINSIGSTKSZ, signal_min_stack(env));
    add_aux(aux, AT_HWCAP, cpuid1[3]);
    add_aux(aux, AT_PAGESZ, TARGET_PAGE_SIZE);
    add_aux(aux, AT_CLKTCK, sysconf(_SC_CLK_TCK));
    add_aux(aux, AT_PHDR, exe->phdr);
    add_aux(aux, AT_PHENT, exe->phentsize);
    add_aux(aux, AT_PHNUM, exe->phnum);
    add_aux(aux, AT_BASE, exe->interp ? interp->bias : 0);
    add_aux(aux, AT_FLAGS, args->at_flags);
    add_aux(aux, AT_ENTRY, exe->entry);
    add_aux(aux, AT_UID, getuid());
    add_aux(aux, AT_EUID, geteuid());
    add_aux(aux, AT_GID, getgid());
    add_aux(aux, AT_EGID, getegid());
    add_aux(aux, AT_SECURE, getauxval(AT_SECURE));
    add_aux(aux, AT_RANDOM, random);
    add_aux(aux, AT_HWCAP2, hwcap2(env));
    add_aux(aux, AT_EXECFN, execfn);
    add_aux(aux, AT_PLATFORM, platform);
    add_aux(aux, AT_NULL, 0);
    return aux;
}

/* Words of 4 or 8 bytes, little-endian in guest memory.  w keeps its values
 * in the 64-bit guest's form (/proc/self/auxv). */
static void push_words(StackBuilder *b, uint64_t *w, unsigned n,
                       unsigned width)
{
    uint32_t *narrow;

    if (width == 8) {
        for (unsigned i = 0; i < n; i++) {
            w[i] = GUINT64_TO_LE(w[i]);
        }
        push_bytes(b, w, n * 8);
        return;
    }
    narrow = g_new(uint32_t, n);
    for (unsigned i = 0; i < n; i++) {
        narrow[i] = GUINT32_TO_LE((uint32_t)w[i]);
    }
    push_bytes(b, narrow, n * 4);
    memcpy(w, narrow, n * 4);
    g_free(narrow);
}

static bool build_stack(CPUX86State *env, const ProgramArgs *args,
                        GPtrArray *argv,
                        const ElfImage *exe, const ElfImage *interp,
                        vaddr low, uint64_t size, GError **errp)
{
    StackBuilder b = { (uint8_t *)low, (uint8_t *)low + size - 8, false };
    unsigned argc = argv->len, envc = g_strv_length(args->envp);
    uint64_t fn, *argp, *envp, platform, rnd_at, count = argc;
    uint8_t rnd[16] = { 0 };
    size_t words;
    unsigned width;
    GArray *aux;

    fn = push_string(&b, args->execfn);
    envp = push_strings(&b, args->envp, envc);
    argp = push_strings(&b, (char **)argv->pdata, argc);
    platform = push_string(&b, process_options.guest32 ? "i686" : "x86_64");
    random_bytes(rnd, args->seed);
    rnd_at = push_bytes(&b, rnd, sizeof(rnd));
    aux = build_auxv(env, args, exe, interp, rnd_at, platform, fn);
    words = 1 + argc + 1 + envc + 1 + aux->len;
    width = process_options.guest32 ? 4 : 8;
    b.sp = (uint8_t *)((uintptr_t)b.sp & ~15ull);
    b.sp -= -(words * width) & 15;
    push_words(&b, (uint64_t *)aux->data, aux->len, width);
    push_words(&b, envp, envc + 1, width);
    push_words(&b, argp, argc + 1, width);
    push_words(&b, &count, 1, width);
    g_free(argp);
    g_free(envp);
    prog.nb_auxv = aux->len;
    prog.auxv = (uint64_t *)g_array_free(aux, false);
    if (b.full) {
        return file_error(errp, LOADER_ERROR_NOMEM, args->path,
                          "Argument list too long for the stack");
    }
    prog.start_stack = env->regs[R_ESP] = (uintptr_t)b.sp;
    return true;
}

static vaddr map_stack(uint64_t size, bool exec)
{
    int prot = PROT_READ | PROT_WRITE | (exec ? PROT_EXEC : 0);
    bool fixed = process_options.guest32;
    int64_t at = mm_mmap(fixed ? TASK_SIZE_32 - size - STACK_GUARD : 0,
                         size + STACK_GUARD, PROT_NONE, MAP_PRIVATE |
                         MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK |
                         (fixed ? MAP_FIXED : 0), -1, 0, 0);

    if (at < 0) {
        return 0;
    }
    /* The gap stays mapped, but is no longer the guest's. */
    mm_disown(at, STACK_GUARD);
    at += STACK_GUARD;
    at = mm_mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
                 MAP_NORESERVE | MAP_STACK, -1, 0, MA_STACK);
    return at < 0 ? 0 : at;
}

/* ---- all together -------------------------------------------------------- */

static void exe_fd_moved(int fd)
{
    prog.exe_fd = fd;
}

static void remember(const ProgramArgs *args, const char *path, int fd,
                     GPtrArray *argv, const ElfImage *exe)
{
    char link[32], buf[PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, buf, sizeof(buf) - 1);
    prog.exe_path = n > 0 ? g_strndup(buf, n) : g_strdup(path);
    /* The name in /proc/PID/comm, which exec makes from the path it is given;
     * under binfmt_misc it is that already. */
    snprintf(link, 16, "%s", strrchr(args->execfn, '/')
             ? strrchr(args->execfn, '/') + 1 : args->execfn);
    prctl(PR_SET_NAME, link);
    prog.exe_fd = own_fd_add(fd, exe_fd_moved);
    prog.cmdline = g_string_new(NULL);
    for (unsigned i = 0; i < argv->len; i++) {
        const char *s = argv->pdata[i];
        g_string_append_len(prog.cmdline, s, strlen(s) + 1);
    }
    prog.start_code = exe->start_code;
    prog.end_code = exe->end_code;
}

static bool load_images(CPUX86State *env, const ProgramArgs *args, int fd,
                        const char *path, ElfImage *exe, ElfImage *interp,
                        GError **errp)
{
    if (!elf_read(fd, path, process_options.guest32, exe, errp) ||
        !elf_map(fd, path, exe, exe->is_dyn ? dyn_hint() : 0, &mapper,
                 errp)) {
        return false;
    }
    /* mm->brk of the kernel: behind the image, a random distance away for
     * all but the plainest personality. */
    mm_set_brk_start(TARGET_PAGE_ALIGN(exe->brk) + random_pages(0x1000));
    return !exe->interp || load_interp(exe, interp, errp);
}

bool program_load(CPUX86State *env, const ProgramArgs *args, GError **errp)
{
    GPtrArray *argv = g_ptr_array_new();
    ElfImage exe = { 0 }, interp = { 0 };
    char *path = g_strdup(args->path);
    int fd = args->fd;
    uint64_t stack_size = args->stack_size;
    bool ok = false;
    vaddr stack;

    if (process_options.guest32) {
        stack_size = MIN(stack_size, STACK_MAX_32);
    }
    for (char **a = args->argv; *a; a++) {
        g_ptr_array_add(argv, *a);
    }
    if (fd < 0) {
        fd = open_program(args->path, errp);
    }
    if (process_options.guest32) {
        mm_set_guest32(TASK_SIZE_32 - MAX(stack_size, STACK_GAP_32) -
                       STACK_GUARD - random_pages(256));
    }
    if (fd < 0 || !resolve_scripts(&fd, &path, argv, errp) ||
        !load_images(env, args, fd, path, &exe, &interp, errp)) {
        goto out;
    }
    stack = map_stack(stack_size, exe.has_gnu_stack && exe.exec_stack);
    if (!stack) {
        file_error(errp, LOADER_ERROR_NOMEM, path, "can't map the stack");
        goto out;
    }
    if (process_options.guest32) {
        x86_cpu_reset_user32(env);
    } else {
        x86_cpu_reset_user64(env);
    }
    if (!build_stack(env, args, argv, &exe, &interp, stack, stack_size,
                     errp)) {
        goto out;
    }
    env->h.pc = exe.interp ? interp.entry : exe.entry;
    remember(args, path, fd, argv, &exe);
    fd = -1;
    ok = true;
out:
    if (fd >= 0) {
        close(fd);
    }
    elf_image_clear(&exe);
    elf_image_clear(&interp);
    g_ptr_array_free(argv, true);
    return ok;
}

/* ---- what others ask ----------------------------------------------------- */

const char *process_exe_path(void)
{
    return prog.exe_path ? prog.exe_path : "";
}

int process_exe_fd(void)
{
    return prog.exe_fd;
}

const void *process_auxv(size_t *size)
{
    *size = prog.nb_auxv * (process_options.guest32 ? 4 : 8);
    return prog.auxv;
}

GString *process_cmdline(void)
{
    return g_string_new_len(prog.cmdline->str, prog.cmdline->len);
}

uint64_t process_start_stack(void)
{
    return prog.start_stack;
}

uint64_t process_start_code(void)
{
    return prog.start_code;
}

uint64_t process_end_code(void)
{
    return prog.end_code;
}
