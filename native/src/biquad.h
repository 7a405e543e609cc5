#pragma once
/* Cascades of second-order sections over a group of lanes, in double precision: single precision is off by -54 dB for a
 * 40 Hz peak at 48 kHz.
 *
 * The form is the observer canonical one, which is transposed direct form II with y put into the states:
 *     y = b0 x + s1,   s1' = c1 x + s2 - a1 s1,   s2' = c2 x - a2 s1,   c = b - a b0.
 * It has as many operations, but a state waits for one multiply-add of the sample before instead of two.
 *
 * While coefficients glide every intermediate filter is stable, because stable pairs (a1, a2) form a triangle, which is
 * convex. A section that comes or goes has no coefficients to glide from or to: on the way to flat its poles would race
 * through all frequencies, and click. So it keeps its own, and what glides is the wet part w of y = x + w (filter - x),
 * from 0, where its memory is empty. */
#include "lanes.h"
#include "vec.h"

typedef struct {
    vd s1, s2;
} memory;

INLINE vd section_step(memory *m, vd x, vd b0, vd c1, vd c2, vd a1, vd a2) {
    vd y = vd_fma(b0, x, m->s1);
    vd s1 = vd_fnma(a1, m->s1, vd_fma(c1, x, m->s2));
    m->s2 = vd_fnma(a2, m->s1, c2 * x);
    m->s1 = s1;
    return y;
}

/* Copied before the loop, so that a machine with enough registers can keep them there. */
typedef struct {
    vd b0, c1, c2, a1, a2;
} coefficients;

INLINE coefficients steady(const section *s, uint32_t lane) {
    return (coefficients){vd_load(s->target[0] + lane), vd_load(s->target[1] + lane), vd_load(s->target[2] + lane),
                          vd_load(s->target[3] + lane), vd_load(s->target[4] + lane)};
}

INLINE memory recall(const section_memory *kept, uint32_t lane) {
    return (memory){vd_load(kept->s1 + lane), vd_load(kept->s2 + lane)};
}

INLINE void remember(section_memory *kept, uint32_t lane, memory m) {
    vd_store(kept->s1 + lane, m.s1);
    vd_store(kept->s2 + lane, m.s2);
}

INLINE vd steady_step(const coefficients *c, memory *m, vd x) {
    return section_step(m, x, c->b0, c->c1, c->c2, c->a1, c->a2);
}

/* From where to where a group's lanes go, with so many floats from frame to frame. */
typedef struct {
    const float *from;
    uint32_t from_step;
    float *to;
    uint32_t to_step;
} route;

/* `count` sections in one pass with their memories in registers; `from` or `to` is NULL where that end is `band`. */
INLINE void cascade(const section *s, section_memory *kept, uint32_t count, route r, double *band, uint32_t frames) {
    for (uint32_t v = 0; v < LANES; v += VD) {
        memory m[4];
        coefficients c[4];
        for (uint32_t i = 0; i < count; i++) {
            m[i] = recall(&kept[i], v);
            c[i] = steady(&s[i], v);
        }
        for (uint32_t f = 0; f < frames; f++) {
            vd x = r.from ? vd_from_floats(r.from + f * r.from_step + v) : vd_load(band + f * LANES + v);
#pragma GCC unroll 4
            for (uint32_t i = 0; i < count; i++)
                x = steady_step(&c[i], &m[i], x);
            if (r.to)
                floats_from_vd(r.to + f * r.to_step + v, x);
            else
                vd_store(band + f * LANES + v, x);
        }
        for (uint32_t i = 0; i < count; i++)
            remember(&kept[i], v, m[i]);
    }
}

INLINE void cascade_up_to_4(const section *s, section_memory *kept, uint32_t count, route r, double *band,
                            uint32_t frames) {
    if (count == 4)
        cascade(s, kept, 4, r, band, frames);
    else if (count == 3)
        cascade(s, kept, 3, r, band, frames);
    else if (count == 2)
        cascade(s, kept, 2, r, band, frames);
    else
        cascade(s, kept, 1, r, band, frames);
}

/* `elapsed` frames of the glide have gone by before the first of these. */
static void glide(const section *s, section_memory *kept, double *band, uint32_t frames, uint32_t elapsed) {
    for (uint32_t v = 0; v < LANES; v += VD) {
        memory m = recall(kept, v);
        vd left = vd_load(s->left + v) - (double)elapsed, way = vd_load(s->way + v);
        for (uint32_t f = 0; f < frames; f++) {
            vd rest = vd_positive(left - (double)f) / way;
            rest = EASE(rest);
            vd c[6];
            for (uint32_t i = 0; i < 6; i++)
                c[i] = vd_load(s->target[i] + v) - vd_load(s->change[i] + v) * rest;
            vd x = vd_load(band + f * LANES + v);
            vd y = section_step(&m, x, c[0], c[1], c[2], c[3], c[4]), mixed = x + c[WET] * (y - x);
            vl wet = (vl)(c[WET] == 1.0), dry = (vl)(c[WET] == 0.0); /* exactly y or x, as where nothing glides */
            m = (memory){vd_where(~dry, m.s1), vd_where(~dry, m.s2)};
            vd_store(band + f * LANES + v, vd_select(wet, y, mixed));
        }
        remember(kept, v, m);
    }
}

INLINE void glide_all(const section *s, section_memory *kept, uint32_t count, route r, double *band, uint32_t frames,
                      uint32_t elapsed) {
    for (uint32_t f = 0; f < frames; f++)
        for (uint32_t lane = 0; lane < LANES; lane++)
            band[f * LANES + lane] = (double)r.from[f * r.from_step + lane];
    for (uint32_t i = 0; i < count; i++)
        glide(&s[i], &kept[i], band, frames, elapsed);
    for (uint32_t f = 0; f < frames; f++)
        for (uint32_t lane = 0; lane < LANES; lane++)
            r.to[f * r.to_step + lane] = (float)band[f * LANES + lane];
}

/* One to eight sections over a group of lanes; `band` has room for the frames between two passes. Returns whether one
 * of them glides, for which the caller counts the frames. */
INLINE uint32_t filter(const section *s, section_memory *kept, uint32_t count, route r, double *band, uint32_t frames,
                       uint32_t elapsed) {
    uint32_t gliding = 0;
    for (uint32_t i = 0; i < count; i++)
        gliding |= s[i].gliding;
    if (gliding) {
        glide_all(s, kept, count, r, band, frames, elapsed);
    } else if (count > 4) {
        cascade(s, kept, 4, (route){.from = r.from, .from_step = r.from_step}, band, frames);
        cascade_up_to_4(s + 4, kept + 4, count - 4, (route){.to = r.to, .to_step = r.to_step}, band, frames);
    } else {
        cascade_up_to_4(s, kept, count, r, band, frames);
    }
    return gliding;
}

static void equalise(group *g, float *io, uint32_t frames) {
    if (g->sections == 0)
        return;
    if (filter(g->eq, g->eq_memory, g->sections, (route){io, LANES, io, LANES}, g->band[0], frames, 0))
        for (uint32_t i = 0; i < g->sections; i++)
            section_advance(&g->eq[i], frames);
}
