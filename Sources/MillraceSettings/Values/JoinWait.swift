// SPDX-License-Identifier: Apache-2.0

/// How long a row of a stream waits, live, for rows of the tables that it is joined with (`join.wait`), in ms.
package enum JoinWait {
    package static let byDefault: Int64 = 100
    package static let limits: ClosedRange<Int64> = 0...600_000
}
