/* A kernel from its configuration: the timing of its limiters, the lanes of its buses, everything silent and at rest.
 */
#include <math.h>
#include <string.h>

#include "isa.h"
#include "state.h"
#include "weighting.h"

/* NULL where this machine lacks what was asked for. */
static const lane_ops *choose_ops(uint32_t isa) {
    switch (isa_to_use(isa)) {
    case KERNEL_ISA_BASELINE:
        return &lane_ops_baseline;
#if defined(__x86_64__)
    case KERNEL_ISA_AVX2:
        return &lane_ops_avx2;
    case KERNEL_ISA_AVX512:
        return &lane_ops_avx512;
#endif
    default:
        return NULL;
    }
}

static bool config_holds(const kernel_config *c) {
    if (c->rate_hz < 44100 || c->rate_hz > 192000 || c->rate_hz % 100 || c->buses == 0 ||
        c->buses > KERNEL_MAX_BUS_CHANNELS || c->outputs == 0 || c->outputs > KERNEL_MAX_OUTPUTS ||
        c->format > KERNEL_S16_LE || !(c->hold_ms >= 0.0f && c->hold_ms <= 15.0f))
        return false;
    uint32_t channels = 0;
    for (uint32_t b = 0; b < c->buses; b++) {
        if (c->bus_width[b] < 1 || c->bus_width[b] > 2 || c->bus_kind[b] > KERNEL_EARS)
            return false;
        channels += c->bus_width[b];
    }
    return channels <= KERNEL_MAX_BUS_CHANNELS;
}

/* Averages of 2.6 (or 1.3) ms: 15 (or 7) ticks at 44.1 and 48 kHz, in proportion above. */
static void set_timing(timing *t, const kernel_config *c) {
    t->taps = c->rate_hz < 46000 ? &detector_beta_1_5 : &detector_beta_3;
    uint32_t octave = c->rate_hz > 96000 ? 2 : c->rate_hz > 48000 ? 1 : 0;
    t->box1_shift = (c->short_lookahead ? 2 : 3) + octave;
    t->box1 = 1u << t->box1_shift;
    t->box2 = t->box1 - 1;
    t->delay = TICK * (t->box1 + t->box2) + DETECTOR_LAG;
    t->one = 1073741824.0f / (float)t->box1;
    /* A peak binds the gains of two neighbouring ticks, over the whole reach of the averages, and then the hold. */
    t->hold_ticks = t->box1 + t->box2 + (uint32_t)ceil(c->hold_ms * 1e-3 * c->rate_hz / TICK - 1e-6);
    t->hold_levels = 0;
    while ((2u << t->hold_levels) <= t->hold_ticks)
        t->hold_levels++;
    t->tick_mask = (2u << t->hold_levels) - 1;
    t->guard_ticks = (c->rate_hz + 10 * TICK) / (20 * TICK); /* 50 ms to the nearest tick */
    t->guard_glide = (float)-expm1(-TICK / (0.01 * c->rate_hz));
    t->format = c->format;
    t->unmetered = c->unmetered;
}

static void fill(float *lanes, float value) {
    for (uint32_t i = 0; i < LANES; i++)
        lanes[i] = value;
}

static void fill_double(double *lanes, double value) {
    for (uint32_t i = 0; i < LANES; i++)
        lanes[i] = value;
}

static void set_weighting(section *s, double rate) {
    const k_weighting w = k_weighting_at(rate);
    fill_double(s[0].way, 1.0);
    fill_double(s[1].way, 1.0);
    kernel_aim_section(&s[0], 0, LANES, w.shelf, 0);
    kernel_aim_section(&s[1], 0, LANES, w.high_pass, 0);
}

static void reset_group(group *g, const timing *t, uint32_t index, double rate) {
    fill(g->trim_target, 1.0f);
    fill_double(g->trim_way, 1.0);
    for (uint32_t s = 0; s < KERNEL_MAX_SECTIONS; s++) {
        fill_double(g->eq[s].target[0], 1.0);
        fill_double(g->eq[s].way, 1.0);
    }
    set_weighting(g->met.weighting, rate);
    fill(g->met.gain, 1.0f);
    limiter *l = &g->lim;
    l->end = t->delay + TAPS;
    for (uint32_t i = 0; i < HOLD_LEVELS; i++)
        for (uint32_t j = 0; j < MAX_TICKS; j++)
            fill(l->level[i][j], 1.0f);
    fill(l->released, 1.0f);
    fill(l->gain_from, 1.0f);
    fill(l->gain_to, 1.0f);
    fill(l->ceiling, 0.5f);
    fill(l->target, 0.5f);
    fill(l->fuse, 0.5f);
    fill(l->guard.bound, UNGUARDED);
    fill(l->guard.target, UNGUARDED);
    int32_t one = (int32_t)t->one;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        for (uint32_t i = 0; i < MAX_BOX; i++)
            l->ring1[i][lane] = l->ring2[i][lane] = one;
        l->sum1[lane] = one * (int32_t)t->box1;
        l->sum2[lane] = one * (int32_t)t->box2;
        g->dither[lane] = (index * LANES + lane + 1) * 2654435761u; /* outputs must not share their noise */
    }
}

/* Stereo buses first, so that both sides of each lie in lanes 2n and 2n+1. */
static void assign_lanes(kernel *k) {
    uint32_t lane = 0;
    for (uint32_t width = 2; width >= 1; width--) {
        uint32_t channel = 0;
        for (uint32_t b = 0; b < k->config.buses; b++) {
            k->first_channel[b] = channel;
            for (uint32_t side = 0; side < k->config.bus_width[b]; side++, channel++) {
                if (k->config.bus_width[b] != width)
                    continue;
                k->lane_of[channel] = lane;
                k->channel_of[lane] = channel;
                k->house[lane] = k->config.bus_kind[b] == KERNEL_HOUSE;
                k->group[lane / LANES].lim.linked[lane % LANES] = width == 2 ? -1 : 0;
                lane++;
            }
        }
    }
    k->bus_channels = lane;
    k->groups = (lane + LANES - 1) / LANES;
    for (uint32_t g = 0; g < lane / LANES; g++) {
        const uint32_t *channel = k->channel_of + g * LANES;
        k->in_a_row[g] = true;
        for (uint32_t i = 1; i < LANES; i++)
            k->in_a_row[g] &= channel[i] == channel[0] + i;
    }
}

kernel *kernel_init(void *memory, const kernel_config *config) {
    if (!memory || !config_holds(config))
        return NULL;
    kernel *k = memory;
    memset(k, 0, sizeof *k);
    k->config = *config;
    k->ops = choose_ops(config->isa);
    if (!k->ops)
        return NULL;
    set_timing(&k->time, config);
    for (uint32_t g = 0; g < GROUPS; g++)
        reset_group(&k->group[g], &k->time, g, config->rate_hz);
    assign_lanes(k);
    for (uint32_t o = 0; o < KERNEL_MAX_OUTPUTS; o++)
        k->patch[o] = SILENT;
    k->hop_frames = k->hop_left = config->rate_hz / 100;
    for (uint32_t h = 0; h < HOPS_SHORT; h++)
        for (uint32_t lane = 0; lane < KERNEL_MAX_BUS_CHANNELS; lane++)
            k->hops[h][lane].gain = 1.0f;
    for (uint32_t b = 0; b < config->buses; b++)
        k->published.bus[b].gain = 1.0f;
    return k;
}
