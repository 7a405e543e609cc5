#pragma once
/* Cascades of second-order sections over a group of lanes, transposed direct form II in double precision: single
 * precision is off by -54 dB for a 40 Hz peak at 48 kHz. While coefficients glide every intermediate filter is stable,
 * because stable pairs (a1, a2) form a triangle, which is convex. */
#include "lanes.h"
#include "vec.h"

typedef struct {
    vd s1, s2;
} memory;

/* One sample through one section. Written so that the loop-carried path is two multiply-adds long. */
INLINE vd section_step(memory *m, vd x, vd b0, vd b1, vd b2, vd a1, vd a2) {
    vd y = b0 * x + m->s1;
    m->s1 = (b1 * x + m->s2) - a1 * y;
    m->s2 = b2 * x - a2 * y;
    return y;
}

INLINE vd steady_step(const section *s, uint32_t lane, memory *m, vd x) {
    return section_step(m, x, vd_load(s->target[0] + lane), vd_load(s->target[1] + lane), vd_load(s->target[2] + lane),
                        vd_load(s->target[3] + lane), vd_load(s->target[4] + lane));
}

/* `count` sections in one pass with their memories in registers; `from` or `to` is NULL where that end is `band`. */
INLINE void cascade(section *s, uint32_t count, const float *from, double *band, float *to, uint32_t frames) {
    for (uint32_t v = 0; v < LANES; v += VD) {
        memory m[4];
        for (uint32_t i = 0; i < count; i++)
            m[i] = (memory){vd_load(s[i].s1 + v), vd_load(s[i].s2 + v)};
        for (uint32_t f = 0; f < frames; f++) {
            vd x = from ? vd_from_floats(from + f * LANES + v) : vd_load(band + f * LANES + v);
#pragma GCC unroll 4
            for (uint32_t i = 0; i < count; i++)
                x = steady_step(&s[i], v, &m[i], x);
            if (to)
                floats_from_vd(to + f * LANES + v, x);
            else
                vd_store(band + f * LANES + v, x);
        }
        for (uint32_t i = 0; i < count; i++) {
            vd_store(s[i].s1 + v, m[i].s1);
            vd_store(s[i].s2 + v, m[i].s2);
        }
    }
}

INLINE void cascade_up_to_4(section *s, uint32_t count, const float *from, double *band, float *to, uint32_t frames) {
    if (count == 4)
        cascade(s, 4, from, band, to, frames);
    else if (count == 3)
        cascade(s, 3, from, band, to, frames);
    else if (count == 2)
        cascade(s, 2, from, band, to, frames);
    else
        cascade(s, 1, from, band, to, frames);
}

static void glide(section *s, double *band, uint32_t frames) {
    for (uint32_t v = 0; v < LANES; v += VD) {
        memory m = {vd_load(s->s1 + v), vd_load(s->s2 + v)};
        for (uint32_t f = 0; f < frames; f++) {
            double remaining = s->left > f ? (double)(s->left - f) : 0.0;
            vd c[5];
            for (uint32_t i = 0; i < 5; i++)
                c[i] = vd_load(s->target[i] + v) - vd_load(s->step[i] + v) * remaining;
            vd x = vd_load(band + f * LANES + v);
            vd_store(band + f * LANES + v, section_step(&m, x, c[0], c[1], c[2], c[3], c[4]));
        }
        vd_store(s->s1 + v, m.s1);
        vd_store(s->s2 + v, m.s2);
    }
    s->left = s->left > frames ? s->left - frames : 0;
}

static void equalise_gliding(group *g, float *io, uint32_t frames) {
    double *band = g->band[0];
    for (uint32_t i = 0; i < frames * LANES; i++)
        band[i] = (double)io[i];
    for (uint32_t i = 0; i < g->sections; i++)
        glide(&g->eq[i], band, frames);
    for (uint32_t i = 0; i < frames * LANES; i++)
        io[i] = (float)band[i];
}

static void equalise(group *g, float *io, uint32_t frames) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < g->sections; i++)
        left |= g->eq[i].left;
    if (left) {
        equalise_gliding(g, io, frames);
    } else if (g->sections > 4) {
        cascade(g->eq, 4, io, g->band[0], NULL, frames);
        cascade_up_to_4(g->eq + 4, g->sections - 4, NULL, g->band[0], io, frames);
    } else if (g->sections > 0) {
        cascade_up_to_4(g->eq, g->sections, io, NULL, io, frames);
    }
}
