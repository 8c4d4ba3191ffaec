/* SPDX-License-Identifier: MIT */
/*
 * The page that stands in for a 32-bit guest's vdso: the system-call entry of
 * AT_SYSINFO and the two return stubs of handlers without a restorer.  It is
 * no ELF image, so there is no AT_SYSINFO_EHDR.
 */
#include "util/osdep.h"
#include "linux-user/mm.h"
#include "linux-user/program.h"
#include <sys/mman.h>

vaddr vdso32_sigreturn, vdso32_rt_sigreturn;

vaddr vdso32_map(void)
{
    static const uint8_t code[] = {
        0xcd, 0x80, 0xc3, 0, 0, 0, 0, 0,            /* int $0x80; ret */
        0, 0, 0, 0, 0, 0, 0, 0,
        /* pop %eax; mov $sigreturn, %eax; int $0x80 */
        0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80,
        0, 0, 0, 0, 0, 0, 0, 0,
        /* mov $rt_sigreturn, %eax; int $0x80 */
        0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0,
    };
    int64_t at = mm_mmap(0, TARGET_PAGE_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, MA_VDSO);

    if (at < 0) {
        return 0;
    }
    memcpy((void *)at, code, sizeof(code));
    mm_mprotect(at, TARGET_PAGE_SIZE, PROT_READ | PROT_EXEC);
    vdso32_sigreturn = at + 16;
    vdso32_rt_sigreturn = at + 32;
    return at;
}
