/* SPDX-License-Identifier: MIT */
/*
 * From the command line to a stream: -chardev's "kind,option=value", and the
 * short forms of -serial, -monitor and -debugcon, which are turned into it.
 */
#include "util/osdep.h"
#include "chardev/char-int.h"

#include <sys/stat.h>

static const CharKind *const kinds[] = {
    &char_null, &char_stdio, &char_file, &char_pipe, &char_pty, &char_serial,
    &char_socket,
};

/* Known elsewhere, and not here yet. */
static const char *const later[] = {
    "udp", "vc", "ringbuf", "msmouse", "braille", "parallel", "parport",
    "spicevmc", "spiceport", "console", "wctablet", "testdev", "qemu-vdagent",
    "dbus",
};

bool char_opt_bool(const OptString *opts, const char *name, bool otherwise,
                   GError **errp)
{
    const char *v = optstr_get(opts, name);
    bool value = otherwise;

    if (v && !opt_bool(v, &value)) {
        opt_fail(errp, "'%s' is on or off, not '%s'", name, v);
    }
    return value;
}

bool char_opt_long(const OptString *opts, const char *name, long *value,
                   GError **errp)
{
    const char *v = optstr_get(opts, name);
    char *end;

    if (!v) {
        return true;
    }
    *value = strtol(v, &end, 10);
    if (!*v || *end || *value < 0) {
        opt_fail(errp, "'%s' is a number, not '%s'", name, v);
        return false;
    }
    return true;
}

static bool strv_has(const char *const *list, const char *name)
{
    for (; list && *list; list++) {
        if (!strcmp(*list, name)) {
            return true;
        }
    }
    return false;
}

static bool check_options(const CharKind *kind, const OptString *opts,
                          GError **errp)
{
    static const char *const common[] = {
        "backend", "id", "mux", "logfile", "logappend", NULL
    };
    static const char *const flags[] = { "mux", "logappend", NULL };

    for (int i = 0; i < opts->n; i++) {
        const char *name = opts->pairs[i].name;
        GError *err = NULL;

        if (!strv_has(common, name) && !strv_has(kind->options, name)) {
            opt_fail(errp, "chardev '%s' has no option '%s'", kind->name, name);
            return false;
        }
        if (strv_has(flags, name)) {
            char_opt_bool(opts, name, false, &err);
        }
        if (err) {
            g_propagate_error(errp, err);
            return false;
        }
    }
    return true;
}

static const CharKind *find_kind(const char *name, GError **errp)
{
    if (name && !strcmp(name, "tty")) {
        return &char_serial;
    }
    if (name && !strcmp(name, "vc")) {
        return &char_null;      /* no text console on the screen */
    }
    for (unsigned i = 0; name && i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(kinds[i]->name, name)) {
            return kinds[i];
        }
    }
    for (unsigned i = 0; name && i < ARRAY_SIZE(later); i++) {
        if (!strcmp(later[i], name)) {
            opt_fail(errp, "chardev '%s' is not supported yet", name);
            return NULL;
        }
    }
    opt_fail(errp, "'%s' is not a chardev back end", name ? name : "");
    return NULL;
}

void chardev_print_help(GString *out)
{
    g_string_append(out, "Available chardev backend types:\n");
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        g_string_append_printf(out, "%s\n", kinds[i]->name);
    }
}

static Chardev *create(OptString *opts, GError **errp)
{
    const char *id = optstr_get(opts, "id");
    const CharKind *kind = find_kind(optstr_get(opts, "backend"), errp);

    if (!kind || !check_options(kind, opts, errp)) {
        return NULL;
    }
    if (!id) {
        opt_fail(errp, "chardev '%s' needs an id", kind->name);
        return NULL;
    }
    if (!opt_is_id(id)) {
        opt_fail(errp, "'%s' is not an id", id);
        return NULL;
    }
    if (chardev_find(id)) {
        opt_fail(errp, "there is already a chardev with id '%s'", id);
        return NULL;
    }
    return char_create(kind, opts, errp);
}

Chardev *chardev_new(const char *spec, GError **errp)
{
    OptString *opts = optstr_parse(spec, "backend", errp);
    Chardev *chr = opts ? create(opts, errp) : NULL;

    if (opts) {
        optstr_free(opts);
    }
    return chr;
}

/* "HOST:PORT,server,nowait" to options; VALUE commas are doubled. */
static char *doubled(const char *value, size_t n)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        g_string_append_c(out, value[i]);
        if (value[i] == ',') {
            g_string_append_c(out, ',');
        }
    }
    return g_string_free(out, FALSE);
}

/* What follows the address: ",server,nowait" with its old spellings. */
static void add_socket_flags(GString *to, const char *flags)
{
    char **parts = g_strsplit(flags, ",", 0);

    for (char **p = parts; *p; p++) {
        if (!strcmp(*p, "nowait")) {
            g_string_append(to, ",wait=off");
        } else if (**p) {
            g_string_append_printf(to, ",%s", *p);
        }
    }
    g_strfreev(parts);
}

static char *tcp_spec(const char *rest, bool telnet, GError **errp)
{
    size_t n = strcspn(rest, ",");
    const char *colon = memrchr(rest, ':', n);
    GString *spec;

    if (!colon || colon + 1 == rest + n) {
        opt_fail(errp, "'%s' names no port", rest);
        return NULL;
    }
    spec = g_string_new("socket");
    g_string_append_printf(spec, ",host=%.*s,port=%.*s", (int)(colon - rest),
                           rest, (int)(rest + n - colon - 1), colon + 1);
    if (telnet) {
        g_string_append(spec, ",telnet=on");
    }
    add_socket_flags(spec, rest + n);
    return g_string_free(spec, FALSE);
}

static char *path_spec(const char *kind, const char *option, const char *path,
                       size_t n, const char *flags)
{
    char *value = doubled(path, n);
    GString *spec = g_string_new(kind);

    g_string_append_printf(spec, ",%s=%s", option, value);
    add_socket_flags(spec, flags);
    g_free(value);
    return g_string_free(spec, FALSE);
}

static char *legacy_to_spec(const char *text, GError **errp)
{
    static const char *const plain[] = {
        "stdio", "null", "pty", "vc", "msmouse", "braille", "parallel"
    };
    struct stat st;

    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++) {
        if (!strcmp(text, plain[i])) {
            return g_strdup(text);
        }
    }
    if (g_str_has_prefix(text, "vc:")) {
        return g_strdup("vc");
    }
    if (g_str_has_prefix(text, "file:")) {
        return path_spec("file", "path", text + 5, strlen(text + 5), "");
    }
    if (g_str_has_prefix(text, "pipe:")) {
        return path_spec("pipe", "path", text + 5, strlen(text + 5), "");
    }
    if (g_str_has_prefix(text, "unix:")) {
        size_t n = strcspn(text + 5, ",");
        return path_spec("socket", "path", text + 5, n, text + 5 + n);
    }
    if (g_str_has_prefix(text, "tcp:")) {
        return tcp_spec(text + 4, false, errp);
    }
    if (g_str_has_prefix(text, "telnet:")) {
        return tcp_spec(text + 7, true, errp);
    }
    if (g_str_has_prefix(text, "udp:")) {
        opt_fail(errp, "chardev 'udp' is not supported yet");
        return NULL;
    }
    if (text[0] == '/' && stat(text, &st) == 0 && S_ISCHR(st.st_mode)) {
        return path_spec("serial", "path", text, strlen(text), "");
    }
    opt_fail(errp, "'%s' is not a character device", text);
    return NULL;
}

Chardev *chardev_new_legacy(const char *id, const char *text, GError **errp)
{
    bool mux = false;
    char *spec, *full;
    Chardev *chr;

    if (!strcmp(text, "none")) {
        return NULL;
    }
    if (g_str_has_prefix(text, "chardev:")) {
        chr = chardev_find(text + 8);
        if (!chr) {
            opt_fail(errp, "there is no chardev '%s'", text + 8);
        }
        return chr;
    }
    if (g_str_has_prefix(text, "mon:")) {
        text += 4;
        mux = true;
    }
    spec = legacy_to_spec(text, errp);
    if (!spec) {
        return NULL;
    }
    full = g_strdup_printf("%s,id=%s%s%s", spec, id, mux ? ",mux=on" : "",
                           mux && !strcmp(spec, "stdio") ? ",signal=off" : "");
    chr = chardev_new(full, errp);
    g_free(full);
    g_free(spec);
    return chr;
}
