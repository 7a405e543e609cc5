#pragma once
/* The player: songs in locked memory, a schedule of segments on one sample clock, and the thread that loads songs.
 *
 * cffi reads this file as it stands. The audio thread calls every function; a plain C thread of the player's own does
 * all file access. player_render never waits for it: data that is late is silence, and the position moves on.
 */

#define PLAYER_SLOTS 8 /* as many as the kernel has */
#define PLAYER_SEGMENTS 64
#define PLAYER_MAX_PATH 1024

enum player_result {
    PLAYER_OK,
    PLAYER_BAD_ARGUMENT,
    PLAYER_SLOT_BUSY,
    PLAYER_NOT_LOADED,
    PLAYER_SCHEDULE_FULL,
    PLAYER_UNSTABLE_FILTER
};

enum slot_state { SLOT_EMPTY, SLOT_OPENING, SLOT_LOADING, SLOT_READY, SLOT_FAILED };

enum song_fault {
    SONG_SOUND,
    SONG_CANNOT_OPEN,
    SONG_NOT_PREPARED, /* no prepared song at all */
    SONG_OTHER_VERSION,
    SONG_DAMAGED_HEADER,
    SONG_WRONG_LENGTH, /* the file is shorter or longer than its header says */
    SONG_OTHER_RATE,
    SONG_NO_MEMORY,
    SONG_UNREADABLE,   /* the disk returned an error */
    SONG_DAMAGED_AUDIO /* a chunk's checksum is wrong; that chunk stays silent */
};

/* SMOOTH has no corners: for starts and stops. EQUAL_POWER: where one piece of music replaces another. */
enum fade_curve { FADE_SMOOTH, FADE_EQUAL_POWER };

typedef struct {
    uint32_t rate_hz, channels;
    uint64_t frames, data_bytes;
    uint32_t header_bytes, chunk_count, checksums_offset;
    uint8_t roles[64];
} prepared_header;

/* Reads the fixed part of a header; `bytes` must hold all of header_bytes for the checksum to be tested. Returns an
 * enum song_fault. Any bytes may come in. */
int prepared_parse(const uint8_t *header, size_t bytes, prepared_header *out);

uint32_t crc32_update(uint32_t crc, const uint8_t *data, size_t bytes);

typedef struct {
    uint32_t state, fault;
    uint32_t channels;
    uint32_t bad_chunks;
    uint64_t frames;
    uint64_t loaded_bytes, data_bytes;
    uint32_t unlocked; /* 1 where the system refused to lock the song's memory */
} slot_status;

typedef struct {
    uint32_t id;
    uint32_t slot;
    uint64_t at;         /* on the player's clock */
    uint64_t song_frame; /* where in the song it begins */
    uint64_t frames;     /* how long it plays; cut at the song's end */
    uint32_t fade_in, fade_out;
    uint32_t curve;
} segment;

typedef struct {
    uint64_t clock;       /* frames rendered or skipped */
    uint64_t late_frames; /* frames of silence because data was not there */
    uint32_t segments;    /* waiting or playing */
    uint32_t playing;     /* 1 while a segment sounds */
    uint32_t id, slot;    /* of the segment that began last among those sounding, or last of all */
    uint64_t song_frame;  /* the next frame of that song; its end when it is over */
} player_status;

/* A segment that waits or sounds. */
typedef struct {
    uint32_t id, slot;
    uint64_t at, song_frame;
    uint64_t frames; /* until its end, or until the end of its cut */
    uint32_t cut;    /* 1 where it was cut */
} scheduled;

typedef struct player player;

size_t player_bytes(void);
player *player_init(void *memory, kernel *k, uint32_t rate_hz);

/* The loading thread; PLAYER_OK, or PLAYER_BAD_ARGUMENT where the system refuses a thread. */
int player_start_loader(player *p);
/* Ends the thread and gives back all songs' memory. Takes as long as one read. */
void player_stop_loader(player *p);

/* Asks for a song; the answer is in the slot's status. `path` ends with 0. */
int player_load(player *p, uint32_t slot, const char *path);
int player_unload(player *p, uint32_t slot);
void player_slot_status(player *p, uint32_t slot, slot_status *out);

/* kernel_set_gains for a slot whose song has at least begun to load. */
int player_set_gains(player *p, uint32_t slot, const float *gains, uint32_t ramp);

/* kernel_set_stem_eq and kernel_set_ears_equalised likewise; loading another song undoes both. A segment's filters
 * begin empty with its first frame, and again after a gap. */
int player_set_stem_eq(player *p, uint32_t slot, uint32_t channel, const double *sections, uint32_t count,
                       uint32_t glide);
int player_set_ears_equalised(player *p, uint32_t slot, uint32_t on);

int player_schedule(player *p, const segment *s);
/* Fades everything that sounds at `at` out in `fade` frames and takes all that would begin later off the schedule. */
int player_cut(player *p, uint64_t at, uint32_t fade);
/* Takes a segment that has not begun off the schedule; one that has, or is not there, is left alone. */
void player_cancel(player *p, uint32_t id);
/* The clock jumps: so many frames were lost, and what sounds comes back with a short ramp. */
void player_skip(player *p, uint64_t frames);
void player_render(player *p, uint8_t *out, uint32_t frames);
void player_get_status(player *p, player_status *out);
/* Everything on the schedule, in no order, into PLAYER_SEGMENTS entries; returns how many. */
uint32_t player_get_schedule(const player *p, scheduled *out);
