/* libFuzzer's target: any bytes as the header of a prepared song. The header's checksum is made right, else no
 * mutation would ever reach the fields behind it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "player.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    prepared_header h;
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    if (size >= 64) {
        memset(copy + 60, 0, 4);
        uint32_t crc = crc32_update(0, copy, size);
        memcpy(copy + 60, &crc, 4);
    }
    int fault = prepared_parse(copy, size, &h);
    if ((fault == SONG_SOUND || fault == SONG_WRONG_LENGTH) &&
        (h.channels == 0 || h.channels > 64 || h.checksums_offset + 4ull * h.chunk_count > h.header_bytes))
        abort();
    free(copy);
    return 0;
}
