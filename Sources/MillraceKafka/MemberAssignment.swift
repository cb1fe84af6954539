// SPDX-License-Identifier: Apache-2.0

internal import MillraceCore

/// What a group's leader sends to a member through the coordinator, in the consumers' own format:
///
///     version i16 │ topics i32 │ name length i16, name, partitions i32, partition i32 … │ … │ user data
enum MemberAssignment {
    /// Nil where the bytes are not of this form; a member without partitions may have none at all.
    static func partitions(_ bytes: UnsafeRawBufferPointer) -> [TopicPartition]? {
        if bytes.isEmpty { return [] }
        var reader = Reader(bytes: bytes)
        guard reader.integer(Int16.self) != nil, let topics = reader.integer(Int32.self) else { return nil }
        var partitions: [TopicPartition] = []
        for _ in 0..<max(0, topics) {
            guard let length = reader.integer(Int16.self), let name = reader.text(Int(length)),
                let count = reader.integer(Int32.self)
            else { return nil }
            for _ in 0..<max(0, count) {
                guard let partition = reader.integer(Int32.self) else { return nil }
                partitions.append(TopicPartition(name, partition))
            }
        }
        return partitions
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var place = 0

        mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
            let size = MemoryLayout<Value>.size
            guard bytes.count - place >= size else { return nil }
            defer { place += size }
            return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Value.self))
        }

        mutating func text(_ length: Int) -> String? {
            guard length >= 0, bytes.count - place >= length else { return nil }
            defer { place += length }
            return String(decoding: bytes[place..<place + length], as: UTF8.self)
        }
    }
}
