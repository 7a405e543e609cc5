/* The spike guard on every architecture: nothing below its threshold, the threshold above, and no memory of garbage. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "songs.h"
#include "state.h" /* for the sum itself: from outside, a sum that is almost 0 is silence too */

enum { CHANNELS = 11, FRAMES = 4096, LATE = 126, WINDOW = 2400, SECOND = 48000 };

static float in[SECOND * CHANNELS], out[SECOND * CHANNELS], again[SECOND * CHANNELS];

static void fill_noise(uint32_t frames, float loudest) {
    srand(7);
    for (uint32_t i = 0; i < frames * CHANNELS; i++)
        in[i] = loudest * ((float)rand() / (float)RAND_MAX * 2.0f - 1.0f);
}

static void render(kernel *k, float *to, uint32_t frames, uint32_t block) {
    for (uint32_t at = 0, n; at < frames; at += n) {
        n = frames - at < block ? frames - at : block;
        kernel_render_buses(k, in + at * CHANNELS, to + at * CHANNELS, n);
    }
}

/* Bus 0 has no guard, the others' fall by 1 dB each from -20 dB. */
static kernel *make_guarded(uint32_t isa) {
    kernel *k = make_kernel(CHANNELS, isa);
    for (uint32_t b = 1; k && b < CHANNELS; b++)
        CHECK(kernel_set_guard(k, b, powf(10.0f, -2.0f - 0.1f * (float)b)) == KERNEL_OK);
    return k;
}

static void test_below_the_threshold_sound_is_only_delayed(void) {
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = make_guarded(isa);
        if (!k)
            continue;
        fill_noise(SECOND, 0.05f); /* -30.8 dB; the lowest threshold is -30 dB */
        render(k, out, SECOND, 512);
        CHECK(!memcmp(out + LATE * CHANNELS, in, (SECOND - LATE) * CHANNELS * sizeof(float)));
    }
}

static void test_what_is_louder_leaves_at_the_threshold(void) {
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = make_guarded(isa);
        if (!k)
            continue;
        for (uint32_t i = 0; i < SECOND * CHANNELS; i++)
            in[i] = 0.5f * (float)sin(2.0 * 3.14159265358979 * 1000.0 * (i / CHANNELS) / 48000.0);
        render(k, out, SECOND, 512);
        for (uint32_t b = 0; b < CHANNELS; b++) {
            double power = 0.0;
            for (uint32_t f = SECOND - WINDOW; f < SECOND; f++)
                power += (double)out[f * CHANNELS + b] * out[f * CHANNELS + b] / WINDOW;
            double wanted = b ? pow(10.0, -2.0 - 0.1 * b) : 0.125;
            CHECK(fabs(power / wanted - 1.0) < 1e-3);
        }
    }
}

static void test_after_garbage_and_50_ms_of_silence_the_sum_is_nothing(void) {
    static const float garbage[] = {16.0f, -3e38f, INFINITY, NAN, 1e-30f, 3.3e-3f, 15.99999f, 1e-42f};
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = make_guarded(isa);
        if (!k)
            continue;
        fill_noise(SECOND, 1.0f);
        for (uint32_t i = 0; i < (SECOND - WINDOW) * CHANNELS; i++)
            in[i] *= garbage[rand() % 8];
        memset(in + (SECOND - WINDOW) * CHANNELS, 0, WINDOW * CHANNELS * sizeof(float));
        render(k, out, SECOND - WINDOW, 512);
        CHECK(k->group[0].lim.guard.sum[1] > 1.0);
        kernel_render_buses(k, in + (SECOND - WINDOW) * CHANNELS, out, WINDOW);
        for (uint32_t lane = 0; lane < CHANNELS; lane++)
            CHECK(k->group[lane / LANES].lim.guard.sum[lane % LANES] == 0.0);
        kernel_meters meters;
        kernel_read_meters(k, &meters);
        CHECK(meters.fused == 0 && meters.not_finite > 0);
    }
}

static void test_block_size_changes_no_bit(void) {
    static const uint32_t sizes[] = {1, 2, 3, 7, 8, 9, 31, 63, 64, 65, 127, 256, 1000};
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = make_guarded(isa);
        if (!k)
            continue;
        fill_noise(FRAMES, 0.7f);
        render(k, out, FRAMES, FRAMES);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            render(make_guarded(isa), again, FRAMES, sizes[s]);
            CHECK(!memcmp(out, again, FRAMES * CHANNELS * sizeof(float)));
        }
        CHECK(memcmp(out + LATE * CHANNELS, in, (FRAMES - LATE) * CHANNELS * sizeof(float)));
    }
}

static void test_what_cannot_be_is_refused(void) {
    kernel *k = make_kernel(2, KERNEL_ISA_BEST);
    CHECK(kernel_set_guard(k, 2, 0.1f) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_guard(k, 0, 0.0f) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_guard(k, 0, -0.1f) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_guard(k, 0, NAN) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_guard(k, 0, INFINITY) == KERNEL_OK);
}

int main(void) {
    RUN(test_below_the_threshold_sound_is_only_delayed);
    RUN(test_what_is_louder_leaves_at_the_threshold);
    RUN(test_after_garbage_and_50_ms_of_silence_the_sum_is_nothing);
    RUN(test_block_size_changes_no_bit);
    RUN(test_what_cannot_be_is_refused);
    return 0;
}
