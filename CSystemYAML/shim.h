// SPDX-License-Identifier: Apache-2.0
// libyaml as a system library.
#ifndef MILLRACE_CSYSTEMYAML_SHIM_H
#define MILLRACE_CSYSTEMYAML_SHIM_H

#include <yaml.h>

#endif
