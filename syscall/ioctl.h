/* SPDX-License-Identifier: MIT */
/*
 * What is known about ioctl requests.  Rows: syscall/ioctls.def.
 */
#ifndef SYSCALL_IOCTL_H
#define SYSCALL_IOCTL_H

#include "util/osdep.h"

/* Bytes that the kernel may write through the argument. */
unsigned ioctl_out_size(uint32_t request);
/* Name, or NULL. */
const char *ioctl_name(uint32_t request);

#endif
