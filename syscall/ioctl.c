/* SPDX-License-Identifier: MIT */
/*
 * Look-up of ioctl requests.
 */
#include "util/osdep.h"
#include "syscall/ioctl.h"

/* x86-64's encoding: type and number in 16 bits, 14 bits of size, two of
 * direction, of which the upper says that the kernel writes. */
#define REQ_SIZE(r)   ((r) >> 16 & 0x3fff)
#define REQ_WRITES(r) ((r) >> 31)

/* For an old-style request that is not listed. */
#define UNKNOWN_SIZE 128

static const struct {
    uint32_t request;
    int out;
    const char *name;
} ioctls[] = {
#define I(name, request, out) { request, out, #name },
#include "syscall/ioctls.def"
#undef I
};

static int find(uint32_t request)
{
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
        if (ioctls[i].request == request) {
            return i;
        }
    }
    return -1;
}

unsigned ioctl_out_size(uint32_t request)
{
    int i;

    if (request >> 30) {
        unsigned size = REQ_WRITES(request) ? REQ_SIZE(request) : 0;
        /* Some drivers write more than the request says; a little more
         * costs nothing. */
        return size ? MAX(size, 64) : 0;
    }
    i = find(request);
    return i < 0 || ioctls[i].out < 0 ? UNKNOWN_SIZE : ioctls[i].out;
}

const char *ioctl_name(uint32_t request)
{
    int i = find(request);

    return i < 0 ? NULL : ioctls[i].name;
}
