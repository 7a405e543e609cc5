#define _GNU_SOURCE
#include "songs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { CHUNK_BYTES = 1 << 20, HEADER = 4096, METADATA = 256 };

static char folder[64];
static char names[32][128];
static uint32_t name_count;

void put_u32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void put_u64(uint8_t *to, uint64_t value) {
    put_u32(to, (uint32_t)value);
    put_u32(to + 4, (uint32_t)(value >> 32));
}

/* Quiet enough for a limiter to leave alone, different in every frame and channel. */
int32_t song_sample(uint32_t frame, uint32_t channel) {
    return (int32_t)(((frame + 1) * 2654435761u + channel * 40503u) >> 11) - (1 << 20);
}

void seal(uint8_t *header) {
    put_u32(header + 60, 0);
    put_u32(header + 60, crc32_update(0, header, HEADER));
}

uint8_t *song_bytes(const song_shape *shape, size_t *bytes) {
    size_t data = (size_t)shape->frames * shape->channels * 3;
    uint32_t chunks = (uint32_t)((data + CHUNK_BYTES - 1) / CHUNK_BYTES);
    *bytes = HEADER + data;
    uint8_t *file = calloc(1, *bytes), *audio = file + HEADER;
    CHECK(file && METADATA + 4 + 4 * chunks <= HEADER);
    for (size_t i = 0; i < data / 3; i++) {
        int32_t sample = song_sample((uint32_t)(i / shape->channels), (uint32_t)(i % shape->channels));
        for (int b = 0; b < 3; b++)
            audio[3 * i + b] = (uint8_t)((uint32_t)sample >> 8 * b);
    }
    memcpy(file, "SIDESTG1", 8);
    const uint32_t fields[] = {1, HEADER, shape->rate_hz, shape->channels};
    for (int i = 0; i < 4; i++)
        put_u32(file + 8 + 4 * i, fields[i]);
    put_u64(file + 24, shape->frames);
    put_u64(file + 32, data);
    const uint32_t more[] = {CHUNK_BYTES, chunks, METADATA, 2, METADATA + 4};
    for (int i = 0; i < 5; i++)
        put_u32(file + 40 + 4 * i, more[i]);
    memset(file + 96, shape->role, shape->channels);
    memcpy(file + METADATA, "{}", 2);
    for (uint32_t c = 0; c < chunks; c++) {
        size_t at = (size_t)c * CHUNK_BYTES, rest = data - at;
        put_u32(file + METADATA + 4 + 4 * c, crc32_update(0, audio + at, rest < CHUNK_BYTES ? rest : CHUNK_BYTES));
    }
    seal(file);
    return file;
}

void write_file(const char *path, const uint8_t *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0);
}

void write_song(const char *path, const song_shape *shape) {
    size_t bytes;
    uint8_t *file = song_bytes(shape, &bytes);
    write_file(path, file, bytes);
    free(file);
}

/* Kept to the end of the program, where the sanitizer looks for what was lost. */
static void *aligned(size_t bytes) {
    static void *kept[1024];
    static uint32_t count;
    CHECK(count < 1024);
    return kept[count++] = aligned_alloc(64, (bytes + 63) / 64 * 64);
}

kernel *make_kernel(uint32_t channels, uint32_t isa) {
    /* No hold: then nothing but the look-ahead keeps the ceiling. */
    kernel_config config = {.rate_hz = 48000, .buses = channels, .outputs = channels, .hold_ms = 0.0f, .isa = isa};
    memset(config.bus_width, 1, sizeof config.bus_width);
    kernel *k = kernel_init(aligned(kernel_bytes()), &config);
    if (!k)
        return NULL;
    for (uint32_t c = 0; c < channels; c++) {
        CHECK(kernel_set_limiter(k, c, 1.0f, 50.0f) == KERNEL_OK);
        CHECK(kernel_set_patch(k, c, (int32_t)c) == KERNEL_OK);
    }
    return k;
}

player *make_player(kernel *k) {
    player *p = player_init(aligned(player_bytes()), k, 48000);
    CHECK(p && player_start_loader(p) == PLAYER_OK);
    return p;
}

slot_status wait_for(player *p, uint32_t slot, uint32_t state) {
    slot_status status;
    for (int tries = 0; tries < 4000; tries++) { /* 20 s, for an emulator under load */
        player_slot_status(p, slot, &status);
        if (status.state == state)
            return status;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    fprintf(stderr, "slot %u is in state %u, fault %u\n", slot, status.state, status.fault);
    CHECK(status.state == state);
    return status;
}

static void remove_folder(void) {
    for (uint32_t i = 0; i < name_count; i++)
        remove(names[i]);
    rmdir(folder);
}

const char *path_of(const char *name) {
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "/tmp/sidestage-test-%ld", (long)getpid());
        CHECK(mkdir(folder, 0700) == 0);
        atexit(remove_folder);
    }
    CHECK(name_count < 32);
    snprintf(names[name_count], sizeof names[0], "%s/%s", folder, name);
    return names[name_count++];
}
