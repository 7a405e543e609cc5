/* A reader on another thread sees each publication whole. All buses play the same, and every 10 ms something else, so
 * that any mixture of two publications shows as buses that differ. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "songs.h"

enum { CHANNELS = 32, HOP = 480, HOPS = 300 /* an emulator needs 15 s for them */ };

static kernel *shared;
static atomic_bool over;
static atomic_ulong seen;

static void *read_meters(void *nothing) {
    kernel_meters m;
    uint64_t last = 0;
    while (!atomic_load(&over)) {
        kernel_read_meters(shared, &m);
        CHECK(m.frame % HOP == 0 && m.frame >= last);
        for (uint32_t b = 1; b < CHANNELS; b++)
            CHECK(!memcmp(&m.bus[b], &m.bus[0], sizeof m.bus[0]));
        seen += m.frame != last;
        last = m.frame;
    }
    return nothing;
}

static void test_no_publication_is_torn(void) {
    static float in[HOP * CHANNELS], out[HOP * CHANNELS];
    pthread_t reader;
    shared = make_kernel(CHANNELS, KERNEL_ISA_BEST);
    CHECK(pthread_create(&reader, NULL, read_meters, NULL) == 0);
    for (uint32_t hop = 0; hop < HOPS; hop++) {
        for (uint32_t i = 0; i < HOP * CHANNELS; i++)
            in[i] = (float)((hop * 37 + i / CHANNELS) % 101) / 101.0f;
        kernel_render_buses(shared, in, out, HOP);
    }
    atomic_store(&over, true);
    pthread_join(reader, NULL);
    printf("%lu publications seen\n", atomic_load(&seen));
    CHECK(atomic_load(&seen) > 3);
}

int main(void) {
    RUN(test_no_publication_is_torn);
    return 0;
}
