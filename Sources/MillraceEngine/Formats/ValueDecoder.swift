// SPDX-License-Identifier: Apache-2.0

/// How the values of a source are decoded, for a loop over rows that is made for it.
protocol ValueDecoder {
    /// Appends row number `row` from its bytes. `bad`: the format's reader knows why, and the columns have to be made
    /// good.
    static func decode(
        _ part: RecordPart, _ start: BytePointer, count: Int, row: Int, readers: inout FormatReaders
    ) -> RowStatus
}

enum ObjectValue: ValueDecoder {
    @inline(__always)
    static func decode(
        _ part: RecordPart, _ start: BytePointer, count: Int, row: Int, readers: inout FormatReaders
    ) -> RowStatus {
        readers.json.begin(start, count: count)
        let place = readers.json.skipSpace(start)
        if place < readers.json.end, place.pointee == UInt8(ascii: "{") {
            guard let next = readers.json.fields(place + 1, table: part.table, row: row) else { return .bad }
            return readers.json.finish(next) ? .ok : .bad
        }
        return part.decodeRare(place, row: row, reader: &readers.json)
    }
}

enum AvroValue: ValueDecoder {
    @inline(__always)
    static func decode(
        _ part: RecordPart, _ start: BytePointer, count: Int, row: Int, readers: inout FormatReaders
    ) -> RowStatus {
        guard let avro = part.avro else { return .bad }
        let status = readers.avro.record(start, count: count, avro.part, avro.last)
        if status == .nullValue, !avro.isBare { part.appendNulls() }
        return status
    }
}

/// With the id of a schema.
enum ProtobufValue: ValueDecoder {
    @inline(__always)
    static func decode(
        _ part: RecordPart, _ start: BytePointer, count: Int, row: Int, readers: inout FormatReaders
    ) -> RowStatus {
        guard let protobuf = part.protobuf else { return .bad }
        return readers.protobuf.record(start, count: count, row: row, protobuf.part, protobuf.last)
    }
}

enum AnyValue: ValueDecoder {
    @inline(__always)
    static func decode(
        _ part: RecordPart, _ start: BytePointer, count: Int, row: Int, readers: inout FormatReaders
    ) -> RowStatus {
        part.decode(start, count: count, row: row, readers: &readers)
    }
}
