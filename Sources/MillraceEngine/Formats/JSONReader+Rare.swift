// SPDX-License-Identifier: Apache-2.0

/// What hardly any record needs.
extension JSONReader {
    /// `fields` for objects in which names meet: each column has the value of the field that is spelt exactly as the
    /// column, without one that of a field whose name in upper case is the column's; of several the last one. What
    /// gives way is no value and is not converted.
    ///
    /// Reads the object twice: its names, then what they have chosen. So do the objects in it, which are then not tried
    /// in the other way first.
    @inline(never)
    mutating func fieldsByName(
        _ start: BytePointer, table: UnsafeMutablePointer<FieldTable>, row: Int
    ) -> BytePointer? {
        let outer = readsByName
        readsByName = true
        defer { readsByName = outer }
        table.pointee.beginChoice(row: row)
        guard let next = chooseFields(start, table) else { return nil }
        var first: (reason: BadReason, place: BytePointer, node: ColumnNode?)?
        for index in 0..<table.pointee.count {
            let node = table.pointee.node(index)
            guard let place = table.pointee.choice(index) else {
                node.pointee.appendNull()
                continue
            }
            if value(place, to: node) != nil { continue }
            if first.map({ failurePlace < $0.place }) ?? true { first = (failure, failurePlace, failureNode) }
        }
        guard let first else { return next }
        return fail(first.reason, first.place, first.node)
    }

    /// Passes over an object, from behind its brace on, and lets its names choose among the values.
    private mutating func chooseFields(
        _ start: BytePointer, _ table: UnsafeMutablePointer<FieldTable>
    ) -> BytePointer? {
        var place = skipSpace(start)
        if place < end, place.pointee == UInt8(ascii: "}") { return place + 1 }
        var position = 0
        while true {
            guard place < end, place.pointee == UInt8(ascii: "\"") else { return fail(.malformed, place) }
            let name = place + 1
            guard let nameEnd = skipString(name) else { return nil }
            place = skipSpace(nameEnd)
            guard place < end, place.pointee == UInt8(ascii: ":") else { return fail(.malformed, place) }
            place = skipSpace(place + 1)
            guard place < end else { return fail(.malformed, place) }
            choose(name, count: nameEnd - 1 - name, value: place, position: position, table)
            position += 1
            guard let valueEnd = skipValue(place), valueEnd <= end else { return fail(.malformed, place) }
            place = skipSpace(valueEnd)
            guard place < end else { return fail(.malformed, place) }
            if place.pointee == UInt8(ascii: "}") { return place + 1 }
            guard place.pointee == UInt8(ascii: ",") else { return fail(.malformed, place) }
            place = skipSpace(place + 1)
        }
    }

    private mutating func choose(
        _ name: BytePointer, count: Int, value: BytePointer, position: Int, _ table: UnsafeMutablePointer<FieldTable>
    ) {
        if UnsafeBufferPointer(start: name, count: count).contains(UInt8(ascii: "\\")) {
            reserveScratch(count)
            var target = scratch
            guard unescape(name, &target) != nil else { return }
            table.pointee.offer(scratch, count: target - scratch, value: value, position: nil)
        } else {
            table.pointee.remember(name, count: count, node: table.pointee.find(name, count: count), at: position)
            table.pointee.offer(name, count: count, value: value, position: position)
        }
    }

    /// An object or array (valid JSON from `start` to `end`) as text: written anew as Java's JSON libraries do, without
    /// white space and without escapes that need not be.
    @inline(never)
    mutating func appendCompact(_ start: BytePointer, end textEnd: BytePointer, to node: ColumnNode) {
        var text: [UInt8] = []
        var place = start
        while place < textEnd {
            let byte = place.pointee
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: place += 1
            case UInt8(ascii: "\""):
                reserveScratch(textEnd - place)
                var target = scratch
                guard let next = unescape(place + 1, &target) else { return }
                text.append(byte)
                JSONReader.appendEscaped(UnsafeBufferPointer(start: scratch, count: target - scratch), to: &text)
                text.append(byte)
                place = next
            default:
                text.append(byte)
                place += 1
            }
        }
        text.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { node.pointee.append(bytes: base, count: buffer.count) }
        }
    }

    private static func appendEscaped(_ bytes: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
        for byte in bytes {
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                text.append(byte)
                continue
            }
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 8) { buffer in
                guard let base = buffer.baseAddress else { return }
                let count = ByteOutput.writeEscape(byte, to: base)
                text.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
            }
        }
    }
}
