// SPDX-License-Identifier: Apache-2.0

/// Why a benchmark cannot go on, in words.
package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
