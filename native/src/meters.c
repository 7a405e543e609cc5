/* From what the groups measure to what others may read at any time. */
#include <math.h>
#include <string.h>

#include "state.h"

static const hop *hop_before(const kernel *k, uint32_t age, uint32_t lane) {
    return &k->hops[(k->hop_index + HOPS_SHORT - age) % HOPS_SHORT][lane];
}

/* fmaxf without its care for NaN, which cannot be here; it would be a call a thousand times each 10 ms. */
static float larger(float a, float b) {
    return a > b ? a : b;
}

static kernel_bus_meter bus_meter(const kernel *k, uint32_t bus) {
    kernel_bus_meter m = {.gain = 1.0f};
    double energy = 0.0, momentary = 0.0, short_term = 0.0;
    for (uint32_t side = 0; side < k->config.bus_width[bus]; side++) {
        uint32_t lane = k->lane_of[k->first_channel[bus] + side];
        energy += k->running[lane].energy;
        momentary += k->running[lane].momentary;
        short_term += k->running[lane].short_term;
        for (uint32_t age = 0; age < HOPS_PEAK; age++) {
            const hop *h = hop_before(k, age, lane);
            m.sample_peak = larger(m.sample_peak, h->sample_peak);
            m.true_peak = larger(m.true_peak, h->true_peak);
            m.gain = h->gain < m.gain ? h->gain : m.gain;
        }
    }
    double frames = k->hop_frames;
    m.mean_square = (float)(energy / (frames * HOPS_MOMENTARY * k->config.bus_width[bus]));
    m.momentary = (float)(momentary / (frames * HOPS_MOMENTARY));
    m.short_term = (float)(short_term / (frames * HOPS_SHORT));
    return m;
}

/* Readers on other threads copy between two equal, even numbers of `publication`. */
static void publish(kernel *k) {
    atomic_fetch_add_explicit(&k->publication, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* nobody sees a new number under the old even one */
    k->published.frame = k->clock;
    k->published.not_finite = k->not_finite;
    k->published.fused = k->fused;
    for (uint32_t b = 0; b < k->config.buses; b++)
        k->published.bus[b] = bus_meter(k, b);
    atomic_fetch_add_explicit(&k->publication, 1, memory_order_release);
}

/* Rounding leaves less than 1e-12 of the loudest energy in a sum when silence comes; that is silence. */
static void slide(double *sum, double comes, double goes) {
    *sum += comes - goes;
    if (*sum < 1e-12)
        *sum = 0.0;
}

void kernel_end_hop(kernel *k) {
    k->hop_index = (k->hop_index + 1) % HOPS_SHORT;
    k->hop_left = k->hop_frames;
    for (uint32_t lane = 0; lane < k->groups * LANES; lane++) {
        group *g = &k->group[lane / LANES];
        meter *m = &g->met;
        uint32_t i = lane % LANES;
        sums *s = &k->running[lane];
        slide(&s->energy, m->energy[i], hop_before(k, HOPS_MOMENTARY, lane)->energy);
        slide(&s->momentary, m->weighted[i], hop_before(k, HOPS_MOMENTARY, lane)->weighted);
        slide(&s->short_term, m->weighted[i], k->hops[k->hop_index][lane].weighted);
        k->hops[k->hop_index][lane] = (hop){m->sample_peak[i], larger(m->true_peak[i], m->sample_peak[i]), m->gain[i],
                                            m->energy[i], m->weighted[i]};
        m->sample_peak[i] = m->true_peak[i] = 0.0f;
        m->gain[i] = 1.0f;
        m->energy[i] = m->weighted[i] = 0.0;
        k->not_finite += (uint32_t)g->lim.not_finite[i];
        k->fused += (uint32_t)g->lim.fused[i];
        g->lim.not_finite[i] = g->lim.fused[i] = 0;
    }
    publish(k);
}

void kernel_read_meters(const kernel *k, kernel_meters *out) {
    uint32_t before, after;
    do {
        before = atomic_load_explicit(&k->publication, memory_order_acquire);
        memcpy(out, &k->published, sizeof *out);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&k->publication, memory_order_relaxed);
    } while ((before & 1) || before != after);
}
