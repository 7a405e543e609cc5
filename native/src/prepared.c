/* The header of a prepared song: docs/prepared-song.md has it byte by byte. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel.h"
#include "player.h"

enum { FIXED_BYTES = 256, CHUNK_BYTES = 1 << 20, BYTES_PER_SAMPLE = 3, MAX_HEADER = 64 << 20 };

static uint32_t u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t u64(const uint8_t *p) {
    return u32(p) | (uint64_t)u32(p + 4) << 32;
}

int prepared_parse(const uint8_t *header, size_t bytes, prepared_header *out) {
    static const uint8_t nothing[4];
    memset(out, 0, sizeof *out);
    if (bytes < FIXED_BYTES || memcmp(header, "SIDESTG1", 8) != 0)
        return SONG_NOT_PREPARED;
    if (u32(header + 8) != 1)
        return SONG_OTHER_VERSION;
    prepared_header h = {.header_bytes = u32(header + 12),
                         .rate_hz = u32(header + 16),
                         .channels = u32(header + 20),
                         .frames = u64(header + 24),
                         .data_bytes = u64(header + 32),
                         .chunk_count = u32(header + 44),
                         .checksums_offset = u32(header + 56)};
    memcpy(h.roles, header + 96, sizeof h.roles);
    uint64_t sums_end = (uint64_t)h.checksums_offset + 4ull * h.chunk_count;
    if (h.header_bytes < 4096 || h.header_bytes % 4096 || h.header_bytes > MAX_HEADER || h.channels == 0 ||
        h.channels > KERNEL_MAX_STEM_CHANNELS || h.frames == 0 ||
        h.frames > UINT64_MAX / 2 / h.channels / BYTES_PER_SAMPLE ||
        h.data_bytes != h.frames * h.channels * BYTES_PER_SAMPLE || u32(header + 40) != CHUNK_BYTES ||
        h.chunk_count != (h.data_bytes + CHUNK_BYTES - 1) / CHUNK_BYTES || h.checksums_offset < FIXED_BYTES ||
        h.checksums_offset % 4 || sums_end > h.header_bytes)
        return SONG_DAMAGED_HEADER;
    for (uint32_t c = 0; c < sizeof h.roles; c++)
        if (c < h.channels ? h.roles[c] < KERNEL_ROLE_TRACK || h.roles[c] > KERNEL_ROLE_TIMECODE : h.roles[c] != 0)
            return SONG_DAMAGED_HEADER;
    *out = h;
    if (bytes < h.header_bytes)
        return SONG_WRONG_LENGTH;
    uint32_t crc = crc32_update(0, header, 60);
    crc = crc32_update(crc, nothing, 4);
    crc = crc32_update(crc, header + 64, h.header_bytes - 64);
    return crc == u32(header + 60) ? SONG_SOUND : SONG_DAMAGED_HEADER;
}
