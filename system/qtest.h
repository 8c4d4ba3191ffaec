/* SPDX-License-Identifier: MIT */
/*
 * The test protocol: a line a command ("outb 0x70 0x0a", "readl 0xfee00020",
 * "clock_step 1000"), a line an answer ("OK 0x26", "FAIL ...").  Devices are
 * driven without a CPU, the virtual clock stands until it is stepped.
 */
#ifndef SYSTEM_QTEST_H
#define SYSTEM_QTEST_H

#include "chardev/char.h"

void qtest_start(Chardev *chr);

#endif
