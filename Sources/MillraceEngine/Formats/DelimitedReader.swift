// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Reads the lines of DELIMITED. Functions return the place behind what they read, nil where it is bad.
struct DelimitedReader {
    private(set) var failure = DecodeFailure()
    private let conversion: TextConversion
    private var end: BytePointer
    /// A field in quotes without its quotes.
    private var scratch: UnsafeMutablePointer<UInt8>
    private var scratchCapacity = 256

    /// `destroy` frees it.
    init(conversion: TextConversion) {
        self.conversion = conversion
        scratch = .allocate(capacity: scratchCapacity)
        end = UnsafePointer(scratch)
    }

    func destroy() { scratch.deallocate() }

    private mutating func reserveScratch(_ count: Int) {
        guard count > scratchCapacity else { return }
        scratch.deallocate()
        scratchCapacity = count * 2
        scratch = .allocate(capacity: scratchCapacity)
    }

    @inline(never)
    private mutating func fail(
        _ reason: BadReason, _ place: BytePointer, _ node: ColumnNode? = nil
    ) -> BytePointer? {
        failure = DecodeFailure(reason, at: place, node)
        return nil
    }

    /// One line with as many fields as there are nodes; the fields of nil nodes are not converted. An empty field
    /// without quotes is NULL. A field in quotes may hold delimiters, line ends and, doubled, quotes.
    mutating func line(
        _ start: BytePointer, count: Int, delimiter: UInt8, nodes: UnsafeBufferPointer<ColumnNode?>
    ) -> Bool {
        end = start + count
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
