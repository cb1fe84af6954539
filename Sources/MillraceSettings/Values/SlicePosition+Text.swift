// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

extension SlicePosition {
    /// As a user would write it.
    package var text: String {
        switch self {
        case .earliest: return "earliest"
        case .latest: return "latest"
        case .time(let time): return TimeDisplay.timestamp(time)
        case .ago(let milliseconds): return "-\(milliseconds)ms"
        case .offsets(let offsets):
            let parts = offsets.map { ($0.topic.map { "\($0)/" } ?? "") + "\($0.partition)=\($0.offset)" }
            return "offsets:" + parts.joined(separator: ",")
        }
    }
}
