/* Loudness and peaks: the filters for a rate, the choice of an instruction set, and words to floats. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "denormals.h"
#include "isa.h"
#include "kernel.h"
#include "loudness_lanes.h"
#include "weighting.h"

struct loudness {
    uint32_t hop;
    const loudness_ops *ops;
    weighting weights;
    peak_taps taps;
};

static const double pi = 3.14159265358979323846;

size_t loudness_bytes(void) {
    return sizeof(loudness);
}

uint32_t loudness_hop_frames(const loudness *l) {
    return l->hop;
}

const char *loudness_isa_name(const loudness *l) {
    return l->ops->name;
}

static const loudness_ops *choose_ops(uint32_t isa) {
    switch (isa_to_use(isa)) {
    case KERNEL_ISA_BASELINE:
        return &loudness_ops_baseline;
#if defined(__x86_64__)
    case KERNEL_ISA_AVX2:
        return &loudness_ops_avx2;
    case KERNEL_ISA_AVX512:
        return &loudness_ops_avx512;
#endif
    default:
        return NULL;
    }
}

/* From b0 b1 b2 a1 a2 to the form of biquad.h. */
static void set_section(double *to, const double *c) {
    const double section[5] = {c[0], c[1] - c[3] * c[0], c[2] - c[4] * c[0], c[3], c[4]};
    memcpy(to, section, sizeof section);
}

/* The lanes take a high-pass with a b0 of 1, so its gain goes into the shelf. */
static void set_weighting(weighting *w, double rate) {
    k_weighting k = k_weighting_at(rate);
    const double gain = k.high_pass[0];
    for (uint32_t i = 0; i < 3; i++) {
        k.shelf[i] *= gain;
        k.high_pass[i] /= gain;
    }
    set_section(w->shelf, k.shelf);
    set_section(w->high_pass, k.high_pass);
}

/* Modified Bessel function of order 0, for the Kaiser window: its series converges fast where x is a window's beta. */
static double bessel_i0(double x) {
    double sum = 1.0, term = 1.0;
    for (uint32_t n = 1; n < 40; n++) {
        term *= (x / 2.0 / n) * (x / 2.0 / n);
        sum += term;
    }
    return sum;
}

/* sinc(t) under a Kaiser window, at `phase` quarters of a frame, normalised to a sum of 1. */
static void set_phase(double *h, double phase, double beta) {
    const double reach = LOUDNESS_PEAK_LAG;
    double sum = 0.0;
    for (int32_t k = 0; k < PEAK_TAPS; k++) {
        double t = k - (reach - 1) - phase / 4.0, edge = t / reach;
        h[k] = sin(pi * t) / (pi * t) * bessel_i0(beta * sqrt(1.0 - edge * edge));
        sum += h[k];
    }
    for (uint32_t k = 0; k < PEAK_TAPS; k++)
        h[k] /= sum;
}

/* 24 taps: with 12, as in the live meters, 20 kHz reads 0.2 dB low at 48 kHz and up to 3 dB low at 44.1 kHz. The window
 * is the widest whose fall begins above 20 kHz: within 0.02 dB up to there at 48 kHz, within 0.2 dB at 44.1 kHz. */
static void set_taps(peak_taps *taps, double rate) {
    const double beta = rate < 46000.0 ? 3.0 : 4.0;
    double quarter[PEAK_TAPS], half[PEAK_TAPS];
    set_phase(quarter, 1.0, beta);
    set_phase(half, 2.0, beta);
    for (uint32_t k = 0; k < PEAK_TAPS / 2; k++) {
        double mirror = quarter[PEAK_TAPS - 1 - k];
        taps->even[k] = (float)((quarter[k] + mirror) / 2.0);
        taps->odd[k] = (float)((quarter[k] - mirror) / 2.0);
        taps->half[k] = (float)half[k];
    }
}

loudness *loudness_init(void *memory, uint32_t rate_hz, uint32_t isa) {
    loudness *l = memory;
    if (!l || rate_hz < 44100 || rate_hz > 192000 || rate_hz % LOUDNESS_HOPS_PER_SECOND)
        return NULL;
    l->hop = rate_hz / LOUDNESS_HOPS_PER_SECOND;
    l->ops = choose_ops(isa);
    set_weighting(&l->weights, rate_hz);
    set_taps(&l->taps, rate_hz);
    return l->ops ? l : NULL;
}

void loudness_weigh(const loudness *l, const float *x, size_t pitch, uint32_t channels, uint32_t hops, double *out) {
    const float_mode before = flush_denormals();
    l->ops->weigh(&l->weights, l->hop, x, pitch, channels, hops, out);
    restore_denormals(before);
}

void loudness_levels(const loudness *l, const float *x, uint32_t hops, loudness_level *out) {
    const float_mode before = flush_denormals();
    l->ops->levels(&l->taps, l->hop, x, hops, out);
    restore_denormals(before);
}

void loudness_least_gain(const loudness *l, const float *before, const float *after, float scale, float floor,
                         uint32_t hops, float *out) {
    for (uint32_t h = 0; h < hops; h++, before += l->hop, after += l->hop) {
        float least = 1.0f;
        for (uint32_t f = 0; f < l->hop; f++) {
            float loud = scale * fabsf(before[f]), gain = fabsf(after[f]) / fmaxf(loud, floor);
            gain = loud < floor ? 1.0f : gain;
            least = gain < least ? gain : least;
        }
        out[h] = least;
    }
}

enum { ROWS_AT_A_TIME = 64 }; /* so that a row of many channels is still in the cache for the next channel */

void loudness_from_int24(const uint8_t *in, uint32_t channels, size_t frames, float *out, size_t pitch) {
    const size_t row = (size_t)3 * channels;
    for (size_t done = 0, n; done < frames; done += n) {
        n = frames - done < ROWS_AT_A_TIME ? frames - done : ROWS_AT_A_TIME;
        for (uint32_t c = 0; c < channels; c++) {
            const uint8_t *from = in + done * row + (size_t)3 * c;
            float *to = out + c * pitch + done;
            for (size_t f = 0; f < n; f++) {
                uint32_t word; /* one byte too many is read and shifted out */
                memcpy(&word, from + f * row, sizeof word);
                to[f] = (float)((int32_t)(word << 8) >> 8) * (1.0f / 8388608.0f);
            }
        }
    }
}

void loudness_from_int32(const int32_t *in, uint32_t channels, size_t frames, float *out, size_t pitch) {
    for (size_t done = 0, n; done < frames; done += n) {
        n = frames - done < ROWS_AT_A_TIME ? frames - done : ROWS_AT_A_TIME;
        for (uint32_t c = 0; c < channels; c++)
            for (size_t f = done; f < done + n; f++)
                out[c * pitch + f] = (float)in[f * channels + c] * (1.0f / 2147483648.0f);
    }
}

void loudness_from_float(const float *in, uint32_t channels, size_t frames, float *out, size_t pitch) {
    if (channels == 2) { /* nearly all there is; the compiler makes shuffles of it */
        float *left = out, *right = out + pitch;
        for (size_t f = 0; f < frames; f++) {
            left[f] = in[2 * f];
            right[f] = in[2 * f + 1];
        }
        return;
    }
    for (size_t done = 0, n; done < frames; done += n) {
        n = frames - done < ROWS_AT_A_TIME ? frames - done : ROWS_AT_A_TIME;
        for (uint32_t c = 0; c < channels; c++)
            for (size_t f = done; f < done + n; f++)
                out[c * pitch + f] = in[f * channels + c];
    }
}
