/* The equalisers of songs' stems: what they are set to, and when they need no work. */
#include <string.h>

#include "state.h"

void kernel_reset_filters(stem_filters *f) {
    memset(f, 0, sizeof *f);
    for (uint32_t g = 0; g < STEM_GROUPS; g++)
        for (uint32_t i = 0; i < KERNEL_MAX_STEM_SECTIONS; i++)
            for (uint32_t lane = 0; lane < LANES; lane++)
                f->eq[g][i].target[0][lane] = f->eq[g][i].way[lane] = 1.0;
}

static bool flat(const section *s) {
    for (uint32_t lane = 0; lane < LANES; lane++)
        if (s->target[WET][lane] != 0.0)
            return false;
    return true;
}

void kernel_advance_filters(stem_filters *f, uint32_t frames) {
    for (uint32_t g = 0; g < STEM_GROUPS; g++)
        for (uint32_t i = 0; i < f->sections[g]; i++)
            section_advance(&f->eq[g][i], frames);
    f->settling = f->settling > frames ? f->settling - frames : 0;
    for (uint32_t g = 0; f->settling == 0 && g < STEM_GROUPS; g++)
        while (f->sections[g] && flat(&f->eq[g][f->sections[g] - 1]))
            f->sections[g]--;
}

int kernel_set_stem_eq(kernel *k, uint32_t slot, uint32_t channel, const double *sections, uint32_t count,
                       uint32_t glide) {
    if (slot >= KERNEL_MAX_SLOTS || channel >= k->songs[slot].channels || count > KERNEL_MAX_STEM_SECTIONS)
        return KERNEL_BAD_ARGUMENT;
    if (!kernel_sections_stable(sections, count))
        return KERNEL_UNSTABLE_FILTER;
    stem_filters *f = &k->filters[slot];
    uint32_t g = channel / LANES;
    f->sections[g] = kernel_aim_sections(f->eq[g], f->sections[g], channel % LANES, 1, sections, count, glide);
    for (uint32_t i = 0; i < f->sections[g]; i++)
        f->settling = f->settling > f->eq[g][i].gliding ? f->settling : f->eq[g][i].gliding;
    return KERNEL_OK;
}

int kernel_set_ears_equalised(kernel *k, uint32_t slot, uint32_t on) {
    if (slot >= KERNEL_MAX_SLOTS || k->songs[slot].channels == 0)
        return KERNEL_BAD_ARGUMENT;
    song_gains *s = &k->songs[slot];
    memset(s->any_plain, 0, sizeof s->any_plain);
    memset(s->any_equalised, 0, sizeof s->any_equalised);
    for (uint32_t lane = 0; lane < k->bus_channels; lane++) {
        bool equalised = k->house[lane] || on;
        s->equalised[lane] = equalised ? -1 : 0;
        s->any_equalised[lane / LANES] |= equalised;
        s->any_plain[lane / LANES] |= !equalised;
    }
    return KERNEL_OK;
}
