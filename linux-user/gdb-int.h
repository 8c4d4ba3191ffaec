/* SPDX-License-Identifier: MIT */
/* What gdb.c, gdb-front.c and gdb-socket.c share. */
#ifndef LINUX_USER_GDB_INT_H
#define LINUX_USER_GDB_INT_H

#include "gdbstub/gdbstub.h"
#include "linux-user/gdb.h"

typedef struct GdbTask GdbTask;
struct GdbTask {
    GdbTask *next;
    CPUX86State *env;
    uint64_t tid;
    GdbAction action;           /* what the debugger wants of it */
    bool parked;                /* stands still, its state is in env */
    bool armed;                 /* the next instruction runs alone */
    uint64_t step_pc;           /* where the step began */
    const siginfo_t *info;      /* of the signal it stopped at, or NULL */
};

/* ---- gdb.c --------------------------------------------------------------- */

extern struct GdbUser {
    pthread_mutex_t lock;       /* of all but what is atomic */
    pthread_cond_t go, parked;
    GdbStub *stub;
    GdbTask *tasks;
    bool running;
    bool interrupt;             /* Ctrl-C came */
    bool input;                 /* atomic: there is something to be read */
} gdb_user;

GdbTask *gdb_find_task(uint64_t tid);

/* ---- gdb-front.c --------------------------------------------------------- */

/* The front's hooks; borrowed. */
const GdbFront *gdb_user_front(void);

/* ---- gdb-socket.c -------------------------------------------------------- */

/* Ends the process if it can't; returns when somebody has connected. */
void gdb_socket_open(const char *where);
void gdb_socket_close(void);
bool gdb_socket_is(int fd);
void gdb_socket_send(const void *buf, size_t n);
/* As recv(); waits only if so told. */
ssize_t gdb_socket_recv(void *buf, size_t n, bool wait);
/* From now on (or no more) what comes is announced by SIGTRAP with its
 * descriptor in the siginfo.  Returns whether something is there already. */
bool gdb_socket_announce(bool on);

#endif
