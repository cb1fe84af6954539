// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What does not change while a member runs.
struct RunSetup: Sendable {
    var application: String
    var instance: String
    /// The topics of the input.
    var topics: [String]
    var layout: TaskLayout
    /// The group forgets offsets of topics that it does not subscribe to unless they are committed again so often, in
    /// ms.
    var renewalMilliseconds: Int64 = 3_600_000
    /// Topics of exchanges; empty: there are none.
    var exchangeTopics: Set<String> = []
    /// Between two commits, in ms.
    var commitIntervalMilliseconds: Int64
    var threads = 1
    /// The run is over where the history ends.
    var endsAtCut = false
    /// A bounded slice that several processes share.
    var isJob = false
    /// Processes of another version are replaced one by one.
    var isUpgrade = false
    /// Why one process must have all partitions; nil: it need not.
    var wholeInput: WholeInput?
}
