#pragma once
/* The kernel's whole memory, and what its source files need of each other. */
#include <stdatomic.h>
#include <stdbool.h>

#include "lanes.h"

typedef struct {
    float sample_peak, true_peak, gain;
    double energy, weighted;
} hop;

/* Sums over the last hops of a lane, kept by adding what comes and taking away what goes. */
typedef struct {
    double energy, momentary, short_term;
} sums;

struct kernel {
    kernel_config config;
    timing time;
    const lane_ops *ops;
    uint32_t bus_channels, groups;
    uint32_t lane_of[KERNEL_MAX_BUS_CHANNELS]; /* by bus channel */
    uint32_t channel_of[KERNEL_MAX_BUS_CHANNELS];
    bool in_a_row[GROUPS]; /* the group's lanes are eight bus channels in their order */
    uint32_t first_channel[KERNEL_MAX_BUS_CHANNELS];
    uint8_t house[KERNEL_MAX_BUS_CHANNELS];
    uint32_t patch[KERNEL_MAX_OUTPUTS]; /* lane, or KERNEL_MAX_BUS_CHANNELS for silence */
    uint64_t clock;
    uint32_t hop_frames, hop_left, hop_index;
    uint64_t not_finite, fused;
    hop hops[HOPS_SHORT][KERNEL_MAX_BUS_CHANNELS]; /* by lane */
    sums running[KERNEL_MAX_BUS_CHANNELS];
    kernel_meters published;
    _Atomic uint32_t publication; /* odd while `published` is being written */
    song_gains songs[KERNEL_MAX_SLOTS];
    stem_filters filters[KERNEL_MAX_SLOTS]; /* of the songs' stems */
    uint32_t song_number[KERNEL_MAX_SLOTS]; /* each kernel_set_song is another song */
    uint32_t songs_set;
    voice_memory memories[KERNEL_MAX_VOICES];
    group group[GROUPS];
    alignas(64) float stems[CHUNK * KERNEL_MAX_STEM_CHANNELS + LANES]; /* whole vectors are read at the end */
    alignas(64) float equalised[CHUNK * KERNEL_MAX_STEM_CHANNELS];
    float bus[GROUPS][CHUNK * LANES];
    int32_t integers[CHUNK * (KERNEL_MAX_BUS_CHANNELS + 8)]; /* the eighth column beyond the lanes stays 0 */
};

enum { STRIDE = KERNEL_MAX_BUS_CHANNELS + 8, SILENT = KERNEL_MAX_BUS_CHANNELS };

/* Lets `width` lanes of a section glide to b0 b1 b2 a1 a2, or to flat where `c` is NULL, from wherever they are. */
void kernel_aim_section(section *s, uint32_t lane, uint32_t width, const double *c, uint32_t glide);

/* All flat and at rest. */
void kernel_reset_filters(stem_filters *f);

/* `frames` have gone by: sections that have become flat leave the work. */
void kernel_advance_filters(stem_filters *f, uint32_t frames);

/* Lets lanes glide to these sections, and the others that are `in_use` to flat; returns how many are in use now. */
uint32_t kernel_aim_sections(section *s, uint32_t in_use, uint32_t lane, uint32_t width, const double *sections,
                             uint32_t count, uint32_t glide);

bool kernel_sections_stable(const double *sections, uint32_t count);

/* Every 10 ms: what the groups have measured goes into the published meters. */
void kernel_end_hop(kernel *k);
