#include "converter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t stage_word(const uint64_t *at) {
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
}

void stage_count(uint64_t *at, uint64_t more) {
    __atomic_add_fetch(at, more, __ATOMIC_SEQ_CST);
}

static void put_all(int fd, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    while (size > 0) {
        ssize_t done = write(fd, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            SNDERR("stage: cannot write what was heard: %s", strerror(errno));
            abort(); /* a capture with a hole would prove the wrong thing */
        }
        at += done;
        size -= (size_t)done;
    }
}

void card_tell(struct card *card, const char *kind, uint64_t frames) {
    char line[80];
    int length = snprintf(line, sizeof line, "%s %llu %llu\n", kind, (unsigned long long)card->position,
                          (unsigned long long)frames);
    put_all(card->events_fd, line, (size_t)length);
}

static double frames_per_ns(const struct card *card) {
    int64_t ppm = __atomic_load_n(&card->control->ppm, __ATOMIC_SEQ_CST);
    return card->io.rate * 1e-9 * (1.0 + (double)ppm * 1e-6);
}

/* Plays the queue up to this many frames since the start. */
static void play_until(struct card *card, uint64_t end) {
    while (card->consumed < end) {
        uint64_t offset = card->consumed % card->io.buffer_size;
        uint64_t run = end - card->consumed;
        if (run > card->io.buffer_size - offset)
            run = card->io.buffer_size - offset;
        put_all(card->capture_fd, card->ring + offset * card->frame_bytes, run * card->frame_bytes);
        card->consumed += run;
        card->position += run;
        stage_count(&card->control->played, run);
    }
}

void card_lose_queue(struct card *card) {
    if (card->written > card->consumed) {
        stage_count(&card->control->lost, card->written - card->consumed);
        card_tell(card, "lost", card->written - card->consumed);
    }
    card->written = card->consumed;
}

bool card_unplugged(const struct card *card) {
    return stage_word(&card->control->fault) == STAGE_UNPLUGGED ||
           stage_word(&card->control->unplugs) != card->unplugs_at_open;
}

static void ran_dry(struct card *card, int64_t at_ns) {
    stage_count(&card->control->xruns, 1);
    card_tell(card, "xrun", 0);
    card_lose_queue(card);
    card->dry_ns = at_ns;
    snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_XRUN);
}

/* The clock of the "real" pace: consume what is due; the stream stops when nothing is left, as a kernel's does. */
static void run_clock(struct card *card, int64_t now, bool draining) {
    card->clock += (double)(now - card->seen_ns) * frames_per_ns(card);
    uint64_t due = (uint64_t)card->clock;
    int64_t fill = (int64_t)(card->written - due);
    if (!draining && fill < __atomic_load_n(&card->control->min_fill, __ATOMIC_SEQ_CST))
        __atomic_store_n(&card->control->min_fill, fill, __ATOMIC_SEQ_CST);
    play_until(card, fill > 0 ? due : card->written);
    if (fill <= 0 && !draining)
        ran_dry(card, now - (int64_t)((card->clock - (double)card->written) / frames_per_ns(card)));
}

int card_update(struct card *card) {
    snd_pcm_state_t state = card->io.state;
    if (state == SND_PCM_STATE_DISCONNECTED || card_unplugged(card)) {
        card_lose_queue(card);
        snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_DISCONNECTED);
        return -ENODEV;
    }
    uint64_t fault = stage_word(&card->control->fault);
    bool running = state == SND_PCM_STATE_RUNNING || state == SND_PCM_STATE_DRAINING;
    if (state == SND_PCM_STATE_SUSPENDED ||
        (fault == STAGE_SUSPENDED && (running || state == SND_PCM_STATE_PREPARED))) {
        card_lose_queue(card);
        snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_SUSPENDED);
        return -ESTRPIPE;
    }
    if (!running)
        return state == SND_PCM_STATE_XRUN ? -EPIPE : 0;
    int64_t now = now_ns();
    if (__atomic_exchange_n(&card->control->force_xrun, 0, __ATOMIC_SEQ_CST)) {
        ran_dry(card, now);
        return -EPIPE;
    }
    if (card->settings.fast)
        card_play_at_once(card);
    else if (fault != STAGE_STALLED) /* else time passes unseen */
        run_clock(card, now, state == SND_PCM_STATE_DRAINING);
    card->seen_ns = now;
    return card->io.state == SND_PCM_STATE_XRUN ? -EPIPE : 0;
}

void card_start_clock(struct card *card) {
    int64_t now = now_ns();
    if (card->dry_ns != 0 && !card->settings.fast) {
        uint64_t frames = (uint64_t)((double)(now - card->dry_ns) * frames_per_ns(card));
        static const uint8_t zeros[4096];
        card_tell(card, "silence", frames);
        for (uint64_t left = frames * card->frame_bytes; left > 0;) {
            size_t run = left < sizeof zeros ? left : sizeof zeros;
            put_all(card->capture_fd, zeros, run);
            left -= run;
        }
        card->position += frames;
        stage_count(&card->control->silence, frames);
    }
    card->dry_ns = 0;
    card->clock = 0.0;
    card->seen_ns = now;
}

void card_play_at_once(struct card *card) {
    if (stage_word(&card->control->fault) != STAGE_STALLED)
        play_until(card, card->written);
}
