#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD_FRAMES_MAX = 8192, PERIOD_FRAMES_MIN = 16 };

/* Splits a list at its spaces; each word goes through `parse`, whose negative answer refuses the word. */
static int read_list(const char *text, int (*parse)(const char *), unsigned int *values, unsigned int *count) {
    char *copy = strdup(text), *rest = NULL;
    if (copy == NULL)
        return -ENOMEM;
    int error = 0;
    for (char *item = strtok_r(copy, " ", &rest); item != NULL && error == 0; item = strtok_r(NULL, " ", &rest)) {
        int value = parse(item);
        if (value < 0 || *count == STAGE_MAX_CHOICES) {
            SNDERR("stage: cannot take %s", item);
            error = -EINVAL;
        } else {
            values[(*count)++] = (unsigned int)value;
        }
    }
    free(copy);
    return error;
}

static int parse_rate(const char *text) {
    return atoi(text) > 0 ? atoi(text) : -1;
}

static int parse_format(const char *text) {
    return (int)snd_pcm_format_value(text);
}

static int read_number(snd_config_t *node, unsigned int *value) {
    long number;
    if (snd_config_get_integer(node, &number) < 0 || number < 1)
        return -EINVAL;
    *value = (unsigned int)number;
    return 0;
}

static int read_key(struct stage_settings *settings, const char *key, snd_config_t *node) {
    const struct {
        const char *key;
        unsigned int *value;
    } numbers[] = {
        {"channels", &settings->channels},
        {"period_step", &settings->period_step},
        {"periods_min", &settings->periods_min},
        {"periods_max", &settings->periods_max},
    };
    const struct {
        const char *key;
        char **value;
    } paths[] = {{"control", &settings->control}, {"capture", &settings->capture}, {"events", &settings->events}};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(key, numbers[i].key) == 0)
            return read_number(node, numbers[i].value);
    const char *text;
    if (snd_config_get_string(node, &text) < 0)
        return -EINVAL;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strcmp(key, paths[i].key) == 0)
            return (*paths[i].value = strdup(text)) != NULL ? 0 : -ENOMEM;
    if (strcmp(key, "rates") == 0)
        return read_list(text, parse_rate, settings->rates, &settings->rate_count);
    if (strcmp(key, "formats") == 0)
        return read_list(text, parse_format, settings->formats, &settings->format_count);
    if (strcmp(key, "pace") == 0 && (strcmp(text, "real") == 0 || strcmp(text, "fast") == 0)) {
        settings->fast = strcmp(text, "fast") == 0;
        return 0;
    }
    return -EINVAL;
}

int stage_settings_read(struct stage_settings *settings, snd_config_t *conf) {
    settings->period_step = 1;
    settings->periods_min = 2;
    settings->periods_max = 1024;
    snd_config_iterator_t at, next;
    snd_config_for_each(at, next, conf) {
        snd_config_t *node = snd_config_iterator_entry(at);
        const char *key;
        if (snd_config_get_id(node, &key) < 0 || strcmp(key, "type") == 0 || strcmp(key, "comment") == 0)
            continue;
        int error = read_key(settings, key, node);
        if (error < 0) {
            SNDERR("stage: wrong value or unknown key: %s", key);
            return error;
        }
    }
    if (settings->channels == 0 || settings->rate_count == 0 || settings->format_count == 0 || !settings->control ||
        !settings->capture || !settings->events) {
        SNDERR("stage: channels, rates, formats, control, capture and events must be given");
        return -EINVAL;
    }
    return 0;
}

int stage_settings_constrain(const struct stage_settings *settings, snd_pcm_ioplug_t *io) {
    const unsigned int access = SND_PCM_ACCESS_RW_INTERLEAVED;
    unsigned int widest = 0, narrowest = UINT32_MAX;
    for (unsigned int i = 0; i < settings->format_count; i++) {
        int bits = snd_pcm_format_physical_width((snd_pcm_format_t)settings->formats[i]);
        if (bits < 8)
            return -EINVAL;
        unsigned int bytes = (unsigned int)bits / 8 * settings->channels;
        widest = bytes > widest ? bytes : widest;
        narrowest = bytes < narrowest ? bytes : narrowest;
    }
    int errors[] = {
        snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, &access),
        snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, settings->format_count, settings->formats),
        snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, settings->channels, settings->channels),
        snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE, settings->rate_count, settings->rates),
        snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, settings->periods_min, settings->periods_max),
        0,
    };
    int *period = &errors[sizeof errors / sizeof *errors - 1];
    if (settings->period_step > 1 && widest == narrowest) {
        /* ALSA counts a plugin's periods in bytes; only with one width are its steps steps of frames as well. */
        unsigned int steps[PERIOD_FRAMES_MAX], count = 0;
        for (unsigned int frames = settings->period_step; frames <= PERIOD_FRAMES_MAX; frames += settings->period_step)
            steps[count++] = frames * widest;
        *period = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, count, steps);
    } else {
        *period = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, PERIOD_FRAMES_MIN * narrowest,
                                                  PERIOD_FRAMES_MAX * widest);
    }
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i] < 0)
            return errors[i];
    return 0;
}

void stage_settings_free(struct stage_settings *settings) {
    free(settings->control);
    free(settings->capture);
    free(settings->events);
}
