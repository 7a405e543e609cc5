#pragma once
/* The audio kernel: stems (equalisers) -> gain matrix -> buses (trim, equaliser, limiter, meters) -> patch -> interface
 * format.
 *
 * cffi reads this file as it stands, so it has no #include: who includes it includes <stddef.h> and <stdint.h> first.
 * One thread owns a kernel: it calls every function but kernel_read_meters, which any thread may call at any time.
 * No function allocates, locks, logs or calls the system. Memory is handed in. Levels are linear, time is in frames.
 */

#define KERNEL_MAX_BUS_CHANNELS 32
#define KERNEL_MAX_STEM_CHANNELS 64
#define KERNEL_MAX_SLOTS 8
#define KERNEL_MAX_SECTIONS 8
#define KERNEL_MAX_STEM_SECTIONS 8
#define KERNEL_MAX_VOICES 64
#define KERNEL_MAX_OUTPUTS 64
#define KERNEL_MAX_BLOCK 4096

enum kernel_format { KERNEL_S32_LE, KERNEL_S24_LE, KERNEL_S24_3LE, KERNEL_S16_LE };
enum kernel_bus_kind { KERNEL_HOUSE, KERNEL_EARS };
enum kernel_role { KERNEL_ROLE_NONE, KERNEL_ROLE_TRACK, KERNEL_ROLE_CLICK, KERNEL_ROLE_GUIDE, KERNEL_ROLE_TIMECODE };
enum kernel_isa { KERNEL_ISA_BEST, KERNEL_ISA_BASELINE, KERNEL_ISA_AVX2, KERNEL_ISA_AVX512 };
enum kernel_result { KERNEL_OK, KERNEL_BAD_ARGUMENT, KERNEL_UNSTABLE_FILTER };

typedef struct {
    uint32_t rate_hz; /* 44100 to 192000, a multiple of 100: meters step every 10 ms */
    uint32_t buses;
    uint8_t bus_width[KERNEL_MAX_BUS_CHANNELS]; /* 1 or 2 */
    uint8_t bus_kind[KERNEL_MAX_BUS_CHANNELS];
    uint32_t outputs;
    uint32_t format;
    uint32_t short_lookahead; /* 0: 2.6 ms, 1: 1.3 ms; one for all buses, so that click and tracks never part */
    float hold_ms;            /* 0 to 15; the bass stays clean down to 1 / (2 (hold + look-ahead)) */
    uint32_t unmetered;       /* 1: no meters but the limiter's gain, for passes that are measured elsewhere */
    uint32_t isa;
} kernel_config;

typedef struct {
    const uint8_t *frames;  /* little-endian int24, channels interleaved; readable for 8 bytes beyond its end */
    const float *envelope;  /* a factor per frame, or NULL for 1 */
    uint32_t slot;          /* whose channel count, roles and gains apply */
    uint32_t offset, count; /* the part of the block that it fills */
    uint32_t memory; /* what its stems' equalisers remember, 0 to KERNEL_MAX_VOICES - 1: its own while it sounds */
    uint32_t fresh;  /* 1: they remember nothing. Where a voice begins, and where it goes on after a gap */
} kernel_voice;

typedef struct {
    float sample_peak; /* of the last 100 ms */
    float true_peak;   /* of the last 100 ms, 4x oversampled as in BS.1770 annex 2 */
    float mean_square; /* over 400 ms, mean of the bus's channels */
    float momentary;   /* K-weighted mean square over 400 ms, summed over the channels */
    float short_term;  /* the same over 3 s; loudness is -0.691 + 10 lg of it */
    float gain;        /* smallest factor of the limiter in the last 100 ms */
} kernel_bus_meter;

typedef struct {
    uint64_t frame;      /* frames rendered when these were taken */
    uint64_t not_finite; /* samples that were no numbers and became silence */
    uint64_t fused;      /* samples that only the final clamp held; always 0 unless something is broken */
    kernel_bus_meter bus[KERNEL_MAX_BUS_CHANNELS];
} kernel_meters;

typedef struct kernel kernel;

size_t kernel_bytes(void);

/* A silent kernel in `memory` (kernel_bytes() bytes, 64-byte aligned); NULL where the configuration cannot be. Buses
 * start at unity trim, flat, with a ceiling of 0.5. */
kernel *kernel_init(void *memory, const kernel_config *config);

uint32_t kernel_latency_frames(const kernel *k);
uint32_t kernel_bus_channels(const kernel *k);
uint32_t kernel_frame_bytes(const kernel *k);
const char *kernel_isa_name(const kernel *k);

/* Gives a slot to a song of `channels` stem channels with these roles (enum kernel_role); all its gains become 0, its
 * stems' equalisers flat, and ears hear them plain. */
int kernel_set_song(kernel *k, uint32_t slot, uint32_t channels, const uint8_t *roles);

/* Gains of a slot's song, [channels][bus channels], reached in `ramp` frames. What is not a track is kept from house
 * buses whatever stands here. */
int kernel_set_gains(kernel *k, uint32_t slot, const float *gains, uint32_t ramp);

/* The equaliser of one stem channel of a slot's song, as kernel_set_eq; 0 sections are flat. It stands before the
 * voice's envelope. House buses hear it, ears do only after kernel_set_ears_equalised; so for a channel that is not a
 * track it may be set, but the house never hears that. The voices of a song share it, each with a memory of its own. */
int kernel_set_stem_eq(kernel *k, uint32_t slot, uint32_t channel, const double *sections, uint32_t count,
                       uint32_t glide);

/* Whether ears buses hear a slot's stems equalised (1) or plain (0). At once: to be chosen before the song sounds. */
int kernel_set_ears_equalised(kernel *k, uint32_t slot, uint32_t on);

int kernel_set_trim(kernel *k, uint32_t bus, float trim, uint32_t ramp);

/* Second-order sections b0 b1 b2 a1 a2 (a0 = 1), at most KERNEL_MAX_SECTIONS, reached in `glide` frames. */
int kernel_set_eq(kernel *k, uint32_t bus, const double *sections, uint32_t count, uint32_t glide);

/* Ceiling (0 < ceiling <= 1) and the time in which the limiter recovers to 1 - 1/e. */
int kernel_set_limiter(kernel *k, uint32_t bus, float ceiling, float release_ms);

/* The guard against spikes below the ceiling: the limiter turns down what is above this mean square over 50 ms, from
 * its onset. 1 is that of a full-scale square wave, 0.5 of a sine; at least 1e-8. Off at first, and with INFINITY. */
int kernel_set_guard(kernel *k, uint32_t bus, float mean_square);

/* Another interface: its outputs and format. What the outputs play stays, as far as there are as many. */
int kernel_set_interface(kernel *k, uint32_t outputs, uint32_t format);

/* What an output plays: a bus channel, or a negative number for silence. */
int kernel_set_patch(kernel *k, uint32_t output, int32_t bus_channel);

/* The next `frames` (1 to KERNEL_MAX_BLOCK) of every output, interleaved, in the interface's format. */
void kernel_render(kernel *k, const kernel_voice *voices, uint32_t count, uint8_t *out, uint32_t frames);

/* The same from float samples, [frames][bus channels], put on the buses before their trims: for measuring the chain. */
void kernel_render_buses(kernel *k, const float *in, float *out, uint32_t frames);

void kernel_read_meters(const kernel *k, kernel_meters *out);
