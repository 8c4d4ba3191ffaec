/* SPDX-License-Identifier: MIT */
/*
 * The x87, SSE and AVX state for code outside generated code: reset, memory
 * images, signal frames.  x86_fxsave and x86_fxrstor are in cpu.h.
 */
#ifndef TARGET_I386_FPU_STATE_H
#define TARGET_I386_FPU_STATE_H

#include "target-i386/cpu.h"

enum { X86_XCR0_X87 = 1, X86_XCR0_SSE = 2, X86_XCR0_AVX = 4,
       X86_XCR0_PKRU = 1 << 9 };
/* XSAVE's image: where components begin in the standard form, and sizes. */
enum { X86_XS_YMM = 576, X86_XS_YMM_SIZE = 256, X86_XS_PKRU = 832,
       X86_XS_PKRU_SIZE = 8 };
enum { X86_FSW_ES = 1 << 7, X86_FSW_ERRORS = 0x80ff };
enum { X86_MXCSR_INIT = 0x1f80, X86_MXCSR_MASK = 0xffff };

/* The guest's MXCSR, wherever it lives. */
uint32_t x86_get_mxcsr(const CPUX86State *env);
void x86_set_mxcsr(CPUX86State *env, uint32_t mxcsr);

/* What a new process and a signal handler start with: x87 and MXCSR at their
 * defaults, vector registers zero. */
void x86_fpu_reset(CPUX86State *env);
/* The full tag word of env: two bits a register, 0 valid, 1 zero, 2 special,
 * 3 empty.  Setting it, all but 3 are one. */
uint16_t x87_full_tags(const CPUX86State *env);
void x87_set_full_tags(CPUX86State *env, uint16_t tags);
/* Does this x87 instruction record where it is, and its operand? */
bool x87_sets_pointers(unsigned opcode, unsigned modrm);
/* FIP and FOP for an instruction pointer into generated code. */
bool x87_pointers_of_host(CPUX86State *env, uintptr_t host, uint64_t *ip,
                          uint16_t *op);
/* Brings env's FIP, FDP and FOP up to date, which x86_fpu_sync() does only
 * while an exception is pending. */
void x87_sync_pointers(CPUX86State *env);
extern const TCGHelper helper_x87_fix_env_info; /* address of the image */
/* What XCR0 may have on this model; bytes of an image with these components,
 * standard and compacted. */
uint64_t x86_xcr0_known(const uint64_t *feats);
unsigned x86_xstate_bytes(uint64_t components, bool compacted);
/* XINUSE: the components of XCR0 that are not in their initial state. */
uint64_t x86_xinuse(CPUX86State *env);
/* The x87 fields of env and h.fpcr from and to the host's unit; they do
 * nothing where the state lives in env anyway. */
void x86_fpu_sync(CPUX86State *env);
void x86_fpu_load(CPUX86State *env);

/*
 * Linux's extended signal-frame image (struct _xstate behind FP_XSTATE_MAGIC1):
 * bytes it takes, 64-byte aligned on the guest's stack; the plain 512-byte
 * FXSAVE image if the CPU model has no XSAVE (xcr0 = 0).
 */
enum { X86_XSAVE_MAX = X86_XS_YMM + X86_XS_YMM_SIZE + 4 };
unsigned x86_xsave_size(const CPUX86State *env);
void x86_xsave(CPUX86State *env, uint8_t *buf);
/* How much of the frame's image x86_xrstor reads, judged by its first 512
 * bytes (a guest may have spoilt them); then the restore itself: false, and
 * nothing changed, where XRSTOR would fault. */
unsigned x86_xrstor_size(const CPUX86State *env, const uint8_t image[512]);
bool x86_xrstor(CPUX86State *env, const uint8_t *buf);

#endif
