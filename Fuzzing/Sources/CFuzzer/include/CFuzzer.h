// SPDX-License-Identifier: Apache-2.0
#ifndef MILLRACE_FUZZER_H
#define MILLRACE_FUZZER_H

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's entry point for those who have a main function of their own (libclang_rt.fuzzer_no_main).
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
