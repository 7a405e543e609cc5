/* The only thread of the engine that touches files. Reads chunk by chunk, checks each before anyone may hear it, and
 * takes the chunk that a playing song needs next before all others. */
#define _GNU_SOURCE
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* As many bytes as there are, over short reads and signals; a failing disk gets three tries. Returns bytes or -1. */
static ssize_t read_fully(int file, uint8_t *to, size_t bytes, off_t at) {
    size_t done = 0;
    for (int failures = 0; done < bytes;) {
        ssize_t got = pread(file, to + done, bytes - done, at + (off_t)done);
        if (got == 0)
            break;
        if (got > 0) {
            done += (size_t)got;
        } else if (errno != EINTR) {
            if (++failures == 3)
                return -1;
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        }
    }
    return (ssize_t)done;
}

static void release(song_slot *s) {
    if (s->data)
        munmap(s->data, s->mapped_bytes);
    if (s->file >= 0)
        close(s->file);
    free(s->chunks);
    free(s->checksums);
    s->data = NULL;
    s->chunks = NULL;
    s->checksums = NULL;
    s->file = -1;
    atomic_store(&s->loaded_bytes, 0);
    atomic_store(&s->bad_chunks, 0);
    atomic_store(&s->unlocked, 0);
    atomic_store(&s->fault, SONG_SOUND);
    atomic_store(&s->wanted, 0);
    memset(&s->header, 0, sizeof s->header);
}

static int read_header(song_slot *s, uint32_t rate_hz) {
    uint8_t fixed[256];
    struct stat status;
    s->file = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would be waited for without end */
    if (s->file < 0 || fstat(s->file, &status) != 0 || !S_ISREG(status.st_mode))
        return SONG_CANNOT_OPEN;
    ssize_t got = read_fully(s->file, fixed, sizeof fixed, 0);
    if (got < 0)
        return SONG_UNREADABLE;
    int fault = prepared_parse(fixed, (size_t)got, &s->header);
    if (fault != SONG_WRONG_LENGTH) /* which it is, since these are only its first bytes */
        return fault == SONG_SOUND ? SONG_DAMAGED_HEADER : fault;
    if ((uint64_t)status.st_size != s->header.header_bytes + s->header.data_bytes)
        return SONG_WRONG_LENGTH;
    s->checksums = malloc(s->header.header_bytes);
    if (!s->checksums)
        return SONG_NO_MEMORY;
    if (read_fully(s->file, s->checksums, s->header.header_bytes, 0) != (ssize_t)s->header.header_bytes)
        return SONG_UNREADABLE;
    fault = prepared_parse(s->checksums, s->header.header_bytes, &s->header);
    if (fault)
        return fault;
    return s->header.rate_hz == rate_hz ? SONG_SOUND : SONG_OTHER_RATE;
}

static int reserve(song_slot *s) {
    s->mapped_bytes = s->header.data_bytes + SONG_PADDING;
    s->chunks = calloc(s->header.chunk_count, sizeof *s->chunks);
    void *memory = mmap(NULL, s->mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || !s->chunks)
        return SONG_NO_MEMORY;
    s->data = memory;
    return SONG_SOUND;
}

static void open_song(loader *l, song_slot *s) {
    release(s);
    atomic_store(&s->state, SLOT_OPENING);
    int fault = read_header(s, l->rate_hz);
    if (!fault)
        fault = reserve(s);
    s->order = l->next_order++;
    atomic_store(&s->fault, (uint32_t)fault);
    atomic_store(&s->state, fault ? SLOT_FAILED : SLOT_LOADING);
}

static void answer_request(loader *l, song_slot *s) {
    switch (atomic_load_explicit(&s->request, memory_order_acquire)) {
    case REQUEST_NONE:
        return;
    case REQUEST_LOAD:
        open_song(l, s);
        break;
    default:
        atomic_store(&s->state, SLOT_EMPTY);
        release(s);
    }
    atomic_store_explicit(&s->request, REQUEST_NONE, memory_order_release);
}

static uint32_t stored_checksum(const song_slot *s, uint32_t chunk) {
    uint32_t sum;
    memcpy(&sum, s->checksums + s->header.checksums_offset + 4 * (size_t)chunk, 4);
    return sum; /* little-endian, as every machine that this runs on */
}

static void load_chunk(song_slot *s, uint32_t chunk) {
    size_t at = (size_t)chunk * CHUNK_BYTES, rest = s->header.data_bytes - at;
    size_t bytes = rest < CHUNK_BYTES ? rest : CHUNK_BYTES;
    ssize_t got = read_fully(s->file, s->data + at, bytes, (off_t)(s->header.header_bytes + at));
    uint32_t fault = SONG_SOUND;
    if (got < 0)
        fault = SONG_UNREADABLE;
    else if ((size_t)got < bytes)
        fault = SONG_WRONG_LENGTH;
    else if (crc32_update(0, s->data + at, bytes) != stored_checksum(s, chunk))
        fault = SONG_DAMAGED_AUDIO;
    if (mlock(s->data + at, bytes) != 0)
        atomic_store(&s->unlocked, 1);
    posix_fadvise(s->file, (off_t)(s->header.header_bytes + at), (off_t)bytes, POSIX_FADV_DONTNEED);
    if (fault) {
        atomic_store(&s->fault, fault);
        atomic_fetch_add(&s->bad_chunks, 1);
    }
    atomic_store_explicit(&s->chunks[chunk], fault ? CHUNK_BAD : CHUNK_SOUND, memory_order_release);
    if (atomic_fetch_add(&s->loaded_bytes, bytes) + bytes == s->header.data_bytes)
        atomic_store_explicit(&s->state, SLOT_READY, memory_order_release);
}

/* The first missing chunk from the wanted one on, then from the song's start. */
static uint32_t next_chunk(const song_slot *s) {
    uint32_t count = s->header.chunk_count, first = atomic_load(&s->wanted) % count;
    for (uint32_t i = 0; i < count; i++)
        if (atomic_load_explicit(&s->chunks[(first + i) % count], memory_order_relaxed) == CHUNK_MISSING)
            return (first + i) % count;
    return 0;
}

static song_slot *most_urgent(loader *l) {
    song_slot *best = NULL;
    uint32_t best_playing = 0;
    for (uint32_t i = 0; i < PLAYER_SLOTS; i++) {
        song_slot *s = &l->slots[i];
        if (atomic_load(&s->state) != SLOT_LOADING)
            continue;
        uint32_t playing = atomic_load(&s->playing);
        if (!best || playing > best_playing || (playing == best_playing && s->order < best->order)) {
            best = s;
            best_playing = playing;
        }
    }
    return best;
}

static void *work(void *argument) {
    loader *l = argument;
    while (!atomic_load(&l->stop)) {
        for (uint32_t i = 0; i < PLAYER_SLOTS; i++)
            answer_request(l, &l->slots[i]);
        song_slot *s = most_urgent(l);
        if (s)
            load_chunk(s, next_chunk(s));
        else
            sem_wait(&l->wake);
    }
    return NULL;
}

void loader_init(loader *l, uint32_t rate_hz) {
    memset(l, 0, sizeof *l);
    l->rate_hz = rate_hz;
    for (uint32_t i = 0; i < PLAYER_SLOTS; i++)
        l->slots[i].file = -1;
}

int loader_start(loader *l) {
    pthread_attr_t attributes;
    sigset_t all, before;
    if (sem_init(&l->wake, 0, 0) != 0)
        return PLAYER_BAD_ARGUMENT;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024); /* all of it is locked with the rest of the process */
    sigfillset(&all);                                   /* signals are for the Python thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    l->running = pthread_create(&l->thread, &attributes, work, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return l->running ? PLAYER_OK : PLAYER_BAD_ARGUMENT;
}

void loader_stop(loader *l) {
    if (!l->running)
        return;
    atomic_store(&l->stop, true);
    sem_post(&l->wake);
    pthread_join(l->thread, NULL);
    l->running = false;
    for (uint32_t i = 0; i < PLAYER_SLOTS; i++) {
        release(&l->slots[i]);
        atomic_store(&l->slots[i].state, SLOT_EMPTY);
    }
    sem_destroy(&l->wake);
}

bool loader_request(loader *l, uint32_t slot, enum request request, const char *path) {
    song_slot *s = &l->slots[slot];
    if (atomic_load_explicit(&s->request, memory_order_acquire) != REQUEST_NONE)
        return false;
    if (path)
        memcpy(s->path, path, strlen(path) + 1);
    atomic_store_explicit(&s->request, (uint32_t)request, memory_order_release);
    sem_post(&l->wake);
    return true;
}
