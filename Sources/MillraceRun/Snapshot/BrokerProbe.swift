// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Decides when brokers are asked whether they answer: an idle run would look well without them.
///
///     answer      ●                                 ●
///     failure         ●
///     look          ●     ●      ●      ●        ●      ●
///                   –     –   reading  ask  ask (5 s later)  –
struct BrokerProbe {
    /// How often a broker that is away is asked whether it is back, in ns.
    private static let interval: UInt64 = 5_000_000_000

    /// What a look has found.
    enum Finding {
        /// No connection was lost since the last answer.
        case quiet
        /// One was, and records go on coming.
        case reading
        /// One was, and it is time to ask.
        case due
        /// One was, and it was asked a moment ago.
        case waiting
    }

    /// When the brokers were asked last, and answered; in ms since 1970.
    private var heard: Int64 = 0
    private var next: UInt64 = 0
    private var bytesAtLook = 0

    /// They have answered. Nothing else counts: a commit or a record may have come before the failure.
    /// - Parameter askedMilliseconds: when they were asked, since 1970.
    mutating func noteAnswer(askedMilliseconds: Int64) {
        heard = askedMilliseconds
        next = 0
    }

    /// - Parameters:
    ///   - lastFailureMilliseconds: when a connection was lost, in ms since 1970.
    ///   - bytesRead: of all records so far.
    ///   - now: in ns, never going back.
    mutating func look(lastFailureMilliseconds: Int64, bytesRead: Int, now: UInt64) -> Finding {
        let isReading = bytesRead != bytesAtLook
        bytesAtLook = bytesRead
        guard lastFailureMilliseconds > heard else { return .quiet }
        if isReading { return .reading }
        guard now >= next else { return .waiting }
        next = now +| BrokerProbe.interval
        return .due
    }
}
