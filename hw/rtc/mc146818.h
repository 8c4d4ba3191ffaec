/* SPDX-License-Identifier: MIT */
/* Real-time clock with CMOS memory.  GPIO output 0 is its interrupt; output
 * "alarm" pulses when an enabled alarm comes. */
#ifndef HW_RTC_MC146818_H
#define HW_RTC_MC146818_H

#include "hw/core/qdev.h"

#define TYPE_MC146818 "mc146818rtc"
#define MC146818_ALARM "alarm"

/* CMOS bytes from 0x0e on, as firmware finds them. */
void rtc_set_memory(DeviceState *dev, unsigned addr, uint8_t value);

#endif
