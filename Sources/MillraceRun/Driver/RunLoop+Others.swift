// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

extension RunLoop {
    /// After the first commit of an assignment, in ns. A commit that was answered may become visible a little later.
    private static let looks: [UInt64] = [1, 5, 20].map { $0 * 1_000_000_000 }

    func planLooksAtOthers(_ assignment: Assignment) {
        guard assignment.looksAtOthers == nil, job == nil, !options.isUpgrade else { return }
        let now = clock.monotonicNanoseconds()
        assignment.looksAtOthers = RunLoop.looks.map { now +| $0 }
    }

    /// Two programs that were started at the same time under one name, before either had committed anything, share the
    /// partitions. Each looks, after its own first commit, at what the others have committed.
    func checkOthers(_ assignment: Assignment) throws {
        guard let due = assignment.looksAtOthers?.first, clock.monotonicNanoseconds() >= due else { return }
        let others = allPartitions.filter { !assigned.contains($0) && !exchange.isExchange($0.topic) }
        // No answer: somebody commits just now.
        guard let commits = others.isEmpty ? [:] : try? consumer.committed(others, timeoutMilliseconds: 500) else {
            assignment.looksAtOthers?[0] = clock.monotonicNanoseconds() +| RunLoop.looks[0]
            return
        }
        assignment.looksAtOthers?.removeFirst()
        for (partition, commit) in commits.sorted(by: { $0.key < $1.key }) {
            guard let metadata = CommitMetadata(commit.metadata), metadata.program != nil, !metadata.isUpgrade else {
                continue
            }
            let change = ProgramChange(
                identities, topics: identities.indices.map(graph.topics(feeding:)), commits: [partition: metadata])
            if change.isEmpty { continue }
            throw RunFailure(
                .configuration, .otherProgram,
                "another program commits as \(options.application), too (\(partition)); against it \(change.text)",
                hint: "stop one of them, or give it another name with --application", partition: partition)
        }
    }
}
