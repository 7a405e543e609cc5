#pragma once
/* What leaves a bus: peaks, energy and K-weighted energy (BS.1770), gathered until the kernel takes them every 10 ms.
 */
#include "biquad.h"
#include "lanes.h"
#include "limiter.h"
#include "vec.h"

INLINE void measure_energy(meter *m, uint32_t frames) {
    for (uint32_t v = 0; v < LANES; v += VD) {
        vd energy = vd_load(m->energy + v), weighted = vd_load(m->weighted + v);
        memory shelf = {vd_load(m->weighting[0].s1 + v), vd_load(m->weighting[0].s2 + v)};
        memory high_pass = {vd_load(m->weighting[1].s1 + v), vd_load(m->weighting[1].s2 + v)};
        for (uint32_t f = 0; f < frames; f++) {
            vd y = vd_from_floats(m->y[TAPS + f] + v);
            energy += y * y;
            y = steady_step(&m->weighting[1], v, &high_pass, steady_step(&m->weighting[0], v, &shelf, y));
            weighted += y * y;
        }
        vd_store(m->energy + v, energy);
        vd_store(m->weighted + v, weighted);
        vd_store(m->weighting[0].s1 + v, shelf.s1);
        vd_store(m->weighting[0].s2 + v, shelf.s2);
        vd_store(m->weighting[1].s1 + v, high_pass.s1);
        vd_store(m->weighting[1].s2 + v, high_pass.s2);
    }
}

static void measure(meter *m, const float *y, uint32_t frames) {
    memcpy(m->y[TAPS], y, frames * sizeof m->y[0]);
    for (uint32_t v = 0; v < LANES; v += VF) {
        vf peak = vf_load(m->sample_peak + v), inter = vf_load(m->true_peak + v);
        for (uint32_t f = 0; f < frames; f++)
            peak = vf_max(peak, vf_abs(vf_load(m->y[TAPS + f] + v)));
        raise_peaks(m->y[1] + v, &inter, frames);
        vf_store(m->sample_peak + v, peak);
        vf_store(m->true_peak + v, inter);
    }
    measure_energy(m, frames);
    memmove(m->y[0], m->y[frames], TAPS * sizeof m->y[0]);
}
