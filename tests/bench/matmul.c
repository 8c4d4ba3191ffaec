/* SPDX-License-Identifier: MIT */
/* Double-precision matrix product, vectorised by the compiler (SSE2). */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 600;
    double *a = malloc(sizeof(double) * n * n), *b = malloc(sizeof(double) * n * n);
    double *c = calloc(n * n, sizeof(double)), s = 0;

    for (int i = 0; i < n * n; i++)
        a[i] = (i % 17) * 0.25, b[i] = (i % 13) * 0.5 - 1;
    for (int r = 0; r < 4; r++)
        for (int i = 0; i < n; i++)
            for (int k = 0; k < n; k++) {
                double x = a[i * n + k];
                for (int j = 0; j < n; j++)
                    c[i * n + j] += x * b[k * n + j];
            }
    for (int i = 0; i < n * n; i++)
        s += c[i];
    printf("%.6f\n", s);
    return 0;
}
