// SPDX-License-Identifier: Apache-2.0

/// How much goes wrong between a process and the brokers, in parts of 1,000 requests.
package struct SimulatedHarm: Sendable {
    /// The request never arrives.
    package var lost = 0
    /// It is done, and its answer never arrives.
    package var unanswered = 0
    /// It arrives when its sender has given it up.
    package var late = 0
    /// It arrives twice, one after the other.
    package var twice = 0
    /// A batch of records is given up.
    package var undelivered = 0

    package init() {}

    package static let none = SimulatedHarm()
}

/// What becomes of a request.
enum SimulatedFate: Sendable {
    case done
    case lost
    case unanswered
    /// In ms.
    case late(Int64)
    case twice
}
