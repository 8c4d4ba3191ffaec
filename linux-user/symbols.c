/* SPDX-License-Identifier: MIT */
/*
 * Names for guest addresses in logs: function, file and line from the ELF
 * symbol tables and DWARF of whatever is mapped there, through libdwfl.  Read
 * when first asked for, so that nobody else pays.
 */
#include "util/osdep.h"
#include "linux-user/program.h"
#include "linux-user/mm.h"
#include "util/log.h"
#include <elfutils/libdwfl.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Dwfl *dwfl;

/* dwfl reads the guest's view of maps, which it takes from a stream. */
static bool report_maps(void)
{
    GString *maps = process_maps(false);
    FILE *f = fmemopen(maps->str, MAX(maps->len, 1), "r");
    bool ok = f && dwfl_linux_proc_maps_report(dwfl, f) == 0;

    if (f) {
        fclose(f);
    }
    g_string_free(maps, true);
    return ok;
}

/* Separate debug info by build id.  The library's own search ends by loading
 * libdebuginfod, which a static program must not: it brings a second libc. */
static int find_debuginfo(Dwfl_Module *mod, void **userdata, const char *name,
                          Dwarf_Addr base, const char *file,
                          const char *debuglink, GElf_Word crc, char **found)
{
    const unsigned char *id;
    GElf_Addr at;
    int n = dwfl_module_build_id(mod, &id, &at), fd;
    GString *path;

    if (n < 2) {
        return -1;
    }
    path = g_string_new("/usr/lib/debug/.build-id/");
    for (int i = 0; i < n; i++) {
        g_string_append_printf(path, i == 1 ? "/%02x" : "%02x", id[i]);
    }
    g_string_append(path, ".debug");
    fd = open(path->str, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        *found = strdup(path->str);
    }
    g_string_free(path, true);
    return fd;
}

static Dwfl_Module *find_module(uint64_t addr)
{
    static const Dwfl_Callbacks cb = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = find_debuginfo,
    };
    Dwfl_Module *m = dwfl ? dwfl_addrmodule(dwfl, addr) : NULL;

    if (m || !mm_lookup(addr, NULL)) {
        return m;
    }
    /* First time, or something was mapped since. */
    if (!dwfl) {
        dwfl = dwfl_begin(&cb);
    }
    if (!dwfl) {
        return NULL;
    }
    dwfl_report_begin_add(dwfl);
    if (!report_maps()) {
        dwfl_report_end(dwfl, NULL, NULL);
        return NULL;
    }
    dwfl_report_end(dwfl, NULL, NULL);
    return dwfl_addrmodule(dwfl, addr);
}

static const char *symbol_at(uint64_t addr)
{
    static __thread char text[512];
    const char *name, *file = NULL;
    Dwfl_Module *m;
    Dwfl_Line *line;
    GElf_Off off = 0;
    GElf_Sym sym;
    int row = 0;

    pthread_mutex_lock(&lock);
    m = find_module(addr);
    name = m ? dwfl_module_addrinfo(m, addr, &off, &sym, NULL, NULL, NULL)
             : NULL;
    line = m ? dwfl_module_getsrc(m, addr) : NULL;
    if (line) {
        file = dwfl_lineinfo(line, NULL, &row, NULL, NULL, NULL);
    }
    if (name || file) {
        snprintf(text, sizeof(text), "%s+0x%" PRIx64 "%s%s%s%.0d",
                 name ? name : "?", (uint64_t)off, file ? " " : "",
                 file ? file : "", file ? ":" : "", row);
    }
    pthread_mutex_unlock(&lock);
    return name || file ? text : NULL;
}

void symbols_init(void)
{
    log_symbol_hook = symbol_at;
    log_cpu_hook = x86_cpu_dump;
}
