// SPDX-License-Identifier: Apache-2.0
import MillraceEngine

/// What to do with what a changelog has of a place, from what the commit and the changelog say.
enum StateDecision: Equatable {
    /// It is the state at the flush that the commit names.
    case load
    /// It is of another life of the application: the next flush deletes it.
    case forget
    case refuse(Reason)

    enum Reason: Equatable {
        /// The topic has no flush, though the commit names one.
        case missing
        /// The state is of another version of the query.
        case changed
        /// The commit and the changelog name different flushes.
        case other(found: Int64, expected: Int64)
        /// The entries were spread over another number of partitions.
        case partitions(then: Int32)
        /// The query has no window, and the flush knows nothing of it.
        case unknown
    }

    /// - Parameters:
    ///   - flush: what the commit says; nil: there was no flush.
    ///   - fingerprint: of the query now.
    ///   - partitions: of the changelog now; nil where it does not matter.
    ///   - isUnbounded: whether the query's state goes back to the beginning.
    ///   - isNamed: whether the commit says which queries it is of: then the query is one of them, and the commit's
    ///     restore offset is right for it if no flush has it.
    init(
        flush: CommitMetadata.Flush?, marker: ChangelogMarker?, fingerprint: UInt64, partitions: Int32?,
        isUnbounded: Bool, isNamed: Bool
    ) {
        guard let flush else {
            self = .forget
            return
        }
        guard flush.queries.contains(fingerprint) else {
            if isNamed {
                self = .forget
                return
            }
            if let marker, marker.number == flush.number {
                self = .refuse(.changed)
            } else {
                self = isUnbounded ? .refuse(.unknown) : .forget
            }
            return
        }
        guard let marker else {
            self = .refuse(.missing)
            return
        }
        guard marker.fingerprint == fingerprint else {
            self = .refuse(.changed)
            return
        }
        guard marker.number == flush.number else {
            self = .refuse(.other(found: marker.number, expected: flush.number))
            return
        }
        if let partitions, marker.partitions != partitions {
            self = .refuse(.partitions(then: marker.partitions))
            return
        }
        self = .load
    }
}
