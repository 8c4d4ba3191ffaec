/* SPDX-License-Identifier: MIT */
/*
 * Intel 8254 programmable interval timer.
 * GPIO: outputs 0-2 are OUT of the counters, inputs 0-2 their GATE.
 */
#ifndef HW_TIMER_I8254_H
#define HW_TIMER_I8254_H

#include "hw/core/qdev.h"

#define TYPE_I8254 "isa-pit"
#define PIT_FREQUENCY 1193182

/* OUT of counter N now: port 61h shows it for counter 2. */
bool pit_get_out(DeviceState *dev, int n);

#endif
