// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

extension RunFailure {
    /// An input topic was deleted while it was read.
    static func deletedInput(_ topic: String, hint: String? = nil) -> RunFailure {
        RunFailure(
            .inputMissing, .missingTopic, "the topic \(topic) was deleted while it was read",
            hint: hint ?? "nothing behind the last commit was published; make the topic again, and begin anew under "
                + "another name (--application)")
    }

    /// The log is another one than that of which records were read.
    /// - Parameter offset: what was to be read next when it was still the old one.
    static func replacedInput(
        _ partition: TopicPartition, before offset: Int64, hint: String
    ) -> RunFailure {
        RunFailure(
            .data, .inputReplaced,
            "\(partition) was deleted and made again while it was read: "
                + "what the new log had before offset \(offset) was not read",
            hint: hint, partition: partition, offset: offset)
    }
}
