// SPDX-License-Identifier: Apache-2.0
import MillraceLog
import MillraceReport

/// What a run has behind it: it goes on when the process has to join its group as a new member.
final class RunHistory {
    var totals = RunTotals()
    var stages: [StageReport] = []
    var failures = FailureHistory()
    /// What is known of the group's commits.
    var memory = GroupMemory()
    /// Bytes of keys and values that earlier members have read.
    var bytesRead = 0
    /// It was told that the given start is not used.
    var hasToldUnusedStart = false
}

/// The group counts this member out for good: another one has its name.
///
/// It may be a ghost: when the answer to a JoinGroup does not come in time, librdkafka asks again, and the broker takes
/// the second request for another process of the name. A new member takes the name back then; two processes that really
/// have one name take it from each other until `FailureHistory` ends one of them.
struct MembershipLost: Error {
    let error: KafkaError
}
