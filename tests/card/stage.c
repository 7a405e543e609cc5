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
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "converter.h"

#define TICK_NS 500000L /* a fault reaches a waiting writer within half a millisecond */

static int stage_start(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    if (card_unplugged(card))
        return -ENODEV;
    card_start_clock(card);
    stage_count(&card->control->starts, 1);
    card_tell(card, "start", card->written);
    if (card->settings.fast)
        card_play_at_once(card);
    return 0;
}

static int stage_stop(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    card_update(card);
    card_lose_queue(card);
    return 0;
}

static snd_pcm_sframes_t stage_pointer(snd_pcm_ioplug_t *io) {
    struct card *card = io->private_data;
    if (card_update(card) == -EPIPE)
        return -EPIPE;
    return (snd_pcm_sframes_t)(card->consumed % card->boundary);
}

static snd_pcm_sframes_t stage_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                        snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
    struct card *card = io->private_data;
    int error = card_update(card);
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
    stage_count(&card->control->writes, 1);
    if (card->settings.fast)
        card_update(card);
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
    if (card_unplugged(card))
        return -ENODEV;
    uint64_t suspended = STAGE_SUSPENDED;
    __atomic_compare_exchange_n(&card->control->fault, &suspended, STAGE_OK, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    card_lose_queue(card);
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
    if (card_update(card) < 0)
        *revents = POLLOUT | POLLERR;
    else if (io->state == SND_PCM_STATE_DRAINING ||
             io->buffer_size - (card->written - card->consumed) >= card->avail_min)
        *revents = POLLOUT;
    return 0;
}

static int stage_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay) {
    struct card *card = io->private_data;
    int error = card_update(card);
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
    card_lose_queue(card);
    card_tell(card, "close", 0);
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
    if (stage_word(&card->control->fault) == STAGE_UNPLUGGED)
        return -ENODEV;
    if (flock(card->control_fd, LOCK_EX | LOCK_NB) < 0)
        return -EBUSY;
    card->unplugs_at_open = stage_word(&card->control->unplugs);
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
    stage_count(&card->control->opens, 1);
    card_tell(card, "open", 0);
    *pcmp = card->io.pcm;
    return 0;
}

SND_PCM_PLUGIN_SYMBOL(stage)
