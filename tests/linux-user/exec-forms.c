/* SPDX-License-Identifier: MIT */
/*
 * execve and execveat as their manual pages have them: arguments, environment,
 * scripts, errors, descriptors, what signals and ids the new program finds.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char self[4096];

static void show(int argc, char **argv)
{
    sigset_t set;

    printf("[%d]", argc);
    for (int i = 0; i < argc; i++) {
        printf(" <%s>", argv[i]);
    }
    printf(" env");
    for (char **e = environ; *e; e++) {
        if (strncmp(*e, "QEMU", 4)) {
            printf(" %s", *e);
        }
    }
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf(" mask %d%d%d", sigismember(&set, SIGUSR1), sigismember(&set, SIGSEGV),
           sigismember(&set, SIGUSR2));
    for (int s = 1; s < 32; s++) {
        struct sigaction sa;
        if (!sigaction(s, NULL, &sa) && sa.sa_handler == SIG_IGN) {
            printf(" ign%d", s);
        }
    }
    for (int fd = 3; fd < 20; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            printf(" fd%d", fd);
        }
    }
    printf(" execfn %s\n", (char *)getauxval(AT_EXECFN));
    fflush(stdout);
}

static int st(int pid)
{
    int s;

    waitpid(pid, &s, 0);
    return WIFEXITED(s) ? WEXITSTATUS(s) : 1000 + WTERMSIG(s);
}

static void put(const char *name, const char *text, int mode)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0777);

    write(fd, text, strlen(text));
    fchmod(fd, mode);
    close(fd);
}

static void run(const char *what, const char *path, char **argv, char **envp)
{
    int pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        execve(path, argv, envp);
        printf("%s: errno %d\n", what, errno);
        exit(99);
    }
    printf("%s -> %d\n", what, st(pid));
}

static void on(int sig)
{
}

static char *env[] = { "A=1", "B=two words", NULL };
static char *args[] = { "zero", "show", "x y", "", NULL };

static void plain(void)
{
    char *none[] = { NULL };

    run("plain", "./prog", args, env);
    run("no env", "./prog", args, none);
    run("null env", "./prog", args, NULL);
    args[0] = "";
    run("empty argv0", "./prog", args, env);
    args[0] = "-dash";
    run("dash argv0", "./prog", args, env);
    args[0] = "zero";
}

static void no_programs(void)
{
    run("missing", "./missing", args, env);
    run("directory", "/", args, env);
    run("empty path", "", args, env);
    run("not a dir", "./prog/x", args, env);
    put("noexec", "#!/bin/sh\n", 0644);
    run("no x", "./noexec", args, env);
    put("text", "echo not a script\n", 0755);
    run("text", "./text", args, env);
    put("zero", "", 0755);
    run("empty", "./zero", args, env);
    put("magic", "\177ELF", 0755);
    run("only magic", "./magic", args, env);
}

static void scripts(void)
{
    char text[5000];

    snprintf(text, sizeof(text), "#! ./prog show  one two \nrest\n");
    put("script", text, 0755);
    run("script", "./script", args, env);
    snprintf(text, sizeof(text), "#!./prog\n");
    put("plainscript", text, 0755);
    run("plain script", "./plainscript", args, env);
    put("nested", "#!./script\n", 0755);
    run("nested", "./nested", args, env);
    put("loop", "#!./loop\n", 0755);
    run("loop", "./loop", args, env);
    put("nointerp", "#!/no/such/interp\n", 0755);
    run("no interpreter", "./nointerp", args, env);
    put("noline", "#!   \n", 0755);
    run("no name", "./noline", args, env);
    memset(text, 'x', 400);
    memcpy(text, "#!./prog show ", 14);
    strcpy(text + 300, "\n");
    put("long", text, 0755);
    run("long line", "./long", args, env);
    put("nonl", "#!./prog", 0755);
    run("no newline", "./nonl", args, env);
}

static void faults(void)
{
    char *big;

    errno = 0;
    printf("bad path %ld", syscall(SYS_execve, 8, args, env));
    printf(" %d\n", errno);
    printf("bad argv %ld", syscall(SYS_execve, "./prog", 8, env));
    printf(" %d\n", errno);
    printf("bad envp %ld", syscall(SYS_execve, "./prog", args, 8));
    printf(" %d\n", errno);
    args[2] = (char *)8;
    printf("bad string %d", execve("./prog", args, env));
    printf(" %d\n", errno);
    big = malloc(256 * 1024);
    memset(big, 'b', 256 * 1024 - 1);
    big[256 * 1024 - 1] = 0;
    args[2] = big;
    printf("too long %d", execve("./prog", args, env));
    printf(" %d\n", errno);
    free(big);
    args[2] = "after";
}

static void state(void)
{
    sigset_t set;

    fcntl(open("/dev/null", O_RDONLY), F_DUPFD_CLOEXEC, 10);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGFPE, SIG_IGN);
    signal(SIGTRAP, on);
    signal(SIGHUP, on);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_BLOCK, &set, NULL);
    run("state", "./prog", args, env);
}

static void by_descriptor(void)
{
    int pid, fd;

    fd = open(".", O_RDONLY | O_DIRECTORY);
    fflush(stdout);
    if ((pid = fork()) == 0) {
        syscall(SYS_execveat, fd, "prog", args, env, 0);
        _exit(98);
    }
    printf("at dir %d\n", st(pid));
    close(fd);
    fd = open("prog", O_RDONLY);
    fflush(stdout);
    if ((pid = fork()) == 0) {
        syscall(SYS_execveat, fd, "", args, env, AT_EMPTY_PATH);
        _exit(98);
    }
    printf("at fd %d\n", st(pid));
    if ((pid = fork()) == 0) {
        fexecve(fd, args, env);
        _exit(98);
    }
    printf("fexecve %d\n", st(pid));
}

static void by_descriptor_errors(void)
{
    printf("at nofollow %ld", syscall(SYS_execveat, AT_FDCWD, "prog", args, env,
                                      AT_SYMLINK_NOFOLLOW));
    printf(" %d\n", errno);
    printf("at bad flag %ld", syscall(SYS_execveat, AT_FDCWD, "prog", args, env,
                                      0x8000));
    printf(" %d\n", errno);
    printf("at bad fd %ld", syscall(SYS_execveat, 900, "prog", args, env, 0));
    printf(" %d\n", errno);
}

static void self_and_vfork(void)
{
    int pid;

    fflush(stdout);
    if ((pid = fork()) == 0) {
        environ = env;
        execl("/proc/self/exe", "again", "show", NULL);
        _exit(98);
    }
    printf("self %d\n", st(pid));
    pid = vfork();
    if (pid == 0) {
        execve("./prog", args, env);
        _exit(97);
    }
    printf("vfork %d\n", st(pid));
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1 && strstr(argv[1], "show")) {
        show(argc, argv);
        return 7;
    }
    if (argc > 2 && strstr(argv[2], "show")) {
        show(argc, argv);
        return 8;
    }
    readlink("/proc/self/exe", self, sizeof(self) - 1);
    symlink(self, "prog");
    plain();
    no_programs();
    scripts();
    faults();
    state();
    by_descriptor();
    by_descriptor_errors();
    self_and_vfork();
    return 0;
}
