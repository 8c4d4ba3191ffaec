/* SPDX-License-Identifier: MIT */
/*
 * Numbers as they lie in memory.  le and be: N bytes (1 to 8) in that order at
 * any address; field: a C integer of SIZE bytes (1, 2, 4, 8), aligned.
 */
#ifndef UTIL_BYTES_H
#define UTIL_BYTES_H

#include "util/osdep.h"

static inline uint64_t get_le(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;

    while (n--) {
        v = v << 8 | p[n];
    }
    return v;
}

static inline void put_le(uint8_t *p, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        p[i] = v >> (8 * i);
    }
}

static inline uint64_t get_be(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;

    while (n--) {
        v = v << 8 | *p++;
    }
    return v;
}

static inline void put_be(uint8_t *p, uint64_t v, unsigned n)
{
    while (n--) {
        *p++ = v >> (8 * n);
    }
}

static inline uint64_t get_field(const void *field, size_t size)
{
    switch (size) {
    case 1:
        return *(const uint8_t *)field;
    case 2:
        return *(const uint16_t *)field;
    case 4:
        return *(const uint32_t *)field;
    default:
        return *(const uint64_t *)field;
    }
}

static inline void put_field(void *field, uint64_t v, size_t size)
{
    switch (size) {
    case 1:
        *(uint8_t *)field = v;
        break;
    case 2:
        *(uint16_t *)field = v;
        break;
    case 4:
        *(uint32_t *)field = v;
        break;
    default:
        *(uint64_t *)field = v;
    }
}

#endif
