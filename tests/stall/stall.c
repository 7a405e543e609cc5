/*
 * A disk that does as the test says: preloaded before the C library, it holds back or fails reads of prepared songs.
 *
 *     STALL_CONTROL   a file of three 64-bit words: reads that may pass (negative: all), 1 to fail the next ones with
 *                     EIO, reads that were let through so far
 *     STALL_LOG       one line for each read: file name, offset
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef ssize_t reader(int, void *, size_t, off_t);

static volatile int64_t *control(void) {
    static volatile int64_t *words;
    if (words == NULL) {
        int file = open(getenv("STALL_CONTROL"), O_RDWR | O_CLOEXEC);
        void *shared = mmap(NULL, 24, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
        if (shared == MAP_FAILED)
            abort();
        words = shared;
    }
    return words;
}

static void note(const char *path, off_t at) {
    int file = open(getenv("STALL_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    dprintf(file, "%s %lld\n", strrchr(path, '/') + 1, (long long)at);
    close(file);
}

ssize_t pread(int file, void *to, size_t bytes, off_t at) {
    reader *real = (reader *)dlsym(RTLD_NEXT, "pread");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    if (length < 5 || strcmp(path + length - 5, ".song") != 0)
        return real(file, to, bytes, at);
    volatile int64_t *words = control();
    while (__atomic_load_n(&words[0], __ATOMIC_SEQ_CST) == 0)
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    if (words[0] > 0)
        __atomic_fetch_sub(&words[0], 1, __ATOMIC_SEQ_CST);
    note(path, at);
    __atomic_fetch_add(&words[2], 1, __ATOMIC_SEQ_CST);
    if (words[1]) {
        errno = EIO;
        return -1;
    }
    return real(file, to, bytes, at);
}

ssize_t pread64(int file, void *to, size_t bytes, off_t at) {
    return pread(file, to, bytes, at);
}
