// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The key or the value of records: how it is laid out, and which of its columns are read.
struct RecordPart {
    let shape: RecordShape
    /// One a column of the part; nil where it is not read.
    let nodes: UnsafeMutableBufferPointer<ColumnNode?>
    /// The same by name.
    let table: UnsafeMutablePointer<FieldTable>
    let isRead: Bool
    /// AVRO only.
    let avro: Avro?
    /// PROTOBUF and PROTOBUF_NOSR only.
    let protobuf: Protobuf?

    /// The plans of AVRO, for the loop over rows.
    struct Avro {
        let part: Unmanaged<AvroPart>
        let last: UnsafeMutablePointer<AvroPart.Last>
        let isBare: Bool
    }

    /// Those of PROTOBUF.
    struct Protobuf {
        let part: Unmanaged<ProtobufPart>
        let last: UnsafeMutablePointer<ProtobufPart.Last>
    }

    var hasPlans: Bool { avro != nil || protobuf != nil }

    /// Of formats with schemas.
    var plans: (any SchemaPlans)? {
        if let avro { return avro.part.takeUnretainedValue().plans }
        return protobuf?.part.takeUnretainedValue().plans
    }

    /// `nodes`: one a column of the part, nil where it is not read.
    init(_ format: FormatDefinition, isKey: Bool, columns: [ColumnDefinition], nodes: [ColumnNode?]) {
        shape = RecordShape(format, isKey: isKey, columnCount: columns.count)
        self.nodes = .allocate(capacity: nodes.count)
        _ = self.nodes.initialize(from: nodes)
        let read = zip(columns, nodes).compactMap { column, node in node.map { (column.name, $0) } }
        isRead = !read.isEmpty
        table = .allocate(capacity: 1)
        table.initialize(to: FieldTable(read))
        let targets = zip(columns, nodes).compactMap { column, node in
            node.map { ColumnTarget(name: column.name, node: $0, type: column.type) }
        }
        if case .avro = shape {
            let isBare = format.isBare(columns.count, isKey: isKey)
            let part = AvroPart(reader: format.schema, targets: targets, isBare: isBare)
            avro = Avro(part: .passRetained(part), last: part.last, isBare: isBare)
        } else {
            avro = nil
        }
        if case .protobuf(let isFramed) = shape {
            let part = ProtobufPart(
                reader: format.schema, targets: targets, declared: isFramed ? nil : columns, format)
            protobuf = Protobuf(part: .passRetained(part), last: part.last)
        } else {
            protobuf = nil
        }
    }

    func destroy() {
        nodes.deallocate()
        table.pointee.destroy()
        table.deallocate()
        avro?.part.release()
        protobuf?.part.release()
    }

    /// The part is null: its columns are NULL.
    func appendNulls() {
        for index in 0..<table.pointee.count { table.pointee.node(index).pointee.appendNull() }
    }

    /// Undoes what a bad record has left, then makes its columns NULL.
    func appendBad(row: Int) {
        truncate(to: row)
        for index in 0..<table.pointee.count { table.pointee.node(index).pointee.appendNull() }
    }

    private func truncate(to row: Int) {
        for index in 0..<table.pointee.count { table.pointee.node(index).pointee.truncate(to: row) }
    }

    /// Finds out once more why a record is bad, with nothing behind its end. In memory other records' bytes lie there:
    /// a token that the end cuts off may seem to go on in them. It is bad in any case, but why must not depend on them.
    /// - Parameter body: called with what is wrong.
    @inline(never)
    func withReason(
        _ start: BytePointer, count: Int, row: Int, readers: inout FormatReaders, _ body: (FailedPart) -> Void
    ) {
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: count + RawRecords.padding)
        defer { copy.deallocate() }
        copy.initialize(from: start, count: count)
        (copy + count).initialize(repeating: 0, count: RawRecords.padding)
        truncate(to: row)
        _ = decode(copy, count: count, row: row, readers: &readers)
        body(readers.failed(shape, copy, count: count))
    }

    /// A JSON text that does not begin with the object expected: a mark before it, `null`, another value.
    @inline(never)
    func decodeRare(_ start: BytePointer, row: Int, reader: inout JSONReader) -> RowStatus {
        let place = reader.skipMark(start)
        if place < reader.end, place.pointee == UInt8(ascii: "{") {
            guard let next = reader.fields(place + 1, table: table, row: row) else { return .bad }
            return reader.finish(next) ? .ok : .bad
        }
        guard place < reader.end, reader.isNull(place) else {
            let isValue = place < reader.end && reader.skipValue(place).map { reader.finish($0) } == true
            _ = reader.fail(isValue ? .wrongType : .malformed, place)
            return .bad
        }
        guard reader.finish(place + 4) else { return .bad }
        appendNulls()
        return .nullValue
    }

    func decodeBare(_ start: BytePointer, count: Int, reader: inout JSONReader) -> RowStatus {
        var place = reader.skipMark(reader.skipSpace(start))
        guard place < reader.end else {
            _ = reader.fail(.malformed, place)
            return .bad
        }
        let isNull = reader.isNull(place)
        if place.pointee == UInt8(ascii: "-") || place.pointee &- UInt8(ascii: "0") <= 9 {
            // Behind its end may lie the digits of another record.
            let length = reader.end - place
            reader.reserveScratch(length + RawRecords.padding)
            memcpy(reader.scratch, place, length)
            memset(reader.scratch + length, 0, RawRecords.padding)
            place = UnsafePointer(reader.scratch)
            reader.begin(place, count: length)
        }
        let next: BytePointer?
        if let node = nodes.first ?? nil {
            next = reader.value(place, to: node)
        } else {
            next = reader.skipValue(place)
        }
        guard let next, reader.finish(next) else { return .bad }
        return isNull ? .nullValue : .ok
    }
}

extension JSONReader {
    /// Behind what may stand before a text, if `place` is its beginning: a byte order mark, or the byte 0 and the id in
    /// four bytes that serialisers with a schema registry write.
    func skipMark(_ place: BytePointer) -> BytePointer {
        if place == start, end - place >= 5, place.pointee == 0 { return skipSpace(place + 5) }
        guard place == start, end - place >= 3, place.word & 0xFF_FFFF == 0xBF_BBEF else { return place }
        return skipSpace(place + 3)
    }

    /// Whether nothing but white space follows up to the end.
    @inline(__always)
    mutating func finish(_ place: BytePointer) -> Bool {
        if place == end { return true }
        if place < end, skipSpace(place) == end { return true }
        _ = fail(.malformed, place)
        return false
    }
}
