#pragma once
/* Prepared songs for the tests, written after docs/prepared-song.md, and kernels to play them. */
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"
#include "player.h"

typedef struct {
    uint32_t rate_hz, channels, frames;
    uint8_t role;
} song_shape;

/* The whole file in memory; sample (frame, channel) is song_sample(). The checksum of the whole stays zero: the player
 * leaves it to `sidestage verify`. */
uint8_t *song_bytes(const song_shape *shape, size_t *bytes);
int32_t song_sample(uint32_t frame, uint32_t channel);
void write_file(const char *path, const uint8_t *bytes, size_t count);
void write_song(const char *path, const song_shape *shape);
void put_u32(uint8_t *to, uint32_t value);
/* Writes the header's checksum anew after a change. */
void seal(uint8_t *header);

/* A kernel of `channels` mono buses, S32, full ceiling, output n from bus n. */
kernel *make_kernel(uint32_t channels, uint32_t isa);
/* A player with its loader at work; NULL gains nothing. */
player *make_player(kernel *k);
slot_status wait_for(player *p, uint32_t slot, uint32_t state);
/* A name in a folder of this program's own, which is removed at exit. */
const char *path_of(const char *name);
