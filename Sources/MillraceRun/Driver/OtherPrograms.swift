// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// Two programs that were started at the same time under one name, before either had committed anything, share the
/// partitions. Each looks, after its own first commit, at what the others have committed.
struct OtherPrograms {
    let context: RunContext

    /// - Parameter others: partitions of the input that this process does not have.
    /// - Returns: whether there was an answer: while somebody commits there is none.
    /// - Throws: `RunFailure` where another program commits as this application.
    func look(_ others: [TopicPartition]) throws -> Bool {
        if others.isEmpty { return true }
        guard let commits = try? context.consumer.committed(others, timeoutMilliseconds: 500) else { return false }
        let identities = context.identities
        for (partition, commit) in commits.sorted(by: { $0.key < $1.key }) {
            guard let metadata = CommitMetadata(commit.metadata), metadata.program != nil, !metadata.isUpgrade else {
                continue
            }
            let change = ProgramChange(
                identities, topics: identities.indices.map(context.graph.topics(feeding:)),
                commits: [partition: metadata])
            if change.isEmpty { continue }
            throw RunFailure(
                .configuration, .otherProgram,
                "another program commits as \(context.options.application), too (\(partition)); against it "
                    + change.text,
                hint: "stop one of them, or give it another name with --application", partition: partition)
        }
        return true
    }
}
