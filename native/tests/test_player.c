/* The schedule, frame by frame: what is heard is compared with the song's own samples. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "songs.h"

enum { FRAMES = 400000, LATE = 126, SPAN = 12000, SLOT = 2 };

static const song_shape shape = {.rate_hz = 48000, .channels = 2, .frames = FRAMES, .role = KERNEL_ROLE_TRACK};
static const float straight[4] = {1, 0, 0, 1};
static int32_t heard[SPAN + LATE][2];
static const char *good;

static player *playing(const char *path) {
    player *p = make_player(make_kernel(2, KERNEL_ISA_BEST));
    CHECK(player_load(p, SLOT, path) == PLAYER_OK);
    wait_for(p, SLOT, SLOT_READY);
    CHECK(player_set_gains(p, SLOT, straight, 0) == PLAYER_OK);
    return p;
}

static void listen(player *p, uint32_t from, uint32_t to, uint32_t block) {
    for (uint32_t at = from, n; at < to; at += n) {
        n = to - at < block ? to - at : block;
        player_render(p, (uint8_t *)heard[at], n);
    }
}

/* What is heard at `clock` as a part of full scale. */
static double level(uint32_t clock, uint32_t channel) {
    return heard[clock + LATE][channel] / 2147483648.0;
}

static double sample(uint32_t frame, uint32_t channel) {
    return song_sample(frame, channel) / 8388608.0;
}

static bool is_song(uint32_t clock, uint32_t song_frame, uint32_t count) {
    for (uint32_t f = 0; f < count; f++)
        for (uint32_t c = 0; c < 2; c++)
            if (level(clock + f, c) != sample(song_frame + f, c))
                return false;
    return true;
}

static bool is_silent(uint32_t clock, uint32_t count) {
    for (uint32_t f = 0; f < count; f++)
        if (level(clock + f, 0) != 0.0 || level(clock + f, 1) != 0.0)
            return false;
    return true;
}

static void test_a_segment_begins_and_ends_on_its_frame(void) {
    for (uint32_t block = 1; block <= 1024; block = block * 3 + 1) {
        player *p = playing(good);
        segment s = {.id = 9, .slot = SLOT, .at = 1001, .song_frame = 5, .frames = 3000};
        CHECK(player_schedule(p, &s) == PLAYER_OK);
        listen(p, 0, 5000, block);
        CHECK(is_silent(0, 1001) && is_song(1001, 5, 3000) && is_silent(4001, 800));
        player_status status;
        player_get_status(p, &status);
        CHECK(status.clock == 5000 && status.id == 9 && status.song_frame == 3005 && !status.playing);
        CHECK(status.late_frames == 0 && status.segments == 0);
        player_stop_loader(p);
    }
}

static void test_what_is_wanted_in_the_past_begins_in_the_next_block(void) {
    player *p = playing(good);
    listen(p, 0, 700, 64);
    segment s = {.slot = SLOT, .at = 3, .song_frame = FRAMES - 100, .frames = UINT64_MAX / 2};
    CHECK(player_schedule(p, &s) == PLAYER_OK);
    listen(p, 700, 2000, 64);
    CHECK(is_silent(0, 700) && is_song(700, FRAMES - 100, 100) && is_silent(800, 900));
    player_stop_loader(p);
}

static void test_a_seam_of_straight_fades_is_not_heard(void) {
    player *p = playing(good);
    segment a = {.id = 1, .slot = SLOT, .frames = 3000, .fade_out = 500};
    segment b = {.id = 2, .slot = SLOT, .at = 2500, .song_frame = 2500, .frames = 3000, .fade_in = 500};
    CHECK(player_schedule(p, &a) == PLAYER_OK && player_schedule(p, &b) == PLAYER_OK);
    listen(p, 0, 5400, 256);
    CHECK(is_song(0, 0, 2500) && is_song(3000, 3000, 2000));
    for (uint32_t f = 2500; f < 3000; f++)
        CHECK(fabs(level(f, 1) - sample(f, 1)) < 1e-7);
    player_stop_loader(p);
}

static void test_a_crossfade_of_equal_power(void) {
    player *p = playing(good);
    segment a = {.slot = SLOT, .frames = 2000, .fade_out = 800, .curve = FADE_EQUAL_POWER};
    segment b = {
        .slot = SLOT, .at = 1200, .song_frame = 90000, .frames = 2000, .fade_in = 800, .curve = FADE_EQUAL_POWER};
    CHECK(player_schedule(p, &a) == PLAYER_OK && player_schedule(p, &b) == PLAYER_OK);
    listen(p, 0, 3000, 100);
    for (uint32_t f = 1200; f < 2000; f++) {
        double t = (f - 1200) / 800.0 * 1.57079632679489662;
        double expected = sample(f, 0) * cos(t) + sample(90000 + f - 1200, 0) * sin(t);
        CHECK(fabs(level(f, 0) - expected) < 2e-6);
    }
    CHECK(is_song(2000, 90800, 800));
    player_stop_loader(p);
}

/* The factor between what is heard and the song, averaged a little since single samples may be near zero. */
static double factor(uint32_t clock) {
    double up = 0.0, down = 0.0;
    for (uint32_t f = clock; f < clock + 8; f++) {
        up += fabs(level(f, 0));
        down += fabs(sample(f, 0));
    }
    return up / down;
}

static void test_a_cut_fades_and_forgets_what_would_follow(void) {
    player *p = playing(good);
    segment now = {.slot = SLOT, .frames = 10000}, later = {.slot = SLOT, .at = 5000, .frames = 100};
    CHECK(player_schedule(p, &now) == PLAYER_OK && player_schedule(p, &later) == PLAYER_OK);
    listen(p, 0, 1000, 256);
    CHECK(player_cut(p, 1500, 1000) == PLAYER_OK);
    listen(p, 1000, 2000, 256);
    CHECK(player_cut(p, 0, 100) == PLAYER_OK); /* impatient: the same again, faster */
    listen(p, 2000, 6000, 256);
    CHECK(is_song(0, 0, 1500) && is_silent(2100, 3700));
    CHECK(fabs(level(1500, 0) - sample(1500, 0)) < 1e-7);
    for (uint32_t f = 1500; f < 2080; f++)
        CHECK(factor(f) < (f > 1500 ? factor(f - 1) + 1e-3 : 1.001) && factor(f) > factor(f > 1500 ? f - 1 : f) - 0.02);
    CHECK(fabs(level(2000, 0) - 0.5 * sample(2000, 0)) < 1e-6);
    player_stop_loader(p);
}

static void test_lost_frames_do_not_move_the_song(void) {
    player *p = playing(good);
    segment s = {.id = 4, .slot = SLOT, .frames = 100000};
    CHECK(player_schedule(p, &s) == PLAYER_OK);
    listen(p, 0, 1000, 256);
    player_skip(p, 5000);
    listen(p, 1000, 3000, 256);
    CHECK(is_song(0, 0, 1000));
    CHECK(level(1000, 0) == 0.0); /* it comes back by a ramp */
    for (uint32_t f = 1300; f < 2800; f++)
        CHECK(level(f, 0) == sample(f + 5000, 0));
    player_status status;
    player_get_status(p, &status);
    CHECK(status.clock == 8000 && status.song_frame == 8000 && status.playing && status.id == 4);
    player_stop_loader(p);
}

/* Eight sections of z^-2: what comes out is exactly what went in 16 frames before, or nothing. */
static void set_waiting_filter(player *p) {
    double sections[8 * 5] = {0};
    for (int s = 0; s < 8; s++)
        sections[5 * s + 2] = 1.0;
    for (uint32_t channel = 0; channel < 2; channel++)
        CHECK(player_set_stem_eq(p, SLOT, channel, sections, 8, 0) == PLAYER_OK);
}

static void test_filters_begin_empty_with_every_segment_and_after_a_gap(void) {
    player *p = playing(good);
    set_waiting_filter(p);
    segment a = {.slot = SLOT, .frames = 1000}, b = {.slot = SLOT, .at = 1000, .song_frame = 9000, .frames = 2000};
    CHECK(player_schedule(p, &a) == PLAYER_OK && player_schedule(p, &b) == PLAYER_OK);
    listen(p, 0, 1500, 100);
    player_skip(p, 300);
    listen(p, 1500, 2500, 100);
    CHECK(is_silent(0, 16) && is_song(16, 0, 984));
    CHECK(is_silent(1000, 16) && is_song(1016, 9000, 484));
    CHECK(is_silent(1500, 16) && is_song(1500 + 256, 9800 + 256 - 16, 500));
    player_stop_loader(p);
}

static void test_a_filter_that_cannot_be_is_refused(void) {
    player *p = playing(good);
    const double unstable[5] = {1, 0, 0, 0, 1.0}, fine[5] = {1};
    CHECK(player_set_stem_eq(p, SLOT, 0, unstable, 1, 0) == PLAYER_UNSTABLE_FILTER);
    CHECK(player_set_stem_eq(p, SLOT, 2, fine, 1, 0) == PLAYER_BAD_ARGUMENT);
    CHECK(player_set_stem_eq(p, SLOT + 1, 0, fine, 1, 0) == PLAYER_NOT_LOADED);
    CHECK(player_set_stem_eq(p, PLAYER_SLOTS, 0, fine, 1, 0) == PLAYER_NOT_LOADED);
    CHECK(player_set_ears_equalised(p, SLOT + 1, 1) == PLAYER_NOT_LOADED);
    CHECK(player_set_ears_equalised(p, SLOT, 1) == PLAYER_OK);
    player_stop_loader(p);
}

/* Its second chunk, frames 174762.67 to 349525.33, is damaged. */
static const char *song_with_a_gap(const char *name) {
    size_t bytes;
    uint8_t *file = song_bytes(&shape, &bytes);
    file[4096 + (1 << 20) + 500] ^= 1;
    const char *path = path_of(name);
    write_file(path, file, bytes);
    free(file);
    return path;
}

static void test_a_filter_forgets_what_was_before_a_gap(void) {
    player *p = playing(song_with_a_gap("filtered gap"));
    set_waiting_filter(p);
    segment s = {.slot = SLOT, .song_frame = 174762 - 512, .frames = FRAMES};
    CHECK(player_schedule(p, &s) == PLAYER_OK);
    listen(p, 0, 1024, 256);
    CHECK(is_silent(0, 16) && is_song(16, 174762 - 512, 496) && is_silent(512, 300));
    for (uint32_t block = 2; block < 683; block++)
        player_render(p, (uint8_t *)heard[0], 256);
    listen(p, 2000, 3000, 256); /* from frame 349610 of the song on */
    CHECK(is_silent(2000, 16) && level(2017, 0) != 0.0 && is_song(2256, 349610 + 256 - 16, 500));
    player_stop_loader(p);
}

static void test_data_that_is_not_there_is_silence_and_the_song_moves_on(void) {
    player *p = playing(song_with_a_gap("gap"));
    segment s = {.slot = SLOT, .song_frame = 349525 - 4000, .frames = 9000};
    CHECK(player_schedule(p, &s) == PLAYER_OK);
    listen(p, 0, 9000, 256);
    CHECK(is_silent(0, 4000));
    CHECK(is_song(5000, 349525 + 1000, 3800));
    player_status status;
    player_get_status(p, &status);
    CHECK(status.late_frames >= 4000 && status.late_frames <= 4000 + 256);
    player_stop_loader(p);
}

static void test_a_song_that_is_scheduled_cannot_be_taken_away(void) {
    player *p = playing(good);
    segment s = {.slot = SLOT, .at = 100, .frames = 1000};
    CHECK(player_schedule(p, &s) == PLAYER_OK);
    CHECK(player_unload(p, SLOT) == PLAYER_SLOT_BUSY && player_load(p, SLOT, good) == PLAYER_SLOT_BUSY);
    listen(p, 0, 500, 256);
    CHECK(player_unload(p, SLOT) == PLAYER_SLOT_BUSY);
    listen(p, 500, 1200, 256);
    CHECK(player_unload(p, SLOT) == PLAYER_OK);
    wait_for(p, SLOT, SLOT_EMPTY);
    CHECK(player_schedule(p, &s) == PLAYER_NOT_LOADED);
    CHECK(player_set_gains(p, SLOT, straight, 0) == PLAYER_NOT_LOADED);
    player_stop_loader(p);
}

static void test_a_full_schedule_says_so(void) {
    player *p = playing(good);
    segment s = {.slot = SLOT, .at = 5, .frames = 1}, none = {.slot = SLOT, .song_frame = FRAMES, .frames = 1};
    CHECK(player_schedule(p, &none) == PLAYER_BAD_ARGUMENT);
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++)
        CHECK(player_schedule(p, &s) == PLAYER_OK);
    CHECK(player_schedule(p, &s) == PLAYER_SCHEDULE_FULL);
    player_stop_loader(p);
}

int main(void) {
    good = path_of("good");
    write_song(good, &shape);
    RUN(test_a_segment_begins_and_ends_on_its_frame);
    RUN(test_what_is_wanted_in_the_past_begins_in_the_next_block);
    RUN(test_a_seam_of_straight_fades_is_not_heard);
    RUN(test_a_crossfade_of_equal_power);
    RUN(test_a_cut_fades_and_forgets_what_would_follow);
    RUN(test_lost_frames_do_not_move_the_song);
    RUN(test_filters_begin_empty_with_every_segment_and_after_a_gap);
    RUN(test_a_filter_that_cannot_be_is_refused);
    RUN(test_a_filter_forgets_what_was_before_a_gap);
    RUN(test_data_that_is_not_there_is_silence_and_the_song_moves_on);
    RUN(test_a_song_that_is_scheduled_cannot_be_taken_away);
    RUN(test_a_full_schedule_says_so);
    return 0;
}
