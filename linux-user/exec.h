/* SPDX-License-Identifier: MIT */
/* What exec.c needs to run the emulator again. */
#ifndef LINUX_USER_EXEC_H
#define LINUX_USER_EXEC_H

#include "util/osdep.h"

/* An open descriptor of the emulator's executable, and its argv up to the
 * program's path; borrowed. */
void exec_set_self(int fd, char **args, unsigned nb);
void exec_self_fd_moved(int fd);

#endif
