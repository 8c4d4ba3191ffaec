/* SPDX-License-Identifier: MIT */
/*
 * RCPSS and RSQRTSS for the reference meaning of ops.  Vendors differ in the
 * low bits of these estimates, so where the host is an x86 it answers itself;
 * elsewhere any value within the documented error will do.
 */
#include "util/osdep.h"
#include "fpu/softfloat.h"
#include "tcg/ops-ref.h"

#ifdef HOST_X86_64
#include <immintrin.h>

uint32_t tcg_ref_rcp(uint32_t a)
{
    __m128 x = _mm_castsi128_ps(_mm_cvtsi32_si128(a));
    return _mm_cvtsi128_si32(_mm_castps_si128(_mm_rcp_ss(x)));
}

uint32_t tcg_ref_rsqrt(uint32_t a)
{
    __m128 x = _mm_castsi128_ps(_mm_cvtsi32_si128(a));
    return _mm_cvtsi128_si32(_mm_castps_si128(_mm_rsqrt_ss(x)));
}
#else
uint32_t tcg_ref_rcp(uint32_t a)
{
    return f32_rcp(a);
}

uint32_t tcg_ref_rsqrt(uint32_t a)
{
    return f32_rsqrt(a);
}
#endif
