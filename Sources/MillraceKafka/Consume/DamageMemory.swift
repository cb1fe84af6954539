// SPDX-License-Identifier: Apache-2.0

internal import MillraceCore
internal import MillraceLog

/// Which partitions had a batch that could not be read, so that what librdkafka says next is understood.
///
/// Behind a batch with a wrong checksum librdkafka 2.0 goes on at an offset that it takes from memory that it has not
/// set. The broker answers that this offset is out of range, and the error has no version: it comes even after the
/// partition was assigned again. It would look as if the committed offset were gone; it is the damage once more.
struct DamageMemory {
    private struct Damage {
        var error: KafkaError
        var offset: Int64
    }

    private var damages: [TopicPartition: Damage] = [:]

    /// What an error of a partition means.
    /// - Parameters:
    ///   - offset: the damaged batch's first one, where the error is of damage.
    ///   - next: the offset that is to be read next; nil: the partition is not read on.
    mutating func explained(
        _ error: KafkaError, of partition: TopicPartition, at offset: Int64, next: Int64?
    ) -> KafkaError {
        if error.isDamage { damages[partition] = Damage(error: error, offset: offset) }
        guard error.isOffsetOutOfRange, let damage = damages[partition] else { return error }
        // It was read past the damage since then.
        if let next, next > damage.offset {
            damages[partition] = nil
            return error
        }
        return damage.error
    }
}
