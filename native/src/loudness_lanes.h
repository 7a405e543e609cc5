#pragma once
/* The table of the loudness functions that exist once per instruction set, and the filters that they share. */
#include <stddef.h>
#include <stdint.h>

#include "loudness.h"

enum { PEAK_TAPS = 2 * LOUDNESS_PEAK_LAG };

/* Half the taps of three phases, as in detector_taps.c. */
typedef struct {
    float even[PEAK_TAPS / 2], odd[PEAK_TAPS / 2], half[PEAK_TAPS / 2];
} peak_taps;

/* Both sections of the weighting in the form of biquad.h: b0 c1 c2 a1 a2; the high-pass has b0 = 1. */
typedef struct {
    double shelf[5], high_pass[5];
} weighting;

typedef struct {
    const char *name;
    void (*weigh)(const weighting *w, uint32_t hop, const float *x, size_t pitch, uint32_t channels, uint32_t hops,
                  double *out);
    void (*levels)(const peak_taps *taps, uint32_t hop, const float *x, uint32_t hops, loudness_level *out);
} loudness_ops;

extern const loudness_ops loudness_ops_baseline;
#if defined(__x86_64__)
extern const loudness_ops loudness_ops_avx2, loudness_ops_avx512;
#endif
