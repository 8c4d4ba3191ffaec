/* SPDX-License-Identifier: MIT */
/*
 * "#!" lines: Linux's fs/binfmt_script rules as execve(2) documents them.  The
 * line counts up to 255 bytes behind which it is cut; one optional argument,
 * which keeps its inner blanks.
 */
#include "util/osdep.h"
#include "loader/script.h"

#define SCRIPT_MAX 256          /* BINPRM_BUF_SIZE */

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

int script_parse(const char *buf, size_t len, ScriptLine *out)
{
    const char *p, *end, *name, *stop;

    if (len < 2 || buf[0] != '#' || buf[1] != '!') {
        return 1;
    }
    len = MIN(len, SCRIPT_MAX);
    end = memchr(buf, '\n', len);
    if (!end) {
        /* A cut line is only usable if the interpreter's name is whole. */
        if (len == SCRIPT_MAX) {
            end = buf + SCRIPT_MAX - 1;
            p = buf + 2;
            while (p < end && blank(*p)) {
                p++;
            }
            while (p < end && !blank(*p) && *p) {
                p++;
            }
            if (p == end) {
                return -ENOEXEC;
            }
        } else {
            end = buf + len;
        }
    }
    stop = memchr(buf, 0, end - buf);
    if (stop) {
        end = stop;
    }
    while (end > buf + 2 && blank(end[-1])) {
        end--;
    }
    name = buf + 2;
    while (name < end && blank(*name)) {
        name++;
    }
    if (name == end) {
        return -ENOEXEC;
    }
    p = name;
    while (p < end && !blank(*p)) {
        p++;
    }
    memcpy(out->interp, name, p - name);
    out->interp[p - name] = 0;
    while (p < end && blank(*p)) {
        p++;
    }
    memcpy(out->arg, p, end - p);
    out->arg[end - p] = 0;
    return 0;
}
