#pragma once
/* Loudness and peaks of a signal in memory, in hops of 10 ms, faster than the live meters: the K-weighting filter runs
 * through as many stretches of the signal at once as the machine has vector lanes. Each stretch is one second and
 * begins 0.2 s early, in which a filter forgets what it never heard: its slowest part, a double pole at 38 Hz, decays
 * by 1e-20.
 *
 * cffi reads this file as it stands. Functions are pure: what they read is handed in, nothing is kept between calls,
 * and nothing is allocated. Samples are finite floats, one channel after the other (planar). A long signal goes in as
 * blocks of whole seconds, each with the end of the one before in front of it (zeros before the first); the results are
 * then the same bit for bit as those of one call.
 */

#define LOUDNESS_HOPS_PER_SECOND 100
#define LOUDNESS_HISTORY_HOPS 20 /* readable before each channel of a block */
#define LOUDNESS_PEAK_LAG 12     /* frames by which true_peak comes late: half of its filter */

typedef struct {
    double energy; /* sum of squares */
    double sum;
    float sample_peak;
    float true_peak; /* 4x oversampled, BS.1770-5 annex 2; at least the sample peak */
} loudness_level;

typedef struct loudness loudness;

size_t loudness_bytes(void);

/* Filters for a rate of 44100 to 192000 Hz, a multiple of 100, in `memory` (loudness_bytes() bytes, 64-byte aligned);
 * `isa` is an enum kernel_isa. NULL where rate or instruction set cannot be. */
loudness *loudness_init(void *memory, uint32_t rate_hz, uint32_t isa);

uint32_t loudness_hop_frames(const loudness *l);
const char *loudness_isa_name(const loudness *l);

/* Mean square of each hop of each channel behind the K weighting of BS.1770-5, out[channels][hops]. Channel c begins at
 * x + c * pitch. */
void loudness_weigh(const loudness *l, const float *x, size_t pitch, uint32_t channels, uint32_t hops, double *out);

/* The same hops of one channel without weighting. */
void loudness_levels(const loudness *l, const float *x, uint32_t hops, loudness_level *out);

/* The smallest factor in each hop by which `after` is quieter than scale * before, at most 1. Frames in which
 * scale * before is below `floor` tell nothing. */
void loudness_least_gain(const loudness *l, const float *before, const float *after, float scale, float floor,
                         uint32_t hops, float *out);

/* Interleaved samples to planar floats, full scale at 1. int24 is little-endian, readable for 1 byte beyond its end. */
void loudness_from_int24(const uint8_t *in, uint32_t channels, size_t frames, float *out, size_t pitch);
void loudness_from_int32(const int32_t *in, uint32_t channels, size_t frames, float *out, size_t pitch);
void loudness_from_float(const float *in, uint32_t channels, size_t frames, float *out, size_t pitch);
