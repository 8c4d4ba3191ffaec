/* SPDX-License-Identifier: MIT */
/* Isolation, files and options of fuzz targets: see fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include "qom/property.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

enum { FILE_MAX = 16 << 20 };

/* Empty memory is mounted here; the host's folder of that name stays. */
static const char folder[] = "/mnt";

static void die(const char *what)
{
    fprintf(stderr, "fuzz: %s: %s\n", what, g_strerror(errno));
    exit(EXIT_FAILURE);
}

/* A tree of mounts of our own, nothing of it writable but what was kept. */
static void close_files(const char *keep)
{
    struct mount_attr shut = {
        .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV,
    };
    struct mount_attr open = { .attr_clr = MOUNT_ATTR_RDONLY };

    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        (keep && mount(keep, keep, NULL, MS_BIND, NULL) < 0) ||
        mount("fuzz", folder, "tmpfs", 0, NULL) < 0 ||
        mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &shut, sizeof(shut)) < 0 ||
        (keep &&
         mount_setattr(AT_FDCWD, keep, 0, &open, sizeof(open)) < 0) ||
        mount_setattr(AT_FDCWD, folder, 0, &open, sizeof(open)) < 0) {
        die("cannot shut files away");
    }
}

static void write_map(const char *file, const char *text)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        die(file);
    }
    close(fd);
}

/* Ordinary users get name spaces together with user ids of their own. */
static void leave_host(void)
{
    int spaces = CLONE_NEWNS | CLONE_NEWNET;
    g_autofree char *uids = g_strdup_printf("0 %d 1", getuid());
    g_autofree char *gids = g_strdup_printf("0 %d 1", getgid());

    if (unshare(spaces) == 0) {
        return;
    }
    if (unshare(CLONE_NEWUSER | spaces) < 0) {
        die("no name spaces");
    }
    write_map("/proc/self/setgroups", "deny");
    write_map("/proc/self/uid_map", uids);
    write_map("/proc/self/gid_map", gids);
}

void fuzz_isolate(int argc, char **argv)
{
    struct rlimit size = { FILE_MAX, FILE_MAX };

    leave_host();
    close_files(fuzz_option(argc, argv, "keep"));
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &size);
    if (chdir(folder) < 0) {
        die(folder);
    }
    g_setenv("TMPDIR", folder, true);
}

const char *fuzz_option(int argc, char **argv, const char *name)
{
    size_t n = strlen(name);

    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "--", 2) && !strncmp(argv[i] + 2, name, n) &&
            argv[i][2 + n] == '=') {
            return argv[i] + 3 + n;
        }
    }
    return NULL;
}

char *fuzz_file(const char *name, const void *data, size_t size)
{
    char *path = g_build_filename(folder, name, NULL);
    FILE *f = fopen(path, "wbe");

    if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
        die(path);
    }
    return path;
}

bool fuzz_wants_words(int argc, char **argv)
{
    return fuzz_option(argc, argv, "words") != NULL;
}

static void print_property(ObjectClass *oc, Property *p, void *opaque)
{
    printf("\"%s\"\n", p->name);
}

static void print_class(ObjectClass *oc, void *opaque)
{
    printf("\"%s\"\n", object_class_get_name(oc));
    object_class_property_foreach(oc, print_property, NULL);
}

void fuzz_print_words(const char *const *extra)
{
    object_class_foreach(print_class, NULL, false, NULL);
    for (; *extra; extra++) {
        printf("\"%s\"\n", *extra);
    }
    exit(EXIT_SUCCESS);
}
