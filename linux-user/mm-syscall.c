/* SPDX-License-Identifier: MIT */
/*
 * Memory system calls beyond the ones in mm-map.c: what they share is that
 * the host does the work on the parts of the range that are the guest's.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/ownfd.h"
#include "linux-user/mm-int.h"
#include <sys/ipc.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>

/* The flags that some host numbers differently. */
static int map_flags(uint64_t guest)
{
    int flags = guest;

    if (HOST_HAS_MAP_32BIT) {
        return flags;
    }
    return (flags & ~(0x40 | 0x80 | 0x2000 | 0x4000)) |
           (guest & 0x40 ? GUEST_MAP_32BIT : 0) |
           (guest & 0x2000 ? MAP_LOCKED : 0) |
           (guest & 0x4000 ? MAP_NORESERVE : 0);
}

int64_t sys_mmap(CPUX86State *env, const uint64_t a[6])
{
    if (!(a[3] & MAP_ANONYMOUS) && own_fd_is((int)a[4])) {
        return -EBADF;
    }
    return mm_mmap(a[0], a[1], a[2], map_flags(a[3]), (int)a[4], a[5], 0);
}

int64_t sys_munmap(CPUX86State *env, const uint64_t a[6])
{
    return mm_munmap(a[0], a[1]);
}

int64_t sys_mprotect(CPUX86State *env, const uint64_t a[6])
{
    return mm_mprotect(a[0], a[1], a[2]);
}

int64_t sys_mremap(CPUX86State *env, const uint64_t a[6])
{
    return mm_mremap(a[0], a[1], a[2], a[3], a[4]);
}

/* ---- madvise ------------------------------------------------------------- */

/* Advice after which the bytes may differ. */
static bool advice_drops(int advice)
{
    switch (advice) {
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_REMOVE:
    case 24 /* MADV_DONTNEED_LOCKED */:
        return true;
    default:
        return false;
    }
}

static int64_t advise_pieces(vaddr start, vaddr end, int advice)
{
    bool hole = false, dirty = false;
    vaddr at = start;
    int64_t ret = 0;
    MMArea *p;
    size_t nb;

    mm_lock();
    p = area_pieces_locked(start, end, &nb);
    for (size_t i = 0; i < nb && !ret; i++) {
        hole |= p[i].start != at;
        at = p[i].end;
        if (advice_drops(advice)) {
            dirty |= mm_code_release_locked(p[i].start, p[i].end);
        }
        ret = mm_split() ? mm_split_advise_locked(&p[i], advice)
            : madvise((void *)p[i].start, p[i].end - p[i].start, advice) < 0
            ? -errno : 0;
    }
    mm_unlock();
    g_free(p);
    if (dirty) {
        tcg_invalidate(start, end - 1);
    }
    return ret ? ret : hole || at != end ? -ENOMEM : 0;
}

int64_t sys_madvise(CPUX86State *env, const uint64_t a[6])
{
    uint64_t size = TARGET_PAGE_ALIGN(a[1]);
    int advice = a[2];

    if ((a[0] & ~TARGET_PAGE_MASK) || size < a[1]) {
        return -EINVAL;
    }
    /* The host judges the advice on an empty range. */
    if (madvise((void *)a[0], 0, advice) < 0) {
        return -errno;
    }
    if (!size) {
        return 0;
    }
    if (range_bad(a[0], size)) {
        return a[0] + size < a[0] ? -EINVAL : -ENOMEM;
    }
    return advise_pieces(a[0], a[0] + size, advice);
}

/* ---- System V shared memory ---------------------------------------------- */

static struct ShmAttach {
    vaddr addr;
    uint64_t size;
} *shm_table;
static size_t shm_nb;       /* both under the mm lock */

static int64_t shm_map_locked(int id, vaddr addr, uint64_t size, int flags,
                              bool *dirty)
{
    vaddr end = addr + size;
    void *p;

    if (addr) {
        if (range_bad(addr, size)) {
            return -EINVAL;
        }
        if ((flags & SHM_REMAP) && ((addr | size) & (mm_host_page - 1))) {
            return -EINVAL;     /* would take what shares the host's page */
        }
        if (flags & SHM_REMAP) {
            /* Free or the guest's?  Claim by mapping, which shmat replaces. */
            int64_t ret;
            mm_unlock();
            ret = mm_mmap(addr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
                          MAP_FIXED | MAP_NORESERVE, -1, 0, 0);
            mm_lock();
            if (ret < 0) {
                return -EINVAL;
            }
            *dirty |= mm_code_forget_locked(addr, end);
        }
    }
    if (!addr && process_options.guest32) {
        int64_t at = mm_place32_locked(0, size, PROT_NONE, MAP_PRIVATE |
                                       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at < 0) {
            return at;
        }
        p = shmat(id, (void *)at, (flags & ~SHM_EXEC) | SHM_REMAP);
        if (p == (void *)-1) {
            int err = errno;
            munmap((void *)at, size);
            return -err;
        }
        return at;
    }
    p = shmat(id, (void *)addr, flags & ~SHM_EXEC);
    return p == (void *)-1 ? -errno : (int64_t)(uintptr_t)p;
}

int64_t sys_shmat(CPUX86State *env, const uint64_t a[6])
{
    int id = a[0], flags = a[2];
    vaddr addr = a[1];
    struct shmid_ds ds;
    bool dirty = false;
    uint64_t size;
    int64_t ret;

    if (addr & ~TARGET_PAGE_MASK) {
        if (!(flags & SHM_RND)) {
            return -EINVAL;
        }
        addr &= TARGET_PAGE_MASK;
        if (!addr && (flags & SHM_REMAP)) {
            return -EINVAL;
        }
    }
    if (shmctl(id, IPC_STAT, &ds) < 0) {
        /* Without the right to stat there is none to attach either. */
        return -errno;
    }
    size = TARGET_PAGE_ALIGN((uint64_t)ds.shm_segsz);
    mm_lock();
    ret = shm_map_locked(id, addr, size, flags, &dirty);
    if (ret >= 0) {
        int prot = PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) |
                   (flags & SHM_EXEC ? PROT_EXEC : 0);
        area_set_locked(ret, ret + size, prot, MA_SHARED | MA_SHM);
        shm_table = g_renew(struct ShmAttach, shm_table, shm_nb + 1);
        shm_table[shm_nb++] = (struct ShmAttach) { ret, size };
    }
    mm_unlock();
    if (dirty) {
        tcg_invalidate(addr, addr + size - 1);
    }
    if (ret >= 0) {
        mm_note_shared(MA_SHARED, PROT_WRITE, 0, -1);
    }
    return ret;
}

int64_t sys_shmdt(CPUX86State *env, const uint64_t a[6])
{
    vaddr addr = a[0];
    bool dirty = false;
    int64_t ret = -EINVAL;
    uint64_t size = 0;
    size_t nb, i;

    mm_lock();
    for (i = 0; i < shm_nb && shm_table[i].addr != addr; i++) {
    }
    if (i < shm_nb) {
        MMArea *p;
        size = shm_table[i].size;
        p = area_pieces_locked(addr, addr + size, &nb);
        ret = shmdt((void *)addr) < 0 ? -errno : 0;
        for (size_t k = 0; k < nb && !ret; k++) {
            if (p[k].flags & MA_SHM) {
                dirty |= mm_code_forget_locked(p[k].start, p[k].end);
                area_clear_locked(p[k].start, p[k].end);
            }
        }
        g_free(p);
        shm_table[i] = shm_table[--shm_nb];
    }
    mm_unlock();
    if (dirty) {
        tcg_invalidate(addr, addr + size - 1);
    }
    return ret;
}

/* ---- msync, mincore ------------------------------------------------------ */

int64_t sys_msync(CPUX86State *env, const uint64_t a[6])
{
    vaddr start = a[0] & -mm_host_page;

    if (!mm_split() || (a[0] & ~TARGET_PAGE_MASK)) {
        start = a[0];
    }
    return host_syscall(SYS_msync, start, a[1] + (a[0] - start), a[2], 0, 0,
                        0);
}

/* A byte a page: the host's answer counts for all of the guest's in it. */
static int64_t mincore_split(vaddr start, uint64_t len, vaddr out)
{
    vaddr first = start & -mm_host_page;
    uint64_t pages = TARGET_PAGE_ALIGN(len) / TARGET_PAGE_SIZE;
    uint8_t *vec, *guest;
    int64_t ret;

    vec = g_malloc0((start + len - first) / mm_host_page + 1);
    guest = g_malloc(pages + 1);
    ret = host_syscall(SYS_mincore, first, start + len - first, (long)vec, 0,
                       0, 0);
    for (uint64_t i = 0; i < pages; i++) {
        guest[i] = vec[(start + i * TARGET_PAGE_SIZE - first) / mm_host_page];
    }
    if (ret == 0 && copy_to_guest(out, guest, pages)) {
        ret = -EFAULT;
    }
    g_free(vec);
    g_free(guest);
    return ret;
}

int64_t sys_mincore(CPUX86State *env, const uint64_t a[6])
{
    int64_t ret;

    if (!mm_split() || (a[0] & ~TARGET_PAGE_MASK)) {
        return host_syscall(SYS_mincore, a[0], a[1], a[2], 0, 0, 0);
    }
    mm_lock();
    ret = !range_bad(a[0], a[1]) && area_covers_locked(a[0], a[0] + a[1])
        ? 0 : -ENOMEM;
    mm_unlock();
    return ret ? ret : mincore_split(a[0], a[1], a[2]);
}

/* ---- the rest ------------------------------------------------------------ */

int64_t sys_remap_file_pages(CPUX86State *env, const uint64_t a[6])
{
    vaddr start = a[0] & TARGET_PAGE_MASK;
    uint64_t size = a[1] & TARGET_PAGE_MASK;
    bool dirty = false, ok;
    int64_t ret = -EINVAL;

    if (!size || range_bad(start, size)) {
        return -EINVAL;
    }
    mm_lock();
    ok = area_covers_locked(start, start + size);
    if (ok) {
        dirty = mm_code_release_locked(start, start + size);
        ret = syscall(SYS_remap_file_pages, start, size, a[2], a[3], a[4]);
        ret = ret < 0 ? -errno : ret;
    }
    mm_unlock();
    if (dirty) {
        tcg_invalidate(start, start + size - 1);
    }
    return ret;
}

/* Protection keys: as on a CPU without them, see syscall/misc.c. */
int64_t sys_pkey_mprotect(CPUX86State *env, const uint64_t a[6])
{
    if ((int)a[3] != -1 && (int)a[3] != 0) {
        return -EINVAL;
    }
    return mm_mprotect(a[0], a[1], a[2]);
}
