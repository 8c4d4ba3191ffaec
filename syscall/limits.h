/* SPDX-License-Identifier: MIT */
/*
 * Resource limits that must not hit the emulator itself.
 */
#ifndef SYSCALL_LIMITS_H
#define SYSCALL_LIMITS_H

#include "util/osdep.h"

#include <sys/resource.h>

/* The limit as the guest sees it: RLIMIT_AS, _DATA and _STACK are remembered
 * here, the others are the host's. */
void limits_get(int resource, struct rlimit *out);

#endif
