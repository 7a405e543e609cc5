#pragma once
/* What leaves a bus: peaks, energy and K-weighted energy (BS.1770), gathered until the kernel takes them every 10 ms.
 */
#include "biquad.h"
#include "lanes.h"
#include "limiter.h"
#include "vec.h"

/* All lanes of a frame before the next frame: two sections alone are a chain of additions that each wait for the last.
 */
static void measure_energy(meter *m, uint32_t frames) {
    enum { PARTS = LANES / VD };
    vd energy[PARTS], weighted[PARTS];
    memory shelf[PARTS], high_pass[PARTS];
    coefficients shelf_by[PARTS], high_pass_by[PARTS];
    const section *w = m->weighting;
    section_memory *kept = m->weighting_memory;
    for (uint32_t i = 0; i < PARTS; i++) {
        energy[i] = vd_load(m->energy + i * VD);
        weighted[i] = vd_load(m->weighted + i * VD);
        shelf[i] = recall(&kept[0], i * VD);
        high_pass[i] = recall(&kept[1], i * VD);
        shelf_by[i] = steady(&w[0], i * VD);
        high_pass_by[i] = steady(&w[1], i * VD);
    }
    for (uint32_t f = 0; f < frames; f++) {
#pragma GCC unroll 4
        for (uint32_t i = 0; i < PARTS; i++) {
            vd y = vd_from_floats(m->y[TAPS + f] + i * VD);
            energy[i] += y * y;
            y = steady_step(&high_pass_by[i], &high_pass[i], steady_step(&shelf_by[i], &shelf[i], y));
            weighted[i] += y * y;
        }
    }
    for (uint32_t i = 0; i < PARTS; i++) {
        vd_store(m->energy + i * VD, energy[i]);
        vd_store(m->weighted + i * VD, weighted[i]);
        remember(&kept[0], i * VD, shelf[i]);
        remember(&kept[1], i * VD, high_pass[i]);
    }
}

#if defined(__AVX512VL__)
/* inter_sample_peaks for 8 frames, two of them in each register. Not for the limiter, which has only just stored what
 * it looks at: a load that spans two stores waits until both are in the cache. */
INLINE vf inter_sample_peaks_of_8(const detector_taps *taps, const float *x, vf peak) {
    enum { PAIRS = 4 };
    vw even[PAIRS] = {0}, odd[PAIRS] = {0}, half[PAIRS] = {0};
#pragma GCC unroll 6
    for (uint32_t k = 0; k < TAPS / 2; k++) {
#pragma GCC unroll 4
        for (uint32_t p = 0; p < PAIRS; p++) {
            vw left = vw_load(x + (2 * p + k) * LANES), right = vw_load(x + (2 * p + TAPS - 1 - k) * LANES);
            vw sum = left + right, difference = left - right;
            even[p] = vw_fma(sum, taps->even[k] - (vw){0}, even[p]);
            half[p] = vw_fma(sum, taps->half[k] - (vw){0}, half[p]);
            odd[p] = vw_fma(difference, taps->odd[k] - (vw){0}, odd[p]);
        }
    }
    vw highest = vw_abs(vw_load(x + (TAPS - DETECTOR_LAG) * LANES));
#pragma GCC unroll 4
    for (uint32_t p = 0; p < PAIRS; p++) {
        vw between = vw_max(vw_abs(even[p]) + vw_abs(odd[p]), vw_abs(half[p]));
        vw sample = vw_abs(vw_load(x + (2 * p + TAPS - 1 - DETECTOR_LAG) * LANES));
        highest = vw_max(highest, vw_max(between, sample));
    }
    vf last = vf_abs(vf_load(x + (2 * PAIRS + TAPS - 1 - DETECTOR_LAG) * LANES));
    return vf_max(vf_max(peak, last), vf_max(vw_low(highest), vw_high(highest)));
}
#endif

INLINE vf raise_meter_peak(const float *x, vf peak, uint32_t v, uint32_t frames) {
    uint32_t f = 0;
#if defined(__AVX512VL__)
    for (; f + 8 <= frames; f += 8)
        peak = inter_sample_peaks_of_8(&detector_beta_3, x + f * LANES, peak);
#endif
    return raise_peak(&detector_beta_3, x + f * LANES + v, peak, frames - f);
}

static void measure(meter *m, const float *y, uint32_t frames) {
    memcpy(m->y[TAPS], y, frames * sizeof m->y[0]);
    for (uint32_t v = 0; v < LANES; v += VF) {
        vf peak = vf_load(m->sample_peak + v), inter = vf_load(m->true_peak + v);
        for (uint32_t f = 0; f < frames; f++)
            peak = vf_max(peak, vf_abs(vf_load(m->y[TAPS + f] + v)));
        vf_store(m->sample_peak + v, peak);
        vf_store(m->true_peak + v, raise_meter_peak(m->y[1], inter, v, frames));
    }
    measure_energy(m, frames);
    memmove(m->y[0], m->y[frames], TAPS * sizeof m->y[0]);
}
