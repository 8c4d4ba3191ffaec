/* SPDX-License-Identifier: MIT */
#include "criterion.h"
