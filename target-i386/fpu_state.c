/* SPDX-License-Identifier: MIT */
/*
 * The x87, SSE and AVX state as memory images (FXSAVE, XSAVE), for the
 * instructions of that name and for signal frames; reset state; and moving the
 * x87 state between the host's unit and the CPU state.
 * SDM vol. 1, 10.5.1 and 13.4 to 13.11; Linux's asm/sigcontext.h.
 */
#include "util/osdep.h"
#include "target-i386/fpu-int.h"
#include "target-i386/fpu_state.h"
#include "target-i386/sys.h"
#include "tcg/host-fpu.h"

/* FXSAVE image */
enum {
    FX_FCW = 0, FX_FSW = 2, FX_FTW = 4, FX_FOP = 6, FX_FIP = 8, FX_FDP = 16,
    FX_MXCSR = 24, FX_MXCSR_MASK = 28, FX_ST = 32, FX_XMM = 160,
    FX_SW_RESERVED = 464,   /* Linux: struct _fpx_sw_bytes */
};
/* XSAVE header and what lies behind it */
enum { XH_XSTATE_BV = 512, XH_XCOMP_BV = 520 };

enum { SW_MAGIC1 = 0, SW_EXTENDED_SIZE = 4, SW_XFEATURES = 8,
       SW_XSTATE_SIZE = 16 };
#define FP_MAGIC1 0x46505853u
#define FP_MAGIC2 0x46505845u

static inline void put16(uint8_t *p, uint16_t v)
{
    v = GUINT16_TO_LE(v);
    memcpy(p, &v, 2);
}

static inline void put32(uint8_t *p, uint32_t v)
{
    v = GUINT32_TO_LE(v);
    memcpy(p, &v, 4);
}

static inline void put64(uint8_t *p, uint64_t v)
{
    v = GUINT64_TO_LE(v);
    memcpy(p, &v, 8);
}

static inline uint16_t get16(const uint8_t *p)
{
    return p[0] | p[1] << 8;
}

static inline uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static inline bool resident(void)
{
    return tcg_backend->has_x87;
}

/* ---- control and status -------------------------------------------------- */

uint32_t x86_get_mxcsr(const CPUX86State *env)
{
    return resident() ? tcg_host_mxcsr_get() : env->h.fpcr;
}

void x86_set_mxcsr(CPUX86State *env, uint32_t mxcsr)
{
    env->h.fpcr = mxcsr & X86_MXCSR_MASK;
    if (resident()) {
        tcg_host_mxcsr_set(env->h.fpcr);
    }
}

/* ---- x87 part of the image ----------------------------------------------- */

static void fields_to_image(const CPUX86State *env, uint8_t *image)
{
    put16(image + FX_FCW, env->fpuc);
    put16(image + FX_FSW, env->fpus);
    image[FX_FTW] = env->fptags;
    image[FX_FTW + 1] = 0;
    /* AMD's processors tell only while an exception is pending. */
    bool es = env->fpus & 0x80;
    put16(image + FX_FOP, es ? env->fpop : 0);
    put64(image + FX_FIP, es ? env->fpip : 0);
    put64(image + FX_FDP, es ? env->fpdp : 0);
    for (int i = 0; i < 8; i++) {
        uint8_t *st = image + FX_ST + 16 * i;
        float80 v = x87_st(env, i);

        put64(st, v.mant);
        put16(st + 8, v.se);
        memset(st + 10, 0, 6);
    }
}

static void fields_from_image(CPUX86State *env, const uint8_t *image)
{
    env->fpuc = (get16(image + FX_FCW) & FC_BITS) | FC_ONE;
    env->fpus = get16(image + FX_FSW);
    env->fptags = 0;
    env->fpop = get16(image + FX_FOP) & 0x7ff;
    env->fpip = get64(image + FX_FIP);
    env->fpdp = get64(image + FX_FDP);
    for (int i = 0; i < 8; i++) {
        const uint8_t *st = image + FX_ST + 16 * i;

        x87_set_st(env, i, (float80) { get64(st), get16(st + 8) });
    }
    env->fptags = image[FX_FTW];
    x87_update_es(env);
}

/* Host addresses become the guest's; what can't be found out is zero. */
static void pointers_to_image(CPUX86State *env, uint8_t *image)
{
    uint64_t ip = get64(image + FX_FIP);
    uint16_t op;

    if (x87_pointers_of_host(env, ip, &ip, &op)) {
        put16(image + FX_FOP, op);
        put64(image + FX_FIP, ip);
    }
    if (env->h.mode & HF_SYS) {
        put64(image + FX_FDP, 0);
    }
}

static void x87_to_image(CPUX86State *env, uint8_t *image)
{
    QEMU_ALIGNED(64) uint8_t host[512];

    if (!resident()) {
        fields_to_image(env, image);
        return;
    }
    tcg_host_fpu_save(host);
    memcpy(image, host, FX_MXCSR);
    memcpy(image + FX_ST, host + FX_ST, FX_XMM - FX_ST);
    pointers_to_image(env, image);
}

static void x87_from_image(CPUX86State *env, const uint8_t *image)
{
    QEMU_ALIGNED(64) uint8_t host[512];

    if (!resident()) {
        fields_from_image(env, image);
        return;
    }
    memset(host, 0, sizeof(host));
    memcpy(host, image, FX_MXCSR);
    memcpy(host + FX_ST, image + FX_ST, FX_XMM - FX_ST);
    put32(host + FX_MXCSR, tcg_host_mxcsr_get());
    tcg_host_fpu_load(host);
}

static void init_image(uint8_t *image)
{
    memset(image, 0, FX_XMM);
    put16(image + FX_FCW, FC_INIT);
}

void x86_fpu_sync(CPUX86State *env)
{
    uint8_t image[FX_XMM];

    if (resident()) {
        x87_to_image(env, image);
        fields_from_image(env, image);
        env->h.fpcr = tcg_host_mxcsr_get();
    }
}

void x86_fpu_load(CPUX86State *env)
{
    uint8_t image[FX_XMM];

    if (resident()) {
        fields_to_image(env, image);
        x87_from_image(env, image);
        tcg_host_mxcsr_set(env->h.fpcr & X86_MXCSR_MASK);
    }
}

void x86_fpu_reset(CPUX86State *env)
{
    uint8_t image[FX_XMM];

    init_image(image);
    fields_from_image(env, image);
    x87_from_image(env, image);
    x86_set_mxcsr(env, X86_MXCSR_INIT);
    memset(env->vreg, 0, sizeof(env->vreg));
}

/* ---- FXSAVE -------------------------------------------------------------- */

static void mxcsr_to_image(CPUX86State *env, uint8_t *image)
{
    put32(image + FX_MXCSR, x86_get_mxcsr(env));
    put32(image + FX_MXCSR_MASK, X86_MXCSR_MASK);
}

static void xmm_to_image(const CPUX86State *env, uint8_t *image, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        memcpy(image + FX_XMM + 16 * i, env->vreg[i], 16);
    }
}

static void xmm_from_image(CPUX86State *env, const uint8_t *image, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        memcpy(env->vreg[i], image + FX_XMM + 16 * i, 16);
    }
}

void x86_fxsave(CPUX86State *env, uint8_t image[512])
{
    memset(image, 0, 512);
    x87_to_image(env, image);
    mxcsr_to_image(env, image);
    xmm_to_image(env, image, 16);
}

void x86_fxrstor(CPUX86State *env, const uint8_t image[512])
{
    x87_from_image(env, image);
    x86_set_mxcsr(env, get32(image + FX_MXCSR));
    xmm_from_image(env, image, 16);
}

void helper_fxsave(CPUX86State *env, uint64_t addr, uint64_t nb_xmm)
{
    uint8_t image[512];

    if (addr & 15) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    x86_fxsave(env, image);
    memcpy(x87_mem(addr), image, FX_XMM + 16 * nb_xmm);
}

void helper_fxrstor(CPUX86State *env, uint64_t addr, uint64_t nb_xmm)
{
    uint8_t image[512];

    if (addr & 15) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    x87_probe_read(addr + 511);
    memcpy(image, x87_mem(addr), FX_XMM + 16 * nb_xmm);
    if (get32(image + FX_MXCSR) & ~X86_MXCSR_MASK) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    x87_from_image(env, image);
    x86_set_mxcsr(env, get32(image + FX_MXCSR));
    xmm_from_image(env, image, nb_xmm);
}

/* ---- XSAVE --------------------------------------------------------------- */

uint64_t x86_xcr0_known(const uint64_t *feats)
{
    return X86_XCR0_X87 | X86_XCR0_SSE |
           (x86_feat(feats, X86_FEAT_AVX) ? X86_XCR0_AVX : 0) |
           (x86_feat(feats, X86_FEAT_PKU) ? X86_XCR0_PKRU : 0);
}

/* Where component PKRU is in an image with these components. */
static unsigned pkru_offset(uint64_t components, bool compacted)
{
    return compacted && !(components & X86_XCR0_AVX) ? X86_XS_YMM
                                                     : X86_XS_PKRU;
}

unsigned x86_xstate_bytes(uint64_t components, bool compacted)
{
    if (components & X86_XCR0_PKRU) {
        return pkru_offset(components, compacted) + X86_XS_PKRU_SIZE;
    }
    return components & X86_XCR0_AVX ? X86_XS_YMM + X86_XS_YMM_SIZE
                                     : X86_XS_YMM;
}

static bool ymm_in_use(const CPUX86State *env)
{
    for (int i = 0; i < 16; i++) {
        if (get64(env->vreg[i] + 16) | get64(env->vreg[i] + 24)) {
            return true;
        }
    }
    return false;
}

static bool xmm_in_use(const CPUX86State *env)
{
    for (int i = 0; i < 16; i++) {
        if (get64(env->vreg[i]) | get64(env->vreg[i] + 8)) {
            return true;
        }
    }
    return false;
}

/* The components of want that are not in their initial state. */
static uint64_t in_use(CPUX86State *env, uint64_t want, const uint8_t *image)
{
    uint64_t used = 0;
    uint8_t init[FX_XMM];

    if (want & X86_XCR0_X87) {
        init_image(init);
        if (memcmp(init, image, FX_MXCSR) ||
            memcmp(init + FX_ST, image + FX_ST, FX_XMM - FX_ST)) {
            used |= X86_XCR0_X87;
        }
    }
    if ((want & X86_XCR0_SSE) && xmm_in_use(env)) {
        used |= X86_XCR0_SSE;
    }
    if ((want & X86_XCR0_AVX) && ymm_in_use(env)) {
        used |= X86_XCR0_AVX;
    }
    if ((want & X86_XCR0_PKRU) && env->pkru) {
        used |= X86_XCR0_PKRU;
    }
    return used;
}

uint64_t x86_xinuse(CPUX86State *env)
{
    uint8_t image[512];

    x87_to_image(env, image);
    return in_use(env, env->xcr0, image);
}

static void ymm_to_image(const CPUX86State *env, uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        memcpy(p + 16 * i, env->vreg[i] + 16, 16);
    }
}

static void ymm_from_image(CPUX86State *env, const uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (p) {
            memcpy(env->vreg[i] + 16, p + 16 * i, 16);
        } else {
            memset(env->vreg[i] + 16, 0, 16);
        }
    }
}

void helper_xsave(CPUX86State *env, uint64_t addr, uint64_t mask,
                  uint64_t kind, uint64_t nb_xmm)
{
    uint64_t want = mask & env->xcr0, used, write;
    uint8_t image[512], ymm[X86_XS_YMM_SIZE], *mem = x87_mem(addr);

    if (addr & 63) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    if (want & X86_XCR0_X87) {
        x87_to_image(env, image);
    }
    used = in_use(env, want, image);
    if (kind == X86_XSAVEC && x86_get_mxcsr(env) != X86_MXCSR_INIT) {
        used |= want & X86_XCR0_SSE;
    }
    write = kind == X86_XSAVE ? want : used;
    if (write & X86_XCR0_X87) {
        memcpy(mem, image, FX_MXCSR);
        memcpy(mem + FX_ST, image + FX_ST, FX_XMM - FX_ST);
    }
    if (kind == X86_XSAVEC ? write & X86_XCR0_SSE :
        want & (X86_XCR0_SSE | X86_XCR0_AVX)) {
        mxcsr_to_image(env, image);
        memcpy(mem + FX_MXCSR, image + FX_MXCSR, 8);
    }
    if (write & X86_XCR0_SSE) {
        xmm_to_image(env, image, nb_xmm);
        memcpy(mem + FX_XMM, image + FX_XMM, 16 * nb_xmm);
    }
    if (write & X86_XCR0_AVX) {
        ymm_to_image(env, ymm, nb_xmm);
        memcpy(mem + X86_XS_YMM, ymm, 16 * nb_xmm);
    }
    if (write & X86_XCR0_PKRU) {
        put64(mem + pkru_offset(want, kind == X86_XSAVEC), env->pkru);
    }
    if (kind == X86_XSAVEC) {
        put64(mem + XH_XSTATE_BV, used);
        put64(mem + XH_XCOMP_BV, want | 1ull << 63);
    } else {
        put64(mem + XH_XSTATE_BV,
              (get64(mem + XH_XSTATE_BV) & ~want) | used);
    }
}

/* Loads the components in want: from image where has says so, else their
 * initial state. */
static void load_components(CPUX86State *env, uint64_t want, uint64_t has,
                            const uint8_t *image, const uint8_t *ymm,
                            unsigned nb_xmm)
{
    uint8_t init[512];

    if (want & X86_XCR0_X87) {
        init_image(init);
        x87_from_image(env, has & X86_XCR0_X87 ? image : init);
    }
    if (want & X86_XCR0_SSE) {
        memset(init + FX_XMM, 0, 256);
        xmm_from_image(env, has & X86_XCR0_SSE ? image : init, nb_xmm);
    }
    if (want & X86_XCR0_AVX) {
        ymm_from_image(env, has & X86_XCR0_AVX ? ymm : NULL, nb_xmm);
    }
}

void helper_xrstor(CPUX86State *env, uint64_t addr, uint64_t mask,
                   uint64_t nb_xmm)
{
    uint64_t want = mask & env->xcr0, has, comp;
    uint8_t image[X86_XS_YMM], ymm[X86_XS_YMM_SIZE] = { 0 };
    bool compact, mxcsr;

    if (addr & 63) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    memcpy(image, x87_mem(addr), X86_XS_YMM);
    has = get64(image + XH_XSTATE_BV);
    comp = get64(image + XH_XCOMP_BV);
    compact = comp >> 63;
    mxcsr = compact ? want & has & X86_XCR0_SSE
                    : want & (X86_XCR0_SSE | X86_XCR0_AVX);
    if ((has & ~env->xcr0) || get64(image + XH_XCOMP_BV + 8) ||
        (compact ? (comp & INT64_MAX & ~env->xcr0) || (has & ~comp)
                 : comp != 0) ||
        (mxcsr && (get32(image + FX_MXCSR) & ~X86_MXCSR_MASK))) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    if (want & has & X86_XCR0_AVX) {
        memcpy(ymm, x87_mem(addr + X86_XS_YMM), 16 * nb_xmm);
    }
    load_components(env, want, has, image, ymm, nb_xmm);
    if (want & X86_XCR0_PKRU) {
        uint8_t *p = x87_mem(addr + pkru_offset(comp, compact));

        x86_sys_write_pkru(env, has & X86_XCR0_PKRU ? get32(p) : 0);
    }
    if (mxcsr) {
        x86_set_mxcsr(env, get32(image + FX_MXCSR));
    } else if (compact && (want & X86_XCR0_SSE)) {
        x86_set_mxcsr(env, X86_MXCSR_INIT);
    }
}

/* ---- signal frames ------------------------------------------------------- */

static unsigned xstate_size(const CPUX86State *env)
{
    return x86_xstate_bytes(env->xcr0, false);
}

unsigned x86_xsave_size(const CPUX86State *env)
{
    return env->xcr0 ? xstate_size(env) + 4 : 512;
}

void x86_xsave(CPUX86State *env, uint8_t *buf)
{
    unsigned size = xstate_size(env);
    uint8_t *sw = buf + FX_SW_RESERVED;

    x86_fxsave(env, buf);
    if (!env->xcr0) {
        return;
    }
    put32(sw + SW_MAGIC1, FP_MAGIC1);
    put32(sw + SW_EXTENDED_SIZE, size + 4);
    put64(sw + SW_XFEATURES, env->xcr0);
    put32(sw + SW_XSTATE_SIZE, size);
    memset(buf + XH_XSTATE_BV, 0, 64);
    put64(buf + XH_XSTATE_BV, env->xcr0);
    if (env->xcr0 & X86_XCR0_AVX) {
        ymm_to_image(env, buf + X86_XS_YMM, 16);
    }
    put32(buf + size, FP_MAGIC2);
}

unsigned x86_xrstor_size(const CPUX86State *env, const uint8_t image[512])
{
    const uint8_t *sw = image + FX_SW_RESERVED;
    uint32_t size = get32(sw + SW_XSTATE_SIZE);
    uint32_t extended = get32(sw + SW_EXTENDED_SIZE);

    if (!env->xcr0 || get32(sw + SW_MAGIC1) != FP_MAGIC1 ||
        size < X86_XS_YMM || size > xstate_size(env) || size > extended) {
        return 512;
    }
    return size + 4;
}

bool x86_xrstor(CPUX86State *env, const uint8_t *buf)
{
    unsigned size = x86_xrstor_size(env, buf) - 4;
    uint64_t has = X86_XCR0_X87 | X86_XCR0_SSE;

    if (get32(buf + FX_MXCSR) & ~X86_MXCSR_MASK) {
        return false;
    }
    if (size >= X86_XS_YMM && get32(buf + size) == FP_MAGIC2) {
        has = get64(buf + XH_XSTATE_BV);
        if (has & ~env->xcr0) {
            return false;
        }
        has &= get64(buf + FX_SW_RESERVED + SW_XFEATURES);
        if (size < X86_XS_YMM + X86_XS_YMM_SIZE) {
            has &= ~(uint64_t)X86_XCR0_AVX;
        }
    }
    load_components(env, X86_XCR0_X87 | X86_XCR0_SSE | X86_XCR0_AVX, has, buf,
                    buf + X86_XS_YMM, 16);
    /* The standard form loads MXCSR whatever XSTATE_BV says. */
    x86_set_mxcsr(env, get32(buf + FX_MXCSR));
    return true;
}
