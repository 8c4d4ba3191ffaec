/* SPDX-License-Identifier: MIT */
/* What -smbios sets: see smbios.h. */
#include "util/osdep.h"
#include "hw/smbios/smbios.h"

#include "util/optstr.h"

static const struct {
    uint8_t type;
    const char *name;
} known[] = {
    { 0, "vendor" }, { 0, "version" }, { 0, "date" }, { 0, "release" },
    { 0, "uefi" },
    { 1, "manufacturer" }, { 1, "product" }, { 1, "version" },
    { 1, "serial" }, { 1, "uuid" }, { 1, "sku" }, { 1, "family" },
    { 2, "manufacturer" }, { 2, "product" }, { 2, "version" },
    { 2, "serial" }, { 2, "asset" }, { 2, "location" },
    { 3, "manufacturer" }, { 3, "version" }, { 3, "serial" },
    { 3, "asset" }, { 3, "sku" },
    { 11, "value" },
};

static GPtrArray *options[SMBIOS_TYPES];    /* OptString each */

static bool check(int type, const OptPair *p, GError **errp)
{
    unsigned major, minor;
    int end = 0;
    bool flag;

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (known[i].type != type || strcmp(known[i].name, p->name)) {
            continue;
        }
        if (!strcmp(p->name, "release") &&
            (sscanf(p->value, "%u.%u%n", &major, &minor, &end) != 2 ||
             p->value[end] || major > 255 || minor > 255)) {
            return opt_fail(errp, "release is two numbers up to 255, as 1.2, "
                            "not '%s'", p->value);
        }
        if (!strcmp(p->name, "uefi") && !opt_bool(p->value, &flag)) {
            return opt_fail(errp, "uefi is on or off, not '%s'", p->value);
        }
        if (!strcmp(p->name, "uuid") && !g_uuid_string_is_valid(p->value)) {
            return opt_fail(errp, "'%s' is not a UUID", p->value);
        }
        return true;
    }
    return opt_fail(errp, "type %d has no option '%s'", type, p->name);
}

static bool add(OptString *opts, GError **errp)
{
    const char *text = optstr_get(opts, "type");
    char *end;
    long type;

    if (optstr_get(opts, "file")) {
        return opt_fail(errp, "structures from a file are not supported yet");
    }
    if (!text) {
        return opt_fail(errp, "it needs a type=");
    }
    type = strtol(text, &end, 10);
    if (!*text || *end || type < 0) {
        return opt_fail(errp, "'%s' is not a type of structures", text);
    }
    if (type != 0 && type != 1 && type != 2 && type != 3 && type != 11) {
        return opt_fail(errp, "type %ld is not supported yet; 0, 1, 2, 3 and "
                        "11 are", type);
    }
    for (int i = 0; i < opts->n; i++) {
        if (strcmp(opts->pairs[i].name, "type") &&
            !check(type, &opts->pairs[i], errp)) {
            return false;
        }
    }
    if (!options[type]) {
        options[type] = g_ptr_array_new();
    }
    g_ptr_array_add(options[type], opts);
    return true;
}

bool smbios_option_add(const char *text, GError **errp)
{
    OptString *opts = optstr_parse(text, NULL, errp);

    if (opts && !add(opts, errp)) {
        optstr_free(opts);
        opts = NULL;
    }
    return opts != NULL;
}

bool smbios_option_given(unsigned type)
{
    return options[type] != NULL;
}

const char *smbios_option(unsigned type, const char *name)
{
    const char *value = NULL;

    for (guint i = 0; options[type] && i < options[type]->len; i++) {
        value = optstr_get(options[type]->pdata[i], name) ?: value;
    }
    return value;
}

void smbios_option_foreach(unsigned type, const char *name,
                           void (*fn)(const char *value, void *opaque),
                           void *opaque)
{
    for (guint i = 0; options[type] && i < options[type]->len; i++) {
        const OptString *o = options[type]->pdata[i];

        for (int k = 0; k < o->n; k++) {
            if (!strcmp(o->pairs[k].name, name)) {
                fn(o->pairs[k].value, opaque);
            }
        }
    }
}
