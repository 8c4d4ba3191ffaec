/* SPDX-License-Identifier: MIT */
/*
 * How many host instructions a back end emits for hot guest snippets
 * (snippets.S), compared with the counts kept in the tree (HOST.txt): a change
 * shows in the diff and is justified in the commit.  Counted is the straight
 * part of a fully optimised TB, less what an empty snippet takes.
 *
 *   density-test FILE             compares; status 1 if a count differs
 *   density-test --update FILE    rewrites
 *   density-test --show NAME      prints a snippet's host code
 */
#include "util/osdep.h"
#include "target-i386/cpu.h"
#include "tcg/tb-int.h"
#include <capstone/capstone.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef struct Snippet {
    const char *name;
    const uint8_t *start, *end;
} Snippet;
#ifdef HOST_X86_64
extern const Snippet density_snippets[], density_snippets32[];
#else
static const Snippet density_snippets32[1];
/* Mapped at its address; see image.ld. */
#define density_snippets ((const Snippet *)0x10000000)
#endif

static CPUX86State *env;

/* 32-bit snippets: where the guest's LOW is; NULL: 64-bit ones. */
static const uint8_t *low_base;
enum { LOW = 0x8048000 };

static uint64_t guest_pc(const uint8_t *p)
{
    return low_base ? LOW + (p - low_base) : (uintptr_t)p;
}

static const uint8_t *fetch(TCGContext *s, uint64_t pc, size_t *avail)
{
    *avail = 64;
    return low_base ? low_base + (pc - LOW) : (const uint8_t *)(uintptr_t)pc;
}

static bool protect(uint64_t start, uint64_t last)
{
    return true;
}

/* The disassembler of a host whose instructions have four bytes, or 0. */
static csh cs_fixed;

static unsigned count(csh cs, const uint8_t *p, size_t size, bool show)
{
    cs_insn *insn;
    size_t n;

    /* Capstone may know less than the back end does. */
    if (cs_fixed == cs && !show)
        return size / 4;
    n = cs_disasm(cs, p, size, (uintptr_t)p, 0, &insn);

    for (size_t i = 0; show && i < n; i++)
        printf("    %s %s\n", insn[i].mnemonic, insn[i].op_str);
    if (n)
        cs_free(insn, n);
    return n;
}

static void measure(csh guest, csh host, const Snippet *sn, bool show,
                    unsigned *nguest, unsigned *nhost)
{
    TCGThread *th = env->h.thread;
    CoreTB dummy = {0};
    CoreTB *t = tb_translate(th->ctx, guest_pc(sn->start), env->h.mode,
                             &dummy, false);

    if (!t) {   /* the first use of flags behind a return asks for another try */
        t = tb_translate(th->ctx, guest_pc(sn->start), env->h.mode, &dummy,
                         false);
    }
    *nguest = count(guest, sn->start, sn->end - sn->start, false);
    *nhost = count(host, t->tb.code, t->tb.hot_size, show);
}

static bool map_image(void)
{
#ifndef HOST_X86_64
    const char *name = getenv("DENSITY_IMAGE");
    int fd = name ? open(name, O_RDONLY) : -1;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) ||
        mmap((void *)density_snippets, st.st_size, PROT_READ,
             MAP_PRIVATE | MAP_FIXED, fd, 0) != density_snippets) {
        fprintf(stderr, "density: no image: %s\n", name ? name : "unset");
        return false;
    }
    close(fd);
#endif
    return true;
}

static bool init(void)
{
    TCGConfig cfg = {0};
    GError *err = NULL;

    tcg_frontend = &x86_frontend;
    tcg_code_hooks.fetch = fetch;
    tcg_code_hooks.protect = protect;
    if (!tcg_init(&cfg, &err)) {
        fprintf(stderr, "density: %s\n", err ? err->message : "tcg_init");
        return false;
    }
    env = tcg_env_alloc(sizeof(CPUX86State));
    env->model = x86_cpu_model("max", NULL);
    x86_cpu_reset_user64(env);
    tcg_thread_init(&env->h);
    return true;
}

static void measure_table(GString *out, const Snippet *table, csh guest,
                          csh host, const char *show)
{
    unsigned base = 0, g, h, tg = 0, th = 0, n = 0;
    const Snippet *sn;

    for (sn = table; sn->name; sn++)
        if (g_str_has_suffix(sn->name, "empty"))
            measure(guest, host, sn, false, &g, &base);
    for (sn = table; sn->name; sn++) {
        if (g_str_has_suffix(sn->name, "empty"))
            continue;
        measure(guest, host, sn, show && !strcmp(show, sn->name), &g, &h);
        h = h > base ? h - base : 0;
        g_string_append_printf(out, "%-20s %3u %3u\n", sn->name, g, h);
        tg += g, th += h, n++;
    }
    g_string_append_printf(out, "# %u %ssnippets, %u guest, %u host, %.2f\n", n,
                           low_base ? "32-bit " : "", tg, th,
                           (double)th / tg);
}

static GString *measure_all(csh guest, csh host, const char *show)
{
    GString *out = g_string_new(NULL);
    csh guest32;

    g_string_append(out, "# snippet, guest instructions, host instructions\n");
    measure_table(out, density_snippets, guest, host, show);
    if (!density_snippets32[0].name)
        return out;
    low_base = density_snippets32[0].start;
    x86_cpu_reset_user32(env);
    env->segs[R_GS] = (SegmentCache){ .selector = 0x63, .flags = 0x00cff300,
                                      .base = LOW, .limit = UINT32_MAX };
    env->h.mode = x86_user_mode_bits(env);
    cs_open(CS_ARCH_X86, CS_MODE_32, &guest32);
    measure_table(out, density_snippets32, guest32, host, show);
    return out;
}

static int compare(const char *file, const GString *now)
{
    g_autofree char *kept = NULL;
    int bad = 0;

    if (!g_file_get_contents(file, &kept, NULL, NULL)) {
        fprintf(stderr, "density: can't read %s\n", file);
        return 2;
    }
    g_auto(GStrv) a = g_strsplit(kept, "\n", -1);
    g_auto(GStrv) b = g_strsplit(now->str, "\n", -1);
    for (unsigned i = 0; a[i] || b[i]; i++) {
        if (!a[i] || !b[i] || strcmp(a[i], b[i])) {
            printf("kept: %s\nnow:  %s\n", a[i] ? a[i] : "", b[i] ? b[i] : "");
            bad = 1;
            if (!a[i] || !b[i])
                break;
        }
    }
    printf("%s", strrchr(g_strchomp(now->str), '\n') + 1);
    printf(bad ? "\ndensity: counts changed; 'make density-update' keeps the "
                 "new ones\n" : "\n");
    return bad;
}

int main(int argc, char **argv)
{
    bool update = argc == 3 && !strcmp(argv[1], "--update");
    bool show = argc == 3 && !strcmp(argv[1], "--show");
    csh guest, host;

    if (argc != 2 && !update && !show) {
        fprintf(stderr, "usage: density-test [--update|--show] FILE|NAME\n");
        return 2;
    }
    if (!map_image() || !init())
        return 2;
    cs_open(CS_ARCH_X86, CS_MODE_64, &guest);
    cs_open(tcg_backend->cs_arch, tcg_backend->cs_mode, &host);
    if (tcg_backend->cs_arch != CS_ARCH_X86)
        cs_fixed = host;
    GString *now = measure_all(guest, host, show ? argv[2] : NULL);
    if (show)
        return 0;
    if (!update)
        return compare(argv[1], now);
    return !g_file_set_contents(argv[2], now->str, -1, NULL);
}
