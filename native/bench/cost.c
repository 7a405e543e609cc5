/* Renders a signal, for counting instructions: `cost ISA SIGNAL FRAMES`. 32 channels, 8 biquads each, a limiter. */
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

static kernel *make(uint32_t isa) {
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
    }
    return k;
}

int main(int count, char **arguments) {
    if (count != 4)
        return fprintf(stderr, "cost ISA SIGNAL FRAMES\n"), 2;
    kernel *k = make((uint32_t)atoi(arguments[1]));
    if (!k)
        return fprintf(stderr, "this machine has no such instruction set\n"), 3;
    static float in[BLOCK * CHANNELS], out[BLOCK * CHANNELS];
    for (uint32_t i = 0; i < BLOCK * CHANNELS; i++) /* one block again and again, so that making it costs nothing */
        in[i] = sample(arguments[2]);
    for (long frames = atol(arguments[3]); frames > 0; frames -= BLOCK)
        kernel_render_buses(k, in, out, BLOCK);
    fprintf(stderr, "%s %g\n", kernel_isa_name(k), (double)out[0]);
    return 0;
}
