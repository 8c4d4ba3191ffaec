/* SPDX-License-Identifier: MIT */
/*
 * A static position-independent program: relocations, TLS, IRELATIVE.
 * cflags: -O2 -static-pie -fPIE -lm
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __thread int tls = 42;
static int target = 7;
static int *pointer = &target;
int (*function)(const char *, ...) = printf;

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int main(int argc, char **argv)
{
    int v[1000];
    char buf[100];

    for (int i = 0; i < 1000; i++)
        v[i] = (i * 7919) % 1009;
    qsort(v, 1000, sizeof(v[0]), compare);
    function("%d %d %d %d\n", tls++, *pointer, v[0], v[999]);
    snprintf(buf, sizeof(buf), "%.12f %Lg %s", sin(1) + pow(2, 0.5), 1.5L,
             strstr("needle in a haystack", "hay"));
    puts(buf);
    return tls;
}
