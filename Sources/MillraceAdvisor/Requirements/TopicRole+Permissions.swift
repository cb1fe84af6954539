// SPDX-License-Identifier: Apache-2.0
import MillraceRun

/// Which permissions a program needs for what it does with a topic.
extension TopicRole {
    /// An operation, and what it is for.
    typealias Use = (operation: Permission.Operation, purpose: String)

    private static let create = Use(.create, "only where the topic is not there yet")

    var uses: [Use] {
        switch self {
        case .input: [(.read, "records, and committed offsets")]
        case .output: [(.write, "results"), (.describeConfigs, "how large records it takes"), TopicRole.create]
        case .deadLetters:
            [(.write, "late and bad records"), (.describeConfigs, "how large records it takes"), TopicRole.create]
        case .changelog:
            [
                (.read, "state, at a start"), (.write, "state, every flush"), TopicRole.create,
                (.alter, "where it groups by the record key: as many partitions as the input gets"),
            ]
        case .exchange:
            [
                (.read, "partial results of all processes"), (.write, "partial results"), TopicRole.create,
                (.delete, "deleting what no restart needs"),
            ]
        }
    }
}
