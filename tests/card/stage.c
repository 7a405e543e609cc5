/*
 * A sound card in user space, for tests: an ALSA external plugin that consumes what is written at the pace of a
 * converter's clock and keeps every frame that it "heard".
 *
 *     pcm_type.stage { lib "/path/libasound_module_pcm_stage.so" }
 *     pcm.stage8 {
 *         type stage
 *         channels 8                     exactly so many
 *         rates "44100 48000"            these and no others
 *         formats "S32_LE S24_3LE"       these and no others
 *         period_step 1                  a period is a multiple of so many frames (a USB card: those of a microframe)
 *         periods_min 2  periods_max 1024
 *         pace "real"                    real: by CLOCK_MONOTONIC; fast: as fast as the writer writes, no underruns
 *         control "/tmp/x.control"       see control.h
 *         capture "/tmp/x.raw"           what was heard: raw frames, appended
 *         events "/tmp/x.events"         one line per event: kind, position in the capture, frames
 *     }
 *
 * The capture is the converter's time line from the first start on: frames that were played and, where the writer came
 * too late, as many frames of silence as the clock ran through before the stream was started again. Events tell them
 * apart: `silence P N` says that N frames from P on are such silence; `lost P N` that N queued frames were never
 * played, which would have begun at P.
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "settings.h"

#define TICK_NS 500000L /* a fault reaches a waiting writer within half a millisecond */

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

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t word(const uint64_t *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }

static void count(uint64_t *at, uint64_t more) { __atomic_add_fetch(at, more, __ATOMIC_SEQ_CST); }

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

static void tell(struct card *card, const char *kind, uint64_t frames) {
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
        count(&card->control->played, run);
    }
}

/* What is queued will never be heard. */
static void lose_queue(struct card *card) {
    if (card->written > card->consumed) {
        count(&card->control->lost, card->written - card->consumed);
        tell(card, "lost", card->written - card->consumed);
    }
    card->written = card->consumed;
}

static bool unplugged(const struct card *card) {
    return word(&card->control->fault) == STAGE_UNPLUGGED || word(&card->control->unplugs) != card->unplugs_at_open;
}

static void ran_dry(struct card *card, int64_t at_ns) {
    count(&card->control->xruns, 1);
    tell(card, "xrun", 0);
    lose_queue(card);
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

/* Brings the card up to now. Returns 0, or why nothing can be written. */
static int update(struct card *card) {
    snd_pcm_state_t state = card->io.state;
    if (state == SND_PCM_STATE_DISCONNECTED || unplugged(card)) {
        lose_queue(card);
        snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_DISCONNECTED);
        return -ENODEV;
    }
    uint64_t fault = word(&card->control->fault);
    bool running = state == SND_PCM_STATE_RUNNING || state == SND_PCM_STATE_DRAINING;
    if (state == SND_PCM_STATE_SUSPENDED ||
        (fault == STAGE_SUSPENDED && (running || state == SND_PCM_STATE_PREPARED))) {
        lose_queue(card);
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
    if (fault == STAGE_STALLED)
        ; /* time passes unseen */
    else if (card->settings.fast)
        play_until(card, card->written);
    else
        run_clock(card, now, state == SND_PCM_STATE_DRAINING);
    card->seen_ns = now;
    return card->io.state == SND_PCM_STATE_XRUN ? -EPIPE : 0;
}

static int stage_start(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    if (unplugged(card))
        return -ENODEV;
    int64_t now = now_ns();
    if (card->dry_ns != 0 && !card->settings.fast) {
        uint64_t frames = (uint64_t)((double)(now - card->dry_ns) * frames_per_ns(card));
        static const uint8_t zeros[4096];
        tell(card, "silence", frames);
        for (uint64_t left = frames * card->frame_bytes; left > 0;) {
            size_t run = left < sizeof zeros ? left : sizeof zeros;
            put_all(card->capture_fd, zeros, run);
            left -= run;
        }
        card->position += frames;
        count(&card->control->silence, frames);
    }
    card->dry_ns = 0;
    card->clock = 0.0;
    card->seen_ns = now;
    count(&card->control->starts, 1);
    tell(card, "start", card->written);
    if (card->settings.fast && word(&card->control->fault) != STAGE_STALLED)
        play_until(card, card->written);
    return 0;
}

static int stage_stop(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    update(card);
    lose_queue(card);
    return 0;
}

static snd_pcm_sframes_t stage_pointer(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    if (update(card) == -EPIPE)
        return -EPIPE;
    return (snd_pcm_sframes_t)(card->consumed % card->boundary);
}

static snd_pcm_sframes_t stage_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                        snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
    struct card *card = io->private_data;
    int error = update(card);
    if (error < 0)
        return error;
    /* Only interleaved access is offered, so one area's step is a whole frame. */
    const uint8_t *from = (const uint8_t *)areas->addr + (areas->first + areas->step * offset) / 8;
    snd_pcm_uframes_t room = io->buffer_size - (card->written - card->consumed);
    if (size > room)
        size = room;
    for (snd_pcm_uframes_t done = 0; done < size;) {
        uint64_t at = card->written % io->buffer_size;
        snd_pcm_uframes_t run = size - done < io->buffer_size - at ? size - done : io->buffer_size - at;
        memcpy(card->ring + at * card->frame_bytes, from + done * card->frame_bytes, run * card->frame_bytes);
        card->written += run;
        done += run;
    }
    count(&card->control->writes, 1);
    if (card->settings.fast)
        update(card);
    return (snd_pcm_sframes_t)size;
}

static int stage_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params) {
    struct card *card = io->private_data;
    (void)params;
    if (io->period_size % card->settings.period_step != 0)
        return -EINVAL;
    card->frame_bytes = (size_t)snd_pcm_format_physical_width(io->format) / 8 * io->channels;
    free(card->ring);
    card->ring = calloc(io->buffer_size, card->frame_bytes);
    if (card->ring == NULL)
        return -ENOMEM;
    off_t heard = lseek(card->capture_fd, 0, SEEK_END);
    card->position = heard > 0 ? (uint64_t)heard / card->frame_bytes : 0;
    return 0;
}

static int stage_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params) {
    struct card *card = io->private_data;
    int error = snd_pcm_sw_params_get_boundary(params, &card->boundary);
    return error < 0 ? error : snd_pcm_sw_params_get_avail_min(params, &card->avail_min);
}

static int stage_prepare(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    if (unplugged(card))
        return -ENODEV;
    uint64_t suspended = STAGE_SUSPENDED;
    __atomic_compare_exchange_n(&card->control->fault, &suspended, STAGE_OK, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    lose_queue(card);
    card->written = card->consumed = 0;
    return 0;
}

static int stage_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned int size,
                              unsigned short *revents) {
    struct card *card = io->private_data;
    uint64_t expirations;
    if (size != 1)
        return -EINVAL;
    *revents = 0;
    if (!(descriptors->revents & POLLIN))
        return 0;
    if (read(io->poll_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
        return -errno;
    if (update(card) < 0)
        *revents = POLLOUT | POLLERR;
    else if (io->state == SND_PCM_STATE_DRAINING ||
             io->buffer_size - (card->written - card->consumed) >= card->avail_min)
        *revents = POLLOUT;
    return 0;
}

static int stage_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay) {
    struct card *card = io->private_data;
    int error = update(card);
    *delay = (snd_pcm_sframes_t)(card->written - card->consumed);
    return error;
}

static void card_free(struct card *card) {
    if (card->io.poll_fd >= 0)
        close(card->io.poll_fd);
    if (card->control != NULL)
        munmap(card->control, sizeof *card->control);
    const int files[] = {card->control_fd, card->capture_fd, card->events_fd};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i] >= 0)
            close(files[i]);
    stage_settings_free(&card->settings);
    free(card->ring);
    free(card);
}

static int stage_close(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    lose_queue(card);
    tell(card, "close", 0);
    card_free(card);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = stage_start,
    .stop = stage_stop,
    .pointer = stage_pointer,
    .transfer = stage_transfer,
    .close = stage_close,
    .hw_params = stage_hw_params,
    .sw_params = stage_sw_params,
    .prepare = stage_prepare,
    .poll_revents = stage_poll_revents,
    .delay = stage_delay,
};

/* Files, shared words and timer. A card has one owner at a time; the lock goes with its process, however that ends. */
static int card_connect(struct card *card) {
    const struct stage_settings *settings = &card->settings;
    card->control_fd = open(settings->control, O_RDWR | O_CLOEXEC);
    if (card->control_fd < 0)
        return -errno;
    void *shared = mmap(NULL, sizeof *card->control, PROT_READ | PROT_WRITE, MAP_SHARED, card->control_fd, 0);
    if (shared == MAP_FAILED)
        return -errno;
    card->control = shared;
    if (card->control->magic != STAGE_MAGIC)
        return -EINVAL;
    if (word(&card->control->fault) == STAGE_UNPLUGGED)
        return -ENODEV;
    if (flock(card->control_fd, LOCK_EX | LOCK_NB) < 0)
        return -EBUSY;
    card->unplugs_at_open = word(&card->control->unplugs);
    card->capture_fd = open(settings->capture, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    card->events_fd = open(settings->events, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (card->capture_fd < 0 || card->events_fd < 0)
        return -errno;
    card->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const struct itimerspec tick = {{0, TICK_NS}, {0, TICK_NS}};
    if (card->io.poll_fd < 0 || timerfd_settime(card->io.poll_fd, 0, &tick, NULL) < 0)
        return -errno;
    return 0;
}

SND_PCM_PLUGIN_DEFINE_FUNC(stage) {
    (void)root;
    if (stream != SND_PCM_STREAM_PLAYBACK)
        return -EINVAL;
    struct card *card = calloc(1, sizeof *card);
    if (card == NULL)
        return -ENOMEM;
    card->control_fd = card->capture_fd = card->events_fd = card->io.poll_fd = -1;
    int error = stage_settings_read(&card->settings, conf);
    if (error == 0)
        error = card_connect(card);
    if (error == 0) {
        card->io.version = SND_PCM_IOPLUG_VERSION;
        card->io.name = "Stage card of the tests";
        card->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
        card->io.poll_events = POLLIN;
        card->io.callback = &callbacks;
        card->io.private_data = card;
        error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
    }
    if (error < 0) {
        card_free(card);
        return error;
    }
    error = stage_settings_constrain(&card->settings, &card->io);
    if (error < 0) {
        snd_pcm_ioplug_delete(&card->io); /* calls stage_close, which frees */
        return error;
    }
    count(&card->control->opens, 1);
    tell(card, "open", 0);
    *pcmp = card->io.pcm;
    return 0;
}

SND_PCM_PLUGIN_SYMBOL(stage)
