// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The flat formats, KAFKA and DELIMITED.
extension JSONReader {
    // MARK: KAFKA

    /// The bytes of a single column, as Kafka's own serialisers write them. Types that Kafka has none for are text.
    mutating func primitive(_ start: BytePointer, count: Int, to node: ColumnNode) -> Bool {
        let source = UnsafeRawPointer(start)
        switch node.pointee.kind {
        case .integer:
            guard count == 4 else { return fail(.wrongLength, start, node) != nil }
            node.pointee.append(int32: Int32(bigEndian: source.loadUnaligned(as: Int32.self)))
        case .bigint:
            guard count == 8 else { return fail(.wrongLength, start, node) != nil }
            node.pointee.append(int64: Int64(bigEndian: source.loadUnaligned(as: Int64.self)))
        case .double:
            guard count == 8 else { return fail(.wrongLength, start, node) != nil }
            let bits = UInt64(bigEndian: source.loadUnaligned(as: UInt64.self))
            node.pointee.append(double: Double(bitPattern: bits))
        case .bytes:
            node.pointee.append(bytes: start, count: count)
        default:
            let text = UnsafeBufferPointer(start: start, count: count)
            if let reason = conversion.append(text: text, to: node) { return fail(reason, start, node) != nil }
        }
        return true
    }

    // MARK: DELIMITED

    /// One line with as many fields as there are nodes; the fields of nil nodes are not converted. An empty field
    /// without quotes is NULL. A field in quotes may hold delimiters, line ends and, doubled, quotes.
    mutating func line(_ start: BytePointer, delimiter: UInt8, nodes: UnsafeBufferPointer<ColumnNode?>) -> Bool {
        // An empty line is no record.
        guard start < end, start.pointee != 0x0A, start.pointee != 0x0D else {
            return fail(.fieldCount, start) != nil
        }
        var place = start
        var index = 0
        while true {
            guard index < nodes.count else { return fail(.fieldCount, place) != nil }
            let node = nodes[index]
            index += 1
            let next: BytePointer?
            if place < end, place.pointee == UInt8(ascii: "\"") {
                next = quotedField(place + 1, delimiter: delimiter, to: node)
            } else {
                next = plainField(place, delimiter: delimiter, to: node)
            }
            guard let next else { return false }
            place = next
            if place < end, place.pointee == delimiter {
                place += 1
                continue
            }
            break
        }
        guard lineEnd(place) else { return fail(.malformed, place) != nil }
        guard index == nodes.count else { return fail(.fieldCount, place) != nil }
        return true
    }

    /// Whether the text ends here, with or without a line end.
    private func lineEnd(_ start: BytePointer) -> Bool {
        var place = start
        if place < end, place.pointee == 0x0D { place += 1 }
        if place < end, place.pointee == 0x0A { place += 1 }
        return place == end
    }

    private mutating func plainField(_ start: BytePointer, delimiter: UInt8, to node: ColumnNode?) -> BytePointer? {
        var place = start
        while place < end, place.pointee != delimiter, place.pointee != 0x0A, place.pointee != 0x0D { place += 1 }
        guard let node else { return place }
        if place == start {
            node.pointee.appendNull()
        } else if let reason = conversion.append(
            text: UnsafeBufferPointer(start: start, count: place - start), to: node)
        {
            return fail(reason, start, node)
        }
        return place
    }

    /// From behind the opening quote to the delimiter or line end behind the closing one; blanks may stand between.
    private mutating func quotedField(_ start: BytePointer, delimiter: UInt8, to node: ColumnNode?) -> BytePointer? {
        reserveScratch(end - start)
        var length = 0
        var place = start
        while true {
            guard place < end else { return fail(.malformed, place) }
            let byte = place.pointee
            place += 1
            if byte == UInt8(ascii: "\"") {
                guard place < end, place.pointee == UInt8(ascii: "\"") else { break }
                place += 1
            }
            scratch[length] = byte
            length += 1
        }
        while place < end, place.pointee == 0x20 || place.pointee == 0x09, place.pointee != delimiter { place += 1 }
        if place < end, place.pointee != delimiter, !lineEnd(place) { return fail(.malformed, place) }
        guard let node else { return place }
        let text = UnsafeBufferPointer(start: UnsafePointer(scratch), count: length)
        if let reason = conversion.append(text: text, to: node) { return fail(reason, start, node) }
        return place
    }
}
