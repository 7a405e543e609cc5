/* Renders a signal, for counting instructions: `cost ISA SIGNAL FRAMES [SECTIONS [GUARD]]`. 32 channels, 8 biquads
 * each, a limiter; with SECTIONS, unless it is -, from 32 stems through as many biquads of their own and a gain matrix.
 * GUARD is the mean square that each bus's spike guard allows. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

enum { CHANNELS = 32, BLOCK = 256 };

static float sample(const char *signal) {
    float white = (float)rand() / (float)RAND_MAX * 2.0f - 1.0f;
    if (!strcmp(signal, "silence"))
        return 0.0f * white;
    if (!strcmp(signal, "denormals"))
        return white * 1e-40f;
    return white * (strcmp(signal, "limiting") ? 0.05f : 8.0f);
}

static kernel *make(uint32_t isa, float guard) {
    kernel_config config = {.rate_hz = 48000, .buses = CHANNELS / 2, .outputs = CHANNELS, .hold_ms = 10.0f, .isa = isa};
    for (uint32_t b = 0; b < config.buses; b++)
        config.bus_width[b] = 2;
    kernel *k = kernel_init(aligned_alloc(64, (kernel_bytes() + 63) / 64 * 64), &config);
    if (!k)
        return NULL;
    double sections[8 * 5];
    for (uint32_t s = 0; s < 8; s++)
        memcpy(sections + 5 * s, (double[]){1.0214741, -1.8796730, 0.8744185, -1.8796730, 0.8958926},
               5 * sizeof(double));
    for (uint32_t b = 0; b < config.buses; b++) {
        kernel_set_eq(k, b, sections, 8, 0);
        kernel_set_limiter(k, b, 0.9f, 50.0f);
        kernel_set_guard(k, b, guard);
    }
    return k;
}

static uint8_t words[BLOCK * CHANNELS * 3 + 8];

static void set_song(kernel *k, uint32_t sections) {
    uint8_t tracks[CHANNELS];
    float gains[CHANNELS * CHANNELS];
    double rows[KERNEL_MAX_STEM_SECTIONS * 5];
    memset(tracks, KERNEL_ROLE_TRACK, sizeof tracks);
    for (uint32_t i = 0; i < CHANNELS * CHANNELS; i++)
        gains[i] = i % (CHANNELS + 1) ? 0.01f : 1.0f;
    for (uint32_t s = 0; s < sections; s++)
        memcpy(rows + 5 * s, (double[]){1.0214741, -1.8796730, 0.8744185, -1.8796730, 0.8958926}, 5 * sizeof(double));
    kernel_set_song(k, 0, CHANNELS, tracks);
    kernel_set_gains(k, 0, gains, 0);
    for (uint32_t c = 0; c < CHANNELS; c++)
        kernel_set_stem_eq(k, 0, c, rows, sections, 0);
    for (uint32_t o = 0; o < CHANNELS; o++)
        kernel_set_patch(k, o, (int32_t)o);
}

static void pack(const float *in) {
    for (uint32_t i = 0; i < BLOCK * CHANNELS; i++) {
        int32_t word = (int32_t)(fmaxf(-1.0f, fminf(0.9999f, in[i])) * 8388608.0f);
        for (uint32_t b = 0; b < 3; b++)
            words[3 * i + b] = (uint8_t)((uint32_t)word >> 8 * b);
    }
}

int main(int count, char **arguments) {
    if (count < 4 || count > 6)
        return fprintf(stderr, "cost ISA SIGNAL FRAMES [SECTIONS [GUARD]]\n"), 2;
    const int stems = count > 4 && strcmp(arguments[4], "-");
    kernel *k = make((uint32_t)atoi(arguments[1]), count > 5 ? (float)atof(arguments[5]) : INFINITY);
    if (!k)
        return fprintf(stderr, "this machine has no such instruction set\n"), 3;
    static float in[BLOCK * CHANNELS], out[BLOCK * CHANNELS];
    for (uint32_t i = 0; i < BLOCK * CHANNELS; i++) /* one block again and again, so that making it costs nothing */
        in[i] = sample(arguments[2]);
    const kernel_voice voice = {.frames = words, .count = BLOCK};
    if (stems)
        set_song(k, (uint32_t)atoi(arguments[4]));
    pack(in);
    for (long frames = atol(arguments[3]); frames > 0; frames -= BLOCK)
        if (stems)
            kernel_render(k, &voice, 1, (uint8_t *)out, BLOCK);
        else
            kernel_render_buses(k, in, out, BLOCK);
    fprintf(stderr, "%s %g\n", kernel_isa_name(k), (double)out[0]);
    return 0;
}
