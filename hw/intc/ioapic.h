/* SPDX-License-Identifier: MIT */
/* I/O APIC: GPIO inputs 0-23 are its pins. */
#ifndef HW_INTC_IOAPIC_H
#define HW_INTC_IOAPIC_H

#include "hw/core/qdev.h"

#define TYPE_IOAPIC "ioapic"
#define IOAPIC_PINS 24
#define IOAPIC_ADDRESS 0xfec00000u

#endif
