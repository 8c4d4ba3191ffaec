/* SPDX-License-Identifier: MIT */
/* Access to the host's x87 and MXCSR for code outside generated code. */
#include "util/osdep.h"
#include "tcg/host-fpu.h"

void tcg_host_fpu_save(uint8_t image[512])
{
    asm volatile("fxsave64 (%0)" : : "r"(image) : "memory");
}

void tcg_host_fpu_env(uint8_t image[28])
{
    asm volatile("fnstenv (%0)\n\tfldenv (%0)" : : "r"(image) : "memory");
}

void tcg_host_fpu_load(const uint8_t image[512])
{
    asm volatile("fxrstor64 (%0)" : : "r"(image)
                 : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                   "xmm13", "xmm14", "xmm15");
}

uint32_t tcg_host_mxcsr_get(void)
{
    uint32_t v;

    asm volatile("stmxcsr %0" : "=m"(v));
    return v;
}

void tcg_host_mxcsr_set(uint32_t mxcsr)
{
    asm volatile("ldmxcsr %0" : : "m"(mxcsr));
}
