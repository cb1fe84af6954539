// SPDX-License-Identifier: Apache-2.0
// Counts heap allocations of a process that it is preloaded into (LD_PRELOAD); has no interface of its own.
