/* The work on one group of lanes. Compiled once per instruction set; LANE_OPS names the table. */
#include "lanes.h"

#include "biquad.h"
#include "limiter.h"
#include "meter.h"
#include "vec.h"

static void unpack(const uint8_t *in, float *out, size_t count) {
    const float scale = 1.0f / 8388608.0f;
    size_t i = 0;
#if defined(__SSSE3__) || defined(__ARM_NEON)
    typedef uint8_t bytes __attribute__((vector_size(16)));
    typedef int32_t ints __attribute__((vector_size(16)));
    typedef float floats __attribute__((vector_size(16)));
    const bytes zero = {0};
    for (; i + 4 <= count; i += 4) { /* reads 4 bytes more than it uses */
        bytes packed;
        memcpy(&packed, in + 3 * i, sizeof packed);
        /* Into the upper three bytes, so that the shift brings the sign. */
        bytes spread = __builtin_shufflevector(packed, zero, 16, 0, 1, 2, 16, 3, 4, 5, 16, 6, 7, 8, 16, 9, 10, 11);
        floats value = __builtin_convertvector((ints)spread >> 8, floats) * scale;
        memcpy(out + i, &value, sizeof value);
    }
#endif
    for (; i < count; i++) {
        const uint8_t *p = in + 3 * i;
        int32_t sample = (int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24) >> 8;
        out[i] = (float)sample * scale;
    }
}

/* Frames of 8 stems as they are, from and to as in a route. */
static void copy(route r, uint32_t frames) {
    for (uint32_t f = 0; f < frames; f++)
        memcpy(r.to + f * r.to_step, r.from + f * r.from_step, LANES * sizeof(float));
}

static uint32_t equalise_stems(const stem_filters *filters, voice_memory *kept, const float *x, uint32_t channels,
                               float *out, uint32_t frames, uint32_t elapsed) {
    alignas(64) double band[CHUNK][LANES];
    const uint32_t groups = (channels + LANES - 1) / LANES;
    vi bad = {0};
    for (uint32_t g = 0; g < groups; g++) {
        const uint32_t count = filters->sections[g], used = kept->used[g];
        route r = {x + g * LANES, channels, out + g * LANES, groups * LANES};
        if (used < count)
            memset(&kept->eq[g][used], 0, (count - used) * sizeof kept->eq[g][0]);
        kept->used[g] = (uint8_t)count;
        if (count == 0) {
            copy(r, frames);
            continue;
        }
        filter(filters->eq[g], kept->eq[g], count, r, band[0], frames, elapsed);
        for (uint32_t f = 0; f < frames; f++)
            for (uint32_t v = 0; v < LANES; v += VF)
                vf_store(r.to + f * r.to_step + v, sane(vf_load(r.to + f * r.to_step + v), &bad));
    }
    uint32_t sum = 0;
    for (uint32_t lane = 0; lane < VF; lane++)
        sum += (uint32_t)bad[lane];
    return sum;
}

/* `tile` frames at once, since each frame alone is one chain of dependent additions. Lanes that hear equalised stems
 * take them from `other`, where that is not NULL. */
INLINE void mix_tile(const song_gains *song, uint32_t gi, stem_frames one, stem_frames other, float *out, uint32_t tile,
                     float rest) {
    for (uint32_t v = 0; v < LANES; v += VF) {
        vi equalised = vi_load(song->equalised + gi * LANES + v);
        vf sum[4];
        for (uint32_t f = 0; f < tile; f++)
            sum[f] = vf_load(out + f * LANES + v);
        for (uint32_t i = 0; i < song->heard_count[gi]; i++) {
            uint32_t stem = song->heard[gi][i];
            vf target = vf_load(song->target[stem] + gi * LANES + v);
            if (rest != 0.0f)
                target -= vf_load(song->change[stem] + gi * LANES + v) * rest;
            for (uint32_t f = 0; f < tile; f++) {
                vf x = vf_all(one.x[f * one.step + stem]);
                if (other.x)
                    x = vf_select(equalised, vf_all(other.x[f * other.step + stem]), x);
                sum[f] += x * target;
            }
        }
        for (uint32_t f = 0; f < tile; f++)
            vf_store(out + f * LANES + v, sum[f]);
    }
}

INLINE stem_frames skip(stem_frames s, uint32_t frames) {
    return (stem_frames){s.x + (size_t)frames * s.step, s.step};
}

INLINE void mix_from(const song_gains *song, uint32_t gi, stem_frames one, stem_frames other, float *out,
                     uint32_t frames, uint32_t elapsed) {
    for (uint32_t f = 0, tile; f < frames; f += tile) {
        uint32_t left = song->left > elapsed + f ? song->left - elapsed - f : 0;
        double rest = left ? (double)left / (double)song->way : 0.0;
        tile = left == 0 && f + 4 <= frames ? 4 : 1;
        if (tile == 4)
            mix_tile(song, gi, one, other, out + f * LANES, 4, 0.0f);
        else
            mix_tile(song, gi, one, other, out + f * LANES, 1, (float)EASE(rest));
        one = skip(one, tile);
        if (other.x)
            other = skip(other, tile);
    }
}

static void mix(const song_gains *song, uint32_t gi, stem_frames plain, stem_frames equalised, float *out,
                uint32_t frames, uint32_t elapsed) {
    const stem_frames none = {NULL, 0};
    if (!equalised.x || !song->any_equalised[gi])
        mix_from(song, gi, plain, none, out, frames, elapsed);
    else if (!song->any_plain[gi])
        mix_from(song, gi, equalised, none, out, frames, elapsed);
    else
        mix_from(song, gi, plain, equalised, out, frames, elapsed);
}

/* The part of its last change that each lane's trim has still to go. */
static void trim_rest(const group *g, uint32_t frame, float *rest) {
    for (uint32_t lane = 0; lane < LANES; lane++) {
        double t = g->trim_left[lane] > frame ? (double)(g->trim_left[lane] - frame) / g->trim_way[lane] : 0.0;
        rest[lane] = (float)EASE(t);
    }
}

/* Trim, and silence for what is no number. */
static void enter(group *g, float *io, uint32_t frames) {
    alignas(64) float rest[CHUNK][LANES];
    uint32_t gliding = g->trim_gliding < frames ? g->trim_gliding : frames;
    for (uint32_t f = 0; f < gliding; f++)
        trim_rest(g, f, rest[f]);
    for (uint32_t v = 0; v < LANES; v += VF) {
        vf target = vf_load(g->trim_target + v), change = vf_load(g->trim_change + v);
        vi bad = vi_load(g->lim.not_finite + v);
        for (uint32_t f = 0; f < frames; f++) {
            vf trim = target;
            if (f < gliding)
                trim -= change * vf_load(rest[f] + v);
            vf_store(io + f * LANES + v, sane(vf_load(io + f * LANES + v) * trim, &bad));
        }
        vi_store(g->lim.not_finite + v, bad);
    }
    for (uint32_t lane = 0; gliding && lane < LANES; lane++)
        g->trim_left[lane] -= g->trim_left[lane] < frames ? g->trim_left[lane] : frames;
    g->trim_gliding -= gliding;
}

static void process(group *g, const timing *t, float *io, uint32_t frames, uint64_t clock) {
    enter(g, io, frames);
    equalise(g, io, frames);
    limit(&g->lim, t, io, frames, (uint32_t)(clock % TICK), clock / TICK, g->met.gain);
    if (!t->unmetered)
        measure(&g->met, io, frames);
}

static void quantise(group *g, const timing *t, const float *in, int32_t *out, uint32_t stride, uint32_t frames) {
    static const float full[] = {2147483648.0f, 8388608.0f, 8388608.0f, 32768.0f};
    /* The largest float below full scale: one more and S32 would wrap to the most negative number. */
    static const float most[] = {2147483520.0f, 8388607.0f, 8388607.0f, 32767.0f};
    const float scale = full[t->format], top = most[t->format];
    for (uint32_t v = 0; v < LANES; v += VF) {
        vu seed;
        memcpy(&seed, g->dither + v, sizeof seed);
        for (uint32_t f = 0; f < frames; f++) {
            vf x = vf_load(in + f * LANES + v) * scale;
            if (t->format == KERNEL_S16_LE) {
                /* TPDF: two uniform numbers of one step each (Lipshitz, Wannamaker, Vanderkooy 1992), from a
                 * linear congruential generator (Knuth's multiplier as in Numerical Recipes), its high bits used. */
                vu first = seed * 1664525u + 1013904223u;
                seed = first * 1664525u + 1013904223u;
                const float step = 1.0f / 4294967296.0f;
                x += __builtin_convertvector((vi)first, vf) * step + __builtin_convertvector((vi)seed, vf) * step;
            }
            x = vf_round(vf_max(vf_min(x, vf_all(top)), vf_all(-scale)));
            vi_store(out + (size_t)f * stride + v, __builtin_convertvector(x, vi));
        }
        memcpy(g->dither + v, &seed, sizeof seed);
    }
}

const lane_ops LANE_OPS = {.name = LANE_OPS_NAME,
                           .unpack = unpack,
                           .equalise_stems = equalise_stems,
                           .mix = mix,
                           .process = process,
                           .quantise = quantise};
