# gcc of the i386 root: compiles, links and runs C and assembler; the objects
# and the programs' output are the same.
# guest: i386-root
# timeout: 600
cat >a.c <<'END'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef struct Node { struct Node *l, *r; long long key; double v; } Node;
static Node *put(Node *n, long long key, double v)
{
    if (!n) { n = calloc(1, sizeof(*n)); n->key = key; n->v = v; return n; }
    if (key < n->key) n->l = put(n->l, key, v);
    else if (key > n->key) n->r = put(n->r, key, v);
    else n->v += v;
    return n;
}
static double sum(const Node *n, int depth, int *deepest)
{
    if (!n) return 0;
    if (depth > *deepest) *deepest = depth;
    return sum(n->l, depth + 1, deepest) + n->v * (n->key % 7) + sum(n->r, depth + 1, deepest);
}
static int cmp(const void *a, const void *b)
{
    return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}
int main(void)
{
    Node *t = NULL; unsigned long long x = 88172645463325252ull; int a[1000], d = 0; long double p = 1;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        t = put(t, x % 100003, sqrt(i) / 3); a[i % 1000] = x >> 33;
    }
    qsort(a, 1000, sizeof(a[0]), cmp);
    for (int i = 1; i < 60; i++) p = p * i / 2.5L;
    printf("%.10g %d %d %d %.18Lg\n", sum(t, 0, &d), d, a[0], a[999], p);
    printf("%lld %llu %.17g %a\n", (long long)x / 1000003, x % 1000003, pow(2, 0.3), sin(1e6));
    return 0;
}
END
for o in -O0 -O2 "-O3 -msse2 -mfpmath=sse -g"; do
    gcc $o -o a a.c -lm && ./a; gcc $o -S -o - a.c | cksum; gcc $o -c a.c && size a.o && objdump -d a.o | cksum
done
gcc -O2 -static -o s a.c -lm && ./s; strip s && cksum s
echo 'int f(int x) { return x +; }' >bad.c; gcc -c bad.c; echo "status $?"
gcc -E -dM - </dev/null | sort | cksum; nm a.o; ar rcs l.a a.o; ar t l.a
printf '.globl main\nmain: mov $42, %%eax\nret\n.section .note.GNU-stack,""\n' >m.s; gcc -o m m.s; ./m; echo $?
rm -f a s m
