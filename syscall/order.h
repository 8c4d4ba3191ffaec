/* SPDX-License-Identifier: MIT */
/*
 * Guest memory is little-endian; these move numbers between it and the host's
 * order.  On a little-endian host they are the plain copies.  syscall/swap.c
 * and syscall/siginfo.c.
 */
#ifndef SYSCALL_ORDER_H
#define SYSCALL_ORDER_H

#include "syscall/process.h"

static inline uint16_t le16(uint16_t v)
{
    return HOST_BIG_ENDIAN ? __builtin_bswap16(v) : v;
}

static inline uint32_t le32(uint32_t v)
{
    return HOST_BIG_ENDIAN ? __builtin_bswap32(v) : v;
}

static inline uint64_t le64(uint64_t v)
{
    return HOST_BIG_ENDIAN ? __builtin_bswap64(v) : v;
}

/* The other order of a structure: fields as in structs.def. */
void swap_bytes(void *p, const char *fields);

static inline void swap_fields(void *p, const char *fields)
{
    if (HOST_BIG_ENDIAN) {
        swap_bytes(p, fields);
    }
}

/* n 64-bit words from and to guest memory; 0 or -EFAULT. */
static inline int get_words(uint64_t *v, vaddr addr, unsigned n)
{
    int err = copy_from_guest(v, addr, n * 8);

    for (unsigned i = 0; HOST_BIG_ENDIAN && i < n; i++) {
        v[i] = le64(v[i]);
    }
    return err;
}

static inline int put_words(vaddr addr, const uint64_t *v, unsigned n)
{
    uint64_t w;

    if (!HOST_BIG_ENDIAN) {
        return copy_to_guest(addr, v, n * 8);
    }
    for (unsigned i = 0; i < n; i++) {
        w = le64(v[i]);
        if (copy_to_guest(addr + i * 8, &w, 8)) {
            return -EFAULT;
        }
    }
    return 0;
}

static inline int put_u32(vaddr addr, uint32_t v)
{
    v = le32(v);
    return copy_to_guest(addr, &v, 4);
}

/* A siginfo of 128 bytes, which apart from the order is the same everywhere.
 * May be called by a signal's delivery only, not by host handlers. */
void siginfo_to_guest(const siginfo_t *info, uint8_t guest[128]);
void siginfo_from_guest(const uint8_t guest[128], siginfo_t *info);

#endif
