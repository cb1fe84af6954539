// SPDX-License-Identifier: Apache-2.0
// PCRE2 over bytes as a system library.
#ifndef MILLRACE_CSYSTEMREGEX_SHIM_H
#define MILLRACE_CSYSTEMREGEX_SHIM_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/// Whether this is what groups have that took no part in a match.
static inline int millrace_regex_is_unset(size_t offset) { return offset == PCRE2_UNSET; }

/// How much a match may still cost.
struct millrace_regex_steps {
    uint64_t left;
    size_t last;
};

/// One step of a match: an item of the pattern that is tried, and the bytes that were passed over since the last one.
static inline int millrace_regex_step(pcre2_callout_block_8 *block, void *data) {
    struct millrace_regex_steps *steps = (struct millrace_regex_steps *)data;
    size_t here = block->current_position;
    size_t distance = here > steps->last ? here - steps->last : steps->last - here;
    uint64_t cost = 1 + distance / 16;
    steps->last = here;
    if (steps->left < cost) return PCRE2_ERROR_CALLOUT;
    steps->left -= cost;
    return 0;
}

static inline int millrace_regex_count(pcre2_match_context_8 *context, struct millrace_regex_steps *steps) {
    return pcre2_set_callout_8(context, millrace_regex_step, steps);
}

#endif
