// SPDX-License-Identifier: Apache-2.0

/// What hardly any record needs.
extension JSONReader {
    /// Behind a value that could not be converted: of equal names the last one wins, so it does no harm if the object
    /// has the field again. Returns where the value ends; nil, with the failure as it was, where the field does not
    /// come again or the text is not JSON.
    @inline(never)
    mutating func replacedValue(
        _ start: BytePointer, _ node: ColumnNode, _ table: UnsafeMutablePointer<FieldTable>, row: Int, depth: Int
    ) -> BytePointer? {
        let (reason, reasonPlace, reasonNode) = (failure, failurePlace, failureNode)
        guard reason != .malformed, reason != .tooDeep, let valueEnd = skipValue(start, depth: depth) else {
            return nil
        }
        var place = skipSpace(valueEnd)
        while place < end, place.pointee == UInt8(ascii: ",") {
            place = skipSpace(place + 1)
            guard place < end, place.pointee == UInt8(ascii: "\"") else { return fail(.malformed, place) }
            let name = place + 1
            guard let nameEnd = skipString(name), nameEnd <= end else { return fail(.malformed, place) }
            if isName(name, of: node, count: nameEnd - 1 - name, in: table) {
                node.pointee.truncate(to: row)
                return valueEnd
            }
            place = skipSpace(nameEnd)
            guard place < end, place.pointee == UInt8(ascii: ":") else { return fail(.malformed, place) }
            guard let next = skipValue(skipSpace(place + 1), depth: depth), next <= end else { return nil }
            place = skipSpace(next)
        }
        return fail(reason, reasonPlace, reasonNode)
    }

    private mutating func isName(
        _ start: BytePointer, of node: ColumnNode, count: Int, in table: UnsafeMutablePointer<FieldTable>
    ) -> Bool {
        reserveScratch(count)
        var target = scratch
        guard unescape(start, &target) != nil else { return false }
        return table.pointee.find(scratch, count: target - scratch) == node
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
