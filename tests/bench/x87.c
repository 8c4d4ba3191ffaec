/* SPDX-License-Identifier: MIT */
/* Sum of reciprocals in long double: x87. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long n = argc > 1 ? atol(argv[1]) : 100000000;
    long double s = 0;

    for (long i = 1; i <= n; i++)
        s += 1.0L / i;
    printf("%.15Lf\n", s);
    return 0;
}
