/* SPDX-License-Identifier: MIT */
/* Option strings: see optstr.h. */
#include "util/osdep.h"
#include "util/optstr.h"

/* Up to a single comma; ",," stands for one.  Returns new. */
static char *take_part(const char **at)
{
    GString *part = g_string_new(NULL);
    const char *s = *at;

    for (; *s; s++) {
        if (*s == ',') {
            if (s[1] != ',') {
                s++;
                break;
            }
            s++;
        }
        g_string_append_c(part, *s);
    }
    *at = s;
    return g_string_free(part, false);
}

OptString *optstr_parse(const char *text, const char *implied, GError **errp)
{
    GArray *pairs = g_array_new(false, false, sizeof(OptPair));
    OptString *opts = g_new0(OptString, 1);
    bool ok = true;

    for (const char *s = text; *s && ok;) {
        bool first = s == text;
        char *part = take_part(&s);
        char *eq = strchr(part, '=');
        OptPair p = { 0 };

        p.bare = !eq;
        if (eq) {
            p.name = g_strndup(part, eq - part);
            p.value = g_strdup(eq + 1);
        } else if (first && implied) {
            p.name = g_strdup(implied);
            p.value = g_strdup(part);
        } else {
            p.name = g_strdup(part);
            p.value = g_strdup("on");
        }
        if (!*p.name) {
            ok = opt_fail(errp, "an option without a name in '%s'", text);
        }
        g_array_append_val(pairs, p);
        g_free(part);
    }
    opts->n = pairs->len;
    opts->pairs = (OptPair *)g_array_free(pairs, false);
    if (!ok) {
        optstr_free(opts);
        return NULL;
    }
    return opts;
}

void optstr_free(OptString *opts)
{
    for (int i = 0; opts && i < opts->n; i++) {
        g_free(opts->pairs[i].name);
        g_free(opts->pairs[i].value);
    }
    if (opts) {
        g_free(opts->pairs);
        g_free(opts);
    }
}

const char *optstr_get(const OptString *opts, const char *name)
{
    const char *value = NULL;

    for (int i = 0; i < opts->n; i++) {
        if (strcmp(opts->pairs[i].name, name) == 0) {
            value = opts->pairs[i].value;
        }
    }
    return value;
}

bool opt_is_id(const char *id)
{
    if (!g_ascii_isalpha(*id)) {
        return false;
    }
    while (*++id) {
        if (!g_ascii_isalnum(*id) && !strchr("-._", *id)) {
            return false;
        }
    }
    return true;
}

bool opt_is_help(const char *text)
{
    return strcmp(text, "help") == 0 || strcmp(text, "?") == 0;
}

bool optstr_has_help(const OptString *opts)
{
    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];

        if (p->bare && (opt_is_help(p->name) || opt_is_help(p->value))) {
            return true;
        }
    }
    return false;
}

bool opt_bool(const char *text, bool *value)
{
    static const char *const yes[] = { "on", "yes", "true", "y", NULL };
    static const char *const no[] = { "off", "no", "false", "n", NULL };

    *value = g_strv_contains(yes, text);
    return *value || g_strv_contains(no, text);
}

bool opt_fail(GError **errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (errp) {
        *errp = g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                                   fmt, ap);
    }
    va_end(ap);
    return false;
}
