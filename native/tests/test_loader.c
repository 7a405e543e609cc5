/* What comes from a disk: whole songs, damaged ones, and what is no song. */
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "songs.h"

enum { LONG = 400000 /* frames; in two channels more than two chunks of a MiB */ };

static const song_shape shape = {.rate_hz = 48000, .channels = 2, .frames = LONG, .role = KERNEL_ROLE_TRACK};

static player *fresh(void) {
    return make_player(make_kernel(2, KERNEL_ISA_BEST));
}

static uint32_t fault_of(const char *path) {
    player *p = fresh();
    CHECK(player_load(p, 3, path) == PLAYER_OK);
    slot_status s = wait_for(p, 3, SLOT_FAILED);
    segment all = {.slot = 3, .frames = 1};
    CHECK(player_schedule(p, &all) == PLAYER_NOT_LOADED);
    player_stop_loader(p);
    return s.fault;
}

/* A song file with `change` applied. */
static uint32_t fault_after(const char *name, void (*change)(uint8_t *file, size_t *bytes)) {
    size_t bytes;
    uint8_t *file = song_bytes(&shape, &bytes);
    change(file, &bytes);
    const char *path = path_of(name);
    write_file(path, file, bytes);
    free(file);
    return fault_of(path);
}

static void test_a_good_song_is_ready(void) {
    const char *path = path_of("good");
    write_song(path, &shape);
    player *p = fresh();
    CHECK(player_load(p, 0, path) == PLAYER_OK);
    slot_status s = wait_for(p, 0, SLOT_READY);
    CHECK(s.fault == SONG_SOUND && s.bad_chunks == 0 && s.channels == 2 && s.frames == LONG);
    CHECK(s.loaded_bytes == s.data_bytes && s.data_bytes == LONG * 6ull);
    CHECK(player_unload(p, 0) == PLAYER_OK);
    s = wait_for(p, 0, SLOT_EMPTY);
    CHECK(s.loaded_bytes == 0 && s.frames == 0);
    for (uint32_t slot = 0; slot < PLAYER_SLOTS; slot++)
        CHECK(player_load(p, slot, path) == PLAYER_OK);
    for (uint32_t slot = 0; slot < PLAYER_SLOTS; slot++)
        wait_for(p, slot, SLOT_READY);
    player_stop_loader(p);
    player_slot_status(p, 0, &s);
    CHECK(s.state == SLOT_EMPTY);
}

static void damage_second_chunk(uint8_t *file, size_t *bytes) {
    (void)bytes;
    file[4096 + (1 << 20) + 77] ^= 0x10;
}

static void test_a_damaged_chunk_is_counted(void) {
    size_t bytes;
    uint8_t *file = song_bytes(&shape, &bytes);
    damage_second_chunk(file, &bytes);
    const char *path = path_of("damaged");
    write_file(path, file, bytes);
    free(file);
    player *p = fresh();
    CHECK(player_load(p, 1, path) == PLAYER_OK);
    slot_status s = wait_for(p, 1, SLOT_READY);
    CHECK(s.fault == SONG_DAMAGED_AUDIO && s.bad_chunks == 1);
    player_stop_loader(p);
}

static void cut_short(uint8_t *file, size_t *bytes) {
    (void)file;
    *bytes -= 1;
}

static void only_a_header(uint8_t *file, size_t *bytes) {
    (void)file;
    *bytes = 256;
}

static void nothing_at_all(uint8_t *file, size_t *bytes) {
    (void)file;
    *bytes = 0;
}

static void other_rate(uint8_t *file, size_t *bytes) {
    (void)bytes;
    put_u32(file + 16, 44100);
    seal(file);
}

static void other_version(uint8_t *file, size_t *bytes) {
    (void)bytes;
    put_u32(file + 8, 7);
    seal(file);
}

static void changed_header(uint8_t *file, size_t *bytes) {
    (void)bytes;
    file[97] = KERNEL_ROLE_CLICK;
}

static void another_kind_of_file(uint8_t *file, size_t *bytes) {
    (void)bytes;
    memcpy(file, "RIFF", 4);
}

static void test_each_fault_has_its_name(void) {
    CHECK(fault_after("short", cut_short) == SONG_WRONG_LENGTH);
    CHECK(fault_after("header", only_a_header) == SONG_WRONG_LENGTH);
    CHECK(fault_after("empty", nothing_at_all) == SONG_NOT_PREPARED);
    CHECK(fault_after("rate", other_rate) == SONG_OTHER_RATE);
    CHECK(fault_after("version", other_version) == SONG_OTHER_VERSION);
    CHECK(fault_after("changed", changed_header) == SONG_DAMAGED_HEADER);
    CHECK(fault_after("riff", another_kind_of_file) == SONG_NOT_PREPARED);
    CHECK(fault_of("/nonexistent/song") == SONG_CANNOT_OPEN);
    CHECK(fault_of("/") == SONG_CANNOT_OPEN);
    CHECK(fault_of("/dev/zero") == SONG_CANNOT_OPEN);
}

static void test_a_pipe_does_not_hold_the_loader(void) {
    const char *path = path_of("pipe");
    CHECK(mkfifo(path, 0600) == 0);
    CHECK(fault_of(path) == SONG_CANNOT_OPEN);
}

static void test_requests_that_cannot_be_are_refused(void) {
    static char endless[PLAYER_MAX_PATH + 10];
    memset(endless, 'x', sizeof endless - 1);
    player *p = fresh();
    slot_status s;
    CHECK(player_load(p, PLAYER_SLOTS, "x") == PLAYER_BAD_ARGUMENT);
    CHECK(player_load(p, 0, NULL) == PLAYER_BAD_ARGUMENT);
    CHECK(player_load(p, 0, endless) == PLAYER_BAD_ARGUMENT);
    CHECK(player_unload(p, PLAYER_SLOTS) == PLAYER_BAD_ARGUMENT);
    player_slot_status(p, PLAYER_SLOTS, &s);
    CHECK(s.state == SLOT_EMPTY);
    player_stop_loader(p);
    player_stop_loader(p);
}

int main(void) {
    RUN(test_a_good_song_is_ready);
    RUN(test_a_damaged_chunk_is_counted);
    RUN(test_each_fault_has_its_name);
    RUN(test_a_pipe_does_not_hold_the_loader);
    RUN(test_requests_that_cannot_be_are_refused);
    return 0;
}
