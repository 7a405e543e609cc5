/* What may change while the music plays: gains, trims, equalisers, limiters, outputs. */
#include <math.h>
#include <string.h>

#include "state.h"

static void aim_lane(section *s, uint32_t lane, const double *goal, uint32_t glide) {
    double rest = s->left[lane] / s->way[lane], current[6];
    for (uint32_t i = 0; i < 6; i++)
        current[i] = s->target[i][lane] - s->change[i][lane] * EASE(rest);
    if (!goal && current[WET] == 0.0)
        return;
    for (uint32_t i = 0; i < 6; i++) {
        double to = goal ? goal[i] : i == WET ? 0.0 : current[i];
        double from = i < WET && current[WET] == 0.0 ? to : current[i]; /* nothing is in it yet */
        s->target[i][lane] = to;
        s->change[i][lane] = glide ? to - from : 0.0;
    }
    s->left[lane] = glide;
    s->way[lane] = glide ? glide : 1.0;
    uint32_t gliding = goal || glide ? glide : 1; /* at once, too, what is in it must go */
    s->gliding = s->gliding > gliding ? s->gliding : gliding;
}

void kernel_aim_section(section *s, uint32_t lane, uint32_t width, const double *c, uint32_t glide) {
    double goal[6] = {0.0};
    if (c)
        memcpy(goal, (double[]){c[0], c[1] - c[3] * c[0], c[2] - c[4] * c[0], c[3], c[4], 1.0}, sizeof goal);
    for (uint32_t l = lane; l < lane + width; l++)
        aim_lane(s, l, c ? goal : NULL, glide);
}

int kernel_set_song(kernel *k, uint32_t slot, uint32_t channels, const uint8_t *roles) {
    if (slot >= KERNEL_MAX_SLOTS || channels == 0 || channels > KERNEL_MAX_STEM_CHANNELS)
        return KERNEL_BAD_ARGUMENT;
    song_gains *s = &k->songs[slot];
    memset(s, 0, sizeof *s);
    s->channels = channels;
    memcpy(s->roles, roles, channels);
    kernel_reset_filters(&k->filters[slot]);
    k->song_number[slot] = ++k->songs_set;
    return kernel_set_ears_equalised(k, slot, 0);
}

int kernel_set_gains(kernel *k, uint32_t slot, const float *gains, uint32_t ramp) {
    if (slot >= KERNEL_MAX_SLOTS || k->songs[slot].channels == 0)
        return KERNEL_BAD_ARGUMENT;
    song_gains *s = &k->songs[slot];
    for (uint32_t i = 0; i < s->channels * k->bus_channels; i++)
        if (!(fabsf(gains[i]) <= 64.0f)) /* +36 dB: nothing sensible is louder, and NaN fails here too */
            return KERNEL_BAD_ARGUMENT;
    double rest = s->left ? (double)s->left / (double)s->way : 0.0;
    memset(s->heard_count, 0, sizeof s->heard_count);
    for (uint32_t stem = 0; stem < s->channels; stem++) {
        bool heard[GROUPS] = {false};
        for (uint32_t channel = 0; channel < k->bus_channels; channel++) {
            uint32_t lane = k->lane_of[channel];
            float current = s->target[stem][lane] - s->change[stem][lane] * (float)EASE(rest);
            float target = gains[stem * k->bus_channels + channel];
            if (k->house[lane] && s->roles[stem] != KERNEL_ROLE_TRACK)
                target = 0.0f;
            s->target[stem][lane] = target;
            s->change[stem][lane] = ramp ? target - current : 0.0f;
            heard[lane / LANES] |= target != 0.0f || s->change[stem][lane] != 0.0f;
        }
        for (uint32_t g = 0; g < k->groups; g++)
            if (heard[g])
                s->heard[g][s->heard_count[g]++] = (uint8_t)stem;
    }
    s->left = s->way = ramp;
    return KERNEL_OK;
}

int kernel_set_trim(kernel *k, uint32_t bus, float trim, uint32_t ramp) {
    if (bus >= k->config.buses || !(fabsf(trim) <= 64.0f))
        return KERNEL_BAD_ARGUMENT;
    uint32_t first = k->lane_of[k->first_channel[bus]];
    group *g = &k->group[first / LANES];
    for (uint32_t lane = first % LANES; lane < first % LANES + k->config.bus_width[bus]; lane++) {
        double rest = g->trim_left[lane] / g->trim_way[lane];
        float current = g->trim_target[lane] - g->trim_change[lane] * (float)EASE(rest);
        g->trim_target[lane] = trim;
        g->trim_change[lane] = ramp ? trim - current : 0.0f;
        g->trim_left[lane] = ramp;
        g->trim_way[lane] = ramp ? ramp : 1.0;
    }
    g->trim_gliding = g->trim_gliding > ramp ? g->trim_gliding : ramp;
    return KERNEL_OK;
}

bool kernel_sections_stable(const double *sections, uint32_t count) {
    for (const double *s = sections; s < sections + (size_t)5 * count; s += 5) {
        for (uint32_t i = 0; i < 5; i++)
            if (!isfinite(s[i]) || fabs(s[i]) > 1e6)
                return false;
        if (fabs(s[4]) >= 1.0 || fabs(s[3]) >= 1.0 + s[4])
            return false;
    }
    return true;
}

uint32_t kernel_aim_sections(section *s, uint32_t in_use, uint32_t lane, uint32_t width, const double *sections,
                             uint32_t count, uint32_t glide) {
    uint32_t most = in_use > count ? in_use : count;
    for (uint32_t i = 0; i < most; i++)
        kernel_aim_section(&s[i], lane, width, i < count ? sections + 5 * i : NULL, glide);
    return most;
}

int kernel_set_eq(kernel *k, uint32_t bus, const double *sections, uint32_t count, uint32_t glide) {
    if (bus >= k->config.buses || count > KERNEL_MAX_SECTIONS)
        return KERNEL_BAD_ARGUMENT;
    if (!kernel_sections_stable(sections, count))
        return KERNEL_UNSTABLE_FILTER;
    uint32_t first = k->lane_of[k->first_channel[bus]];
    group *g = &k->group[first / LANES];
    g->sections =
        kernel_aim_sections(g->eq, g->sections, first % LANES, k->config.bus_width[bus], sections, count, glide);
    return KERNEL_OK;
}

int kernel_set_limiter(kernel *k, uint32_t bus, float ceiling, float release_ms) {
    if (bus >= k->config.buses || !(ceiling > 1e-6f && ceiling <= 1.0f) ||
        !(release_ms >= 1.0f && release_ms <= 10000.0f))
        return KERNEL_BAD_ARGUMENT;
    uint32_t first = k->lane_of[k->first_channel[bus]];
    limiter *l = &k->group[first / LANES].lim;
    for (uint32_t lane = first % LANES; lane < first % LANES + k->config.bus_width[bus]; lane++) {
        l->ceiling[lane] = ceiling;
        /* Below by four half-units of a float: division, interpolation and product each round by at most one. */
        l->target[lane] = ceiling * (1.0f - 0x1p-22f);
        l->fuse[lane] = fmaxf(l->fuse[lane], ceiling);
        l->release[lane] = (float)-expm1(-TICK / (release_ms * 1e-3 * k->config.rate_hz));
    }
    l->fuse_left = k->time.delay + 2 * TICK;
    return KERNEL_OK;
}

int kernel_set_guard(kernel *k, uint32_t bus, float mean_square) {
    if (bus >= k->config.buses || !(mean_square >= 1e-8f))
        return KERNEL_BAD_ARGUMENT;
    uint32_t first = k->lane_of[k->first_channel[bus]];
    spike_guard *g = &k->group[first / LANES].lim.guard;
    for (uint32_t lane = first % LANES; lane < first % LANES + k->config.bus_width[bus]; lane++) {
        /* The limiter lets in +-16 at most, so nothing reaches 256. */
        float target = mean_square < 256.0f ? mean_square * (float)(TICK * k->time.guard_ticks) : UNGUARDED;
        if (g->target[lane] == UNGUARDED) { /* nobody watched what was heard so far: the window begins empty */
            g->sum[lane] = 0.0;
            for (uint32_t i = 0; i < k->time.guard_ticks; i++)
                g->energy[i][lane] = 0.0f;
        }
        if (g->target[lane] == UNGUARDED || target == UNGUARDED)
            g->bound[lane] = target;
        g->target[lane] = target;
    }
    g->on = 0;
    for (uint32_t lane = 0; lane < LANES; lane++)
        g->on |= g->target[lane] != UNGUARDED;
    return KERNEL_OK;
}

int kernel_set_interface(kernel *k, uint32_t outputs, uint32_t format) {
    if (outputs == 0 || outputs > KERNEL_MAX_OUTPUTS || format > KERNEL_S16_LE)
        return KERNEL_BAD_ARGUMENT;
    k->config.outputs = outputs;
    k->config.format = k->time.format = format;
    return KERNEL_OK;
}

int kernel_set_patch(kernel *k, uint32_t output, int32_t bus_channel) {
    if (output >= k->config.outputs || bus_channel >= (int32_t)k->bus_channels)
        return KERNEL_BAD_ARGUMENT;
    k->patch[output] = bus_channel < 0 ? SILENT : k->lane_of[bus_channel];
    return KERNEL_OK;
}
