#pragma once
/* Denormals as zero while the kernel works: a decaying filter must cost what a loud one costs. */
#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>

typedef uint32_t float_mode;

static inline float_mode flush_denormals(void) {
    float_mode before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* FTZ and DAZ */
    return before;
}

static inline void restore_denormals(float_mode before) {
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
typedef uint64_t float_mode;

static inline float_mode flush_denormals(void) {
    float_mode before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" ::"r"(before | 1u << 24)); /* FZ */
    return before;
}

static inline void restore_denormals(float_mode before) {
    __asm__ volatile("msr fpcr, %0" ::"r"(before));
}
#endif
