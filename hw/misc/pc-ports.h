/* SPDX-License-Identifier: MIT */
/* Small ports of a PC: 61h, 80h, 92h, F0h. */
#ifndef HW_MISC_PC_PORTS_H
#define HW_MISC_PC_PORTS_H

#include "hw/core/qdev.h"

/* Port 61h: speaker gate, counter 2's output, refresh.  Link "pit". */
#define TYPE_PC_SPEAKER "isa-pcspk"

/*
 * Fast A20 and reset (port 92h), POST codes (80h), and the coprocessor's
 * error latch (F0h).  GPIO input "a20" is the keyboard controller's A20, "ferr"
 * the processors' FERR#; output 0 is IRQ 13.
 */
#define TYPE_PC_PORTS "pc-ports"
#define PC_PORTS_A20 "a20"
#define PC_PORTS_FERR "ferr"

#endif
