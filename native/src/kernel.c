/* One block at a time: voices onto the buses, the buses through their groups, the groups onto the outputs. */
#include <string.h>

#include "denormals.h"
#include "state.h"

static const uint32_t bytes_of[] = {4, 4, 3, 2};

size_t kernel_bytes(void) {
    return sizeof(kernel);
}

uint32_t kernel_latency_frames(const kernel *k) {
    return k->time.delay;
}

uint32_t kernel_bus_channels(const kernel *k) {
    return k->bus_channels;
}

uint32_t kernel_frame_bytes(const kernel *k) {
    return k->config.outputs * bytes_of[k->config.format];
}

const char *kernel_isa_name(const kernel *k) {
    return k->ops->name;
}

static uint32_t chunk_frames(const kernel *k, uint32_t left) {
    uint32_t n = left < CHUNK ? left : CHUNK;
    return n < k->hop_left ? n : k->hop_left;
}

static void process_groups(kernel *k, uint32_t n) {
    for (uint32_t g = 0; g < k->groups; g++)
        k->ops->process(&k->group[g], &k->time, k->bus[g], n, k->clock);
}

static void advance(kernel *k, uint32_t n) {
    k->clock += n;
    k->hop_left -= n;
    if (k->hop_left == 0)
        kernel_end_hop(k);
}

static void apply_envelope(float *x, uint32_t channels, const float *envelope, uint32_t frames) {
    for (uint32_t f = 0; f < frames; f++)
        for (uint32_t c = 0; c < channels; c++)
            x[f * channels + c] *= envelope[f];
}

/* The memory of a voice; it forgets what it knows of another song, and all of it where the voice is fresh. */
static voice_memory *memory_of(kernel *k, const kernel_voice *v, bool begins) {
    voice_memory *m = &k->memories[v->memory];
    if ((v->fresh && begins) || m->song != k->song_number[v->slot])
        memset(m->used, 0, sizeof m->used);
    m->song = k->song_number[v->slot];
    return m;
}

static bool any_filter(const stem_filters *f) {
    uint32_t any = 0;
    for (uint32_t g = 0; g < STEM_GROUPS; g++)
        any |= f->sections[g];
    return any;
}

/* The part of a voice that falls into frames done to done + n of the block, onto the buses. */
static void add_voice(kernel *k, const kernel_voice *v, uint32_t done, uint32_t n) {
    if (v->slot >= KERNEL_MAX_SLOTS || k->songs[v->slot].channels == 0 || v->memory >= KERNEL_MAX_VOICES)
        return;
    const song_gains *s = &k->songs[v->slot];
    uint32_t from = v->offset > done ? v->offset : done;
    uint32_t to = v->offset + v->count < done + n ? v->offset + v->count : done + n;
    if (from >= to)
        return;
    uint32_t frames = to - from, skipped = from - v->offset;
    k->ops->unpack(v->frames + (size_t)skipped * s->channels * 3, k->stems, (size_t)frames * s->channels);
    stem_frames plain = {k->stems, s->channels}, equalised = {NULL, (s->channels + LANES - 1) / LANES * LANES};
    voice_memory *memory = memory_of(k, v, skipped == 0);
    if (any_filter(&k->filters[v->slot])) {
        k->not_finite += k->ops->equalise_stems(&k->filters[v->slot], memory, k->stems, s->channels, k->equalised,
                                                frames, from - done);
        equalised.x = k->equalised;
    } else {
        memset(memory->used, 0, sizeof memory->used);
    }
    /* After the filters, so that a fade to nothing cuts off no ringing and a fade from nothing hides their start. */
    if (v->envelope) {
        apply_envelope(k->stems, s->channels, v->envelope + skipped, frames);
        if (equalised.x)
            apply_envelope(k->equalised, equalised.step, v->envelope + skipped, frames);
    }
    for (uint32_t g = 0; g < k->groups; g++)
        if (s->heard_count[g])
            k->ops->mix(s, g, plain, equalised, k->bus[g] + (from - done) * LANES, frames, from - done);
}

/* A chunk ends where a song's filters have come to rest: which of them work is then the same for all of its frames. */
static uint32_t song_frames(const kernel *k, uint32_t n) {
    for (uint32_t s = 0; s < KERNEL_MAX_SLOTS; s++)
        if (k->filters[s].settling && k->filters[s].settling < n)
            n = k->filters[s].settling;
    return n;
}

static void advance_songs(kernel *k, uint32_t n) {
    for (uint32_t s = 0; s < KERNEL_MAX_SLOTS; s++) {
        k->songs[s].left = k->songs[s].left > n ? k->songs[s].left - n : 0;
        if (k->filters[s].settling)
            kernel_advance_filters(&k->filters[s], n);
    }
}

static void write_outputs(kernel *k, uint8_t *out, uint32_t n) {
    for (uint32_t g = 0; g < k->groups; g++)
        k->ops->quantise(&k->group[g], &k->time, k->bus[g], k->integers + g * LANES, STRIDE, n);
    const uint32_t outputs = k->config.outputs, bytes = bytes_of[k->config.format];
    for (uint32_t f = 0; f < n; f++) {
        const int32_t *row = k->integers + f * STRIDE;
        if (bytes == 4) {
            for (uint32_t o = 0; o < outputs; o++, out += 4)
                memcpy(out, &row[k->patch[o]], 4);
        } else if (bytes == 3) {
            for (uint32_t o = 0; o < outputs; o++, out += 3)
                memcpy(out, &row[k->patch[o]], 3);
        } else {
            for (uint32_t o = 0; o < outputs; o++, out += 2)
                memcpy(out, &row[k->patch[o]], 2);
        }
    }
}

void kernel_render(kernel *k, const kernel_voice *voices, uint32_t count, uint8_t *out, uint32_t frames) {
    const float_mode before = flush_denormals();
    for (uint32_t done = 0, n; done < frames; done += n) {
        n = song_frames(k, chunk_frames(k, frames - done));
        for (uint32_t g = 0; g < k->groups; g++)
            memset(k->bus[g], 0, n * LANES * sizeof(float));
        for (uint32_t v = 0; v < count; v++)
            add_voice(k, &voices[v], done, n);
        advance_songs(k, n);
        process_groups(k, n);
        write_outputs(k, out + (size_t)done * k->config.outputs * bytes_of[k->config.format], n);
        advance(k, n);
    }
    restore_denormals(before);
}

static uint32_t lanes_used(const kernel *k, uint32_t g) {
    uint32_t rest = k->bus_channels - g * LANES;
    return rest < LANES ? rest : LANES;
}

/* Frame by frame, since both sides then lie in few cache lines; eight channels in a row are one move. */
static void lanes_from_channels(kernel *k, uint32_t g, const float *in, uint32_t n) {
    const uint32_t channels = k->bus_channels, used = lanes_used(k, g);
    const uint32_t *from = k->channel_of + g * LANES;
    float *lanes = k->bus[g];
    if (k->in_a_row[g])
        for (uint32_t f = 0; f < n; f++)
            memcpy(lanes + f * LANES, in + f * channels + from[0], LANES * sizeof *lanes);
    else
        for (uint32_t f = 0; f < n; f++)
            for (uint32_t i = 0; i < used; i++)
                lanes[f * LANES + i] = in[f * channels + from[i]];
}

static void channels_from_lanes(const kernel *k, uint32_t g, float *out, uint32_t n) {
    const uint32_t channels = k->bus_channels, used = lanes_used(k, g);
    const uint32_t *to = k->channel_of + g * LANES;
    const float *lanes = k->bus[g];
    if (k->in_a_row[g])
        for (uint32_t f = 0; f < n; f++)
            memcpy(out + f * channels + to[0], lanes + f * LANES, LANES * sizeof *lanes);
    else
        for (uint32_t f = 0; f < n; f++)
            for (uint32_t i = 0; i < used; i++)
                out[f * channels + to[i]] = lanes[f * LANES + i];
}

void kernel_render_buses(kernel *k, const float *in, float *out, uint32_t frames) {
    const float_mode before = flush_denormals();
    for (uint32_t done = 0, n; done < frames; done += n) {
        n = chunk_frames(k, frames - done);
        for (uint32_t g = 0; g < k->groups; g++)
            lanes_from_channels(k, g, in + (size_t)done * k->bus_channels, n);
        process_groups(k, n);
        for (uint32_t g = 0; g < k->groups; g++)
            channels_from_lanes(k, g, out + (size_t)done * k->bus_channels, n);
        advance(k, n);
    }
    restore_denormals(before);
}
