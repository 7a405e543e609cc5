#pragma once
/* The look-ahead true-peak limiter of a group of lanes.
 *
 * Frames pass a detector of inter-sample peaks; every TICK frames the largest peak P asks for a gain r = c / max(P, c).
 * The smallest r of the hold time is released exponentially, then smoothed by two moving averages, and the delayed
 * signal is multiplied by the result. Why no sample can exceed c: all values that the averages see while a peak passes
 * are at most the r of that peak, and their weights sum to exactly 1 (fixed-point sums), so the gain at the peak is at
 * most r. Release stands before the smoothing for the same reason (Hamalainen, "Smoothing of the control signal without
 * clipped output in digital peak limiters", DAFx-02). Holding half a bass period keeps the gain from following the wave
 * itself.
 *
 * A bus may also have a guard against spikes below the ceiling, see guard.h: each tick's r is then the smaller of the
 * ceiling's and the guard's. All that follows is the same, so the gain comes and goes as smoothly, linked and looking
 * ahead, and the ceiling is as exact. Switched off it costs one test a tick. */
#include "guard.h"
#include "lanes.h"
#include "vec.h"

#define LOUDEST 16.0f /* +24 dBFS: one damaged word may not turn the song down for longer than anything real would */

/* The gain rises only when it may rise by more than this part of itself (0.0087 dB): the detector reads a steady tone a
 * little differently from cycle to cycle, and a gain that followed would modulate it (-119 dB of distortion at 997 Hz).
 */
#define DEAD_BAND 1e-3f

/* What is no number becomes silence and is counted; what is absurdly loud is held. */
INLINE vf sane(vf x, vi *bad) {
    vi odd = ((vi)x & 0x7f800000) == 0x7f800000;
    *bad -= odd;
    x = (vf)(~odd & (vi)x);
    return vf_max(vf_min(x, vf_all(LOUDEST)), vf_all(-LOUDEST));
}

/* Peak from frame n = t - DETECTOR_LAG to n + 1, both included, for `tile` frames; x is at frame t - (TAPS - 1). The
 * values at n + 1/4 and n + 3/4 are even + odd and even - odd, so the larger of the two magnitudes is |even| + |odd|.
 */
INLINE vf inter_sample_peaks(const detector_taps *taps, const float *x, vf peak, uint32_t tile) {
    vf even[4], odd[4], half[4];
    for (uint32_t f = 0; f < tile; f++)
        even[f] = odd[f] = half[f] = vf_all(0.0f);
#pragma GCC unroll 6
    for (uint32_t k = 0; k < TAPS / 2; k++) {
        for (uint32_t f = 0; f < tile; f++) {
            vf left = vf_load(x + (f + k) * LANES), right = vf_load(x + (f + TAPS - 1 - k) * LANES);
            vf sum = left + right, difference = left - right;
            even[f] = vf_fma(sum, vf_all(taps->even[k]), even[f]);
            half[f] = vf_fma(sum, vf_all(taps->half[k]), half[f]);
            odd[f] = vf_fma(difference, vf_all(taps->odd[k]), odd[f]);
        }
    }
    for (uint32_t f = 0; f < tile; f++) {
        vf between = vf_max(vf_abs(even[f]) + vf_abs(odd[f]), vf_abs(half[f]));
        peak = vf_max(vf_max(peak, between), vf_abs(vf_load(x + (f + TAPS - 1 - DETECTOR_LAG) * LANES)));
    }
    return vf_max(peak, vf_abs(vf_load(x + (tile + TAPS - 1 - DETECTOR_LAG) * LANES)));
}

/* `peak` raised by the inter-sample peaks of `frames` frames. */
INLINE vf raise_peak(const detector_taps *taps, const float *x, vf peak, uint32_t frames) {
    uint32_t f = 0;
    for (; f + 4 <= frames; f += 4)
        peak = inter_sample_peaks(taps, x + f * LANES, peak, 4);
    for (; f < frames; f++)
        peak = inter_sample_peaks(taps, x + f * LANES, peak, 1);
    return peak;
}

/* Smallest of the last hold_ticks values, by minima of 2, 4, 8... ticks: the same work whatever the signal. */
INLINE vf hold(limiter *l, const timing *t, uint32_t v, vf r, uint32_t tick) {
    uint32_t span = 1;
    for (uint32_t i = 0; i < t->hold_levels; i++) {
        vf_store(l->level[i][tick & t->tick_mask] + v, r);
        r = vf_min(r, vf_load(l->level[i][(tick - span) & t->tick_mask] + v));
        span *= 2;
    }
    vf_store(l->level[t->hold_levels][tick & t->tick_mask] + v, r);
    return vf_min(r, vf_load(l->level[t->hold_levels][(tick - (t->hold_ticks - span)) & t->tick_mask] + v));
}

/* As a float, rounded down: a gain may be a little lower than asked for, never higher. */
INLINE vf float_at_most(vi x) {
    vf nearest = __builtin_convertvector(x, vf);
    return (vf)((vi)nearest + (__builtin_convertvector(nearest, vi) > x));
}

/* The end of a tick whose frames begin at x: from its peak to the gain that the tick after next arrives at. */
INLINE void tick_gain(limiter *l, const timing *t, uint32_t v, const float *x, uint32_t tick) {
    const vf one = vf_all(1.0f), target = vf_load(l->target + v);
    const vi linked = vi_load(l->linked + v);
    vf peak = larger_of_pair(vf_load(l->peak + v), linked);
    vf r = target / vf_max(peak, target);
    if (l->guard.on)
        r = vf_min(r, guard_gain(&l->guard, t->guard_glide, v, x, linked));
    vf held = hold(l, t, v, r, tick);
    vf before = vf_load(l->released + v), risen = before + vf_load(l->release + v) * (held - before);
    vf released = vf_min(held, vf_select(held > before * (1.0f + DEAD_BAND), risen, before));
    /* An exponential never arrives; without this the path would never again be bit-exact. */
    released = vf_select((held == one) & (released > vf_all(1.0f - DEAD_BAND)), one, released);
    vf_store(l->released + v, released);

    vi fixed = __builtin_convertvector(released * t->one, vi); /* exact: a float has 24 bits */
    int32_t *old1 = l->ring1[tick & (t->box1 - 1)] + v;
    vi sum1 = vi_load(l->sum1 + v) + fixed - vi_load(old1);
    vi_store(old1, fixed);
    vi_store(l->sum1 + v, sum1);
    vi mean1 = sum1 >> (int32_t)t->box1_shift;
    vi sum2 = vi_load(l->sum2 + v) + mean1 - vi_load(l->ring2[(tick - t->box2) & t->box2] + v);
    vi_store(l->ring2[tick & t->box2] + v, mean1);
    vi_store(l->sum2 + v, sum2);
    vf_store(l->gain_from + v, vf_load(l->gain_to + v));
    vf_store(l->gain_to + v, float_at_most(sum2) / (t->one * (float)t->box2));
    vf_store(l->peak + v, vf_all(0.0f));
}

/* Room for `frames` more; the past that is still needed moves to the front. */
static void make_room(limiter *l, const timing *t, uint32_t frames) {
    uint32_t past = t->delay + TAPS, limit = past + 4 * CHUNK;
    if (l->end + frames > limit) {
        memmove(l->x, l->x + (l->end - past), past * sizeof l->x[0]);
        l->end = past;
    }
}

INLINE void limit_frames(limiter *l, const timing *t, uint32_t v, float *io, uint32_t frames, uint32_t phase) {
    vf peak = vf_load(l->peak + v), from = vf_load(l->gain_from + v), rise = vf_load(l->gain_to + v) - from;
    vf fuse = vf_load(l->fuse + v);
    vi bad = vi_load(l->not_finite + v), over = vi_load(l->fused + v);
    for (uint32_t f = 0; f < frames; f++)
        vf_store(l->x[l->end + f] + v, sane(vf_load(io + f * LANES + v), &bad));
    peak = raise_peak(t->taps, l->x[l->end - (TAPS - 1)] + v, peak, frames);
    for (uint32_t f = 0; f < frames; f++) {
        vf gain = from + rise * ((float)(phase + f) / TICK);
        vf y = gain * vf_load(l->x[l->end + f - t->delay] + v);
        over -= vf_abs(y) > fuse;
        vf_store(io + f * LANES + v, vf_max(vf_min(y, fuse), -fuse));
    }
    vf_store(l->peak + v, peak);
    vi_store(l->not_finite + v, bad);
    vi_store(l->fused + v, over);
}

static void limit(limiter *l, const timing *shared, float *io, uint32_t frames, uint32_t phase, uint64_t tick,
                  float *least) {
    const timing own = *shared, *t = &own; /* no store through a vector can change it: it need not be read again */
    make_room(l, t, frames);
    while (frames) {
        uint32_t n = TICK - phase < frames ? TICK - phase : frames;
        for (uint32_t v = 0; v < LANES; v += VF) {
            if (n == TICK)
                limit_frames(l, t, v, io, TICK, 0);
            else
                limit_frames(l, t, v, io, n, phase);
            if (phase + n == TICK) {
                tick_gain(l, t, v, l->x[l->end + n - TICK] + v, (uint32_t)tick);
                vf_store(least + v, vf_min(vf_load(least + v), vf_load(l->gain_to + v)));
            }
        }
        l->end += n;
        if (l->guard.on && phase + n == TICK)
            l->guard.at = l->guard.at + 1 < t->guard_ticks ? l->guard.at + 1 : 0;
        if (l->fuse_left && l->fuse_left <= n)
            for (uint32_t v = 0; v < LANES; v += VF)
                vf_store(l->fuse + v, vf_load(l->ceiling + v));
        l->fuse_left = l->fuse_left > n ? l->fuse_left - n : 0;
        tick += (phase + n) / TICK;
        phase = (phase + n) % TICK;
        io += n * LANES;
        frames -= n;
    }
}
