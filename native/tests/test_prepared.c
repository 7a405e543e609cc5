/* The header parser and the checksum: known answers, and any bytes at all. */
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "songs.h"

enum { HEADER = 4096, MUTATIONS = 100000 };

static const song_shape shape = {.rate_hz = 48000, .channels = 3, .frames = 5000, .role = KERNEL_ROLE_TRACK};

static void test_crc32_knows_what_the_world_knows(void) {
    static uint8_t bytes[1 << 16];
    CHECK(crc32_update(0, bytes, 0) == 0);
    CHECK(crc32_update(0, (const uint8_t *)"123456789", 9) == 0xCBF43926u);
    CHECK(crc32_update(0, (const uint8_t *)"The quick brown fox jumps over the lazy dog", 43) == 0x414FA339u);
    CHECK(crc32_update(0, bytes, 32) == 0x190A55ADu);
    for (uint32_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 24);
    uint32_t whole = crc32_update(0, bytes, sizeof bytes);
    for (size_t cut = 0; cut < 70; cut++) /* in two pieces, from odd addresses */
        CHECK(crc32_update(crc32_update(0, bytes, cut), bytes + cut, sizeof bytes - cut) == whole);
    bytes[4711] ^= 4;
    CHECK(crc32_update(0, bytes, sizeof bytes) != whole);
}

static void test_a_sound_header_is_read(void) {
    size_t bytes;
    uint8_t *file = song_bytes(&shape, &bytes);
    prepared_header h;
    CHECK(prepared_parse(file, HEADER, &h) == SONG_SOUND);
    CHECK(h.rate_hz == 48000 && h.channels == 3 && h.frames == 5000 && h.data_bytes == 45000 && h.chunk_count == 1);
    CHECK(h.header_bytes == HEADER && h.checksums_offset == 260 && h.roles[2] == KERNEL_ROLE_TRACK && !h.roles[3]);
    CHECK(prepared_parse(file, 256, &h) == SONG_WRONG_LENGTH && h.header_bytes == HEADER);
    CHECK(prepared_parse(file, 255, &h) == SONG_NOT_PREPARED);
    file[300] ^= 1;
    CHECK(prepared_parse(file, HEADER, &h) == SONG_DAMAGED_HEADER);
    file[300] ^= 1;
    put_u32(file + 8, 2);
    seal(file);
    CHECK(prepared_parse(file, HEADER, &h) == SONG_OTHER_VERSION);
    free(file);
}

static void test_each_impossible_field_is_refused(void) {
    static const struct {
        uint32_t at, value;
    } wrong[] = {{12, 0},          {12, 4097}, {12, 0xFFFFF000u}, {20, 0},     {20, 65},  {20, 2},
                 {24, 0},          {24, 4999}, {28, 0x80000000u}, {32, 44999}, {36, 1},   {40, 4096},
                 {44, 0},          {44, 2},    {44, 0xFFFFFFFF},  {56, 252},   {56, 261}, {56, HEADER},
                 {56, 0xFFFFFFFC}, {96, 0},    {96, 5},           {99, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t bytes;
        uint8_t *file = song_bytes(&shape, &bytes);
        put_u32(file + wrong[i].at, wrong[i].value);
        seal(file);
        prepared_header h;
        CHECK(prepared_parse(file, HEADER, &h) == SONG_DAMAGED_HEADER);
        free(file);
    }
}

static uint32_t next_random(void) {
    static uint32_t state = 12345;
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

/* Whatever is said to be sound, or sound so far, keeps the loader inside its memory. */
static void test_mutated_headers_do_no_harm(void) {
    size_t bytes;
    uint8_t *file = song_bytes(&shape, &bytes);
    uint32_t sound = 0;
    for (uint32_t turn = 0; turn < MUTATIONS; turn++) {
        size_t length = next_random() % 4 ? HEADER : next_random() % HEADER;
        uint8_t *copy = malloc(HEADER);
        memcpy(copy, file, HEADER);
        for (uint32_t i = next_random() % 6; i > 0; i--)
            copy[next_random() % (next_random() % 4 ? 160 : HEADER)] ^= (uint8_t)(1u << next_random() % 8);
        if (next_random() % 2)
            seal(copy);
        bool same = !memcmp(copy, file, HEADER);
        uint8_t *exact = malloc(length ? length : 1); /* so that a sanitizer sees each byte that is read too much */
        memcpy(exact, copy, length);
        prepared_header h;
        int fault = prepared_parse(exact, length, &h);
        CHECK(fault >= SONG_SOUND && fault <= SONG_DAMAGED_AUDIO);
        CHECK(!same || length < HEADER || fault == SONG_SOUND);
        if (fault == SONG_SOUND || fault == SONG_WRONG_LENGTH) {
            CHECK(h.channels >= 1 && h.channels <= 64 && h.frames > 0);
            CHECK(h.data_bytes == h.frames * h.channels * 3 && h.header_bytes % 4096 == 0);
            CHECK((h.data_bytes + (1 << 20) - 1) >> 20 == h.chunk_count);
            CHECK(h.checksums_offset + 4ull * h.chunk_count <= h.header_bytes);
            sound += fault == SONG_SOUND;
        }
        free(exact);
        free(copy);
    }
    printf("%u of %d headers were sound\n", sound, MUTATIONS);
    CHECK(sound > MUTATIONS / 50);
    free(file);
}

int main(void) {
    RUN(test_crc32_knows_what_the_world_knows);
    RUN(test_a_sound_header_is_read);
    RUN(test_each_impossible_field_is_refused);
    RUN(test_mutated_headers_do_no_harm);
    return 0;
}
