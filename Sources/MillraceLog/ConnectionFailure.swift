// SPDX-License-Identifier: Apache-2.0

/// Why a broker could not be reached, and when.
package struct ConnectionFailure: Hashable, Sendable {
    package let error: KafkaError
    /// Milliseconds since 1970-01-01T00:00Z.
    package let wallMilliseconds: Int64

    package init(error: KafkaError, wallMilliseconds: Int64) {
        self.error = error
        self.wallMilliseconds = wallMilliseconds
    }
}
