// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka

extension RunLoop {
    /// Two programs that were started at the same time under one name, before either had committed anything, share the
    /// partitions. Each looks once, after its own first commit, at what the others have committed: the second to commit
    /// sees the first.
    func checkOthers(_ assignment: Assignment) throws {
        guard job == nil, !assignment.othersAreKnown, !options.isUpgrade else { return }
        let others = allPartitions.filter { !assigned.contains($0) && !exchange.isExchange($0.topic) }
        // No answer: somebody commits just now. The next commit asks again.
        guard let commits = others.isEmpty ? [:] : try? consumer.committed(others, timeoutMilliseconds: 500) else {
            return
        }
        assignment.othersAreKnown = true
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
