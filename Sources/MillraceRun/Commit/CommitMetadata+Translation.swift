// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine

extension CommitMetadata {
    /// The commit with one watermark for each root of the topic in the program as it is now. Roots that it does not
    /// know have none yet.
    /// - Returns: nil: it does not say which roots its watermarks are of, and there are not as many.
    func translated(to graph: QueryGraph, topic: String) -> CommitMetadata? {
        let names = graph.rootNames(ofTopic: topic)
        guard let program else {
            let fits = watermarks.count == names.count && flush.map { $0.watermarks.count == names.count } ?? true
            return fits ? self : nil
        }
        func translated(_ watermarks: [Watermark]) -> [Watermark]? {
            guard watermarks.count == program.roots.count else { return nil }
            return names.map { name in program.roots.firstIndex(of: name).map { watermarks[$0] } ?? .none }
        }
        var result = self
        guard let times = translated(watermarks) else { return nil }
        result.watermarks = times
        if let flush {
            guard let times = translated(flush.watermarks) else { return nil }
            result.flush?.watermarks = times
        }
        if let backfill {
            guard let times = translated(backfill.watermarks) else { return nil }
            result.backfill?.watermarks = times
        }
        return result
    }
}
