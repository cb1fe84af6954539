// SPDX-License-Identifier: Apache-2.0
// Sixteen bytes of a text at a time, by the processor's vector instructions, which Swift has no mask for. Inlined
// into the Swift loops that call them. x86-64 (SSE2, which every one has) and arm64; elsewhere byte by byte.
#ifndef MILLRACE_CSYSTEMVECTOR_SHIM_H
#define MILLRACE_CSYSTEMVECTOR_SHIM_H

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>

/// One bit a byte.
static inline uint64_t millrace_ends_of(__m128i bytes) {
    __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i escapes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    return (uint64_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, escapes), controls));
}

/// The bytes among 16 that end a plain run of a JSON string (quote, backslash, control character), as a mask for
/// `millrace_first_end`; 0: none.
static inline uint64_t millrace_string_ends(const uint8_t *source) {
    return millrace_ends_of(_mm_loadu_si128((const __m128i *)source));
}

/// The same, and copies the 16 bytes; bits of `beyond_ascii` are set where one before the first end is no ASCII.
static inline uint64_t millrace_copy_string_ends(const uint8_t *source, uint8_t *target, uint64_t *beyond_ascii) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)source);
    _mm_storeu_si128((__m128i *)target, bytes);
    uint64_t ends = millrace_ends_of(bytes);
    *beyond_ascii |= (uint64_t)_mm_movemask_epi8(bytes) & ((ends ^ (ends - 1)) >> 1);
    return ends;
}

/// Which of 16 bytes the lowest of a mask that is not 0 is.
static inline long millrace_first_end(uint64_t ends) { return __builtin_ctzll(ends); }

/// Copies a text 16 bytes at a time, up to 15 bytes beyond its end; 0: all of it is ASCII.
__attribute__((always_inline)) static inline uint64_t millrace_copy_text(const uint8_t *source, uint8_t *target, long count) {
    __m128i seen = _mm_setzero_si128();
#pragma clang loop unroll(disable)
    for (; count >= 16; count -= 16, source += 16, target += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)source);
        _mm_storeu_si128((__m128i *)target, bytes);
        seen = _mm_or_si128(seen, bytes);
    }
    __m128i bytes = _mm_loadu_si128((const __m128i *)source);
    _mm_storeu_si128((__m128i *)target, bytes);
    uint64_t rest = (uint64_t)_mm_movemask_epi8(bytes) & (((uint64_t)1 << count) - 1);
    return rest | (uint64_t)_mm_movemask_epi8(seen);
}

#elif defined(__aarch64__)
#include <arm_neon.h>

/// Four bits a byte.
static inline uint64_t millrace_nibbles(uint8x16_t mask) {
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(mask), 4)), 0);
}

static inline uint64_t millrace_ends_of(uint8x16_t bytes) {
    uint8x16_t quotes = vceqq_u8(bytes, vdupq_n_u8('"'));
    uint8x16_t escapes = vceqq_u8(bytes, vdupq_n_u8('\\'));
    uint8x16_t controls = vcltq_u8(bytes, vdupq_n_u8(0x20));
    return millrace_nibbles(vorrq_u8(vorrq_u8(quotes, escapes), controls));
}

static inline uint64_t millrace_string_ends(const uint8_t *source) { return millrace_ends_of(vld1q_u8(source)); }

static inline uint64_t millrace_copy_string_ends(const uint8_t *source, uint8_t *target, uint64_t *beyond_ascii) {
    uint8x16_t bytes = vld1q_u8(source);
    vst1q_u8(target, bytes);
    uint64_t ends = millrace_ends_of(bytes);
    *beyond_ascii |= millrace_nibbles(vcgeq_u8(bytes, vdupq_n_u8(0x80))) & ((ends ^ (ends - 1)) >> 1);
    return ends;
}

static inline long millrace_first_end(uint64_t ends) { return __builtin_ctzll(ends) >> 2; }

__attribute__((always_inline)) static inline uint64_t millrace_copy_text(const uint8_t *source, uint8_t *target, long count) {
    uint8x16_t seen = vdupq_n_u8(0);
#pragma clang loop unroll(disable)
    for (; count >= 16; count -= 16, source += 16, target += 16) {
        uint8x16_t bytes = vld1q_u8(source);
        vst1q_u8(target, bytes);
        seen = vorrq_u8(seen, bytes);
    }
    uint8x16_t bytes = vld1q_u8(source);
    vst1q_u8(target, bytes);
    uint64_t rest = millrace_nibbles(vcgeq_u8(bytes, vdupq_n_u8(0x80))) & (((uint64_t)1 << (count * 4)) - 1);
    return rest | millrace_nibbles(vcgeq_u8(seen, vdupq_n_u8(0x80)));
}

#else

static inline uint64_t millrace_string_ends(const uint8_t *source) {
    for (long index = 0; index < 16; index += 1)
        if (source[index] < 0x20 || source[index] == '"' || source[index] == '\\') return (uint64_t)1 << index;
    return 0;
}

static inline uint64_t millrace_copy_string_ends(const uint8_t *source, uint8_t *target, uint64_t *beyond_ascii) {
    uint64_t ends = millrace_string_ends(source);
    for (long index = 0; index < 16; index += 1) {
        target[index] = source[index];
        if (ends == 0 || index < __builtin_ctzll(ends)) *beyond_ascii |= source[index] & 0x80;
    }
    return ends;
}

static inline long millrace_first_end(uint64_t ends) { return __builtin_ctzll(ends); }

__attribute__((always_inline)) static inline uint64_t millrace_copy_text(const uint8_t *source, uint8_t *target, long count) {
    uint64_t seen = 0;
    for (long index = 0; index < count; index += 1) {
        target[index] = source[index];
        seen |= source[index] & 0x80;
    }
    return seen;
}

#endif

#endif
