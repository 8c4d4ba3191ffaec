/* SPDX-License-Identifier: MIT */
/* Files that the command line hands to firmware: -fw_cfg and -option-rom. */
#ifndef SYSTEM_FIRMWARE_H
#define SYSTEM_FIRMWARE_H

#include "system/options.h"

/* Once the machine is built; says what is wrong and exits. */
void firmware_add_files(const SystemOptions *o);

#endif
