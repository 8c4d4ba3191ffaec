/* SPDX-License-Identifier: MIT */
/*
 * Paging: from linear to physical addresses, with rights, accessed and dirty
 * bits, and the page fault; and the hooks between the TLB and the CPU.
 * Flow: tcg/softmmu.c -> (this) -> x86_sys_ops.ram.
 * Source: Intel SDM vol. 3 ch. 4.
 */
#include "util/osdep.h"
#include "target-i386/fault.h"
#include "target-i386/sys.h"
#include "target-i386/watch.h"

enum {
    PG_P = 1 << 0, PG_RW = 1 << 1, PG_US = 1 << 2, PG_A = 1 << 5,
    PG_D = 1 << 6, PG_PS = 1 << 7, PG_G = 1 << 8,
};
#define PG_NX (1ull << 63)
#define PG_ADDR 0x000ffffffffff000ull

enum { PF_P = 1, PF_W = 2, PF_U = 4, PF_RSVD = 8, PF_I = 16, PF_PK = 32 };

static inline CPUX86State *x86_env(TCGEnv *h)
{
    return (CPUX86State *)h;
}

typedef struct Walk {
    CPUX86State *env;
    uint64_t addr;
    unsigned access;
    bool user;              /* the access is the user's */
    uint64_t rights;        /* RW and US of all levels, NX of any */
    uint64_t leaf;          /* the last entry */
    uint64_t size;          /* of its page */
    uint8_t *ptr;           /* where that entry is, and as it was read */
    uint64_t raw;
    unsigned ptr_size;
    uint32_t fault;         /* error code, where there is none */
} Walk;

/* ---- entries ------------------------------------------------------------------ */

static uint8_t *entry_ptr(CPUX86State *env, uint64_t phys)
{
    bool io_write = false;
    uint8_t *p;

    phys &= env->sys->a20_mask;
    p = x86_sys_ops.ram(env, phys & ~4095ull, &io_write);
    return p ? p + (phys & 4095) : NULL;
}

static uint64_t entry_read(const uint8_t *p, unsigned size)
{
    if (!p) {
        return size == 8 ? UINT64_MAX : UINT32_MAX;
    }
    return size == 8 ? __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED)
                     : __atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED);
}

/* Sets bits unless the entry changed meanwhile. */
static bool entry_set(uint8_t *p, unsigned size, uint64_t old, uint64_t bits)
{
    uint64_t o64 = old;
    uint32_t o32 = old;

    if (!p || (old & bits) == bits) {
        return true;
    }
    if (size == 8) {
        return __atomic_compare_exchange_n((uint64_t *)p, &o64, old | bits,
                                           false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST);
    }
    return __atomic_compare_exchange_n((uint32_t *)p, &o32,
                                       (uint32_t)(old | bits), false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* ---- rights --------------------------------------------------------------------- */

static bool fail(Walk *w, uint32_t code)
{
    const X86Sys *s = w->env->sys;
    bool nx = (s->efer & EFER_NXE) && (s->cr4 & CR4_PAE);

    w->fault = code | (w->access == MMU_WRITE ? PF_W : 0) |
               (w->user ? PF_U : 0) |
               (w->access == MMU_FETCH && (nx || (s->cr4 & CR4_SMEP))
                ? PF_I : 0);
    return false;
}

/* Protection key rights: bit 0 no access, bit 1 no write. */
static unsigned key_rights(const Walk *w)
{
    const X86Sys *s = w->env->sys;

    if (!(s->cr4 & CR4_PKE) || !x86_long_active(s) || !(w->rights & PG_US)) {
        return 0;
    }
    return w->env->pkru >> (w->leaf >> 59 & 15) * 2 & 3;
}

/* What the current mode may do; the W of a clean page is left out. */
static uint8_t allowed(const Walk *w, unsigned mode)
{
    const X86Sys *s = w->env->sys;
    bool us = w->rights & PG_US, rw = w->rights & PG_RW;
    bool nx = w->rights & PG_NX;
    unsigned key = key_rights(w);
    uint8_t prot = 0;

    if (mode == MMU_USER) {
        if (us) {
            prot = MMU_PROT_R | (rw ? MMU_PROT_W : 0) |
                   (nx ? 0 : MMU_PROT_X);
        }
    } else {
        if (!us || mode == MMU_KERNEL) {
            prot = MMU_PROT_R | (rw || !(s->cr0 & CR0_WP) ? MMU_PROT_W : 0);
        }
        if (!nx && !(us && (s->cr4 & CR4_SMEP))) {
            prot |= MMU_PROT_X;
        }
    }
    if (key & 1) {
        prot &= ~(MMU_PROT_R | MMU_PROT_W);
    } else if ((key & 2) && (mode == MMU_USER || (s->cr0 & CR0_WP))) {
        prot &= ~MMU_PROT_W;
    }
    return prot;
}

/* ---- the walk -------------------------------------------------------------------- */

/* Entry bits that must be clear. */
static uint64_t reserved(const X86Sys *s, unsigned level, uint64_t e,
                         bool big)
{
    uint64_t r = ~s->phys_mask & 0x000fffffffffffffull;

    if (!(s->efer & EFER_NXE)) {
        r |= PG_NX;
    }
    if (!x86_long_active(s)) {
        r |= 0x7ff0000000000000ull;
        if (level == 3) {
            r |= PG_NX | 0x1e6;         /* PDPTEs have few bits */
        }
    }
    if (big) {
        r |= (1ull << (12 + 9 * (level - 1))) - 0x2000;
    } else if (level >= 4) {
        r |= PG_PS;
    }
    return e & r;
}

/* PAE, 4 and 5 levels. */
static bool walk8(Walk *w, unsigned levels)
{
    CPUX86State *env = w->env;
    const X86Sys *s = env->sys;
    uint64_t table, e = 0;
    uint8_t *p;
    unsigned level;

again:
    table = s->cr3 & (levels == 3 ? 0xffffffe0ull : PG_ADDR & s->phys_mask);
    w->rights = PG_RW | PG_US;
    for (level = levels;; level--) {
        unsigned shift = 12 + 9 * (level - 1);
        unsigned mask = levels == 3 && level == 3 ? 3 : 511;
        bool big, pdpte = levels == 3 && level == 3, leaf;

        p = entry_ptr(env, table + (w->addr >> shift & mask) * 8);
        e = entry_read(p, 8);
        if (!(e & PG_P)) {
            return fail(w, 0);
        }
        big = level > 1 && level < 4 && !pdpte && (e & PG_PS);
        if (reserved(s, level, e, big) ||
            (big && level == 3 &&
             !x86_feat(env->model->feats, X86_FEAT_PDPE1GB))) {
            return fail(w, PF_P | PF_RSVD);
        }
        leaf = level == 1 || big;
        if (!pdpte) {
            w->rights &= e | ~(uint64_t)(PG_RW | PG_US);
            w->rights |= e & PG_NX;
            if (!leaf && !entry_set(p, 8, e, PG_A)) {
                goto again;
            }
        }
        if (leaf) {
            w->size = 1ull << shift;
            break;
        }
        table = e & PG_ADDR;
    }
    w->leaf = w->raw = e;
    w->ptr = p;
    w->ptr_size = 8;
    return true;
}

/* Two levels of 32-bit entries. */
static bool walk4(Walk *w)
{
    const X86Sys *s = w->env->sys;
    uint8_t *p;
    uint64_t e;

again:
    w->rights = PG_RW | PG_US;
    p = entry_ptr(w->env, (s->cr3 & 0xfffff000) + (w->addr >> 22 & 1023) * 4);
    e = entry_read(p, 4);
    if (!(e & PG_P)) {
        return fail(w, 0);
    }
    w->rights &= e;
    if ((e & PG_PS) && (s->cr4 & CR4_PSE)) {
        if (e & 1 << 21) {
            return fail(w, PF_P | PF_RSVD);
        }
        w->size = 4 << 20;
        w->ptr = p;
        w->ptr_size = 4;
        w->raw = e;
        /* PSE-36: address bits 32 to 39 in bits 13 to 20 */
        w->leaf = (e & 0xffc00fff) | (e >> 13 & 0xff) << 32;
        return true;
    }
    if (!entry_set(p, 4, e, PG_A)) {
        goto again;
    }
    p = entry_ptr(w->env, (e & 0xfffff000) + (w->addr >> 12 & 1023) * 4);
    e = entry_read(p, 4);
    if (!(e & PG_P)) {
        return fail(w, 0);
    }
    w->rights &= e;
    w->size = 4096;
    w->leaf = w->raw = e;
    w->ptr = p;
    w->ptr_size = 4;
    return true;
}

static bool tables(Walk *w)
{
    const X86Sys *s = w->env->sys;

    if (!(s->cr4 & CR4_PAE)) {
        return walk4(w);
    }
    return walk8(w, !x86_long_active(s) ? 3 : s->cr4 & CR4_LA57 ? 5 : 4);
}

/* Sets A, and D for a write; false: the entry changed, walk again. */
static bool mark(Walk *w)
{
    uint64_t bits = PG_A | (w->access == MMU_WRITE ? PG_D : 0);

    w->leaf |= bits;
    return entry_set(w->ptr, w->ptr_size, w->raw, bits);
}

static bool walk(Walk *w, unsigned mode, MMUWalk *out)
{
    const X86Sys *s = w->env->sys;
    uint8_t prot, need = 1 << w->access;

    do {
        if (!tables(w)) {
            return false;
        }
        prot = allowed(w, mode);
        if (!(prot & need)) {
            unsigned key = key_rights(w);
            bool pk = w->access != MMU_FETCH &&
                      ((key & 1) || ((key & 2) && w->access == MMU_WRITE &&
                                     (w->user || (s->cr0 & CR0_WP))));

            return fail(w, PF_P | (pk ? PF_PK : 0));
        }
    } while (!mark(w));
    if (!(w->leaf & PG_D)) {
        prot &= ~MMU_PROT_W;
    }
    out->prot = prot;
    out->size = w->size;
    out->global = (w->leaf & PG_G) && (s->cr4 & CR4_PGE);
    out->phys = (w->leaf & PG_ADDR & s->phys_mask & ~(w->size - 1)) |
                (w->addr & (w->size - 1));
    return true;
}

bool x86_canonical(const CPUX86State *env, uint64_t addr)
{
    unsigned shift = env->sys->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;

    return (uint64_t)((int64_t)(addr << shift) >> shift) == addr;
}

/* Does a data breakpoint lie in this page? */
static bool page_watched(const X86Sys *s, uint64_t addr)
{
    for (unsigned i = 0; i < 4; i++) {
        if ((s->dr[7] >> (2 * i) & 3) && (s->dr[7] >> (16 + 4 * i) & 1) &&
            ((s->dr[i] ^ addr) >> 12) == 0) {
            return true;
        }
    }
    return false;
}

/* 0 or why not: a vector (14: w->fault is the code) */
static unsigned translate(CPUX86State *env, uint64_t addr, unsigned access,
                          unsigned mode, Walk *w, MMUWalk *out)
{
    const X86Sys *s = env->sys;

    *w = (Walk){ .env = env, .addr = addr, .access = access,
                 .user = mode == MMU_USER };
    out->size = 4096;
    out->global = false;
    out->watched = (s->dr[7] & 0xff && page_watched(s, addr)) ||
                   (unlikely(x86_nb_watches) && x86_watch_in_page(addr));
    if (!x86_paging(s)) {
        out->phys = (uint32_t)addr & s->a20_mask;
        out->prot = MMU_PROT_R | MMU_PROT_W | MMU_PROT_X;
        return 0;
    }
    if (!x86_long_active(s)) {
        w->addr = (uint32_t)addr;
    } else if (!x86_canonical(env, addr)) {
        return EXCP0D_GPF;
    }
    if (!walk(w, mode, out)) {
        return EXCP0E_PAGE;
    }
    out->phys &= s->a20_mask;
    return 0;
}

/* ---- hooks ---------------------------------------------------------------------- */

/* An address that is not canonical: #SS if the instruction's operand is in the
 * stack segment, else #GP. */
static void QEMU_NORETURN raise_not_canonical(CPUX86State *env)
{
    unsigned vector = EXCP0D_GPF;

    if (env->h.helper_ra && !env->sys->pc_final) {
        env->h.pc = tcg_helper_pc(&env->h);
        vector = x86_access_fault(env, true);
    }
    x86_raise(env, vector, 0);
}

static bool hook_walk(TCGEnv *h, uint64_t addr, unsigned access,
                      unsigned mode, bool probe, MMUWalk *out)
{
    CPUX86State *env = x86_env(h);
    unsigned vector;
    Walk w;

    vector = translate(env, addr, access, mode, &w, out);
    if (likely(!vector)) {
        return true;
    }
    if (probe) {
        return false;
    }
    if (vector == EXCP0E_PAGE) {
        env->cr2 = addr;
        x86_raise(env, vector, w.fault);
    }
    raise_not_canonical(env);
}

static uintptr_t hook_host(TCGEnv *h, uint64_t phys, bool *io_write)
{
    return (uintptr_t)x86_sys_ops.ram(x86_env(h), phys, io_write);
}

static uint64_t hook_read(TCGEnv *h, uint64_t phys, unsigned size)
{
    return x86_sys_ops.mem_read(x86_env(h), phys, size);
}

static void hook_write(TCGEnv *h, uint64_t phys, uint64_t val, unsigned size)
{
    x86_sys_ops.mem_write(x86_env(h), phys, val, size);
}

static void QEMU_NORETURN hook_slow(TCGEnv *h)
{
    tcg_exit_helper(h, EXCP_SLOW, true);
}

void x86_sys_check_bps(CPUX86State *env, uint64_t addr, unsigned size,
                       unsigned conditions)
{
    X86Sys *s = env->sys;
    uint64_t hit = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned rw = s->dr[7] >> (16 + 4 * i) & 3;
        unsigned len = s->dr[7] >> (18 + 4 * i) & 3;
        unsigned n = len == 2 ? 8 : len + 1;
        uint64_t at = s->dr[i] & ~(uint64_t)(n - 1);

        if ((s->dr[7] >> (2 * i) & 3) && (conditions >> rw & 1) &&
            addr < at + n && at < addr + size) {
            hit |= 1 << i;
        }
    }
    if (hit & ~s->bp_hit) {
        s->bp_hit |= hit;
        if (!s->debug_step) {
            hook_slow(&env->h);
        }
    }
}

/* A data breakpoint at this access, or a watchpoint? */
static void hook_check(TCGEnv *h, uint64_t addr, unsigned size, unsigned acc)
{
    CPUX86State *env = x86_env(h);

    if (unlikely(x86_nb_watches) &&
        x86_watch_access(env, addr, size, acc & MMU_ACC_ST) &&
        !env->sys->debug_step) {
        hook_slow(h);
    }
    if (env->sys->dr[7] & 0xff) {
        x86_sys_check_bps(env, addr, size, DR7_RW_BOTH |
                          (acc & MMU_ACC_ST ? DR7_RW_WRITE : 0));
    }
}

static void hook_line_written(unsigned who)
{
    x86_sys_ops.line_written(who);
}

static const MMUHooks mmu_hooks_x86 = {
    .walk = hook_walk, .host = hook_host, .read = hook_read,
    .write = hook_write, .check = hook_check, .slow = hook_slow,
    .line_written = hook_line_written,
};

/* ---- code ------------------------------------------------------------------------- */

static unsigned code_mode(const CPUX86State *env)
{
    return env->sys->cpl == 3 ? MMU_USER : MMU_KERNEL;
}

static bool code_locate(TCGEnv *h, uint64_t pc, bool probe, uint64_t *host)
{
    CPUX86State *env = x86_env(h);
    unsigned vector;
    MMUWalk out;
    Walk w;

    if (likely(softmmu_locate(h, pc, code_mode(env), true, host))) {
        return true;
    }
    if (!probe) {
        vector = translate(env, pc, MMU_FETCH, code_mode(env), &w, &out);
        env->cr2 = vector == EXCP0E_PAGE ? pc : env->cr2;
        env->error_code = vector == EXCP0E_PAGE ? w.fault : 0;
        h->exit_reason = vector ? vector : TCG_EXIT_REQUEST;
    }
    return false;
}

static const uint8_t *code_fetch(TCGContext *s, uint64_t pc, size_t *avail)
{
    uint64_t off = pc - s->page;

    if (off < 4096) {
        *avail = 4096 - off;
        return (const uint8_t *)(uintptr_t)(s->page_host + off);
    }
    if (off < 8192 && s->host2) {
        *avail = 8192 - off;
        return (const uint8_t *)(uintptr_t)(s->host2 + off - 4096);
    }
    *avail = 0;
    return NULL;
}

static bool code_protect(uint64_t start, uint64_t last)
{
    if (tcg_page_guard(start >> 12)) {
        softmmu_guard_page(start & ~4095ull);
    }
    return true;
}

void x86_sys_init(void)
{
    mmu_hooks = mmu_hooks_x86;
    tcg_code_hooks = (TCGCodeHooks){
        .fetch = code_fetch, .protect = code_protect, .locate = code_locate,
    };
}

/* An instruction could not be read beyond address; x86_row_fetch's helper. */
void x86_sys_fetch_fault(CPUX86State *env, uint64_t pc, uint64_t address)
{
    uint64_t host;

    env->h.pc = pc;
    if (!softmmu_locate(&env->h, address, code_mode(env), true, &host)) {
        MMUWalk out;
        Walk w;
        unsigned vector = translate(env, address, MMU_FETCH, code_mode(env),
                                    &w, &out);

        if (vector) {
            env->cr2 = vector == EXCP0E_PAGE ? address : env->cr2;
            env->error_code = vector == EXCP0E_PAGE ? w.fault : 0;
            tcg_exit_helper(&env->h, vector, false);
        }
    }
    tcg_exit_helper(&env->h, TCG_EXIT_REQUEST, false);
}

/* ---- C code's accesses --------------------------------------------------------------- */

uint64_t x86_ld_sys(CPUX86State *env, uint64_t addr, unsigned size)
{
    uint8_t b[8] = { 0 };
    uint64_t v = 0;

    softmmu_read(&env->h, addr, b, size, x86_sys_mmu(env));
    for (unsigned i = size; i-- > 0;) {
        v = v << 8 | b[i];
    }
    return v;
}

void x86_st_sys(CPUX86State *env, uint64_t addr, uint64_t val, unsigned size)
{
    uint8_t b[8];

    for (unsigned i = 0; i < size; i++) {
        b[i] = val >> (8 * i);
    }
    softmmu_write(&env->h, addr, b, size, x86_sys_mmu(env));
}

bool x86_sys_translate(CPUX86State *env, uint64_t addr, uint64_t *phys)
{
    MMUWalk out;
    Walk w;

    if (translate(env, addr, MMU_READ, MMU_KERNEL, &w, &out)) {
        return false;
    }
    *phys = out.phys;
    return true;
}
