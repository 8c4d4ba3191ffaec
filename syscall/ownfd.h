/* SPDX-License-Identifier: MIT */
/*
 * Descriptors the emulator keeps for itself (log file, executable).  They live
 * high, out of the way of the numbers a guest is given; to the guest they are
 * closed, and it cannot close or replace them.
 */
#ifndef SYSCALL_OWNFD_H
#define SYSCALL_OWNFD_H

#include "util/osdep.h"

/*
 * Takes fd over: moves it high, close-on-exec, and returns its new number (the
 * old one is closed), or fd itself if it could not be moved.  moved, if not
 * NULL, is called when the guest claims that number later and the descriptor
 * had to move on.
 */
int own_fd_add(int fd, void (*moved)(int newfd));

/* They are within own_fd_min .. own_fd_min + own_fd_span - 1. */
extern unsigned own_fd_min, own_fd_span;
extern int own_fd_count;
bool own_fd_find(int fd);
/* The guest is about to dup something onto fd: get out of the way. */
void own_fd_vacate(int fd);
/* Lowest own descriptor >= first, or -1. */
int own_fd_next(unsigned first);

/* Takes them out of what getdents64 read from dir, if that is /proc/PID/fd. */
void own_fd_hide_entries(int dir, void *buf, int64_t *len);

static inline bool own_fd_is(int fd)
{
    return unlikely((unsigned)fd - own_fd_min < own_fd_span) &&
           own_fd_find(fd);
}

#endif
