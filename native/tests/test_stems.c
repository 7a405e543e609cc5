/* What must hold of the stems' equalisers on every architecture: the same bits for every block size, and for none. */
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "songs.h"

enum { BUSES = 11, STEMS = 13, FRAMES = 3000, BYTES = 3 * STEMS, LATE = 126, JUMP = 1001 };

static uint8_t song[(FRAMES + 4096) * BYTES + 8];
static int32_t out[FRAMES * BUSES], again[FRAMES * BUSES];
static float fade[FRAMES];

static void fill_song(void) {
    srand(5);
    for (size_t i = 0; i < sizeof song - 8; i++) /* up to 1/32 of full scale, so that no limiter acts */
        song[i] = (uint8_t)(i % 3 == 2 ? rand() % 8 - 4 : rand());
    for (uint32_t f = 0; f < FRAMES; f++)
        fade[f] = (float)f / FRAMES;
}

static kernel *with_song(uint32_t isa) {
    static const uint8_t tracks[STEMS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    kernel *k = make_kernel(BUSES, isa);
    if (!k)
        return NULL;
    float gains[STEMS * BUSES];
    for (uint32_t i = 0; i < STEMS * BUSES; i++)
        gains[i] = (float)(i % 7) * 0.1f - 0.3f;
    CHECK(kernel_set_song(k, 3, STEMS, tracks) == KERNEL_OK);
    CHECK(kernel_set_gains(k, 3, gains, 500) == KERNEL_OK);
    return k;
}

/* Filters come, change and go; the number of the event decides how many are left of them. */
static void change(kernel *k, uint32_t event) {
    const double peak[5] = {1.0214741, -1.8796730, 0.8744185, -1.8796730, 0.8958926};
    double sections[8 * 5];
    for (int s = 0; s < 8; s++)
        memcpy(sections + 5 * s, peak, sizeof peak);
    for (uint32_t c = 0; c < STEMS; c++)
        CHECK(kernel_set_stem_eq(k, 3, c, sections, event % 2 ? (c + event) % 9 : 0, event * 70 % 300) == KERNEL_OK);
}

/* The part of a voice that begins at frame `first` of the test and at `place` of the song. */
static uint32_t part(kernel_voice *v, uint32_t first, uint32_t end, uint32_t place, uint32_t at, uint32_t frames) {
    uint32_t from = first > at ? first : at, to = end < at + frames ? end : at + frames;
    if (from >= to)
        return 0;
    *v = (kernel_voice){.frames = song + (size_t)(place + from - first) * BYTES,
                        .envelope = fade + from,
                        .slot = 3,
                        .offset = from - at,
                        .count = to - from,
                        .memory = first % KERNEL_MAX_VOICES,
                        .fresh = from == first};
    return 1;
}

static void play(kernel *k, int32_t *to, uint32_t block) {
    for (uint32_t at = 0, n; at < FRAMES; at += n) {
        if (at % 500 == 0)
            change(k, at / 500);
        n = 500 - at % 500 < block ? 500 - at % 500 : block;
        kernel_voice voices[2];
        uint32_t count = part(&voices[0], 0, JUMP + 200, 0, at, n);
        count += part(&voices[count], JUMP, FRAMES, 4000, at, n);
        kernel_render(k, voices, count, (uint8_t *)(to + at * BUSES), n);
    }
}

static void test_block_size_changes_no_bit(void) {
    static const uint32_t sizes[] = {1, 2, 3, 7, 8, 9, 31, 63, 64, 65, 127, 256};
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = with_song(isa);
        if (!k)
            continue;
        play(k, out, 500);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            play(with_song(isa), again, sizes[s]);
            CHECK(!memcmp(out, again, sizeof out));
        }
    }
}

static void next_thousand(kernel *k, const uint8_t *frames, int32_t *to) {
    const kernel_voice voice = {.frames = frames, .slot = 3, .count = 1000, .memory = 5};
    kernel_render(k, &voice, 1, (uint8_t *)to, 1000);
}

static bool same(uint32_t from, uint32_t to) {
    return !memcmp(out + from * BUSES, again + from * BUSES, (to - from) * BUSES * sizeof *out);
}

/* Filters that come and go again leave what was never filtered, to the bit. */
static void test_gone_is_gone(void) {
    for (uint32_t isa = KERNEL_ISA_BEST; isa <= KERNEL_ISA_AVX512; isa++) {
        kernel *k = with_song(isa), *plain = with_song(isa);
        if (!k)
            continue;
        for (uint32_t turn = 0; turn < 3; turn++) {
            if (turn < 2)
                change(k, turn == 0 ? 1 : 4); /* to flat in 280 frames */
            next_thousand(k, song + turn * 1000 * BYTES, out);
            next_thousand(plain, song + turn * 1000 * BYTES, again);
            CHECK(same(0, LATE) == (turn != 1));
            CHECK(same(LATE, LATE + 100) == (turn == 2));
            CHECK(same(LATE + 280, 1000) == (turn > 0));
        }
    }
}

static void test_silence_comes_to_rest(void) {
    static uint8_t silence[1000 * BYTES + 8];
    kernel *k = with_song(KERNEL_ISA_BEST);
    change(k, 3);
    for (uint32_t turn = 0; turn < 60; turn++)
        next_thousand(k, turn ? silence : song, out);
    for (uint32_t i = 0; i < 1000 * BUSES; i++)
        CHECK(out[i] == 0);
}

static void test_what_cannot_be_is_refused(void) {
    kernel *k = with_song(KERNEL_ISA_BEST);
    const double unstable[5] = {1, 0, 0, -2.0, 1.0}, fine[9 * 5] = {0};
    CHECK(kernel_set_stem_eq(k, 3, 0, unstable, 1, 0) == KERNEL_UNSTABLE_FILTER);
    CHECK(kernel_set_stem_eq(k, 3, 0, fine, 9, 0) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_stem_eq(k, 3, STEMS, fine, 1, 0) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_stem_eq(k, 2, 0, fine, 1, 0) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_stem_eq(k, KERNEL_MAX_SLOTS, 0, fine, 1, 0) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_ears_equalised(k, 2, 1) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_ears_equalised(k, KERNEL_MAX_SLOTS, 1) == KERNEL_BAD_ARGUMENT);
    CHECK(kernel_set_stem_eq(k, 3, 0, fine, 8, UINT32_MAX) == KERNEL_OK);
}

int main(void) {
    fill_song();
    RUN(test_block_size_changes_no_bit);
    RUN(test_gone_is_gone);
    RUN(test_silence_comes_to_rest);
    RUN(test_what_cannot_be_is_refused);
    return 0;
}
