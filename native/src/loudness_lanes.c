/* K-weighted energy with one second of one channel in each lane, and peaks with consecutive frames in the lanes.
 * Compiled once per instruction set; LOUDNESS_OPS names the table. */
#include <stdalign.h>

#include "loudness_lanes.h"
#include "vec.h"

enum {
    SEGMENT = LOUDNESS_HOPS_PER_SECOND,
    ROWS = 2, /* vectors of lanes in flight: one alone would wait for its own last result */
    SEGMENTS = ROWS * VD,
    TILE = 64, /* frames that lie transposed in the first-level cache */
};

typedef float quad __attribute__((vector_size(16), may_alias));
typedef int32_t vi_quad __attribute__((vector_size(16), may_alias));

INLINE quad quad_load(const float *p) {
    quad q;
    memcpy(&q, p, sizeof q);
    return q;
}

INLINE void quad_store(float *p, quad q) {
    memcpy(p, &q, sizeof q);
}

/* `frames` of all segments side by side: out[frame][segment]. */
INLINE void gather(const float *const *from, uint32_t frames, float (*out)[SEGMENTS]) {
    for (uint32_t s = 0; s < SEGMENTS; s += 4) {
        uint32_t f = 0;
        for (; f + 4 <= frames; f += 4) {
            quad a = quad_load(from[s] + f), b = quad_load(from[s + 1] + f);
            quad c = quad_load(from[s + 2] + f), d = quad_load(from[s + 3] + f);
            quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
            quad_store(out[f] + s, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
            quad_store(out[f + 1] + s, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
            ab = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            quad_store(out[f + 2] + s, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
            quad_store(out[f + 3] + s, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
        }
        for (; f < frames; f++)
            for (uint32_t i = s; i < s + 4; i++)
                out[f][i] = from[i][f];
    }
}

typedef struct {
    vd shelf1, shelf2, pass1, pass2;
} filter_state;

INLINE vd weighted(const weighting *w, filter_state *m, vd x) {
    const double *s = w->shelf, *h = w->high_pass;
    vd y = s[0] * x + m->shelf1;
    vd next = (s[1] * x + m->shelf2) - s[3] * m->shelf1;
    m->shelf2 = s[2] * x - s[4] * m->shelf1;
    m->shelf1 = next;
    vd z = y + m->pass1;
    next = (h[1] * y + m->pass2) - h[3] * m->pass1;
    m->pass2 = h[2] * y - h[4] * m->pass1;
    m->pass1 = next;
    return z;
}

/* Sum of squares behind the filters of one hop of every segment. */
INLINE void weigh_hop(const weighting *w, filter_state *state, const float *const *from, uint32_t hop, double *sums) {
    alignas(64) float tile[TILE][SEGMENTS];
    const float *at[SEGMENTS];
    filter_state m[ROWS];
    vd sum[ROWS];
    for (uint32_t s = 0; s < SEGMENTS; s++)
        at[s] = from[s];
    for (uint32_t r = 0; r < ROWS; r++) {
        m[r] = state[r];
        sum[r] = (vd){0};
    }
    for (uint32_t done = 0, n; done < hop; done += n) {
        n = hop - done < TILE ? hop - done : TILE;
        gather(at, n, tile);
        for (uint32_t s = 0; s < SEGMENTS; s++)
            at[s] += n;
        for (uint32_t f = 0; f < n; f++) {
#pragma GCC unroll 2
            for (uint32_t r = 0; r < ROWS; r++) {
                vd z = weighted(w, &m[r], vd_from_floats(tile[f] + r * VD));
                sum[r] += z * z;
            }
        }
    }
    for (uint32_t r = 0; r < ROWS; r++) {
        state[r] = m[r];
        vd_store(sums + r * VD, sum[r]);
    }
}

typedef struct {
    const float *start;
    uint32_t hops;
    double *out;
} segment_job;

static void weigh_segments(const weighting *shared, uint32_t hop, const segment_job *jobs, uint32_t count) {
    const weighting own = *shared;
    filter_state state[ROWS] = {0};
    alignas(64) double sums[SEGMENTS];
    uint32_t longest = 0;
    for (uint32_t s = 0; s < count; s++)
        longest = jobs[s].hops > longest ? jobs[s].hops : longest;
    for (int32_t h = -LOUDNESS_HISTORY_HOPS; h < (int32_t)longest; h++) {
        const float *from[SEGMENTS];
        for (uint32_t s = 0; s < SEGMENTS; s++) {
            const segment_job *job = &jobs[s < count ? s : 0];
            /* A segment that is over repeats its beginning: readable, and nobody looks at the result. */
            from[s] = job->start + (ptrdiff_t)(h < (int32_t)job->hops ? h : 0) * hop;
        }
        weigh_hop(&own, state, from, hop, sums);
        for (uint32_t s = 0; h >= 0 && s < count; s++)
            if (h < (int32_t)jobs[s].hops)
                jobs[s].out[h] = sums[s] / hop;
    }
}

static void weigh(const weighting *w, uint32_t hop, const float *x, size_t pitch, uint32_t channels, uint32_t hops,
                  double *out) {
    segment_job jobs[SEGMENTS];
    uint32_t count = 0;
    for (uint32_t first = 0; first < hops; first += SEGMENT) {
        for (uint32_t c = 0; c < channels; c++) {
            uint32_t left = hops - first;
            jobs[count++] = (segment_job){x + c * pitch + (size_t)first * hop, left < SEGMENT ? left : SEGMENT,
                                          out + (size_t)c * hops + first};
            if (count == SEGMENTS) {
                weigh_segments(w, hop, jobs, count);
                count = 0;
            }
        }
    }
    if (count)
        weigh_segments(w, hop, jobs, count);
}

/* The widest floats that a register holds. */
#if defined(__AVX512VL__)
typedef vw wide;
#define wide_load vw_load
#define wide_abs vw_abs
#define wide_max vw_max
enum { WIDE = 16, VECTORS = 2 };
#else
typedef vf wide;
#define wide_load vf_load
#define wide_abs vf_abs
#define wide_max vf_max
enum { WIDE = VF, VECTORS = 4 };
#endif
enum { STEP = WIDE * VECTORS };

enum { QUADS = WIDE / 4 };

INLINE float highest(wide v) {
    quad part[QUADS];
    memcpy(part, &v, sizeof part);
    float most = 0.0f;
    for (uint32_t i = 1; i < QUADS; i++) {
        vi_quad above = part[i] > part[0];
        part[0] = (quad)((above & (vi_quad)part[i]) | (~above & (vi_quad)part[0]));
    }
    for (uint32_t i = 0; i < 4; i++)
        most = part[0][i] > most ? part[0][i] : most;
    return most;
}

INLINE double total(wide v) {
    quad part[QUADS];
    memcpy(part, &v, sizeof part);
    for (uint32_t i = 1; i < QUADS; i++)
        part[0] += part[i];
    return ((double)part[0][0] + (double)part[0][1]) + ((double)part[0][2] + (double)part[0][3]);
}

/* Three points between the frames in the middle of the filter, for STEP filters whose newest frames begin at x. The
 * values at 1/4 and 3/4 are even + odd and even - odd, so the larger magnitude is |even| + |odd|. */
INLINE wide between_frames(const peak_taps *taps, const float *x, wide peak) {
    wide even[VECTORS] = {0}, odd[VECTORS] = {0}, half[VECTORS] = {0};
    const float *oldest = x - (PEAK_TAPS - 1);
#pragma GCC unroll 12
    for (uint32_t k = 0; k < PEAK_TAPS / 2; k++) {
#pragma GCC unroll 4
        for (uint32_t v = 0; v < VECTORS; v++) {
            wide left = wide_load(oldest + k + v * WIDE), right = wide_load(x - k + v * WIDE);
            wide sum = left + right, difference = left - right;
            even[v] += sum * taps->even[k];
            half[v] += sum * taps->half[k];
            odd[v] += difference * taps->odd[k];
        }
    }
#pragma GCC unroll 4
    for (uint32_t v = 0; v < VECTORS; v++)
        peak = wide_max(peak, wide_max(wide_abs(even[v]) + wide_abs(odd[v]), wide_abs(half[v])));
    return peak;
}

static void levels(const peak_taps *taps, uint32_t hop, const float *x, uint32_t hops, loudness_level *out) {
    const peak_taps own = *taps;
    for (uint32_t h = 0; h < hops; h++, x += hop) {
        wide energy = {0}, sum = {0}, peak = {0}, true_peak = {0};
        uint32_t f = 0;
        for (; f + WIDE <= hop; f += WIDE) {
            wide v = wide_load(x + f);
            energy += v * v;
            sum += v;
            peak = wide_max(peak, wide_abs(v));
        }
        loudness_level level = {total(energy), total(sum), highest(peak), 0.0f};
        for (; f < hop; f++) {
            float v = x[f], magnitude = v < 0.0f ? -v : v;
            level.energy += (double)v * (double)v;
            level.sum += (double)v;
            level.sample_peak = magnitude > level.sample_peak ? magnitude : level.sample_peak;
        }
        for (f = 0; f + STEP < hop; f += STEP)
            true_peak = between_frames(&own, x + f, true_peak);
        true_peak = between_frames(&own, x + hop - STEP, true_peak); /* some frames twice, which changes no maximum */
        float most = highest(true_peak);
        level.true_peak = most > level.sample_peak ? most : level.sample_peak;
        out[h] = level;
    }
}

const loudness_ops LOUDNESS_OPS = {.name = LANE_OPS_NAME, .weigh = weigh, .levels = levels};
