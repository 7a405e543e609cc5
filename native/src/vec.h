#pragma once
/* Vectors of the machine's own width over the 8 lanes of a group: one source for NEON, SSE2, AVX2 and AVX-512. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

/* A group has 8 lanes: one AVX register of floats, two of NEON or SSE; one AVX-512 register of doubles. */
#if defined(__AVX2__)
#define VF 8
#else
#define VF 4
#endif
#if defined(__AVX512VL__)
#define VD 8
#else
#define VD (VF / 2)
#endif

/* Wider than a register on purpose nowhere: a compiler splits such vectors badly. may_alias: lanes live in plain
 * arrays. */
typedef float vf __attribute__((vector_size(VF * 4), may_alias));
typedef int32_t vi __attribute__((vector_size(VF * 4), may_alias));
typedef uint32_t vu __attribute__((vector_size(VF * 4), may_alias));
typedef double vd __attribute__((vector_size(VD * 8), may_alias));
typedef int64_t vl __attribute__((vector_size(VD * 8), may_alias));
typedef float vh __attribute__((vector_size(VD * 4), may_alias)); /* as many floats as vd has doubles */

#define INLINE static inline __attribute__((always_inline))

INLINE vf vf_load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void vf_store(float *p, vf v) {
    memcpy(p, &v, sizeof v);
}

INLINE vi vi_load(const int32_t *p) {
    vi v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void vi_store(int32_t *p, vi v) {
    memcpy(p, &v, sizeof v);
}

INLINE vd vd_load(const double *p) {
    vd v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void vd_store(double *p, vd v) {
    memcpy(p, &v, sizeof v);
}

/* x where the mask is set, else 0. */
INLINE vd vd_where(vl mask, vd x) {
    return (vd)(mask & (vl)x);
}

INLINE vd vd_select(vl mask, vd yes, vd no) {
    return (vd)((mask & (vl)yes) | (~mask & (vl)no));
}

/* x where it is above 0, else 0. */
INLINE vd vd_positive(vd x) {
    return vd_where((vl)(x > 0.0), x);
}

INLINE vd vd_from_floats(const float *p) {
    vh v;
    memcpy(&v, p, sizeof v);
    return __builtin_convertvector(v, vd);
}

INLINE void floats_from_vd(float *p, vd v) {
    vh h = __builtin_convertvector(v, vh);
    memcpy(p, &h, sizeof h);
}

INLINE vf vf_all(float x) {
    return x - (vf){0};
}

INLINE vf vf_select(vi mask, vf yes, vf no) {
    return (vf)((mask & (vi)yes) | (~mask & (vi)no));
}

/* GCC's C has no vector ?: and does not turn masks into min and max, which every machine has as one instruction. */
INLINE vf vf_min(vf a, vf b) {
#if defined(__AVX2__)
    return (vf)_mm256_min_ps((__m256)a, (__m256)b);
#elif defined(__SSE2__)
    return (vf)_mm_min_ps((__m128)a, (__m128)b);
#elif defined(__ARM_NEON)
    return (vf)vminq_f32((float32x4_t)a, (float32x4_t)b);
#else
    return vf_select(a < b, a, b);
#endif
}

INLINE vf vf_max(vf a, vf b) {
#if defined(__AVX2__)
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__SSE2__)
    return (vf)_mm_max_ps((__m128)a, (__m128)b);
#elif defined(__ARM_NEON)
    return (vf)vmaxq_f32((float32x4_t)a, (float32x4_t)b);
#else
    return vf_select(a > b, a, b);
#endif
}

/* a b + c in one rounding where the machine can. Written out because of a b + c d a compiler may round either product,
 * and would choose differently in two places that must agree to the last bit. */
INLINE vf vf_fma(vf a, vf b, vf c) {
#if defined(__AVX2__)
    return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__ARM_NEON)
    return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

INLINE vd vd_fma(vd a, vd b, vd c) {
#if defined(__AVX512VL__)
    return (vd)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__AVX2__)
    return (vd)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__ARM_NEON)
    return (vd)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
    return a * b + c;
#endif
}

/* c - a b, likewise. */
INLINE vd vd_fnma(vd a, vd b, vd c) {
    return vd_fma(-a, b, c);
}

INLINE vf vf_abs(vf x) {
    return (vf)((vi)x & 0x7fffffff);
}

/* Lanes 0 and 1 change places, 2 and 3, and so on: the other side of a stereo bus. */
INLINE vf vf_swap_pairs(vf x) {
#if VF == 8
    return __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
#else
    return __builtin_shufflevector(x, x, 1, 0, 3, 2);
#endif
}

/* The larger of each pair for both its lanes, where `linked`. */
INLINE vf larger_of_pair(vf x, vi linked) {
    return vf_max(x, vf_select(linked, vf_swap_pairs(x), x));
}

INLINE vf vf_sqrt(vf x) {
#if defined(__AVX2__)
    return (vf)_mm256_sqrt_ps((__m256)x);
#elif defined(__SSE2__)
    return (vf)_mm_sqrt_ps((__m128)x);
#elif defined(__ARM_NEON)
    return (vf)vsqrtq_f32((float32x4_t)x);
#else
    for (uint32_t i = 0; i < VF; i++)
        x[i] = __builtin_sqrtf(x[i]);
    return x;
#endif
}

/* To the nearest integer, ties to even. Beyond 2^23 a float has no fraction. */
INLINE vf vf_round(vf x) {
    const vf big = vf_all(8388608.0f);
    vf magic = (vf)(((vi)x & (int32_t)0x80000000) | (vi)big);
    return vf_select(vf_abs(x) < big, (x + magic) - magic, x);
}

#if defined(__AVX512VL__)
/* Two frames of a group at once, where nothing runs from frame to frame. */
typedef float vw __attribute__((vector_size(64), may_alias));
typedef int32_t vwi __attribute__((vector_size(64), may_alias));

INLINE vw vw_load(const float *p) {
    vw v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE vw vw_fma(vw a, vw b, vw c) {
    return (vw)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

INLINE vw vw_abs(vw x) {
    return (vw)((vwi)x & 0x7fffffff);
}

INLINE vw vw_max(vw a, vw b) {
    return (vw)_mm512_max_ps((__m512)a, (__m512)b);
}

INLINE vf vw_low(vw x) {
    return (vf)_mm512_castps512_ps256((__m512)x);
}

INLINE vf vw_high(vw x) {
    return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
}
#endif
