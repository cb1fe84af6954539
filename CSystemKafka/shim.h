// SPDX-License-Identifier: Apache-2.0
// librdkafka as a system library: its public header, the mock cluster's, nothing of ours but inline glue.
#ifndef MILLRACE_CSYSTEMKAFKA_SHIM_H
#define MILLRACE_CSYSTEMKAFKA_SHIM_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#endif
