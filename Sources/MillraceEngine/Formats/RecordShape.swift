// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// How a key or a value is laid out: the formats with what decides over their loops.
enum RecordShape {
    case jsonObject
    /// One column without an object around it.
    case jsonBare
    /// The same behind a byte 0 and the id of a schema.
    case framedObject, framedBare
    case delimited(UInt8)
    case kafka
    case avro
    /// With the id of a schema before it, or without.
    case protobuf(isFramed: Bool)
    case none

    init(_ format: FormatDefinition, isKey: Bool, columnCount: Int) {
        switch format.name {
        case .json: self = format.isBare(columnCount, isKey: isKey) ? .jsonBare : .jsonObject
        case .jsonSchema: self = format.isBare(columnCount, isKey: isKey) ? .framedBare : .framedObject
        case .delimited: self = .delimited(format.delimiter)
        case .kafka: self = .kafka
        case .avro: self = .avro
        case .protobuf: self = .protobuf(isFramed: true)
        case .protobufWithoutRegistry: self = .protobuf(isFramed: false)
        case .none: self = .none
        }
    }

    /// Appends the key or value of a row; false, with nothing appended, where it is null.
    @inline(__always)
    func append(_ columns: ColumnMemories, row: Int, to bytes: inout ByteOutput) -> Bool {
        guard let first = columns.base else {
            switch self {
            case .jsonObject: bytes.append("{}")
            case .framedObject:
                bytes.appendFrame(columns.schema)
                bytes.append("{}")
            default: return false
            }
            return true
        }
        switch self {
        case .jsonObject:
            bytes.appendObject(columns, row: row)
        case .jsonBare:
            if first.pointee.isNull(row) { return false }
            bytes.appendJSON(first, row: row)
        case .framedObject:
            bytes.appendFrame(columns.schema)
            bytes.appendObject(columns, row: row)
        case .framedBare:
            if first.pointee.isNull(row) { return false }
            bytes.appendFrame(columns.schema)
            bytes.appendJSON(first, row: row)
        case .delimited(let delimiter):
            if columns.count == 1, first.pointee.isNull(row) { return false }
            for index in 0..<columns.count {
                if index > 0 { bytes.append(delimiter) }
                bytes.appendField(first + index, row: row, delimiter: delimiter, isFirst: index == 0)
            }
        case .kafka:
            if first.pointee.isNull(row) { return false }
            bytes.appendPrimitive(first, row: row)
        case .avro:
            guard let writer = columns.avro else { return false }
            if columns.isBare, first.pointee.isNull(row) { return false }
            bytes.appendFrame(columns.schema)
            bytes.appendAvro(root: writer, row: row)
        case .protobuf(let isFramed):
            guard let writer = columns.protobuf else { return false }
            if isFramed {
                bytes.appendFrame(columns.schema)
                bytes.append(writer.path, count: writer.pathCount)
            }
            bytes.appendProtobuf(writer.message, row: row)
        case .none:
            return false
        }
        return true
    }
}

/// What reads the formats, with the memory that each reuses from record to record. A local of the loop over rows.
struct FormatReaders {
    var json: JSONReader
    var delimited: DelimitedReader
    var kafka: KafkaReader
    var avro: AvroReader
    var protobuf: ProtobufReader

    /// `destroy` frees it.
    init(conversion: TextConversion) {
        json = JSONReader(conversion: conversion)
        delimited = DelimitedReader(conversion: conversion)
        kafka = KafkaReader(conversion: conversion)
        avro = AvroReader()
        protobuf = ProtobufReader()
    }

    func destroy() {
        json.destroy()
        delimited.destroy()
        avro.destroy()
        protobuf.destroy()
    }

    /// The last key or value that was bad, of so many bytes.
    func failed(_ shape: RecordShape, _ start: BytePointer, count: Int) -> FailedPart {
        switch shape {
        case .framedObject:
            FailedPart(
                start: start, count: count,
                failure: DecodeFailure(json.failure, at: json.failurePlace, json.failureNode))
        case .jsonObject, .jsonBare, .framedBare, .none:
            // A number alone is read from a copy.
            FailedPart(
                start: json.start, count: json.end - json.start,
                failure: DecodeFailure(json.failure, at: json.failurePlace, json.failureNode))
        case .delimited: FailedPart(start: start, count: count, failure: delimited.failure)
        case .kafka: FailedPart(start: start, count: count, failure: kafka.failure)
        case .avro: FailedPart(start: start, count: count, failure: avro.failure)
        case .protobuf: FailedPart(start: start, count: count, failure: protobuf.failure)
        }
    }
}

extension RecordPart {
    /// Appends row number `row` from its bytes, whatever the format. `bad`: the format's reader knows why, and the
    /// columns have to be made good.
    @inline(never)
    func decode(
        _ start: BytePointer, count: Int, row: Int, readers: inout FormatReaders
    ) -> RowStatus {
        switch shape {
        case .jsonObject: return ObjectValue.decode(self, start, count: count, row: row, readers: &readers)
        case .jsonBare:
            readers.json.begin(start, count: count)
            return decodeBare(start, count: count, reader: &readers.json)
        case .framedObject, .framedBare:
            guard count >= 5, start.pointee == 0 else {
                readers.json.begin(start, count: count)
                _ = readers.json.fail(.noSchemaID, start)
                return .bad
            }
            readers.json.begin(start + 5, count: count - 5)
            if case .framedBare = shape { return decodeBare(start + 5, count: count - 5, reader: &readers.json) }
            return decodeRare(readers.json.skipSpace(start + 5), row: row, reader: &readers.json)
        case .delimited(let delimiter):
            if count == 0, nodes.count == 1 {
                // NULL alone.
                appendNulls()
                return .nullValue
            }
            let nodes = UnsafeBufferPointer(nodes)
            return readers.delimited.line(start, count: count, delimiter: delimiter, nodes: nodes) ? .ok : .bad
        case .kafka:
            guard let node = nodes.first ?? nil else { return .ok }
            return readers.kafka.primitive(start, count: count, to: node) ? .ok : .bad
        case .avro: return AvroValue.decode(self, start, count: count, row: row, readers: &readers)
        case .protobuf(isFramed: true):
            return ProtobufValue.decode(self, start, count: count, row: row, readers: &readers)
        case .protobuf(isFramed: false):
            guard let protobuf else { return .bad }
            return readers.protobuf.bareRecord(start, count: count, row: row, protobuf.last)
        case .none:
            appendNulls()
            return .ok
        }
    }
}

extension RecordShape {
    /// The value over which a reader failed, short enough for a message.
    func value(_ failed: FailedPart) -> String {
        let start = failed.start
        var place = start + failed.offset
        // No more is looked at than can be shown.
        let end = min(start + failed.count, place + 16 * ShownBytes.limit)
        // Of a string the place is behind its quote.
        if place > start, failed.failure.node != nil, place[-1] == UInt8(ascii: "\"") { place -= 1 }
        func shown(_ count: Int, limit: Int = ShownBytes.limit) -> String {
            ShownBytes.text(UnsafeBufferPointer(start: place, count: count), limit: limit)
        }
        switch (failed.failure.reason, self) {
        case (.malformed, _): return shown(end - place, limit: 24)
        case (.fieldCount, _):
            place = start
            return "\"\(shown(end - start))\""
        case (_, .jsonObject), (_, .jsonBare), (_, .framedObject), (_, .framedBare):
            return shown(JSONReader.valueLength(place, end: end))
        case (_, .delimited(let delimiter)):
            if place < end, place.pointee == UInt8(ascii: "\"") {
                return shown(JSONReader.valueLength(place, end: end, escape: nil))
            }
            let count = UnsafeBufferPointer(start: place, count: end - place)
                .firstIndex { $0 == delimiter || $0 == 0x0A || $0 == 0x0D }
            return "\"\(shown(count ?? end - place))\""
        case (_, .kafka), (_, .avro), (_, .protobuf), (_, .none): return "\"\(shown(end - place))\""
        }
    }
}
