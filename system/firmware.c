/* SPDX-License-Identifier: MIT */
/* -fw_cfg and -option-rom: see firmware.h. */
#include "util/osdep.h"
#include "system/firmware.h"

#include "hw/nvram/fw_cfg.h"

static void check_keys(const char *option, const OptString *opts,
                       const char *const *keys)
{
    for (int i = 0; i < opts->n; i++) {
        if (!g_strv_contains(keys, opts->pairs[i].name)) {
            system_die("-%s: unknown option '%s'", option,
                       opts->pairs[i].name);
        }
    }
}

static void add(const char *option, const char *name, const char *data,
                size_t size)
{
    FWCfgState *fw = fw_cfg_find();

    if (!fw) {
        system_die("-%s: the machine has no fw_cfg", option);
    }
    if (strlen(name) > FW_CFG_NAME_MAX) {
        system_die("-%s: the name '%s' is longer than %d characters", option,
                   name, FW_CFG_NAME_MAX);
    }
    if (fw_cfg_has_file(fw, name)) {
        system_die("-%s: there is already a file '%s'", option, name);
    }
    if (!fw_cfg_add_file(fw, name, data, size)) {
        system_die("-%s: no room for another file", option);
    }
}

static void add_file(const char *option, const char *name, const char *file)
{
    GError *err = NULL;
    char *data;
    gsize size;

    if (!g_file_get_contents(file, &data, &size, &err)) {
        system_die("-%s: %s", option, err->message);
    }
    add(option, name, data, size);
    g_free(data);
}

/* [name=]NAME,file=F or string=TEXT */
static void add_fw_cfg(const char *text)
{
    static const char *const keys[] = { "name", "file", "string", NULL };
    GError *err = NULL;
    OptString *opts = optstr_parse(text, "name", &err);
    const char *name, *file, *string;

    if (!opts) {
        system_die("-fw_cfg: %s", err->message);
    }
    check_keys("fw_cfg", opts, keys);
    name = optstr_get(opts, "name");
    file = optstr_get(opts, "file");
    string = optstr_get(opts, "string");
    if (!name || !*name || !file == !string) {
        system_die("-fw_cfg: needs a name, and file= or string=");
    }
    if (!g_str_has_prefix(name, "opt/")) {
        system_warn("-fw_cfg: names of users' files should begin with opt/, "
                    "unlike '%s'", name);
    }
    if (file) {
        add_file("fw_cfg", name, file);
    } else {
        add("fw_cfg", name, string, strlen(string));
    }
    optstr_free(opts);
}

static void add_option_rom(const char *file)
{
    char *base = g_path_get_basename(file);
    char *name = g_strdup_printf("genroms/%s", base);

    add_file("option-rom", name, file);
    g_free(name);
    g_free(base);
}

void firmware_add_files(const SystemOptions *o)
{
    for (unsigned i = 0; i < o->fw_cfgs->len; i++) {
        add_fw_cfg(o->fw_cfgs->pdata[i]);
    }
    for (unsigned i = 0; i < o->option_roms->len; i++) {
        add_option_rom(o->option_roms->pdata[i]);
    }
}
