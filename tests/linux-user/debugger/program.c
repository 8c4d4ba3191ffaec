/* What the debugger's tests run: calls, variables, registers of each kind. */
#include <stdio.h>

#define ON_AVX __attribute__((target("avx")))

struct point { int x, y; } point = { 3, 4 };
volatile int counter;
volatile char text[16] = "hello";

__attribute__((noinline)) int add(int a, int b)
{
    int sum = a + b;
    counter += sum;
    return sum;
}

__attribute__((noinline)) int outer(int n)
{
    int total = 0;
    for (int i = 0; i < n; i++)
        total += add(i, 10);
    return total;
}

/* Fills st0, the vector registers and the carry flag, and waits for a look. */
__attribute__((noinline)) ON_AVX int registers(void)
{
    int carry;
    double four[4] = { 1.5, -2.25, 1e100, 4 };

    __asm__ volatile("fldpi\n\t"
                     "vmovupd %1, %%ymm7\n\t"
                     "stc\n\t"
                     ".globl look\n"
                     "look:\n\t"
                     "setc %%al\n\t"
                     "fstp %%st(0)\n\t"
                     "movzbl %%al, %0"
                     : "=r"(carry) : "m"(four) : "eax", "st", "xmm7", "cc");
    return carry;
}

int main(int argc, char **argv)
{
    int r = outer(3);

    r += registers() * 100;
    printf("r=%d counter=%d point=%d,%d %s\n", r, counter, point.x, point.y,
           text);
    return argc + 6;
}
