// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// What `processing.guarantee` promises of a continuous run's results, by the names of Kafka Streams.
package enum ProcessingGuarantee: String, Hashable, Sendable {
    /// Each result once, when its transaction is committed.
    case exactlyOnce = "exactly_once_v2"
    /// Each result as soon as it is there; after a crash some come again, none is lost.
    case atLeastOnce = "at_least_once"

    package static func parse(
        _ text: String, at location: SourceLocation?
    ) throws(SourceError) -> ProcessingGuarantee {
        // The older names of the same thing.
        if text == "exactly_once" || text == "exactly_once_beta" { return .exactlyOnce }
        guard let guarantee = ProcessingGuarantee(rawValue: text) else {
            throw SourceError(
                "processing.guarantee is exactly_once_v2 or at_least_once, not '\(text)'", at: location)
        }
        return guarantee
    }

    /// For `explain`.
    package func explanation(commitIntervalMilliseconds: Int64) -> String {
        let period = "\(commitIntervalMilliseconds) ms"
        switch self {
        case .exactlyOnce:
            return "\(rawValue): results become visible with the commit, every \(period), each of them once"
        case .atLeastOnce:
            return "\(rawValue): results are sent at once (EMIT CHANGES of aggregates: every \(period)); "
                + "after a crash some come again, none is lost"
        }
    }
}
