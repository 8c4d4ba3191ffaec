/* SPDX-License-Identifier: MIT */
/*
 * High precision event timer.
 * GPIO: outputs 0-23 are the global interrupts; inputs "legacy" 0 and 1 are
 * the 8254's and the real-time clock's, which go to outputs 0 and 8 unless
 * the HPET takes their place.
 */
#ifndef HW_TIMER_HPET_H
#define HW_TIMER_HPET_H

#include "hw/core/qdev.h"

#define TYPE_HPET "hpet"
#define HPET_ADDRESS 0xfed00000u
#define HPET_LEGACY "legacy"
#define HPET_ID 0x8086a201u     /* low half of the capabilities */

#endif
