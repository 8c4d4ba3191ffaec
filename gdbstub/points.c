/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints and watchpoints (Z and z packets): what the debugger has set, and
 * the translator and the CPU told of it.  Software and hardware breakpoints are
 * one thing here.
 */
#include "util/osdep.h"
#include "gdbstub/gdbstub-int.h"

#include "target-i386/watch.h"
#include "tcg/breakpoint.h"

enum { E_INVAL = 22, MAX_POINTS = 1024 };

/* X86_WATCH_* of a kind; 0: it is a breakpoint. */
static unsigned watch_kind(GdbPointKind kind)
{
    switch (kind) {
    case GDB_POINT_WRITE:
        return X86_WATCH_WRITE;
    case GDB_POINT_READ:
        return X86_WATCH_READ;
    case GDB_POINT_ACCESS:
        return X86_WATCH_READ | X86_WATCH_WRITE;
    default:
        return 0;
    }
}

/* "kind,addr,len", whatever conditions follow. */
static bool get_point(const char *p, GdbPoint *pt)
{
    uint64_t kind;

    if (!gdb_get_hex(&p, &kind) || kind > GDB_POINT_ACCESS ||
        !gdb_get_char(&p, ',') || !gdb_get_hex(&p, &pt->addr) ||
        !gdb_get_char(&p, ',') || !gdb_get_hex(&p, &pt->len)) {
        return false;
    }
    pt->kind = kind;
    return !watch_kind(kind) || (pt->len && pt->len <= 4096 &&
                                 pt->addr + pt->len >= pt->addr);
}

static int find(const GdbStub *g, const GdbPoint *pt)
{
    for (unsigned i = 0; i < g->points->len; i++) {
        const GdbPoint *p = &g_array_index(g->points, GdbPoint, i);

        if (p->kind == pt->kind && p->addr == pt->addr && p->len == pt->len) {
            return i;
        }
    }
    return -1;
}

static void take_out(GdbStub *g, unsigned i)
{
    GdbPoint pt = g_array_index(g->points, GdbPoint, i);
    unsigned watch = watch_kind(pt.kind);

    if (watch) {
        x86_watch_remove(pt.addr, pt.len, watch);
    } else {
        tcg_breakpoint_clear(pt.addr);
    }
    g_array_remove_index_fast(g->points, i);
}

/* Setting one twice is setting it once. */
void gdb_insert_point(GdbStub *g, const char *args, size_t n)
{
    GdbPoint pt;
    unsigned watch;

    if (!get_point(args, &pt) ||
        (g->points->len >= MAX_POINTS && find(g, &pt) < 0)) {
        gdb_error(g, E_INVAL);
        return;
    }
    if (find(g, &pt) < 0) {
        watch = watch_kind(pt.kind);
        if (watch) {
            x86_watch_add(pt.addr, pt.len, watch);
        } else {
            tcg_breakpoint_set(pt.addr);
        }
        g_array_append_val(g->points, pt);
    }
    gdb_ok(g);
}

void gdb_remove_point(GdbStub *g, const char *args, size_t n)
{
    GdbPoint pt;
    int i = get_point(args, &pt) ? find(g, &pt) : -1;

    if (i < 0) {
        gdb_error(g, E_INVAL);
        return;
    }
    take_out(g, i);
    gdb_ok(g);
}

void gdb_remove_all_points(GdbStub *g)
{
    while (g->points->len) {
        take_out(g, g->points->len - 1);
    }
}

GdbReason gdb_watch_reason(unsigned kind)
{
    return kind == X86_WATCH_WRITE ? GDB_REASON_WATCH
         : kind == X86_WATCH_READ ? GDB_REASON_RWATCH : GDB_REASON_AWATCH;
}

bool gdb_breakpoint_reason(const GdbStub *g, uint64_t pc, GdbReason *reason)
{
    bool any = false;

    for (unsigned i = 0; i < g->points->len; i++) {
        const GdbPoint *p = &g_array_index(g->points, GdbPoint, i);

        if (p->addr == pc && !watch_kind(p->kind)) {
            *reason = p->kind == GDB_POINT_HW ? GDB_REASON_HWBREAK
                                              : GDB_REASON_SWBREAK;
            any = true;
        }
    }
    return any;
}
