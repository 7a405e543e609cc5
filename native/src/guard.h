#pragma once
/* The spike guard: what asks the limiter for a gain when a bus is suddenly louder than its song ever is, however far
 * below the ceiling. Each tick adds the squares of its frames; where the mean square E of the last 50 ms is above the
 * bus's threshold, the tick asks for sqrt(threshold / E). Both sides of a pair obey the larger E.
 *
 * The window moves with every tick and its sum never drifts: each tick's energy is rounded to a grid on which doubles
 * add and subtract exactly, so after 50 ms of silence the sum is 0, whatever came before.
 *
 * 50 ms hold whole half-waves of 10, 20, 30... Hz. Between them E reads a sine of frequency f too high by at most a
 * part 1 / (2 pi f 50 ms): 0.5 dB at 25 Hz, 0.24 dB at 55 Hz, 0.13 dB at 105 Hz. A steady sine so far below the
 * threshold is not touched.
 *
 * Another threshold is reached exponentially, in 10 ms to 1 - 1/e. What a loud tone then radiates above 4 kHz is 80 dB
 * below it; after a jump, with the limiter's smoothing alone, it was 50 to 63 dB.
 *
 * E of a burst grows with its length, and the gain with it: the first milliseconds pass before the window is full. The
 * loudest 50 ms that leave the limiter are above the threshold by 10 lg(ln(1 + 50 ms / a)) after a step up to any
 * level, where a is the part of the look-ahead that the smoothing leaves: measured 5.6 dB, and 6.2 dB with 1.3 ms.
 * Whatever the signal, they are above it by at most 10 lg(1 + ln(E / threshold)), E being its loudest 50 ms: no gain is
 * above sqrt(threshold / E), and E is at least what has come of them so far. */
#include "lanes.h"
#include "vec.h"

/* Adding this leaves multiples of 2^-31. Doubles hold all of them up to 2^22, more than 16^2 in each frame of 1200
 * ticks. */
#define GRID 0x1.8p21

/* The end of a tick whose TICK frames begin at x: the gain that it asks for. */
INLINE vf guard_gain(spike_guard *g, float glide, uint32_t v, const float *x, vi linked) {
    alignas(64) float fresh[VF], total[VF];
    float *place = g->energy[g->at] + v;
    vf square[TICK / 2]; /* four sums at once, since one alone would be waited for */
    for (uint32_t f = 0; f < TICK / 2; f++) {
        vf first = vf_load(x + f * LANES), second = vf_load(x + (f + TICK / 2) * LANES);
        square[f] = vf_fma(second, second, first * first);
    }
    const vf energy = (square[0] + square[1]) + (square[2] + square[3]);
    vf_store(fresh, energy);
    for (uint32_t i = 0; i < VF; i += VD) {
        vd comes = vd_from_floats(fresh + i) + GRID, goes = vd_from_floats(place + i) + GRID;
        vd sum = vd_load(g->sum + v + i) + (comes - goes);
        vd_store(g->sum + v + i, sum);
        floats_from_vd(total + i, sum);
    }
    vf_store(place, energy);
    vf bound = vf_load(g->bound + v);
    bound += glide * (vf_load(g->target + v) - bound);
    vf_store(g->bound + v, bound);
    return vf_sqrt(bound / vf_max(larger_of_pair(vf_load(total), linked), bound));
}
