/* SPDX-License-Identifier: MIT */
/* The pair of Intel 8259A interrupt controllers of a PC. */
#ifndef HW_INTC_I8259_H
#define HW_INTC_I8259_H

#include "hw/core/qdev.h"

#define TYPE_I8259_PAIR "isa-i8259"

/*
 * GPIO: inputs 0-15 are the lines (2 is the cascade's and ignored), output 0
 * is INT of the master.
 */
int i8259_acknowledge(DeviceState *pair);       /* INTA: the vector */

#endif
