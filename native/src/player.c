/* The schedule: which frames of which songs sound now, with what fades. Everything is a segment on one sample clock, so
 * that jumps, loops, crossfades and songs that follow each other are data. */
#include <math.h>
#include <string.h>

#include "ease.h"
#include "loader.h"

enum { BLOCK = 256, CURVE_POINTS = 257, REJOIN_FRAMES = 256 /* a ramp of about 5 ms after a gap */ };

/* Millions of years; sums with a song's length or a fade stay within 64 bits. */
static const uint64_t LAST_FRAME = UINT64_MAX / 4;

typedef struct {
    segment s;
    bool used;
    uint64_t cut_at, cut_end; /* a fade to silence on top of the segment's own; cut_end 0 where there is none */
    float cut_from;
    uint64_t rejoin_at; /* the end of the last gap, 0 where there was none */
    bool late;
    bool fresh; /* its equalisers remember nothing yet, or what was before a gap */
} entry;

/* An entry's number is the number of its filters' memory. */
_Static_assert(PLAYER_SEGMENTS <= KERNEL_MAX_VOICES, "each segment may sound");

struct player {
    loader loader;
    kernel *kernel;
    uint64_t clock, late_frames;
    entry entries[PLAYER_SEGMENTS];
    bool announced[PLAYER_SLOTS]; /* the kernel knows this slot's song */
    player_status last;
    float quarter_sine[CURVE_POINTS + 1];
    float envelopes[PLAYER_SEGMENTS][BLOCK];
};

size_t player_bytes(void) {
    return sizeof(player);
}

player *player_init(void *memory, kernel *k, uint32_t rate_hz) {
    player *p = memory;
    if (!p || !k)
        return NULL;
    memset(p, 0, sizeof *p);
    p->kernel = k;
    loader_init(&p->loader, rate_hz);
    for (uint32_t i = 0; i <= CURVE_POINTS; i++)
        p->quarter_sine[i] = (float)sin(i * (1.57079632679489662 / (CURVE_POINTS - 1)));
    return p;
}

int player_start_loader(player *p) {
    return loader_start(&p->loader);
}

void player_stop_loader(player *p) {
    loader_stop(&p->loader);
}

static bool refers_to(const player *p, uint32_t slot) {
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++)
        if (p->entries[i].used && p->entries[i].s.slot == slot)
            return true;
    return false;
}

static int request(player *p, uint32_t slot, enum request what, const char *path) {
    if (slot >= PLAYER_SLOTS || (path && strlen(path) >= PLAYER_MAX_PATH))
        return PLAYER_BAD_ARGUMENT;
    if (refers_to(p, slot) || !loader_request(&p->loader, slot, what, path))
        return PLAYER_SLOT_BUSY;
    p->announced[slot] = false;
    return PLAYER_OK;
}

int player_load(player *p, uint32_t slot, const char *path) {
    return path ? request(p, slot, REQUEST_LOAD, path) : PLAYER_BAD_ARGUMENT;
}

int player_unload(player *p, uint32_t slot) {
    return request(p, slot, REQUEST_UNLOAD, NULL);
}

void player_slot_status(player *p, uint32_t slot, slot_status *out) {
    memset(out, 0, sizeof *out);
    if (slot >= PLAYER_SLOTS)
        return;
    song_slot *s = &p->loader.slots[slot];
    if (atomic_load_explicit(&s->request, memory_order_acquire) != REQUEST_NONE) {
        out->state = SLOT_OPENING;
        return;
    }
    out->state = atomic_load_explicit(&s->state, memory_order_acquire);
    out->fault = atomic_load(&s->fault);
    out->bad_chunks = atomic_load(&s->bad_chunks);
    out->loaded_bytes = atomic_load(&s->loaded_bytes);
    out->unlocked = atomic_load(&s->unlocked);
    out->channels = s->header.channels;
    out->frames = s->header.frames;
    out->data_bytes = s->header.data_bytes;
}

/* The slot's song as far as it may be used, or NULL; the kernel hears of it at its first use. */
static song_slot *usable(player *p, uint32_t slot) {
    if (slot >= PLAYER_SLOTS)
        return NULL;
    song_slot *s = &p->loader.slots[slot];
    if (atomic_load_explicit(&s->request, memory_order_acquire) != REQUEST_NONE)
        return NULL;
    uint32_t state = atomic_load_explicit(&s->state, memory_order_acquire);
    if (state != SLOT_LOADING && state != SLOT_READY)
        return NULL;
    if (!p->announced[slot]) {
        kernel_set_song(p->kernel, slot, s->header.channels, s->header.roles);
        p->announced[slot] = true;
    }
    return s;
}

int player_set_gains(player *p, uint32_t slot, const float *gains, uint32_t ramp) {
    if (!usable(p, slot))
        return PLAYER_NOT_LOADED;
    return kernel_set_gains(p->kernel, slot, gains, ramp) == KERNEL_OK ? PLAYER_OK : PLAYER_BAD_ARGUMENT;
}

int player_set_stem_eq(player *p, uint32_t slot, uint32_t channel, const double *sections, uint32_t count,
                       uint32_t glide) {
    if (!usable(p, slot))
        return PLAYER_NOT_LOADED;
    int result = kernel_set_stem_eq(p->kernel, slot, channel, sections, count, glide);
    return result == KERNEL_OK                ? PLAYER_OK
           : result == KERNEL_UNSTABLE_FILTER ? PLAYER_UNSTABLE_FILTER
                                              : PLAYER_BAD_ARGUMENT;
}

int player_set_ears_equalised(player *p, uint32_t slot, uint32_t on) {
    if (!usable(p, slot))
        return PLAYER_NOT_LOADED;
    return kernel_set_ears_equalised(p->kernel, slot, on) == KERNEL_OK ? PLAYER_OK : PLAYER_BAD_ARGUMENT;
}

int player_schedule(player *p, const segment *wanted) {
    song_slot *s = usable(p, wanted->slot);
    if (!s)
        return PLAYER_NOT_LOADED;
    if (wanted->song_frame >= s->header.frames || wanted->frames == 0 || wanted->curve > FADE_EQUAL_POWER ||
        wanted->at > LAST_FRAME)
        return PLAYER_BAD_ARGUMENT;
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++) {
        entry *e = &p->entries[i];
        if (e->used)
            continue;
        *e = (entry){.s = *wanted, .used = true, .fresh = true};
        if (e->s.at < p->clock)
            e->s.at = p->clock;
        uint64_t rest = s->header.frames - wanted->song_frame;
        e->s.frames = wanted->frames < rest ? wanted->frames : rest;
        if (!p->loader.slots[wanted->slot].playing)
            atomic_store(&s->wanted, (uint32_t)(wanted->song_frame * s->header.channels * 3 / CHUNK_BYTES));
        return PLAYER_OK;
    }
    return PLAYER_SCHEDULE_FULL;
}

static float cut_level(const entry *e, uint64_t clock) {
    if (!e->cut_end || clock < e->cut_at)
        return 1.0f;
    if (clock >= e->cut_end)
        return 0.0f;
    double rest = (double)(e->cut_end - clock) / (double)(e->cut_end - e->cut_at);
    return e->cut_from * (float)EASE(rest);
}

int player_cut(player *p, uint64_t at, uint32_t fade) {
    if (at > LAST_FRAME)
        return PLAYER_BAD_ARGUMENT;
    if (at < p->clock)
        at = p->clock;
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++) {
        entry *e = &p->entries[i];
        if (!e->used)
            continue;
        if (e->s.at >= at) {
            e->used = false;
        } else if (!e->cut_end || at + fade < e->cut_end) {
            /* A cut that began earlier goes on from where it is, only steeper: the level never jumps. */
            uint64_t from = !e->cut_end || e->cut_at >= at ? at : e->cut_at > p->clock ? e->cut_at : p->clock;
            e->cut_from = cut_level(e, from);
            e->cut_at = from;
            e->cut_end = at + fade;
        }
    }
    return PLAYER_OK;
}

void player_cancel(player *p, uint32_t id) {
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++) {
        entry *e = &p->entries[i];
        if (e->used && e->s.id == id && e->s.at >= p->clock)
            e->used = false;
    }
}

static float curve(const player *p, uint32_t shape, float x) {
    if (shape == FADE_SMOOTH)
        return (float)EASE((double)x);
    float place = x * (CURVE_POINTS - 1);
    uint32_t i = (uint32_t)place;
    return p->quarter_sine[i] + (p->quarter_sine[i + 1] - p->quarter_sine[i]) * (place - (float)i);
}

static float level_at(const player *p, const entry *e, uint64_t clock) {
    uint64_t gone = clock - e->s.at, left = e->s.frames - gone;
    float level = cut_level(e, clock);
    if (gone < e->s.fade_in)
        level *= curve(p, e->s.curve, (float)gone / (float)e->s.fade_in);
    if (left < e->s.fade_out)
        level *= curve(p, e->s.curve, (float)left / (float)e->s.fade_out);
    if (e->rejoin_at && clock - e->rejoin_at < REJOIN_FRAMES)
        level *= curve(p, FADE_SMOOTH, (float)(clock - e->rejoin_at) / REJOIN_FRAMES);
    return level;
}

static bool is_level(const entry *e, uint64_t from, uint64_t to) {
    uint64_t gone = from - e->s.at, left = e->s.frames - (to - e->s.at);
    return gone >= e->s.fade_in && left >= e->s.fade_out && (!e->cut_end || to <= e->cut_at) &&
           (!e->rejoin_at || from - e->rejoin_at >= REJOIN_FRAMES);
}

static bool is_there(const song_slot *s, uint64_t frame, uint32_t count) {
    uint64_t bytes = (uint64_t)s->header.channels * 3;
    uint64_t first = frame * bytes / CHUNK_BYTES, last = ((frame + count) * bytes - 1) / CHUNK_BYTES;
    for (uint64_t c = first; c <= last; c++)
        if (atomic_load_explicit(&s->chunks[c], memory_order_acquire) != CHUNK_SOUND)
            return false;
    return true;
}

static uint64_t end_of(const entry *e) {
    uint64_t end = e->s.at + e->s.frames;
    return e->cut_end && e->cut_end < end ? e->cut_end : end;
}

/* The voice of an entry in the block that begins now; false where it is silent. */
static bool make_voice(player *p, entry *e, float *envelope, uint32_t frames, kernel_voice *voice) {
    uint64_t from = e->s.at > p->clock ? e->s.at : p->clock, end = end_of(e);
    uint64_t to = end < p->clock + frames ? end : p->clock + frames;
    if (from >= to)
        return false;
    uint32_t count = (uint32_t)(to - from);
    song_slot *s = &p->loader.slots[e->s.slot];
    uint64_t song_frame = e->s.song_frame + (from - e->s.at);
    atomic_store(&s->wanted, (uint32_t)((song_frame + count - 1) * s->header.channels * 3 / CHUNK_BYTES));
    atomic_store(&s->playing, 1);
    if (!is_there(s, song_frame, count)) {
        p->late_frames += count;
        e->late = e->fresh = true;
        return false;
    }
    if (e->late) {
        e->late = false;
        e->rejoin_at = from;
    }
    *voice = (kernel_voice){.frames = s->data + song_frame * s->header.channels * 3,
                            .slot = e->s.slot,
                            .offset = (uint32_t)(from - p->clock),
                            .count = count,
                            .memory = (uint32_t)(e - p->entries),
                            .fresh = e->fresh};
    e->fresh = false;
    if (!is_level(e, from, to)) {
        for (uint32_t f = 0; f < count; f++)
            envelope[f] = level_at(p, e, from + f);
        voice->envelope = envelope;
    }
    return true;
}

/* What a listener would call the place in the song: that of the segment that began last among those that sound. */
static void note_position(player *p, uint64_t frames) {
    const entry *newest = NULL;
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++) {
        const entry *e = &p->entries[i];
        if (e->used && e->s.at < p->clock + frames && end_of(e) > p->clock && (!newest || e->s.at >= newest->s.at))
            newest = e;
    }
    p->last.playing = newest != NULL;
    if (!newest)
        return;
    uint64_t end = end_of(newest), now = p->clock + frames < end ? p->clock + frames : end;
    p->last.id = newest->s.id;
    p->last.slot = newest->s.slot;
    p->last.song_frame = newest->s.song_frame + (now - newest->s.at);
}

void player_skip(player *p, uint64_t frames) {
    note_position(p, frames); /* a song goes on, and ends, while nobody can hear it */
    p->clock += frames;
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++) {
        entry *e = &p->entries[i];
        if (e->used && e->s.at < p->clock) {
            e->rejoin_at = p->clock;
            e->fresh = true;
        }
        if (e->used && end_of(e) <= p->clock)
            e->used = false;
    }
}

static void render_block(player *p, uint8_t *out, uint32_t frames) {
    kernel_voice voices[PLAYER_SEGMENTS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < PLAYER_SLOTS; i++)
        atomic_store(&p->loader.slots[i].playing, 0);
    note_position(p, frames);
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++) {
        entry *e = &p->entries[i];
        if (e->used && make_voice(p, e, p->envelopes[count], frames, &voices[count]))
            count++;
        if (e->used && end_of(e) <= p->clock + frames)
            e->used = false;
    }
    kernel_render(p->kernel, voices, count, out, frames);
    p->clock += frames;
}

void player_render(player *p, uint8_t *out, uint32_t frames) {
    for (uint32_t done = 0, n; done < frames; done += n) {
        n = frames - done < BLOCK ? frames - done : BLOCK;
        render_block(p, out + (size_t)done * kernel_frame_bytes(p->kernel), n);
    }
}

void player_get_status(player *p, player_status *out) {
    *out = p->last;
    out->clock = p->clock;
    out->late_frames = p->late_frames;
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++)
        out->segments += p->entries[i].used;
}

uint32_t player_get_schedule(const player *p, scheduled *out) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < PLAYER_SEGMENTS; i++) {
        const entry *e = &p->entries[i];
        if (e->used)
            out[count++] = (scheduled){.id = e->s.id,
                                       .slot = e->s.slot,
                                       .at = e->s.at,
                                       .song_frame = e->s.song_frame,
                                       .frames = end_of(e) - e->s.at,
                                       .cut = e->cut_end != 0};
    }
    return count;
}
