// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The notation of keys and values in golden files.
///
///     ~              null
///     ''             no bytes
///     0x00FF         raw bytes
///     int:42         KAFKA INT, 4 bytes; also bigint:42 (8 bytes) and double:1.5 (8 bytes)
///     text:abc       the bytes of a text, for texts that look like one of the others
///     a+b            several of 0x, int:, bigint:, double: and text: in a row, where the first is one of them
///     avro:7:{"a":1} the value of schema 7 (section `schemas`), with a byte 0 and the id before it
///     proto:7:{"a":1} likewise of Protobuf, by the first message of the file; proto:7/1.0: by another one
///     anything else  the UTF-8 bytes of the text
enum GoldenText {
    /// Null or bytes; a type of its own because an optional of an optional misleads.
    struct Content {
        var bytes: [UInt8]?
    }

    /// The cells of a record's line, between bars with a blank on each side.
    static func cells(_ line: String) -> [String] {
        var cells: [String] = []
        var cell = ""
        var rest = line[...]
        while let character = rest.first {
            if rest.hasPrefix(" | ") {
                cells.append(cell)
                cell = ""
                rest = rest.dropFirst(3)
            } else {
                cell.append(character)
                rest = rest.dropFirst()
            }
        }
        cells.append(cell)
        return cells
    }

    /// Nil where the notation is wrong.
    static func bytes(_ text: String, _ schemas: SchemaTable = SchemaTable()) -> Content? {
        switch text {
        case "~": return Content(bytes: nil)
        case "''": return Content(bytes: [])
        default: break
        }
        if text.hasPrefix("avro:") { return avro(text, schemas) }
        if text.hasPrefix("proto:") { return protobuf(text, schemas) }
        if ["text:", "0x", "int:", "bigint:", "double:"].contains(where: text.hasPrefix) { return joined(text) }
        return Content(bytes: Array(text.utf8))
    }

    private static func avro(_ text: String, _ schemas: SchemaTable) -> Content? {
        let parts = text.split(separator: ":", maxSplits: 2)
        guard parts.count == 3, let id = Int32(parts[1]), case .avro(let schema)? = schemas[id],
            let value = try? JSONValue(String(parts[2])), let bytes = AvroText.bytes(value, schema.root, schema)
        else { return nil }
        return Content(bytes: frame(id) + bytes)
    }

    private static func frame(_ id: Int32) -> [UInt8] {
        [0] + (0..<4).map { UInt8(truncatingIfNeeded: id >> Int32(24 - $0 * 8)) }
    }

    private static func protobuf(_ text: String, _ schemas: SchemaTable) -> Content? {
        let parts = text.split(separator: ":", maxSplits: 2)
        guard parts.count == 3 else { return nil }
        let place = parts[1].split(separator: "/")
        let path = place.count > 1 ? place[1].split(separator: ".").compactMap { Int($0) } : [0]
        guard let id = Int32(place[0]), case .protobuf(let schema)? = schemas[id],
            let message = schema.message(at: path), let value = try? JSONValue(String(parts[2])),
            let bytes = ProtobufText.bytes(value, message, schema)
        else { return nil }
        let indexes = ([path.count] + path).flatMap { ProtobufText.varint(UInt64($0) * 2) }
        return Content(bytes: frame(id) + (path == [0] ? [0] : indexes) + bytes)
    }

    private static func joined(_ text: String) -> Content? {
        var bytes: [UInt8] = []
        for part in text.split(separator: "+") {
            guard let more = primitive(String(part)) else { return nil }
            bytes += more
        }
        return Content(bytes: bytes)
    }

    private static func primitive(_ text: String) -> [UInt8]? {
        func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
            withUnsafeBytes(of: value.bigEndian) { Array($0) }
        }
        let number = text.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ""
        if text.hasPrefix("text:") { return Array(text.dropFirst(5).utf8) }
        if text.hasPrefix("int:") { return Int32(number).map(bigEndian) }
        if text.hasPrefix("bigint:") { return Int64(number).map(bigEndian) }
        if text.hasPrefix("double:") { return Double(number).map { bigEndian($0.bitPattern) } }
        guard text.hasPrefix("0x"), text.count % 2 == 0 else { return nil }
        let digits = Array(text.dropFirst(2))
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// `name=value; name=value`; nil where the notation is wrong.
    static func headers(_ text: String) -> [RawRecords.Header]? {
        var headers: [RawRecords.Header] = []
        for part in text.split(separator: ";") {
            let trimmed = part.drop { $0 == " " }
            let halves = trimmed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let value = bytes(String(halves[1])) else { return nil }
            headers.append(RawRecords.Header(name: String(halves[0]), value: value.bytes))
        }
        return headers
    }
}
