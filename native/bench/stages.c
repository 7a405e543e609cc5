/* Times the stages of one group of lanes, and the machine's limit of multiply-adds: `stages SECONDS`. Compiled once per
 * instruction set, since the stages are inlined from the kernel's own headers. Prints `name nanoseconds` lines: per
 * frame and lane, but `multiply_add` per double. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "biquad.h"
#include "limiter.h"
#include "meter.h"

enum { FRAMES = CHUNK, ACCUMULATORS = 12, RUNS = 2000 };

static group g;
static timing t;
static volatile double sink; /* what is computed must be used */
static float noise[64][FRAMES * LANES], io[FRAMES * LANES];

static double cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void set_up(void) {
    t = (timing){.taps = &detector_beta_3, .box1 = 8, .box1_shift = 3, .box2 = 7, .delay = 126, .hold_ticks = 75};
    t.guard_ticks = 300;
    t.guard_glide = 0.0165f;
    t.hold_levels = 6;
    t.tick_mask = 127;
    t.one = 1073741824.0f / 8.0f;
    g.lim.end = t.delay + TAPS;
    g.sections = KERNEL_MAX_SECTIONS;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        g.lim.ceiling[lane] = g.lim.target[lane] = g.lim.fuse[lane] = 0.5f;
        g.lim.release[lane] = 0.003f;
        g.lim.guard.bound[lane] = g.lim.guard.target[lane] = 0.0125f * TICK * 300;
        g.lim.released[lane] = g.lim.gain_from[lane] = g.lim.gain_to[lane] = 1.0f;
        for (uint32_t i = 0; i < MAX_BOX; i++)
            g.lim.ring1[i][lane] = g.lim.ring2[i][lane] = (int32_t)t.one;
        g.lim.sum1[lane] = 8 * (int32_t)t.one;
        g.lim.sum2[lane] = 7 * (int32_t)t.one;
        for (uint32_t s = 0; s < KERNEL_MAX_SECTIONS; s++) { /* a peak of 3 dB at 1 kHz, Q 1 */
            const double c[5] = {1.0214741, -1.8796730, 0.8744185, -1.8796730, 0.8958926};
            for (uint32_t i = 0; i < 5; i++)
                g.eq[s].target[i][lane] = c[i];
            g.eq[s].way[lane] = 1.0;
        }
    }
    for (uint32_t i = 0; i < 64 * FRAMES * LANES; i++)
        noise[i / (FRAMES * LANES)][i % (FRAMES * LANES)] = (float)rand() / (float)RAND_MAX * 2.0f - 1.0f;
}

static void run_biquads(uint32_t turn) {
    memcpy(io, noise[turn % 64], sizeof io);
    equalise(&g, io, FRAMES);
}

static void run_limiter(uint32_t turn) {
    memcpy(io, noise[turn % 64], sizeof io);
    limit(&g.lim, &t, io, FRAMES, 0, (uint64_t)turn * (FRAMES / TICK), g.met.gain);
}

static void run_guard(uint32_t turn) {
    g.lim.guard.on = 1;
    run_limiter(turn);
    g.lim.guard.on = 0;
}

static void run_meters(uint32_t turn) {
    measure(&g.met, noise[turn % 64], FRAMES);
}

/* As many independent chains as hide the latency of any machine's multiply-add. */
static void run_multiply_add(uint32_t turn) {
    vd sum[ACCUMULATORS];
    const vd factor = (vd){0} + 0.999, addend = (vd){0} + (double)turn;
    for (uint32_t i = 0; i < ACCUMULATORS; i++)
        sum[i] = (vd){0} + (double)i;
    for (uint32_t k = 0; k < 1024; k++) {
#pragma GCC unroll 12
        for (uint32_t i = 0; i < ACCUMULATORS; i++)
            sum[i] = sum[i] * factor + addend;
    }
    for (uint32_t i = 1; i < ACCUMULATORS; i++)
        sum[0] += sum[i];
    sink = sum[0][0];
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of runs of about 2 ms: others share this machine, and a virtual machine's clock has glitches both ways. */
static void clock_stage(const char *name, void (*run)(uint32_t), double per_turn, double seconds) {
    static double each[RUNS];
    uint32_t turn = 0, turns = 1, runs = 0;
    for (double start = cpu_ns(); cpu_ns() - start < 2e6; turns++)
        run(turn++);
    for (double until = cpu_ns() + seconds * 1e9; runs < RUNS && cpu_ns() < until; runs++) {
        double start = cpu_ns();
        for (uint32_t i = 0; i < turns; i++)
            run(turn++);
        each[runs] = (cpu_ns() - start) / turns;
    }
    qsort(each, runs, sizeof each[0], compare);
    printf("%s %.5f\n", name, each[runs / 2] / per_turn);
}

int main(int count, char **arguments) {
    double seconds = count > 1 ? atof(arguments[1]) : 0.5;
    set_up();
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
    clock_stage("multiply_add", run_multiply_add, 1024.0 * ACCUMULATORS * VD, seconds);
    clock_stage("biquads", run_biquads, FRAMES * LANES, seconds);
    clock_stage("limiter", run_limiter, FRAMES * LANES, seconds);
    clock_stage("guarded_limiter", run_guard, FRAMES * LANES, seconds);
    clock_stage("meters", run_meters, FRAMES * LANES, seconds);
    return 0;
}
