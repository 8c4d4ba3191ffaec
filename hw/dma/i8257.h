/* SPDX-License-Identifier: MIT */
/* The two DMA controllers of a PC with their page registers: channels 0-7. */
#ifndef HW_DMA_I8257_H
#define HW_DMA_I8257_H

#include "hw/core/qdev.h"

#define TYPE_I8257 "i8257"

/*
 * A device that asks for channel N: up to LEN bytes between BUF and memory as
 * the channel is programmed; returns how many went, 0 when it is masked or
 * done.  *TC: the count has run out.
 */
unsigned i8257_transfer(DeviceState *dev, unsigned n, void *buf, unsigned len,
                        bool to_memory, bool *tc);

#endif
