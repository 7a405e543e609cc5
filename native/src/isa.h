#pragma once
/* Which instruction set a table of functions is taken from. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"

/* The one to use where `wanted` (enum kernel_isa) is asked for; KERNEL_ISA_BEST where this machine lacks it. */
static inline enum kernel_isa isa_to_use(uint32_t wanted) {
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
    if (avx512 && (wanted == KERNEL_ISA_AVX512 || wanted == KERNEL_ISA_BEST))
        return KERNEL_ISA_AVX512;
    if (avx2 && (wanted == KERNEL_ISA_AVX2 || wanted == KERNEL_ISA_BEST))
        return KERNEL_ISA_AVX2;
#endif
    return wanted <= KERNEL_ISA_BASELINE ? KERNEL_ISA_BASELINE : KERNEL_ISA_BEST;
}
