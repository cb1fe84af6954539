// SPDX-License-Identifier: Apache-2.0
// Preloaded (LD_PRELOAD) in front of the process's allocator: counts allocations of all threads. The count lies in the file
// that ALLOCATION_COUNT_FILE names, mapped, so that it is right however the process ends.
#define _GNU_SOURCE
#include "AllocationCounter.h"

#include <stdlib.h>

#if defined(__linux__) && defined(__GLIBC__)
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// Until the file is mapped counts go here.
static _Atomic uint64_t early;
static _Atomic uint64_t *_Atomic count = &early;

static void note(void) {
    atomic_fetch_add_explicit(atomic_load_explicit(&count, memory_order_relaxed), 1, memory_order_relaxed);
}

// The allocator behind this one: glibc's, or the one that the program is linked with.
#define NEXT(name) ((__typeof__(&name))next(&next_##name, #name))

static void *_Atomic next_malloc, *_Atomic next_calloc, *_Atomic next_realloc, *_Atomic next_memalign;
static void *_Atomic next_aligned_alloc, *_Atomic next_posix_memalign;

static void *next(void *_Atomic *known, const char *name) {
    void *found = atomic_load_explicit(known, memory_order_relaxed);
    if (!found) {
        found = dlsym(RTLD_NEXT, name);
        if (!found) abort();
        atomic_store_explicit(known, found, memory_order_relaxed);
    }
    return found;
}

void *malloc(size_t size) {
    note();
    return NEXT(malloc)(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return NEXT(calloc)(number, size);
}

void *realloc(void *block, size_t size) {
    note();
    return NEXT(realloc)(block, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return NEXT(memalign)(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return NEXT(aligned_alloc)(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    note();
    return NEXT(posix_memalign)(block, alignment, size);
}

__attribute__((constructor)) static void map_count(void) {
    const char *path = getenv("ALLOCATION_COUNT_FILE");
    if (!path) return;
    // Processes that this one starts are not counted.
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    unsetenv("LD_PRELOAD");
    if (file < 0) return;
    if (ftruncate(file, sizeof(uint64_t)) == 0) {
        void *page = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (page != MAP_FAILED) {
            atomic_store((_Atomic uint64_t *)page, atomic_load(&early));
            atomic_store(&count, (_Atomic uint64_t *)page);
        }
    }
    close(file);
}
#endif
