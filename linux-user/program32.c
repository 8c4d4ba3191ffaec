/* SPDX-License-Identifier: MIT */
/* Puts the image of a 32-bit guest's vdso (vdso32.S) into its memory. */
#include "util/osdep.h"
#include "linux-user/mm.h"
#include "linux-user/program.h"
#include "linux-user/vdso32-image.h"
#include <sys/mman.h>

vaddr vdso32_sysinfo, vdso32_landing_pad;
vaddr vdso32_sigreturn, vdso32_rt_sigreturn;

vaddr vdso32_map(void)
{
    uint64_t size = TARGET_PAGE_ALIGN(sizeof(vdso32_image));
    int64_t at = mm_mmap(0, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, MA_VDSO);

    if (at < 0) {
        return 0;
    }
    memcpy((void *)at, vdso32_image, sizeof(vdso32_image));
    mm_mprotect(at, size, PROT_READ | PROT_EXEC);
    vdso32_sysinfo = at + VDSO32___KERNEL_VSYSCALL;
    vdso32_landing_pad = at + VDSO32_INT80_LANDING_PAD;
    vdso32_sigreturn = at + VDSO32___KERNEL_SIGRETURN;
    vdso32_rt_sigreturn = at + VDSO32___KERNEL_RT_SIGRETURN;
    return at;
}
