#pragma once
/* Songs in locked memory, and the thread that reads them. The audio thread writes `request`, `path`, `wanted` and
 * `playing`; the loading thread writes the rest. What the one publishes by `state` or `chunks` the other may read. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"
#include "player.h"

enum { CHUNK_BYTES = 1 << 20, SONG_PADDING = 64 /* the kernel reads a few bytes beyond the last sample */ };
enum request { REQUEST_NONE, REQUEST_LOAD, REQUEST_UNLOAD };
enum chunk_state { CHUNK_MISSING, CHUNK_SOUND, CHUNK_BAD };

typedef struct {
    _Atomic uint32_t request;
    char path[PLAYER_MAX_PATH];
    _Atomic uint32_t wanted;  /* the chunk that is needed first */
    _Atomic uint32_t playing; /* loaded before others */
    _Atomic uint32_t state, fault, bad_chunks, unlocked;
    _Atomic uint64_t loaded_bytes;
    prepared_header header;
    uint8_t *data;
    size_t mapped_bytes;
    _Atomic uint8_t *chunks;
    uint8_t *checksums;
    uint64_t order; /* of loading: first come, first served */
    int file;
} song_slot;

typedef struct {
    song_slot slots[PLAYER_SLOTS];
    uint32_t rate_hz;
    uint64_t next_order;
    sem_t wake;
    pthread_t thread;
    bool running;
    _Atomic bool stop;
} loader;

void loader_init(loader *l, uint32_t rate_hz);
int loader_start(loader *l);
void loader_stop(loader *l);
/* False where the slot's last request has not been answered yet. */
bool loader_request(loader *l, uint32_t slot, enum request request, const char *path);
