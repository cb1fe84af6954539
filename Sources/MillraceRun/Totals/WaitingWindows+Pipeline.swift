// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

extension WaitingWindows {
    /// By query.
    static func all(_ pipeline: Pipeline) -> [String: WaitingWindows] {
        var all: [String: WaitingWindows] = [:]
        for (index, query) in pipeline.graph.program.queries.enumerated() {
            all[query.name] = WaitingWindows(
                pipeline.openWindows(index, limit: 1), groups: pipeline.groupCount(index),
                emitsFinal: query.emit == .final)
        }
        return all
    }
}
