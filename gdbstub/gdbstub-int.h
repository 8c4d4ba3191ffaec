/* SPDX-License-Identifier: MIT */
/* What the files of the debugger stub share. */
#ifndef GDBSTUB_GDBSTUB_INT_H
#define GDBSTUB_GDBSTUB_INT_H

#include "gdbstub/gdbstub.h"

/* One action of a vCont packet. */
typedef struct GdbPlan {
    GdbAction action;
    uint64_t tid;               /* 0: all threads */
} GdbPlan;

enum { GDB_MAX_PLANS = 256, GDB_MAX_FILES = 16 };

/* Z0 to Z4 */
typedef enum GdbPointKind {
    GDB_POINT_SW, GDB_POINT_HW, GDB_POINT_WRITE, GDB_POINT_READ,
    GDB_POINT_ACCESS,
} GdbPointKind;

typedef struct GdbPoint {
    GdbPointKind kind;
    uint64_t addr, len;
} GdbPoint;

typedef enum GdbInState { IN_IDLE, IN_DATA, IN_SUM1, IN_SUM2 } GdbInState;

struct GdbStub {
    const GdbFront *front;
    bool connected, running;
    /* packet.c */
    GdbInState in_state;
    GString *in;                /* the packet as it came */
    bool in_bad;                /* too long, or the sum is no number */
    uint8_t in_sum, in_want;    /* sum so far; the one given */
    bool no_ack;
    GString *sent;              /* the last packet, framed */
    GString *reply;             /* the one being made, without a frame */
    bool silent;                /* the command has no reply yet */
    /* what the debugger can do */
    bool multiprocess, swbreak, hwbreak, no_resumed;
    /* the session */
    uint64_t g_tid, c_tid;      /* chosen by Hg and Hc; c: 0: any */
    uint64_t list_tid;          /* qsThreadInfo goes on behind it */
    GdbStop stop;
    GdbPlan plan[GDB_MAX_PLANS];
    unsigned nb_plans;
    GArray *points;             /* GdbPoint */
    GPtrArray *regs;            /* regs.c: GdbRegInst */
    GString *target_xml;
    bool phys;                  /* addresses are guest physical */
    uint8_t pass[256];          /* by GDB's signal number */
    char *file[GDB_MAX_FILES];  /* host paths of those open */
};

/* ---- packet.c ------------------------------------------------------------ */

/* Frames text and sends it. */
void gdb_send_packet(GdbStub *g, const GString *text);
void gdb_put_hex(GString *out, const void *buf, size_t n);
/* As binary data: escapes what must be. */
void gdb_put_binary(GString *out, const void *buf, size_t n);
/* Reads of a command's text; they move *p behind what they took. */
bool gdb_get_hex(const char **p, uint64_t *val);
bool gdb_get_char(const char **p, char c);
/* Exactly n bytes of hex digits. */
bool gdb_get_bytes(const char **p, uint8_t *buf, size_t n);
/* All the hex digits up to end or the text's end, as a string; returns new, or
 * NULL where they are none. */
char *gdb_get_hex_string(const char **p, char end);

/* ---- commands.c ---------------------------------------------------------- */

/* A command or query: text that starts so, and its handler, which is given the
 * rest of n bytes (and a NUL).  It appends to g->reply; left empty that means
 * "not supported". */
typedef struct GdbCommand {
    const char *name;
    void (*run)(GdbStub *g, const char *args, size_t n);
} GdbCommand;

/* Runs the first row whose name the text starts with; false: none. */
bool gdb_run_table(GdbStub *g, const GdbCommand *table, const char *text,
                   size_t n);
void gdb_command(GdbStub *g, const char *text, size_t n);
void gdb_ok(GdbStub *g);
void gdb_error(GdbStub *g, int number);
/* The thread that registers and memory are asked of; NULL: it is gone. */
CPUX86State *gdb_current(GdbStub *g);
/* "p1.2", "2", "-1": *tid 0 for any or all.  False: malformed. */
bool gdb_get_thread(const char **p, uint64_t *tid);
void gdb_put_thread(GdbStub *g, GString *out, uint64_t tid);
void gdb_put_stop(GdbStub *g, GString *out);

/* ---- query.c, vfile.c, points.c ------------------------------------------ */

void gdb_query(GdbStub *g, const char *args, size_t n);
void gdb_query_set(GdbStub *g, const char *args, size_t n);
void gdb_vfile(GdbStub *g, const char *args, size_t n);
void gdb_vfile_close_all(GdbStub *g);
void gdb_insert_point(GdbStub *g, const char *args, size_t n);
void gdb_remove_point(GdbStub *g, const char *args, size_t n);
void gdb_remove_all_points(GdbStub *g);

/* ---- regs.c -------------------------------------------------------------- */

/* Makes the list of registers and the description of them. */
void gdb_regs_init(GdbStub *g);
unsigned gdb_regs_count(const GdbStub *g);
/* Appends register n's bytes in hex; reads them, false: malformed. */
void gdb_reg_get(GdbStub *g, CPUX86State *env, unsigned n, GString *out);
bool gdb_reg_set(GdbStub *g, CPUX86State *env, unsigned n, const char **p);

#endif
