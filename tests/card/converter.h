/* The converter behind the stage card: its queue, its clock, its faults, and the time line of what it played. */
#ifndef STAGE_CONVERTER_H
#define STAGE_CONVERTER_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include <stdbool.h>
#include <stdint.h>

#include "control.h"
#include "settings.h"

struct card {
    snd_pcm_ioplug_t io;
    struct stage_control *control;
    struct stage_settings settings;
    int control_fd, capture_fd, events_fd;
    uint8_t *ring;
    size_t frame_bytes;
    uint64_t unplugs_at_open;
    uint64_t written, consumed; /* frames since the stream was prepared */
    uint64_t position;          /* frames in the capture */
    snd_pcm_uframes_t boundary, avail_min;
    double clock;    /* frames that the converter's clock has run since the start */
    int64_t seen_ns; /* when it was read last */
    int64_t dry_ns;  /* when the queue ran dry; 0 when it did not */
};

uint64_t stage_word(const uint64_t *at);
void stage_count(uint64_t *at, uint64_t more);

/* Brings the card up to now. Returns 0, or why nothing can be written: -ENODEV, -ESTRPIPE, -EPIPE. */
int card_update(struct card *card);

/* The stream starts: closes the gap of an underrun with silence, and sets the clock to zero. */
void card_start_clock(struct card *card);

/* The "fast" pace: plays all that is queued, unless the clock stands. */
void card_play_at_once(struct card *card);

/* What is queued will never be heard. */
void card_lose_queue(struct card *card);

/* Whether the cable was pulled since this stream was opened. */
bool card_unplugged(const struct card *card);

/* A line for the events. */
void card_tell(struct card *card, const char *kind, uint64_t frames);

#endif
