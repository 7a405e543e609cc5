/* What the configuration says about the stage card, and what ALSA may therefore agree to. */
#ifndef STAGE_SETTINGS_H
#define STAGE_SETTINGS_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include <stdbool.h>

enum { STAGE_MAX_CHOICES = 16 };

struct stage_settings {
    unsigned int rates[STAGE_MAX_CHOICES], rate_count;
    unsigned int formats[STAGE_MAX_CHOICES], format_count;
    unsigned int channels, period_step, periods_min, periods_max;
    bool fast;
    char *control, *capture, *events;
};

/* Reads the card's compound of the configuration. Returns 0, -EINVAL after a line on stderr, or -ENOMEM. */
int stage_settings_read(struct stage_settings *settings, snd_config_t *conf);

/* Tells ALSA what the card can do: nothing else is negotiable. Returns 0 or a negative errno. */
int stage_settings_constrain(const struct stage_settings *settings, snd_pcm_ioplug_t *io);

void stage_settings_free(struct stage_settings *settings);

#endif
