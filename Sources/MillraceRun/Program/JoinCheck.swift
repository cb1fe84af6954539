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

    /// - Throws: `RunFailure` (`joinNotLive`): such a join runs over bounded history only.
    func checkRun(_ options: RunOptions) throws(RunFailure) {
        guard let first = graph.joinQueries.first else { return }
        let query = graph.program.queries[first]
        let what = "\(query.name) joins \(query.inputs.joined(separator: " with "))"
        if options.isJob {
            throw failure("\(what), which several processes cannot share", "leave --job out: one process replays it")
        }
        if options.exchangesPartials {
            throw failure("\(what): it runs in one process, without exchanges", "leave --exchange out")
        }
        if options.newQueries == .backfill {
            throw failure(
                "\(what), and queries cannot be added to such a program with the history that it has read",
                "use --new-queries live, or run the new program as another application (--application)")
        }
        for root in graph.roots where graph.isJoinedTable(root.source.topic) {
            if root.source.versions == .start {
                throw failure(
                    "\(root.source.name) has VERSIONS='start', which a log that goes on does not have yet",
                    "leave it out, or use millrace replay, or ask without EMIT")
            }
            // A table is made of all records, whatever is said of its topic as a stream.
            guard root.source.kind == .table || options.from == .earliest else {
                throw failure(
                    "a table that \(query.name) joins with is made of the topic \(root.source.topic), which is also "
                        + "the stream \(root.source.name): it is read from its beginning",
                    "leave --from out, or read the stream in a program of its own")
            }
        }
    }

    /// What meets in joins is computed in one order, by one thread.
    /// - Returns: what to say where more were asked for.
    func limitThreads(_ options: inout RunOptions) -> LogLine? {
        guard graph.hasJoins, options.threads > 1 else { return nil }
        defer { options.threads = 1 }
        return LogLine(.info, "threads: 1 in place of \(options.threads), because joins are computed in one order")
    }

    private func failure(_ message: String, _ hint: String) -> RunFailure {
        RunFailure(.usage, .joinNotLive, message, hint: hint)
    }

    /// - Throws: `RunFailure` for a slice that leaves out what a table is made of.
    func checkReplay(_ options: RunOptions) throws(RunFailure) {
        guard graph.hasJoins, options.from != .earliest else { return }
        throw RunFailure(
            .usage, .contradiction, "the program has joins, and a replay of it begins at the earliest record",
            hint: "leave --from out: a table is made of all records of its topic; limit the rows with "
                + "WHERE ROWTIME >= …")
    }
}
