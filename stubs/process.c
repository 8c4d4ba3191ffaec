/* SPDX-License-Identifier: MIT */
/* syscall/process.h for binaries without linux-user: an empty process. */
#include "util/osdep.h"
#include "syscall/process.h"

struct ProcessOptions process_options;

const char *process_exe_path(void)
{
    return "/proc/self/exe";
}

int process_exe_fd(void)
{
    return -1;
}

GString *process_maps(bool smaps)
{
    return g_string_new(NULL);
}

const void *process_auxv(size_t *size)
{
    *size = 0;
    return NULL;
}

GString *process_cmdline(void)
{
    return g_string_new(NULL);
}

uint64_t process_start_stack(void)
{
    return 0;
}

uint64_t process_start_code(void)
{
    return 0;
}

uint64_t process_end_code(void)
{
    return 0;
}

bool guest_range_ok(vaddr start, uint64_t len, int prot)
{
    return true;
}

void guest_prepare_write(vaddr start, uint64_t len)
{
}

const char *process_path(const char *path, char **tofree)
{
    *tofree = NULL;
    return path;
}

void process_sigmask_begin(CPUX86State *env, uint64_t set, uint64_t *host_set)
{
    *host_set = set;
}

void process_sigmask_end(CPUX86State *env, int64_t ret)
{
}
