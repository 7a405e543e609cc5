/* The kernel as a whole: configuration, one block at a time through all groups, and the meters that others read. */
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "lanes.h"

typedef struct {
    float sample_peak, true_peak, gain;
    double energy, weighted;
} hop;

/* Sums over the last hops of a lane, kept by adding what comes and taking away what goes. */
typedef struct {
    double energy, momentary, short_term;
} sums;

struct kernel {
    kernel_config config;
    timing time;
    const lane_ops *ops;
    uint32_t bus_channels, groups;
    uint32_t lane_of[KERNEL_MAX_BUS_CHANNELS]; /* by bus channel */
    uint32_t channel_of[KERNEL_MAX_BUS_CHANNELS];
    bool in_a_row[GROUPS]; /* the group's lanes are eight bus channels in their order */
    uint32_t first_channel[KERNEL_MAX_BUS_CHANNELS];
    uint8_t house[KERNEL_MAX_BUS_CHANNELS];
    uint32_t patch[KERNEL_MAX_OUTPUTS]; /* lane, or KERNEL_MAX_BUS_CHANNELS for silence */
    uint64_t clock;
    uint32_t hop_frames, hop_left, hop_index;
    uint64_t not_finite, fused;
    hop hops[HOPS_SHORT][KERNEL_MAX_BUS_CHANNELS]; /* by lane */
    sums running[KERNEL_MAX_BUS_CHANNELS];
    kernel_meters published;
    _Atomic uint32_t publication; /* odd while `published` is being written */
    song_gains songs[KERNEL_MAX_SLOTS];
    group group[GROUPS];
    alignas(64) float stems[CHUNK * KERNEL_MAX_STEM_CHANNELS + 4];
    float bus[GROUPS][CHUNK * LANES];
    int32_t integers[CHUNK * (KERNEL_MAX_BUS_CHANNELS + 8)]; /* the eighth column beyond the lanes stays 0 */
};

enum { STRIDE = KERNEL_MAX_BUS_CHANNELS + 8, SILENT = KERNEL_MAX_BUS_CHANNELS };

static const uint32_t bytes_of[] = {4, 4, 3, 2};

/* Denormals as zero while the kernel works: a decaying filter must cost what a loud one costs. */
#if defined(__x86_64__)
#include <xmmintrin.h>
static uint32_t flush_denormals(void) {
    uint32_t before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* FTZ and DAZ */
    return before;
}
static void restore_denormals(uint32_t before) {
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
static uint64_t flush_denormals(void) {
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" ::"r"(before | 1u << 24)); /* FZ */
    return before;
}
static void restore_denormals(uint64_t before) {
    __asm__ volatile("msr fpcr, %0" ::"r"(before));
}
#endif

size_t kernel_bytes(void) {
    return sizeof(kernel);
}

uint32_t kernel_latency_frames(const kernel *k) {
    return k->time.delay;
}

uint32_t kernel_bus_channels(const kernel *k) {
    return k->bus_channels;
}

uint32_t kernel_frame_bytes(const kernel *k) {
    return k->config.outputs * bytes_of[k->config.format];
}

const char *kernel_isa_name(const kernel *k) {
    return k->ops->name;
}

/* NULL where this machine lacks what was asked for. */
static const lane_ops *choose_ops(uint32_t isa) {
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
    if (isa == KERNEL_ISA_AVX512 || (isa == KERNEL_ISA_BEST && avx512))
        return avx512 ? &lane_ops_avx512 : NULL;
    if (isa == KERNEL_ISA_AVX2 || (isa == KERNEL_ISA_BEST && avx2))
        return avx2 ? &lane_ops_avx2 : NULL;
#endif
    return isa <= KERNEL_ISA_BASELINE ? &lane_ops_baseline : NULL;
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
    t->format = c->format;
}

/* Lets `width` lanes of a section glide to b0 b1 b2 a1 a2, from wherever they are on the way to another place. */
static void aim_section(section *s, uint32_t lane, uint32_t width, const double *c, uint32_t glide) {
    const double goal[5] = {c[0], c[1] - c[3] * c[0], c[2] - c[4] * c[0], c[3], c[4]};
    for (uint32_t l = lane; l < lane + width; l++) {
        double rest = s->left[l] / s->way[l];
        for (uint32_t i = 0; i < 5; i++) {
            double current = s->target[i][l] - s->change[i][l] * EASE(rest);
            s->target[i][l] = goal[i];
            s->change[i][l] = glide ? goal[i] - current : 0.0;
        }
        s->left[l] = glide;
        s->way[l] = glide ? glide : 1.0;
    }
    s->gliding = s->gliding > glide ? s->gliding : glide;
}

static void fill(float *lanes, float value) {
    for (uint32_t i = 0; i < LANES; i++)
        lanes[i] = value;
}

static void fill_double(double *lanes, double value) {
    for (uint32_t i = 0; i < LANES; i++)
        lanes[i] = value;
}

/* The K weighting of BS.1770 at any rate: the standard's 48 kHz tables, whose analogue prototypes are a high shelf of
 * 3.99984385397 dB at 1681.974450955533 Hz (Q 0.7071752369554196) and a high-pass at 38.13547087602444 Hz
 * (Q 0.5003270373238773), brought to the rate by the bilinear transform (Mansbridge, Finn, Reiss 2012). */
static void set_weighting(section *s, double rate) {
    const double pi = 3.14159265358979323846;
    double k = tan(pi * 1681.974450955533 / rate), q = 0.7071752369554196;
    double vh = pow(10.0, 3.999843853973347 / 20.0), vb = pow(vh, 0.4996667741545416);
    double a0 = 1.0 + k / q + k * k;
    double shelf[5] = {(vh + vb * k / q + k * k) / a0, 2.0 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0,
                       2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
    k = tan(pi * 38.13547087602444 / rate), q = 0.5003270373238773;
    a0 = 1.0 + k / q + k * k;
    double high_pass[5] = {1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
    fill_double(s[0].way, 1.0);
    fill_double(s[1].way, 1.0);
    aim_section(&s[0], 0, LANES, shelf, 0);
    aim_section(&s[1], 0, LANES, high_pass, 0);
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

int kernel_set_song(kernel *k, uint32_t slot, uint32_t channels, const uint8_t *roles) {
    if (slot >= KERNEL_MAX_SLOTS || channels == 0 || channels > KERNEL_MAX_STEM_CHANNELS)
        return KERNEL_BAD_ARGUMENT;
    song_gains *s = &k->songs[slot];
    memset(s, 0, sizeof *s);
    s->channels = channels;
    memcpy(s->roles, roles, channels);
    return KERNEL_OK;
}

int kernel_set_gains(kernel *k, uint32_t slot, const float *gains, uint32_t ramp) {
    if (slot >= KERNEL_MAX_SLOTS || k->songs[slot].channels == 0)
        return KERNEL_BAD_ARGUMENT;
    song_gains *s = &k->songs[slot];
    for (uint32_t i = 0; i < s->channels * k->bus_channels; i++)
        if (!(fabsf(gains[i]) <= 64.0f)) /* +36 dB: nothing sensible is louder, and NaN fails here too */
            return KERNEL_BAD_ARGUMENT;
    double rest = s->left ? (double)s->left / (double)s->way : 0.0;
    memset(s->heard_count, 0, sizeof s->heard_count);
    for (uint32_t stem = 0; stem < s->channels; stem++) {
        bool heard[GROUPS] = {false};
        for (uint32_t channel = 0; channel < k->bus_channels; channel++) {
            uint32_t lane = k->lane_of[channel];
            float current = s->target[stem][lane] - s->change[stem][lane] * (float)EASE(rest);
            float target = gains[stem * k->bus_channels + channel];
            if (k->house[lane] && s->roles[stem] != KERNEL_ROLE_TRACK)
                target = 0.0f;
            s->target[stem][lane] = target;
            s->change[stem][lane] = ramp ? target - current : 0.0f;
            heard[lane / LANES] |= target != 0.0f || s->change[stem][lane] != 0.0f;
        }
        for (uint32_t g = 0; g < k->groups; g++)
            if (heard[g])
                s->heard[g][s->heard_count[g]++] = (uint8_t)stem;
    }
    s->left = s->way = ramp;
    return KERNEL_OK;
}

int kernel_set_trim(kernel *k, uint32_t bus, float trim, uint32_t ramp) {
    if (bus >= k->config.buses || !(fabsf(trim) <= 64.0f))
        return KERNEL_BAD_ARGUMENT;
    uint32_t first = k->lane_of[k->first_channel[bus]];
    group *g = &k->group[first / LANES];
    for (uint32_t lane = first % LANES; lane < first % LANES + k->config.bus_width[bus]; lane++) {
        double rest = g->trim_left[lane] / g->trim_way[lane];
        float current = g->trim_target[lane] - g->trim_change[lane] * (float)EASE(rest);
        g->trim_target[lane] = trim;
        g->trim_change[lane] = ramp ? trim - current : 0.0f;
        g->trim_left[lane] = ramp;
        g->trim_way[lane] = ramp ? ramp : 1.0;
    }
    g->trim_gliding = g->trim_gliding > ramp ? g->trim_gliding : ramp;
    return KERNEL_OK;
}

static bool stable(const double *s) {
    for (uint32_t i = 0; i < 5; i++)
        if (!isfinite(s[i]) || fabs(s[i]) > 1e6)
            return false;
    return fabs(s[4]) < 1.0 && fabs(s[3]) < 1.0 + s[4];
}

int kernel_set_eq(kernel *k, uint32_t bus, const double *sections, uint32_t count, uint32_t glide) {
    static const double flat[5] = {1.0, 0.0, 0.0, 0.0, 0.0};
    if (bus >= k->config.buses || count > KERNEL_MAX_SECTIONS)
        return KERNEL_BAD_ARGUMENT;
    for (uint32_t i = 0; i < count; i++)
        if (!stable(sections + 5 * i))
            return KERNEL_UNSTABLE_FILTER;
    uint32_t first = k->lane_of[k->first_channel[bus]];
    group *g = &k->group[first / LANES];
    if (g->sections < count)
        g->sections = count;
    for (uint32_t i = 0; i < g->sections; i++)
        aim_section(&g->eq[i], first % LANES, k->config.bus_width[bus], i < count ? sections + 5 * i : flat, glide);
    return KERNEL_OK;
}

int kernel_set_limiter(kernel *k, uint32_t bus, float ceiling, float release_ms) {
    if (bus >= k->config.buses || !(ceiling > 1e-6f && ceiling <= 1.0f) ||
        !(release_ms >= 1.0f && release_ms <= 10000.0f))
        return KERNEL_BAD_ARGUMENT;
    uint32_t first = k->lane_of[k->first_channel[bus]];
    limiter *l = &k->group[first / LANES].lim;
    for (uint32_t lane = first % LANES; lane < first % LANES + k->config.bus_width[bus]; lane++) {
        l->ceiling[lane] = ceiling;
        /* Below by four half-units of a float: division, interpolation and product each round by at most one. */
        l->target[lane] = ceiling * (1.0f - 0x1p-22f);
        l->fuse[lane] = fmaxf(l->fuse[lane], ceiling);
        l->release[lane] = (float)-expm1(-TICK / (release_ms * 1e-3 * k->config.rate_hz));
    }
    l->fuse_left = k->time.delay + 2 * TICK;
    return KERNEL_OK;
}

int kernel_set_interface(kernel *k, uint32_t outputs, uint32_t format) {
    if (outputs == 0 || outputs > KERNEL_MAX_OUTPUTS || format > KERNEL_S16_LE)
        return KERNEL_BAD_ARGUMENT;
    k->config.outputs = outputs;
    k->config.format = k->time.format = format;
    return KERNEL_OK;
}

int kernel_set_patch(kernel *k, uint32_t output, int32_t bus_channel) {
    if (output >= k->config.outputs || bus_channel >= (int32_t)k->bus_channels)
        return KERNEL_BAD_ARGUMENT;
    k->patch[output] = bus_channel < 0 ? SILENT : k->lane_of[bus_channel];
    return KERNEL_OK;
}

static const hop *hop_before(const kernel *k, uint32_t age, uint32_t lane) {
    return &k->hops[(k->hop_index + HOPS_SHORT - age) % HOPS_SHORT][lane];
}

static kernel_bus_meter bus_meter(const kernel *k, uint32_t bus) {
    kernel_bus_meter m = {.gain = 1.0f};
    double energy = 0.0, momentary = 0.0, short_term = 0.0;
    for (uint32_t side = 0; side < k->config.bus_width[bus]; side++) {
        uint32_t lane = k->lane_of[k->first_channel[bus] + side];
        energy += k->running[lane].energy;
        momentary += k->running[lane].momentary;
        short_term += k->running[lane].short_term;
        for (uint32_t age = 0; age < HOPS_PEAK; age++) {
            const hop *h = hop_before(k, age, lane);
            m.sample_peak = fmaxf(m.sample_peak, h->sample_peak);
            m.true_peak = fmaxf(m.true_peak, h->true_peak);
            m.gain = fminf(m.gain, h->gain);
        }
    }
    double frames = k->hop_frames;
    m.mean_square = (float)(energy / (frames * HOPS_MOMENTARY * k->config.bus_width[bus]));
    m.momentary = (float)(momentary / (frames * HOPS_MOMENTARY));
    m.short_term = (float)(short_term / (frames * HOPS_SHORT));
    return m;
}

/* Readers on other threads copy between two equal, even numbers of `publication`. */
static void publish(kernel *k) {
    atomic_fetch_add_explicit(&k->publication, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* nobody sees a new number under the old even one */
    k->published.frame = k->clock;
    k->published.not_finite = k->not_finite;
    k->published.fused = k->fused;
    for (uint32_t b = 0; b < k->config.buses; b++)
        k->published.bus[b] = bus_meter(k, b);
    atomic_fetch_add_explicit(&k->publication, 1, memory_order_release);
}

/* Rounding leaves less than 1e-12 of the loudest energy in a sum when silence comes; that is silence. */
static void slide(double *sum, double comes, double goes) {
    *sum += comes - goes;
    if (*sum < 1e-12)
        *sum = 0.0;
}

static void end_hop(kernel *k) {
    k->hop_index = (k->hop_index + 1) % HOPS_SHORT;
    k->hop_left = k->hop_frames;
    for (uint32_t lane = 0; lane < k->groups * LANES; lane++) {
        group *g = &k->group[lane / LANES];
        meter *m = &g->met;
        uint32_t i = lane % LANES;
        sums *s = &k->running[lane];
        slide(&s->energy, m->energy[i], hop_before(k, HOPS_MOMENTARY, lane)->energy);
        slide(&s->momentary, m->weighted[i], hop_before(k, HOPS_MOMENTARY, lane)->weighted);
        slide(&s->short_term, m->weighted[i], k->hops[k->hop_index][lane].weighted);
        k->hops[k->hop_index][lane] = (hop){m->sample_peak[i], fmaxf(m->true_peak[i], m->sample_peak[i]), m->gain[i],
                                            m->energy[i], m->weighted[i]};
        m->sample_peak[i] = m->true_peak[i] = 0.0f;
        m->gain[i] = 1.0f;
        m->energy[i] = m->weighted[i] = 0.0;
        k->not_finite += (uint32_t)g->lim.not_finite[i];
        k->fused += (uint32_t)g->lim.fused[i];
        g->lim.not_finite[i] = g->lim.fused[i] = 0;
    }
    publish(k);
}

void kernel_read_meters(const kernel *k, kernel_meters *out) {
    uint32_t before, after;
    do {
        before = atomic_load_explicit(&k->publication, memory_order_acquire);
        memcpy(out, &k->published, sizeof *out);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&k->publication, memory_order_relaxed);
    } while ((before & 1) || before != after);
}

static uint32_t chunk_frames(const kernel *k, uint32_t left) {
    uint32_t n = left < CHUNK ? left : CHUNK;
    return n < k->hop_left ? n : k->hop_left;
}

static void process_groups(kernel *k, uint32_t n) {
    for (uint32_t g = 0; g < k->groups; g++)
        k->ops->process(&k->group[g], &k->time, k->bus[g], n, k->clock);
}

static void advance(kernel *k, uint32_t n) {
    k->clock += n;
    k->hop_left -= n;
    if (k->hop_left == 0)
        end_hop(k);
}

/* The part of a voice that falls into frames done to done + n of the block, onto the buses. */
static void add_voice(kernel *k, const kernel_voice *v, uint32_t done, uint32_t n) {
    if (v->slot >= KERNEL_MAX_SLOTS || k->songs[v->slot].channels == 0)
        return;
    const song_gains *s = &k->songs[v->slot];
    uint32_t from = v->offset > done ? v->offset : done;
    uint32_t to = v->offset + v->count < done + n ? v->offset + v->count : done + n;
    if (from >= to)
        return;
    uint32_t frames = to - from, skipped = from - v->offset;
    k->ops->unpack(v->frames + (size_t)skipped * s->channels * 3, k->stems, (size_t)frames * s->channels);
    if (v->envelope)
        for (uint32_t f = 0; f < frames; f++)
            for (uint32_t c = 0; c < s->channels; c++)
                k->stems[f * s->channels + c] *= v->envelope[skipped + f];
    for (uint32_t g = 0; g < k->groups; g++)
        if (s->heard_count[g])
            k->ops->mix(s, g, k->stems, k->bus[g] + (from - done) * LANES, frames, from - done);
}

static void write_outputs(kernel *k, uint8_t *out, uint32_t n) {
    for (uint32_t g = 0; g < k->groups; g++)
        k->ops->quantise(&k->group[g], &k->time, k->bus[g], k->integers + g * LANES, STRIDE, n);
    const uint32_t outputs = k->config.outputs, bytes = bytes_of[k->config.format];
    for (uint32_t f = 0; f < n; f++) {
        const int32_t *row = k->integers + f * STRIDE;
        if (bytes == 4) {
            for (uint32_t o = 0; o < outputs; o++, out += 4)
                memcpy(out, &row[k->patch[o]], 4);
        } else if (bytes == 3) {
            for (uint32_t o = 0; o < outputs; o++, out += 3)
                memcpy(out, &row[k->patch[o]], 3);
        } else {
            for (uint32_t o = 0; o < outputs; o++, out += 2)
                memcpy(out, &row[k->patch[o]], 2);
        }
    }
}

void kernel_render(kernel *k, const kernel_voice *voices, uint32_t count, uint8_t *out, uint32_t frames) {
    __auto_type before = flush_denormals();
    for (uint32_t done = 0, n; done < frames; done += n) {
        n = chunk_frames(k, frames - done);
        for (uint32_t g = 0; g < k->groups; g++)
            memset(k->bus[g], 0, n * LANES * sizeof(float));
        for (uint32_t v = 0; v < count; v++)
            add_voice(k, &voices[v], done, n);
        for (uint32_t s = 0; s < KERNEL_MAX_SLOTS; s++)
            k->songs[s].left = k->songs[s].left > n ? k->songs[s].left - n : 0;
        process_groups(k, n);
        write_outputs(k, out + (size_t)done * k->config.outputs * bytes_of[k->config.format], n);
        advance(k, n);
    }
    restore_denormals(before);
}

static uint32_t lanes_used(const kernel *k, uint32_t g) {
    uint32_t rest = k->bus_channels - g * LANES;
    return rest < LANES ? rest : LANES;
}

/* Frame by frame, since both sides then lie in few cache lines; eight channels in a row are one move. */
static void lanes_from_channels(kernel *k, uint32_t g, const float *in, uint32_t n) {
    const uint32_t channels = k->bus_channels, used = lanes_used(k, g);
    const uint32_t *from = k->channel_of + g * LANES;
    float *lanes = k->bus[g];
    if (k->in_a_row[g])
        for (uint32_t f = 0; f < n; f++)
            memcpy(lanes + f * LANES, in + f * channels + from[0], LANES * sizeof *lanes);
    else
        for (uint32_t f = 0; f < n; f++)
            for (uint32_t i = 0; i < used; i++)
                lanes[f * LANES + i] = in[f * channels + from[i]];
}

static void channels_from_lanes(const kernel *k, uint32_t g, float *out, uint32_t n) {
    const uint32_t channels = k->bus_channels, used = lanes_used(k, g);
    const uint32_t *to = k->channel_of + g * LANES;
    const float *lanes = k->bus[g];
    if (k->in_a_row[g])
        for (uint32_t f = 0; f < n; f++)
            memcpy(out + f * channels + to[0], lanes + f * LANES, LANES * sizeof *lanes);
    else
        for (uint32_t f = 0; f < n; f++)
            for (uint32_t i = 0; i < used; i++)
                out[f * channels + to[i]] = lanes[f * LANES + i];
}

void kernel_render_buses(kernel *k, const float *in, float *out, uint32_t frames) {
    __auto_type before = flush_denormals();
    for (uint32_t done = 0, n; done < frames; done += n) {
        n = chunk_frames(k, frames - done);
        for (uint32_t g = 0; g < k->groups; g++)
            lanes_from_channels(k, g, in + (size_t)done * k->bus_channels, n);
        process_groups(k, n);
        for (uint32_t g = 0; g < k->groups; g++)
            channels_from_lanes(k, g, out + (size_t)done * k->bus_channels, n);
        advance(k, n);
    }
    restore_denormals(before);
}
