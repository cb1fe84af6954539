// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Values that are read, into columns.
extension JSONReader {
    /// The fields of an object, from behind its brace on, into the nodes of `table`, each of which has `row` rows and
    /// gets one more. Fields that are missing become NULL. An object in which a name stands twice, or a value cannot be
    /// converted, is read once more by `fieldsByName`.
    @inline(__always)
    mutating func fields(
        _ start: BytePointer, table: UnsafeMutablePointer<FieldTable>, row: Int
    ) -> BytePointer? {
        var place = skipSpace(start)
        if place.pointee == UInt8(ascii: "}") {
            place += 1
        } else {
            var position = 0
            while true {
                guard place < end, place.pointee == UInt8(ascii: "\"") else { return fail(.malformed, place) }
                place += 1
                let node: ColumnNode?
                if table.pointee.matches(place, at: position) {
                    let expected = table.pointee.expected + position
                    node = expected.pointee.node
                    place += expected.pointee.length &+ 1
                    position &+= 1
                } else {
                    var found: ColumnNode?
                    guard let next = unexpectedName(place, table, &position, &found) else { return nil }
                    node = found
                    place = next
                }
                if position > FieldTable.positions { position = FieldTable.positions }
                place = skipSpace(place)
                guard place.pointee == UInt8(ascii: ":") else { return fail(.malformed, place) }
                place = skipSpace(place + 1)
                guard place < end else { return fail(.malformed, place) }
                if let node {
                    if node.pointee.count != row { return fieldsByName(start, table: table, row: row) }
                    guard let next = value(place, to: node) else {
                        return failure == .malformed ? nil : fieldsByName(start, table: table, row: row)
                    }
                    place = next
                } else {
                    guard let next = skipValue(place) else { return nil }
                    place = next
                }
                place = skipSpace(place)
                if place.pointee == UInt8(ascii: ",") {
                    place = skipSpace(place + 1)
                } else if place.pointee == UInt8(ascii: "}") {
                    place += 1
                    break
                } else {
                    return fail(.malformed, place)
                }
            }
        }
        for index in 0..<table.pointee.count {
            let node = table.pointee.node(index)
            if node.pointee.count == row {
                if table.pointee.isContested(index) { return fieldsByName(start, table: table, row: row) }
                node.pointee.appendNull()
            }
        }
        return place
    }

    /// A name that is not the one expected: the names expected next are tried, for a field may be missing, then it is
    /// looked up and remembered.
    @inline(never)
    private mutating func unexpectedName(
        _ start: BytePointer, _ table: UnsafeMutablePointer<FieldTable>, _ position: inout Int,
        _ node: inout ColumnNode?
    ) -> BytePointer? {
        for candidate in (position + 1)..<(position + 4) where candidate < FieldTable.positions {
            if table.pointee.matches(start, at: candidate) {
                let expected = table.pointee.expected + candidate
                node = expected.pointee.node
                position = candidate + 1
                return start + expected.pointee.length + 1
            }
        }
        guard let next = skipString(start), next <= end else { return fail(.malformed, start) }
        let count = next - 1 - start
        if UnsafeBufferPointer(start: start, count: count).contains(UInt8(ascii: "\\")) {
            reserveScratch(count)
            var target = scratch
            guard unescape(start, &target) != nil else { return nil }
            node = table.pointee.find(scratch, count: target - scratch)
        } else {
            node = table.pointee.find(start, count: count)
            table.pointee.remember(start, count: count, node: node, at: position)
        }
        position += 1
        return next
    }

    /// A value of any kind into a column, by the column's type.
    @inline(__always)
    mutating func value(_ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        switch node.pointee.kind {
        case .varchar:
            if place.pointee == UInt8(ascii: "\"") { return string(place + 1, to: node) }
        case .bigint, .timestamp:
            var integer: Int64 = 0
            if let next = plainInteger(place, &integer) {
                node.pointee.append(int64: integer)
                return next
            }
        case .integer:
            var integer: Int64 = 0
            if let next = plainInteger(place, &integer), let small = Int32(exactly: integer) {
                node.pointee.append(int32: small)
                return next
            }
        case .double:
            var double = 0.0
            if let next = plainDouble(place, &double) {
                node.pointee.append(double: double)
                return next
            }
        default: break
        }
        return otherValue(place, to: node)
    }

    /// What is not on the fast path.
    @inline(never)
    private mutating func otherValue(_ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        let kind = node.pointee.kind
        switch place.pointee {
        case UInt8(ascii: "n") where isNull(place):
            node.pointee.appendNull()
            return place + 4
        case UInt8(ascii: "\""):
            return convertedString(place + 1, to: node)
        case UInt8(ascii: "{") where kind == .structure:
            return structure(place, to: node)
        case UInt8(ascii: "{") where kind == .map:
            return map(place, to: node)
        case UInt8(ascii: "[") where kind == .array:
            return array(place, to: node)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            guard let next = skipNumber(place) else { return nil }
            let text = UnsafeBufferPointer(start: place, count: next - place)
            if let reason = conversion.append(number: text, to: node) { return fail(reason, place, node) }
            return next
        default:
            break
        }
        guard let next = skipValue(place), next <= end else { return fail(.malformed, place) }
        if kind == .varchar {
            guard isValidUTF8(place, count: next - place) else { return fail(.invalidText, place, node) }
            appendCompact(place, end: next, to: node)
        } else if kind == .boolean, isTrue(place) || isFalse(place) {
            node.pointee.append(boolean: isTrue(place))
        } else {
            return fail(.wrongType, place, node)
        }
        return next
    }

    private mutating func structure(_ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        guard let table = node.pointee.fields else { return fail(.wrongType, place, node) }
        let row = node.pointee.count
        let next =
            readsByName
            ? fieldsByName(place + 1, table: table, row: row) : fields(place + 1, table: table, row: row)
        guard let next else { return nil }
        node.pointee.appendStructure()
        return next
    }

    private mutating func array(_ start: BytePointer, to node: ColumnNode) -> BytePointer? {
        let elements = node.pointee.children
        var place = skipSpace(start + 1)
        if place.pointee == UInt8(ascii: "]") {
            node.pointee.appendList()
            return place + 1
        }
        while true {
            guard place < end, let next = value(place, to: elements) else {
                return place < end ? nil : fail(.malformed, place)
            }
            place = skipSpace(next)
            if place.pointee == UInt8(ascii: ",") {
                place = skipSpace(place + 1)
            } else if place.pointee == UInt8(ascii: "]") {
                node.pointee.appendList()
                return place + 1
            } else {
                return fail(.malformed, place)
            }
        }
    }

    private mutating func map(_ start: BytePointer, to node: ColumnNode) -> BytePointer? {
        let keys = node.pointee.children
        let values = node.pointee.children + 1
        let first = keys.pointee.count
        var place = skipSpace(start + 1)
        var isDone = place.pointee == UInt8(ascii: "}")
        while !isDone {
            guard place < end, place.pointee == UInt8(ascii: "\"") else { return fail(.malformed, place) }
            guard let name = convertedString(place + 1, to: keys) else { return nil }
            place = skipSpace(name)
            guard place.pointee == UInt8(ascii: ":") else { return fail(.malformed, place) }
            place = skipSpace(place + 1)
            guard place < end, let next = value(place, to: values) else {
                return place < end ? nil : fail(.malformed, place)
            }
            place = skipSpace(next)
            if place.pointee == UInt8(ascii: ",") {
                place = skipSpace(place + 1)
            } else if place.pointee == UInt8(ascii: "}") {
                isDone = true
            } else {
                return fail(.malformed, place)
            }
        }
        if keys.pointee.count - first > 1 { node.pointee.removeEqualKeys(from: first) }
        node.pointee.appendList()
        return place + 1
    }
}

extension ColumnMemory {
    /// Of the map entries from `first` on that have equal keys, only the last one stays.
    mutating func removeEqualKeys(from first: Int) {
        let end = children[0].count
        if end - first <= 8 {
            // The common case without memory: all pairs.
            var isUnique = true
            for one in first..<end where isUnique {
                for other in (one + 1)..<end where children[0].isEqual(one, other) { isUnique = false }
            }
            if isUnique { return }
        }
        withColumn { column in
            let keys = column.children[0]
            var last: [Value: Int] = [:]
            for row in first..<end { last[keys.value(row)] = row }
            let rows = (first..<end).filter { last[keys.value($0)] == $0 }
            for child in column.children {
                let kept = Column(child.type)
                for row in rows { kept.append(from: child, row: row) }
                while child.count > first { child.removeLast() }
                for row in 0..<kept.count { child.append(from: kept, row: row) }
            }
        }
    }

    /// Whether two rows of a scalar column are equal, not NULL.
    private func isEqual(_ one: Int, _ other: Int) -> Bool {
        switch kind {
        case .boolean: return boolean(one) == boolean(other)
        case .varchar, .bytes:
            return bytes(one).count == bytes(other).count && bytes(one).elementsEqual(bytes(other))
        default:
            return UnsafeRawBufferPointer(start: data + one * width, count: width)
                .elementsEqual(UnsafeRawBufferPointer(start: data + other * width, count: width))
        }
    }
}
