/* SPDX-License-Identifier: MIT */
/* T(call): prints the call's text and its result or the errno it sets. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static long show_result(const char *what, long r)
{
    if (r < 0) {
        printf("%s: %s\n", what, strerrorname_np(errno));
    } else {
        printf("%s: %ld\n", what, r);
    }
    return r;
}
#define T(e) show_result(#e, (long)(e))
