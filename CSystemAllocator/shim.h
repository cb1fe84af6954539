// SPDX-License-Identifier: Apache-2.0
// mimalloc as a system library: linked, it takes the place of malloc and free in the whole process.
#ifndef MILLRACE_CSYSTEMALLOCATOR_SHIM_H
#define MILLRACE_CSYSTEMALLOCATOR_SHIM_H

#include <mimalloc.h>

#endif
