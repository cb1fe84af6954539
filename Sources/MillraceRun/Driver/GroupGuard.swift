// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// Refuses to join a group in which another process runs already, where the program must run in one process. Asked
/// before joining, because joining alone would take partitions from the one that runs.
struct GroupGuard {
    private let graph: QueryGraph
    private let options: RunOptions

    init(_ graph: QueryGraph, _ options: RunOptions) {
        self.graph = graph
        self.options = options
    }

    /// How a process of this instance names itself to the broker.
    var clientID: String { "millrace-\(options.application)-\(options.instance)" }

    func check() throws {
        guard let need = WholeInput(graph, hasExchange: options.exchangesPartials) else { return }
        let members = try options.cluster.admin().members(
            ofGroup: options.application, timeoutMilliseconds: 15_000)
        // A member of the same name is this instance before its restart: it is fenced by the group itself.
        guard let other = members.first(where: { $0.clientID != clientID }) else { return }
        throw RunFailure(
            .tryAgain, .secondProcess,
            "\(options.application) runs already on \(other.host) (\(other.clientID)), "
                + "and this program \(need.reason)",
            hint: "stop the other one, or wait for its session to end (30 s)\(need.remedy)")
    }
}
