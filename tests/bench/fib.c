/* SPDX-License-Identifier: MIT */
/* Recursive Fibonacci: calls and returns. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline, optimize("no-optimize-sibling-calls")))
static unsigned long fib(unsigned n)
{
    if (n < 2)
        return n;
    return fib(n - 1) + fib(n - 2);
}

int main(int argc, char **argv)
{
    printf("%lu\n", fib(argc > 1 ? atoi(argv[1]) : 40));
    return 0;
}
