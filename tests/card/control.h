/*
 * The control file of the stage card: 16 little-endian words of 64 bits, shared by mmap between the card, which lives
 * in the process that plays, and the test, which breaks it and reads its counters. tests/card/stagecard.py knows the
 * same order by name.
 */
#ifndef STAGE_CONTROL_H
#define STAGE_CONTROL_H

#include <stdint.h>

#define STAGE_MAGIC 0x3144524143475453ULL /* the bytes "STGCARD1" */
#define STAGE_NO_FILL INT64_MAX           /* min_fill before anything was played */

enum stage_fault {
    STAGE_OK = 0,
    STAGE_UNPLUGGED = 1, /* opens fail, an open stream is dead for good */
    STAGE_SUSPENDED = 2, /* until the stream is prepared anew; the card itself goes back to STAGE_OK then */
    STAGE_STALLED = 3,   /* the clock stands: nothing is consumed */
};

struct stage_control {
    /* Written by the test. */
    uint64_t magic;
    uint64_t fault;      /* enum stage_fault */
    uint64_t unplugs;    /* counted up at each unplugging, so that none is too short to be noticed */
    uint64_t force_xrun; /* 1 asks for one underrun; the card puts it back to 0 when it happens */
    int64_t ppm;         /* how much faster than nominal the clock runs, in parts per million */
    uint64_t reserved[3];
    /* Written by the card. */
    uint64_t opens;
    uint64_t starts;
    uint64_t xruns;
    uint64_t played;  /* frames of the writer that were converted; silence is not counted */
    uint64_t silence; /* frames of silence that an underrun made */
    uint64_t lost;    /* frames that were queued and never played: dropped, suspended, unplugged, forced underrun */
    int64_t min_fill; /* smallest number of queued frames ever seen while running; negative: so many frames late */
    uint64_t writes;  /* transfers */
};

_Static_assert(sizeof(struct stage_control) == 16 * 8, "the control file is 16 words");

#endif
