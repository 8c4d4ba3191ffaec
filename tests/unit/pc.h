/* SPDX-License-Identifier: MIT */
/* The machine of pc-machine.h, for Criterion's tests. */
#ifndef TESTS_UNIT_PC_H
#define TESTS_UNIT_PC_H

#include "tests/unit/pc-machine.h"

#include <criterion/criterion.h>

#endif
