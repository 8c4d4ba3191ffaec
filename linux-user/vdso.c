/* SPDX-License-Identifier: MIT */
/* Puts the vdso's image (vdso.S) into the guest's memory. */
#include "util/osdep.h"
#include "linux-user/program.h"
#include "linux-user/mm.h"
#include "linux-user/vdso-image.h"
#include <sys/mman.h>

vaddr vdso_map(void)
{
    uint64_t size = TARGET_PAGE_ALIGN(sizeof(vdso_image));
    int64_t at = mm_mmap(0, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, MA_VDSO);

    if (at < 0) {
        return 0;
    }
    memcpy((void *)at, vdso_image, sizeof(vdso_image));
    mm_mprotect(at, size, PROT_READ | PROT_EXEC);
    return at;
}
