/* SPDX-License-Identifier: MIT */
/*
 * The i386 vdso: its ELF image and symbols, system calls through AT_SYSINFO
 * with six arguments, interrupted and restarted, time by its functions, and
 * unwinding out of a signal handler across it.
 * guest: i386
 * timeout: 30
 * cflags: -O1 -no-pie -fno-pic -fexceptions -fno-omit-frame-pointer
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

static const Elf32_Ehdr *image;
static volatile int handled;

static void *symbol(const char *name)
{
    const Elf32_Phdr *ph = (void *)((char *)image + image->e_phoff);
    const Elf32_Dyn *d = NULL;
    const Elf32_Sym *sym = NULL;
    const char *str = NULL;
    const Elf32_Word *hash = NULL;
    uintptr_t bias = 0;

    for (int i = 0; i < image->e_phnum; i++) {
        if (ph[i].p_type == PT_LOAD) {
            bias = (uintptr_t)image - ph[i].p_vaddr + ph[i].p_offset;
        } else if (ph[i].p_type == PT_DYNAMIC) {
            d = (void *)((char *)image + ph[i].p_offset);
        }
    }
    for (; d && d->d_tag; d++) {
        void *p = (void *)(bias + d->d_un.d_ptr);
        sym = d->d_tag == DT_SYMTAB ? p : sym;
        str = d->d_tag == DT_STRTAB ? p : str;
        hash = d->d_tag == DT_HASH ? p : hash;
    }
    /* The kernel's has a GNU hash table only: look until the strings. */
    for (unsigned i = 1; hash ? i < hash[1] : (void *)&sym[i] < (void *)str;
         i++) {
        if (!strcmp(str + sym[i].st_name, name)) {
            return (void *)(bias + sym[i].st_value);
        }
    }
    return NULL;
}

static long vsyscall6(long nr, long a, long b, long c, long d, long e, long f)
{
    static uintptr_t entry;
    long ret;
    struct { long nr, a, f; } in = { nr, a, f };

    entry = getauxval(AT_SYSINFO);
    asm volatile("push %%ebx\n\tpush %%ebp\n\t"
                 "mov 4(%%eax), %%ebx\n\tmov 8(%%eax), %%ebp\n\t"
                 "push entry6\n\tmov (%%eax), %%eax\n\tcall *(%%esp)\n\t"
                 "add $4, %%esp\n\tpop %%ebp\n\tpop %%ebx\n\t"
                 ".pushsection .bss\nentry6:\t.long 0\n\t.popsection"
                 : "=a"(ret) : "a"(&in), "c"(b), "d"(c), "S"(d), "D"(e)
                 : "memory");
    return ret;
}

static void on_alarm(int sig)
{
    handled++;
}

static _Unwind_Reason_Code frame(struct _Unwind_Context *c, void *arg)
{
    ++*(int *)arg;
    return _URC_NO_REASON;
}

static void on_usr1(int sig)
{
    int n = 0;

    _Unwind_Backtrace(frame, &n);
    printf("unwound %d\n", n >= 5);
}

static __attribute__((noinline)) void raise_here(void)
{
    raise(SIGUSR1);
}

static double seconds(struct timespec t)
{
    return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(void)
{
    extern uintptr_t entry6;
    struct timespec a, b;
    struct timeval tv;
    int fd[2], pid, status;
    char c = 0;
    void *p;

    image = (void *)getauxval(AT_SYSINFO_EHDR);
    entry6 = getauxval(AT_SYSINFO);
    printf("elf %d class %d machine %d\n", !memcmp(image, ELFMAG, 4),
           image->e_ident[EI_CLASS], image->e_machine);
    static const char *const names[] = {
        "__kernel_vsyscall", "__kernel_sigreturn", "__kernel_rt_sigreturn",
        "__vdso_clock_gettime", "__vdso_clock_gettime64",
        "__vdso_gettimeofday", "__vdso_time", "__vdso_clock_getres",
    };
    for (unsigned i = 0; i < 8; i++) {
        printf("%s %d\n", names[i], symbol(names[i]) != NULL);
    }
    printf("entry %d\n", symbol(names[0]) == (void *)entry6);
    printf("pid %d\n", vsyscall6(SYS_getpid, 0, 0, 0, 0, 0, 0) == getpid());
    p = (void *)vsyscall6(SYS_mmap2, 0, 4096, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("mmap2 %d\n", p != MAP_FAILED && (uintptr_t)p < -4096u);
    printf("bad %ld\n", vsyscall6(SYS_write, 1, 16, 1, 0, 0, 0));
    printf("none %ld\n", vsyscall6(9999, 0, 0, 0, 0, 0, 0));
    /* interrupted: restarted or not */
    struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
    struct itimerval it = { .it_value.tv_usec = 20000 };
    sigaction(SIGALRM, &sa, NULL);
    pipe(fd);
    pid = fork();
    if (!pid) {
        usleep(100000);
        write(fd[1], "x", 1);
        _exit(0);
    }
    setitimer(ITIMER_REAL, &it, NULL);
    printf("read %ld", vsyscall6(SYS_read, fd[0], (long)&c, 1, 0, 0, 0));
    printf(" %c handled %d\n", c, handled);
    waitpid(pid, &status, 0);
    sa.sa_flags = 0;
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &it, NULL);
    printf("eintr %ld", vsyscall6(SYS_read, fd[0], (long)&c, 1, 0, 0, 0));
    printf(" handled %d\n", handled);
    /* time */
    int (*gettime)(int, struct timespec *) = symbol("__vdso_clock_gettime");
    int (*getres)(int, struct timespec *) = symbol("__vdso_clock_getres");
    int (*gtod)(struct timeval *, void *) = symbol("__vdso_gettimeofday");
    time_t (*gett)(time_t *) = symbol("__vdso_time");
    int (*gettime64)(int, void *) = symbol("__vdso_clock_gettime64");
    struct { int64_t sec; int32_t nsec, pad; } t64;
    clock_gettime(CLOCK_MONOTONIC, &a);
    printf("gettime %d", gettime(CLOCK_MONOTONIC, &b));
    printf(" %d\n", seconds(b) - seconds(a) >= 0 &&
                    seconds(b) - seconds(a) < 1);
    printf("gettime64 %d", gettime64(CLOCK_REALTIME, &t64));
    gtod(&tv, NULL);
    printf(" %d\n", tv.tv_sec - t64.sec >= 0 && tv.tv_sec - t64.sec < 2);
    printf("time %d\n", gett(NULL) - tv.tv_sec < 2);
    printf("getres %d", getres(CLOCK_REALTIME, &b));
    printf(" %ld\n", b.tv_nsec);
    signal(SIGUSR1, on_usr1);
    raise_here();
    return 0;
}
