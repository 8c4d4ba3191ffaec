/* SPDX-License-Identifier: MIT */
/*
 * Keyboard controller with PS/2 keyboard and mouse.
 * GPIO: outputs 0 and 1 are IRQ 1 and 12, "a20" the gate.
 */
#ifndef HW_INPUT_I8042_H
#define HW_INPUT_I8042_H

#include "hw/core/qdev.h"

#define TYPE_I8042 "i8042"
#define I8042_A20 "a20"

#endif
