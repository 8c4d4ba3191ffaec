/* SPDX-License-Identifier: MIT */
/*
 * Where to boot from: devices with their property bootindex, as OpenFirmware
 * paths that firmware finds in fw_cfg's "bootorder".
 */
#ifndef HW_CORE_BOOTORDER_H
#define HW_CORE_BOOTORDER_H

#include "hw/core/qdev.h"

/* INDEX below 0: not in the list.  SUFFIX may be NULL. */
void bootorder_add(int32_t index, DeviceState *dev, const char *suffix);
/* What is no device: a path. */
void bootorder_add_path(int32_t index, const char *path);
void bootorder_remove(DeviceState *dev);
/* Firmware is not to go on to what the list does not name. */
void bootorder_set_strict(bool strict);
/* One path a line; returns new, NULL when there is none. */
char *bootorder_list(void);

#endif
