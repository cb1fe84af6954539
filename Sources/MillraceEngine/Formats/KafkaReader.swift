// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Reads the format KAFKA: one column, as Kafka's own serialisers write it. Types that Kafka has none for are text.
struct KafkaReader {
    private(set) var failure = DecodeFailure()
    private let conversion: TextConversion

    init(conversion: TextConversion) { self.conversion = conversion }

    @inline(never)
    private mutating func fail(_ reason: BadReason, _ place: BytePointer, _ node: ColumnNode) -> Bool {
        failure = DecodeFailure(reason, at: place, node)
        return false
    }

    /// Appends the value that so many bytes are; false where they are none.
    mutating func primitive(_ start: BytePointer, count: Int, to node: ColumnNode) -> Bool {
        let source = UnsafeRawPointer(start)
        switch node.pointee.kind {
        case .integer:
            guard count == 4 else { return fail(.wrongLength, start, node) }
            node.pointee.append(int32: Int32(bigEndian: source.loadUnaligned(as: Int32.self)))
        case .bigint:
            guard count == 8 else { return fail(.wrongLength, start, node) }
            node.pointee.append(int64: Int64(bigEndian: source.loadUnaligned(as: Int64.self)))
        case .double:
            guard count == 8 else { return fail(.wrongLength, start, node) }
            let bits = UInt64(bigEndian: source.loadUnaligned(as: UInt64.self))
            node.pointee.append(double: Double(bitPattern: bits))
        case .bytes:
            node.pointee.append(bytes: start, count: count)
        default:
            let text = UnsafeBufferPointer(start: start, count: count)
            if let reason = conversion.append(text: text, to: node) { return fail(reason, start, node) }
        }
        return true
    }
}
