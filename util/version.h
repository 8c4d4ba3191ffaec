/* SPDX-License-Identifier: MIT */
/* The version that -version, /proc/version's kin and QMP tell. */
#ifndef UTIL_VERSION_H
#define UTIL_VERSION_H

#define VERSION_MAJOR 0
#define VERSION_MINOR 9
#define VERSION_MICRO 0
#define VERSION_TEXT  "0.9.0"

#endif
