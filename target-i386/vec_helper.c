/* SPDX-License-Identifier: MIT */
/*
 * Vector instructions that touch memory element by element: masked moves and
 * gathers.  Elements whose mask bit is clear are not accessed, so they can't
 * fault; a gather that faults keeps what it has loaded and clears those mask
 * elements (SDM vol. 2, VPGATHERDD).
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/vec_helper.h"
#include "tcg/softmmu.h"

static bool mask_bit(const uint8_t *m, unsigned sz, unsigned i)
{
    return m[((i + 1) << sz) - 1] & 0x80;
}

/* The register file is in memory order on every host. */
static void copy_elem(void *dst, const void *src, unsigned sz)
{
    if (sz == MO_32) {
        uint32_t v = *(const volatile uint32_t *)src;
        *(volatile uint32_t *)dst = v;
    } else {
        uint64_t v = *(const volatile uint64_t *)src;
        *(volatile uint64_t *)dst = v;
    }
}

static void ld_elem(CPUX86State *env, void *dst, uint64_t addr, unsigned sz)
{
    if (env->h.mmu) {
        softmmu_read(&env->h, addr, dst, 1 << sz, env->h.mmu->mode);
    } else {
        copy_elem(dst, (const void *)(uintptr_t)addr, sz);
    }
}

static void st_elem(CPUX86State *env, uint64_t addr, const void *src,
                    unsigned sz)
{
    if (env->h.mmu) {
        softmmu_write(&env->h, addr, src, 1 << sz, env->h.mmu->mode);
    } else {
        copy_elem((void *)(uintptr_t)addr, src, sz);
    }
}

static unsigned desc_size(uint64_t desc)
{
    return desc >> 12 & 7;
}

static unsigned desc_bytes(uint64_t desc)
{
    return desc >> 15 & 1 ? 32 : 16;
}

static void helper_vmaskload(TCGEnv *h, uint64_t addr, uint64_t desc)
{
    CPUX86State *env = container_of(h, CPUX86State, h);
    unsigned sz = desc_size(desc);
    QEMU_ALIGNED(32) uint8_t r[32] = { 0 };

    for (unsigned i = 0; i < desc_bytes(desc) >> sz; i++) {
        if (mask_bit(env->vreg[desc >> 4 & 15], sz, i)) {
            ld_elem(env, r + (i << sz), addr + (i << sz), sz);
        }
    }
    memcpy(env->vreg[desc & 15], r, 32);
}

/* A store that crosses pages must fault before anything is written: touch
 * one selected byte in each page. */
static void probe_store(CPUX86State *env, const uint8_t *mask, uint64_t addr,
                        uint64_t desc)
{
    unsigned sz = desc_size(desc);
    uint64_t seen = UINT64_MAX;

    for (unsigned i = 0; i < desc_bytes(desc) >> sz; i++) {
        for (unsigned b = 0; b < 1u << sz && mask_bit(mask, sz, i); b++) {
            uint64_t a = addr + (i << sz) + b;
            if (a >> 12 != seen) {
                seen = a >> 12;
                if (env->h.mmu) {
                    softmmu_probe(&env->h, a, 1, MMU_WRITE, env->h.mmu->mode);
                } else {
                    __atomic_fetch_or((uint8_t *)(uintptr_t)a, 0,
                                      __ATOMIC_RELAXED);
                }
            }
        }
    }
}

static void helper_vmaskstore(TCGEnv *h, uint64_t addr, uint64_t desc)
{
    CPUX86State *env = container_of(h, CPUX86State, h);
    unsigned sz = desc_size(desc);

    if ((addr & 0xfff) + desc_bytes(desc) > 0x1000) {
        probe_store(env, env->vreg[desc >> 4 & 15], addr, desc);
    }
    for (unsigned i = 0; i < desc_bytes(desc) >> sz; i++) {
        if (mask_bit(env->vreg[desc >> 4 & 15], sz, i)) {
            st_elem(env, addr + (i << sz), env->vreg[desc & 15] + (i << sz),
                    sz);
        }
    }
}

static uint64_t gather_index(const uint8_t *x, unsigned isz, unsigned i)
{
    if (isz == MO_32) {
        uint32_t v;
        memcpy(&v, x + i * 4, 4);
        return (int64_t)(int32_t)le32toh(v);
    }
    uint64_t v;
    memcpy(&v, x + i * 8, 8);
    return le64toh(v);
}

static void helper_vgather(TCGEnv *h, uint64_t base, uint64_t seg,
                           uint64_t desc)
{
    CPUX86State *env = container_of(h, CPUX86State, h);
    uint8_t *d = env->vreg[desc & 15], *m = env->vreg[desc >> 4 & 15];
    const uint8_t *x = env->vreg[desc >> 8 & 15];
    unsigned sz = desc_size(desc), isz = desc >> 16 & 15;
    unsigned n = desc_bytes(desc) >> MAX(sz, isz);

    for (unsigned i = 0; i < n; i++) {
        if (mask_bit(m, sz, i)) {
            uint64_t a = base + (gather_index(x, isz, i) << (desc >> 20 & 3));
            a = seg + (desc >> 24 & 1 ? (uint32_t)a : a);
            ld_elem(env, d + (i << sz), a, sz);
        }
        memset(m + (i << sz), 0, 1 << sz);
    }
    memset(m, 0, 32);
    memset(d + (n << sz), 0, 32 - (n << sz));
}

#define VEC_HELPER(fn, args, eff)                                       \
    const TCGHelper fn##_info = {                                       \
        .func = (const void *)fn, .name = #fn, .nb_args = args,         \
        .effects = eff,                                                 \
    }

VEC_HELPER(helper_vmaskload, 2, HE_VREGS);
VEC_HELPER(helper_vmaskstore, 2, HE_VREGS | HE_RDONLY);
VEC_HELPER(helper_vgather, 3, HE_VREGS);
