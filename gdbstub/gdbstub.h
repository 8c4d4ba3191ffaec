/* SPDX-License-Identifier: MIT */
/*
 * The debugger stub: GDB's remote serial protocol (GDB manual, appendix
 * "Remote Serial Protocol") over a stream that the front owns.
 *
 * Flow: the front feeds bytes to gdb_feed(), which answers through
 * GdbFront.send.  When the debugger lets the guest go on, GdbFront.resume is
 * called; the front asks gdb_action() what each thread is to do, and tells by
 * gdb_report_stop() when all have stopped again.  The stub holds no lock: the
 * front calls it from one thread at a time, and the guest's threads stand still
 * except between resume and the next report.
 */
#ifndef GDBSTUB_GDBSTUB_H
#define GDBSTUB_GDBSTUB_H

#include "target-i386/cpu.h"

typedef struct GdbStub GdbStub;

enum { GDB_PACKET_MAX = 0x4000 };

/* GDB's own numbers of signals that the stub names itself. */
enum { GDB_SIG_INT = 2, GDB_SIG_QUIT = 3, GDB_SIG_TRAP = 5 };

typedef enum GdbHow { GDB_STAY, GDB_CONT, GDB_STEP } GdbHow;

/* What a thread is to do when the guest goes on. */
typedef struct GdbAction {
    GdbHow how;
    int sig;                    /* GDB's number of one to get; 0: none */
    uint64_t start, end;        /* steps go on while within; else 0 and 0 */
} GdbAction;

/* Why the guest stopped, as stop replies say it. */
typedef enum GdbReason {
    GDB_REASON_SIGNAL,
    GDB_REASON_SWBREAK,
    GDB_REASON_HWBREAK,
    GDB_REASON_WATCH,           /* address: what was written, */
    GDB_REASON_RWATCH,          /* read, */
    GDB_REASON_AWATCH,          /* accessed */
    GDB_REASON_NO_RESUMED,      /* no thread that went on is left */
} GdbReason;

typedef struct GdbStop {
    uint64_t tid;               /* the thread it is about */
    int sig;                    /* GDB's number */
    GdbReason reason;
    vaddr addr;
} GdbStop;

/* An object for qXfer:NAME:read; false: there is none. */
typedef struct GdbObject {
    const char *name;
    bool (*read)(GdbStub *g, const char *annex, GString *out);
} GdbObject;

/* The front's side.  Hooks that may be NULL say so. */
typedef struct GdbFront {
    const char *osabi;          /* of the target description, or NULL */
    bool guest32;               /* describe an i386, else an x86-64 */
    bool attached;              /* the debugger found it running */
    uint32_t pid;               /* the process's number; threads have theirs */
    const GdbObject *objects;   /* ends with a NULL name; may be NULL */
    void (*send)(const void *buf, size_t n);
    /* Threads by number, which is never 0: the one after tid, in any order
     * (0: the first); 0 at the end. */
    uint64_t (*next_thread)(uint64_t tid);
    CPUX86State *(*thread_env)(uint64_t tid);   /* NULL: no such thread */
    char *(*describe)(uint64_t tid);            /* returns new; may be NULL */
    /* Guest memory as the thread sees it: bytes done before the first that
     * could not be.  phys: guest physical. */
    size_t (*read)(CPUX86State *env, uint64_t addr, uint8_t *buf, size_t n,
                   bool phys);
    size_t (*write)(CPUX86State *env, uint64_t addr, const uint8_t *buf,
                    size_t n, bool phys);
    bool has_phys;
    void (*set_ip)(CPUX86State *env, uint64_t ip);
    /* Registers were written: bring what follows from them up to date. */
    void (*regs_written)(CPUX86State *env);
    void (*resume)(void);
    void (*interrupt)(void);    /* Ctrl-C while the guest runs */
    void (*kill)(void);
    void (*detach)(void);       /* points are gone; let the guest go on */
    /* The path of a guest's file on the host; *tofree as process_path().
     * NULL: the debugger has no business with files. */
    const char *(*path)(const char *guest, char **tofree);
    /* Offset of the program from where its file says; may be NULL. */
    uint64_t (*load_offset)(void);
    /* A monitor command's text; may be NULL. */
    void (*monitor)(const char *line, GString *out);
    unsigned *sstep;            /* GDB_SSTEP_* for qqemu.sstep; may be NULL */
} GdbFront;

/* Bits of "maintenance packet Qqemu.sstep". */
enum { GDB_SSTEP_ENABLE = 1, GDB_SSTEP_NOIRQ = 2, GDB_SSTEP_NOTIMER = 4,
       GDB_SSTEP_ALL = 7 };

/* Returns new; front is kept.  Nobody is connected, the guest is stopped. */
GdbStub *gdb_new(const GdbFront *front);
/* A debugger has come; the guest has stopped for that reason. */
void gdb_connected(GdbStub *g, const GdbStop *stop);
/* It is gone: its points go, too. */
void gdb_disconnected(GdbStub *g);
bool gdb_is_connected(const GdbStub *g);
/* Is the guest running, as far as the debugger knows? */
bool gdb_is_running(const GdbStub *g);
/* Bytes from the debugger. */
void gdb_feed(GdbStub *g, const uint8_t *buf, size_t n);
/* All threads have stopped. */
void gdb_report_stop(GdbStub *g, const GdbStop *stop);
/* The process ended: by that signal (GDB's number), or 0: with that status. */
void gdb_report_exit(GdbStub *g, int status, int sig);
GdbAction gdb_action(const GdbStub *g, uint64_t tid);
/* Goes this signal (GDB's number) to the guest without a stop? */
bool gdb_passes_signal(const GdbStub *g, int sig);
/* The reason to report for the breakpoint at pc; false: there is none. */
bool gdb_breakpoint_reason(const GdbStub *g, uint64_t pc, GdbReason *reason);
/* The same for a watchpoint of that kind (X86_WATCH_*). */
GdbReason gdb_watch_reason(unsigned kind);

/* Linux's signal numbers on x86 and GDB's.  0 and back for none. */
int gdb_signal_from_linux(int sig);
int gdb_signal_to_linux(int sig);

#endif
