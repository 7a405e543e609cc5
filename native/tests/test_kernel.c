/* What must hold on every architecture: ceiling, bit-exact delay, the same bits for every block size. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "songs.h"

enum { CHANNELS = 11, FRAMES = 4096, LATE = 126 };

static float in[FRAMES * CHANNELS], out[FRAMES * CHANNELS], again[FRAMES * CHANNELS];

static void fill_noise(float loudest) {
    srand(7);
    for (int i = 0; i < FRAMES * CHANNELS; i++)
        in[i] = loudest * ((float)rand() / (float)RAND_MAX * 2.0f - 1.0f);
}

static void test_quiet_sound_is_only_delayed(void) {
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = make_kernel(CHANNELS, isa);
        if (!k)
            continue;
        fill_noise(0.4f);
        CHECK(kernel_latency_frames(k) == LATE);
        kernel_render_buses(k, in, out, FRAMES);
        CHECK(!memcmp(out + LATE * CHANNELS, in, (FRAMES - LATE) * CHANNELS * sizeof(float)));
    }
}

static void test_no_sample_above_the_ceiling(void) {
    static const float hostile[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-42f, 100.0f, -1.0f};
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = make_kernel(CHANNELS, isa);
        if (!k)
            continue;
        for (uint32_t b = 0; b < CHANNELS; b++)
            CHECK(kernel_set_limiter(k, b, 0.5f, 20.0f) == KERNEL_OK);
        fill_noise(6.0f);
        for (int i = 0; i < 200; i++)
            in[rand() % (FRAMES * CHANNELS)] = hostile[i % 8];
        for (int turn = 0; turn < 4; turn++) {
            kernel_render_buses(k, in, out, FRAMES);
            for (int i = 0; i < FRAMES * CHANNELS; i++)
                CHECK(fabsf(out[i]) <= 0.5f);
        }
        kernel_meters meters;
        kernel_read_meters(k, &meters);
        CHECK(meters.fused == 0 && meters.not_finite > 0);
    }
}

static void set_scene(kernel *k) {
    const double peak[5] = {1.0214741, -1.8796730, 0.8744185, -1.8796730, 0.8958926};
    double sections[8 * 5];
    for (int s = 0; s < 8; s++)
        memcpy(sections + 5 * s, peak, sizeof peak);
    for (uint32_t b = 0; b < CHANNELS; b++) {
        CHECK(kernel_set_eq(k, b, sections, b % 9, 100 * b) == KERNEL_OK);
        CHECK(kernel_set_trim(k, b, 0.3f * (float)b, 77 * b) == KERNEL_OK);
    }
}

static void test_block_size_changes_no_bit(void) {
    static const uint32_t sizes[] = {1, 2, 3, 7, 8, 9, 31, 63, 64, 65, 127, 256, 1000, 4095};
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = make_kernel(CHANNELS, isa);
        if (!k)
            continue;
        fill_noise(1.5f);
        set_scene(k);
        kernel_render_buses(k, in, out, FRAMES);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            kernel *other = make_kernel(CHANNELS, isa);
            set_scene(other);
            for (uint32_t at = 0, n; at < FRAMES; at += n) {
                n = FRAMES - at < sizes[s] ? FRAMES - at : sizes[s];
                kernel_render_buses(other, in + at * CHANNELS, again + at * CHANNELS, n);
            }
            CHECK(!memcmp(out, again, sizeof out));
        }
    }
}

static void test_what_cannot_be_is_refused(void) {
    kernel *k = make_kernel(2, KERNEL_ISA_BEST);
    const double unstable[5] = {1, 0, 0, -2.0, 1.0}, not_a_number[5] = {NAN, 0, 0, 0, 0};
    CHECK(kernel_set_eq(k, 0, unstable, 1, 0) == KERNEL_UNSTABLE_FILTER);
    CHECK(kernel_set_eq(k, 0, not_a_number, 1, 0) == KERNEL_UNSTABLE_FILTER);
    CHECK(kernel_set_eq(k, 2, unstable, 0, 0) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_limiter(k, 0, 0.0f, 50.0f) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_limiter(k, 0, 1.1f, 50.0f) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_limiter(k, 0, NAN, 50.0f) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_trim(k, 0, INFINITY, 0) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_patch(k, 2, 0) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_patch(k, 0, 2) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_init(NULL, NULL) == NULL);
}

int main(void) {
    RUN(test_quiet_sound_is_only_delayed);
    RUN(test_no_sample_above_the_ceiling);
    RUN(test_block_size_changes_no_bit);
    RUN(test_what_cannot_be_is_refused);
    return 0;
}
