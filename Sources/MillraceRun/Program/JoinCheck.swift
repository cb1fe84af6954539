// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceSettings

/// Refuses runs of programs with joins that have no exact answer yet.
struct JoinCheck {
    private let graph: QueryGraph

    init(_ graph: QueryGraph) { self.graph = graph }

    /// - Throws: `RunFailure` (`joinNotLive`): a join runs over bounded history only.
    func checkRun() throws(RunFailure) {
        guard let query = graph.program.queries.first(where: { !$0.joins.isEmpty }) else { return }
        throw RunFailure(
            .usage, .joinNotLive,
            "\(query.name) joins \(query.inputs.joined(separator: " with ")), which only "
                + "`millrace replay` can do yet, in one process",
            hint: "millrace replay gives the exact result of the history, and with --publish writes it to the topic")
    }

    /// - Throws: `RunFailure` for a slice that leaves out what a table is made of.
    func checkReplay(_ options: RunOptions) throws(RunFailure) {
        guard graph.hasJoins, options.from != .earliest else { return }
        throw RunFailure(
            .usage, .contradiction, "the program has joins, and a replay of it begins at the earliest record",
            hint:
                "leave --from out: a table is made of all records of its topic; limit the rows with WHERE ROWTIME >= …")
    }
}
