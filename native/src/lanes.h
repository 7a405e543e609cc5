#pragma once
/* The state of the buses, eight lanes to a group, and the table of functions that work on it for one instruction set.
 *
 * A lane is one bus channel. Stereo buses come first, so that a pair always sits in lanes 2n and 2n+1. Samples lie as
 * [group][frame][lane]. For a song's own equalisers a lane is one stem channel, in the song's order. Every function
 * gives the same result however a stretch of frames is cut into calls.
 */
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "ease.h"
#include "kernel.h"

enum {
    LANES = 8,
    GROUPS = KERNEL_MAX_BUS_CHANNELS / LANES,
    STEM_GROUPS = KERNEL_MAX_STEM_CHANNELS / LANES,
    CHUNK = 64,       /* frames worked on at a time: stems and buses of a chunk stay in the first-level cache */
    TICK = 8,         /* frames to a control tick of the limiter */
    TAPS = 12,        /* of the true-peak detector */
    DETECTOR_LAG = 6, /* frames that the detector's filter looks ahead */
    MAX_TICKS = 512,  /* hold + look-ahead at 192 kHz: 15 ms + 2.6 ms = 423 ticks */
    HOLD_LEVELS = 9,
    MAX_BOX = 32,
    MAX_GUARD_TICKS = 1200, /* 50 ms at 192 kHz */
    MAX_DELAY = TICK * (2 * MAX_BOX - 1) + DETECTOR_LAG,
    DELAY_FRAMES = MAX_DELAY + TAPS + 5 * CHUNK,
    HOPS_PEAK = 10, /* 100 ms of 10 ms hops */
    HOPS_MOMENTARY = 40,
    HOPS_SHORT = 300,
};

/* The coefficients of a filter section. What it remembers lies apart, since voices of one song share the former. */
typedef struct {
    alignas(64) double target[6][LANES], change[6][LANES]; /* b0 c1 c2 a1 a2, and the wet part, see biquad.h */
    double left[LANES], way[LANES];                        /* each lane glides by itself */
    uint32_t gliding;                                      /* frames until all have arrived */
} section;

enum { WET = 5 };

typedef struct {
    alignas(64) double s1[LANES], s2[LANES];
} section_memory;

/* `frames` of every glide have gone by. When all have arrived, dry lanes become flat: nothing is left in them. */
static inline void section_advance(section *s, uint32_t frames) {
    for (uint32_t lane = 0; lane < LANES; lane++)
        s->left[lane] = s->left[lane] > (double)frames ? s->left[lane] - (double)frames : 0.0;
    s->gliding = s->gliding > frames ? s->gliding - frames : 0;
    for (uint32_t lane = 0; s->gliding == 0 && lane < LANES; lane++)
        for (uint32_t i = 0; s->target[WET][lane] == 0.0 && i < WET; i++) {
            s->target[i][lane] = i == 0 ? 1.0 : 0.0;
            s->change[i][lane] = 0.0;
        }
}

/* See guard.h. Off, a lane's bound is one that no sum reaches. */
#define UNGUARDED 1e9f
typedef struct {
    alignas(64) float energy[MAX_GUARD_TICKS][LANES]; /* of each tick in the window */
    double sum[LANES];
    float bound[LANES], target[LANES]; /* what the window's energy may be, and where that is going */
    uint32_t at;                       /* of the oldest energy */
    uint32_t on;                       /* whether any lane is guarded */
} spike_guard;

typedef struct {
    alignas(64) float x[DELAY_FRAMES][LANES]; /* sliding: the newest frame is x[end - 1] */
    float peak[LANES];                        /* of the tick in progress */
    float level[HOLD_LEVELS][MAX_TICKS][LANES];
    float released[LANES];
    int32_t ring1[MAX_BOX][LANES], ring2[MAX_BOX][LANES];
    int32_t sum1[LANES], sum2[LANES];
    float gain_from[LANES], gain_to[LANES];
    float ceiling[LANES], fuse[LANES]; /* the fuse holds an old ceiling until what was measured under it has left */
    float target[LANES], release[LANES];
    uint32_t end;
    uint32_t fuse_left; /* frames after which the fuse follows a lowered ceiling */
    int32_t linked[LANES];
    int32_t not_finite[LANES], fused[LANES]; /* taken out and cleared by the kernel */
    spike_guard guard;
} limiter;

typedef struct {
    alignas(64) float y[TAPS + CHUNK][LANES]; /* the last TAPS frames stay at the front */
    section weighting[2];
    section_memory weighting_memory[2];
    float sample_peak[LANES], true_peak[LANES], gain[LANES];
    double energy[LANES], weighted[LANES];
} meter;

typedef struct {
    alignas(64) float trim_target[LANES], trim_change[LANES];
    uint32_t trim_left[LANES];
    double trim_way[LANES];
    uint32_t trim_gliding;
    uint32_t sections;
    section eq[KERNEL_MAX_SECTIONS];
    section_memory eq_memory[KERNEL_MAX_SECTIONS];
    limiter lim;
    meter met;
    uint32_t dither[LANES];
    alignas(64) double band[CHUNK][LANES]; /* between passes of the equaliser */
} group;

/* Half the taps of three phases, see detector_taps.c. */
typedef struct {
    float even[TAPS / 2], odd[TAPS / 2], half[TAPS / 2];
} detector_taps;

/* What all groups share: set once. */
typedef struct {
    const detector_taps *taps; /* of the limiter */
    uint32_t box1, box1_shift; /* ticks of the first average, a power of two */
    uint32_t box2;             /* of the second, one less than a power of two */
    uint32_t delay;
    uint32_t hold_ticks, hold_levels, tick_mask;
    uint32_t guard_ticks;
    float guard_glide; /* the part of its way that a threshold goes in a tick */
    float one;         /* fixed-point 1 of the smoothing: as large as the sum of a full box in 32 bits allows */
    uint32_t format;
    uint32_t unmetered;
} timing;

typedef struct {
    alignas(64) float target[KERNEL_MAX_STEM_CHANNELS][KERNEL_MAX_BUS_CHANNELS];
    float change[KERNEL_MAX_STEM_CHANNELS][KERNEL_MAX_BUS_CHANNELS];
    uint32_t left, way;
    uint32_t channels;
    uint8_t roles[KERNEL_MAX_STEM_CHANNELS];
    uint8_t heard[GROUPS][KERNEL_MAX_STEM_CHANNELS]; /* the stems that a group hears */
    uint32_t heard_count[GROUPS];
    int32_t equalised[KERNEL_MAX_BUS_CHANNELS]; /* by lane: -1 where it hears equalised stems, 0 where plain ones */
    uint8_t any_plain[GROUPS], any_equalised[GROUPS];
} song_gains;

/* The equalisers of a song's stems. Sections beyond those in use are flat, and empty in every memory. */
typedef struct {
    section eq[STEM_GROUPS][KERNEL_MAX_STEM_SECTIONS];
    uint32_t sections[STEM_GROUPS]; /* in use */
    uint32_t settling;              /* frames until all have arrived */
} stem_filters;

/* What the stems' equalisers remember of one voice; sections beyond those used here count as empty. */
typedef struct {
    section_memory eq[STEM_GROUPS][KERNEL_MAX_STEM_SECTIONS];
    uint8_t used[STEM_GROUPS];
    uint32_t song; /* the number of the song that it is of */
} voice_memory;

/* Stem samples, `step` floats from frame to frame; NULL where there are none. */
typedef struct {
    const float *x;
    uint32_t step;
} stem_frames;

typedef struct {
    const char *name;
    /* count int24 samples to floats. */
    void (*unpack)(const uint8_t *in, float *out, size_t count);
    /* Equalises a voice's stems: x is [frames][channels] and readable for LANES floats beyond its end, out is
     * [frames][channels, rounded up to whole groups]. Returns how many samples were no numbers and became silence. */
    uint32_t (*equalise_stems)(const stem_filters *filters, voice_memory *kept, const float *x, uint32_t channels,
                               float *out, uint32_t frames, uint32_t elapsed);
    /* Adds a song's frames to a group, each lane from what it hears: out is [frames][LANES]. */
    void (*mix)(const song_gains *song, uint32_t group_index, stem_frames plain, stem_frames equalised, float *out,
                uint32_t frames, uint32_t elapsed);
    /* Trim, equaliser, limiter and meters of one group in place; `phase` is the place in the tick. */
    void (*process)(group *g, const timing *t, float *io, uint32_t frames, uint64_t clock);
    /* Samples of one group as integers, [frames][stride] from `out`. */
    void (*quantise)(group *g, const timing *t, const float *in, int32_t *out, uint32_t stride, uint32_t frames);
} lane_ops;

extern const lane_ops lane_ops_baseline;
#if defined(__x86_64__)
extern const lane_ops lane_ops_avx2, lane_ops_avx512;
#endif

extern const detector_taps detector_beta_3, detector_beta_1_5;
