// SPDX-License-Identifier: Apache-2.0
// The kernel's mremap, which Swift's Glibc module leaves out (it is behind _GNU_SOURCE and variadic).
#ifndef MILLRACE_CSYSTEMMEMORY_SHIM_H
#define MILLRACE_CSYSTEMMEMORY_SHIM_H

#ifdef __linux__
#include <stddef.h>

extern void *mremap(void *address, size_t old_size, size_t new_size, int flags, ...);

/// Gives mapped pages more room, moving them (not copying) if they have to; MAP_FAILED where there is no memory.
static inline void *millrace_remap(void *address, size_t old_size, size_t new_size) {
    return mremap(address, old_size, new_size, 1 /* MREMAP_MAYMOVE */);
}
#endif

#endif
