// SPDX-License-Identifier: Apache-2.0
// Loaded before a process's libraries (LD_PRELOAD): its wall clock is as many seconds off as the 64-bit number in the file
// CLOCK_JUMP says, from moment to moment. Waits until a moment of the wall clock end when that clock has come there, as
// the kernel's do: later if it was set back meanwhile.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *seconds;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("CLOCK_JUMP");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return;
    void *memory = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED) seconds = memory;
    close(file);
}

static int real_clock(clockid_t clock, struct timespec *time) {
    return (int)syscall(SYS_clock_gettime, clock, time);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = real_clock(clock, time);
    if (result == 0 && seconds && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += *seconds;
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *time, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

// How long to wait at once until `end`, a moment of this process's wall clock, as a moment of the kernel's: at most 20 ms,
// because the clock may be set meanwhile. Returns whether `end` has come then.
static int next_wait(const struct timespec *end, struct timespec *until) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = 20000000, whole = (int64_t)end->tv_sec - now.tv_sec;
    int isLast = 0;
    if (whole < 1) {
        int64_t rest = whole < -1 ? 0 : whole * 1000000000 + (end->tv_nsec - now.tv_nsec);
        if (rest <= left) {
            isLast = 1;
            left = rest > 0 ? rest : 0;
        }
    }
    real_clock(CLOCK_REALTIME, until);
    until->tv_nsec += left;
    until->tv_sec += until->tv_nsec / 1000000000;
    until->tv_nsec %= 1000000000;
    return isLast;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *end) {
    static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!wait) wait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    for (;;) {
        struct timespec until;
        int isLast = next_wait(end, &until);
        int result = wait(condition, mutex, &until);
        if (result != ETIMEDOUT || isLast) return result;
    }
}

// What librdkafka waits by.
int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict end) {
    static int (*wait)(cnd_t *, mtx_t *, const struct timespec *);
    if (!wait) wait = dlsym(RTLD_NEXT, "cnd_timedwait");
    for (;;) {
        struct timespec until;
        int isLast = next_wait(end, &until);
        int result = wait(condition, mutex, &until);
        if (result != thrd_timedout || isLast) return result;
    }
}
