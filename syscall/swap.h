/* SPDX-License-Identifier: MIT */
/* Private to syscall/swap*.c. */
#ifndef SYSCALL_SWAP_H
#define SYSCALL_SWAP_H

#include "syscall/order.h"

/* Is fd an eventfd or timerfd, whose 8 bytes are a number? */
bool swap_fd_counter(int fd);
/* What was just read from fd into guest memory; false: EFAULT. */
bool swap_fd_data(int fd, vaddr addr, int64_t size);
/* In place: from the guest's order to the host's, or back. */
void swap_address(uint8_t *p, size_t len, bool to_host);
void swap_control(uint8_t *p, size_t size, bool to_host);

#endif
