/* SPDX-License-Identifier: MIT */
/*
 * The guest's /proc/self/maps and smaps: the host's, cut down to the guest's
 * areas, with the guest's protections and names.  See proc(5).
 */
#include "util/osdep.h"
#include "linux-user/mm.h"
#include <sys/mman.h>

typedef struct HostLine {
    vaddr start, end;
    char prot[5];
    uint64_t off;
    char dev[16];
    uint64_t inode;
    const char *name;       /* in the text */
} HostLine;

typedef struct MapLine {
    vaddr start, end;
    unsigned prot, flags;
    HostLine h;             /* off adjusted to start */
} MapLine;

static bool parse_line(char *text, HostLine *h)
{
    int n = 0;

    if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %15s %" SCNu64
               " %n", &h->start, &h->end, h->prot, &h->off, h->dev, &h->inode,
               &n) < 6) {
        return false;
    }
    h->name = text + n;
    return true;
}

static const char *area_name(const MapLine *m)
{
    if (m->flags & MA_STACK) {
        return "[stack]";
    }
    if (m->flags & MA_HEAP) {
        return "[heap]";
    }
    if (m->flags & MA_VDSO) {
        return "[vdso]";
    }
    if (!strcmp(m->h.name, "[heap]") || !strncmp(m->h.name, "[stack", 6)) {
        return "";
    }
    return m->h.name;
}

static void put_line(GString *out, const MapLine *m)
{
    size_t at = out->len;
    const char *name = area_name(m);

    g_string_append_printf(out, "%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08"
                           PRIx64 " %s %" PRIu64 " ", m->start, m->end,
                           m->prot & PROT_READ ? 'r' : '-',
                           m->prot & PROT_WRITE ? 'w' : '-',
                           m->prot & PROT_EXEC ? 'x' : '-',
                           m->flags & MA_SHARED ? 's' : 'p',
                           m->h.off, m->h.dev, m->h.inode);
    if (*name) {
        while (out->len - at < 73) {
            g_string_append_c(out, ' ');
        }
        g_string_append(out, name);
    }
    g_string_append_c(out, '\n');
}

/* The host splits where code pages are protected; the guest must not see. */
static bool joins(const MapLine *a, const MapLine *b)
{
    return a->end == b->start && a->prot == b->prot && a->flags == b->flags &&
           a->h.inode == b->h.inode && !strcmp(a->h.dev, b->h.dev) &&
           !strcmp(a->h.name, b->h.name) &&
           (!a->h.inode || a->h.off + (a->end - a->start) == b->h.off);
}

/* Statistics lines of smaps behind text, up to the next mapping. */
static char *skip_stats(char *text, char *end, GString *out)
{
    while (text < end && g_ascii_isupper(*text)) {
        char *nl = memchr(text, '\n', end - text);
        nl = nl ? nl + 1 : end;
        if (out) {
            g_string_append_len(out, text, nl - text);
        }
        text = nl;
    }
    return text;
}

static void cut_line(GString *out, const HostLine *h, const MMArea *areas,
                     size_t nb, MapLine *held, bool smaps, char *stats,
                     char *end)
{
    size_t lo = 0, hi = nb;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (areas[mid].end > h->start) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    for (; lo < nb && areas[lo].start < h->end; lo++) {
        MapLine m = {
            MAX(areas[lo].start, h->start), MIN(areas[lo].end, h->end),
            areas[lo].prot, areas[lo].flags & ~(MA_CODE | MA_SHM), *h,
        };
        if (h->inode) {
            m.h.off += m.start - h->start;
        }
        if (smaps) {
            put_line(out, &m);
            skip_stats(stats, end, out);
        } else if (held->end && joins(held, &m)) {
            held->end = m.end;
        } else {
            if (held->end) {
                put_line(out, held);
            }
            *held = m;
        }
    }
}

GString *process_maps(bool smaps)
{
    GString *out = g_string_new(NULL);
    MapLine held = { 0 };
    MMArea *areas;
    size_t nb, len;
    char *text, *p, *end;

    if (!g_file_get_contents(smaps ? "/proc/self/smaps" : "/proc/self/maps",
                             &text, &len, NULL)) {
        return out;
    }
    mm_snapshot(&areas, &nb);
    end = text + len;
    for (p = text; p < end; ) {
        char *nl = memchr(p, '\n', end - p), *next;
        HostLine h;
        if (!nl) {
            break;
        }
        *nl = 0;
        next = nl + 1;
        if (parse_line(p, &h)) {
            cut_line(out, &h, areas, nb, &held, smaps, next, end);
        }
        p = smaps ? skip_stats(next, end, NULL) : next;
    }
    if (held.end) {
        put_line(out, &held);
    }
    /* The vsyscall page, which is emulated. */
    if (!smaps && !process_options.guest32) {
        g_string_append(out, "ffffffffff600000-ffffffffff601000 --xp 00000000 "
                        "00:00 0                  [vsyscall]\n");
    }
    g_free(areas);
    g_free(text);
    return out;
}
