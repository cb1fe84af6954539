// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// How the keys or the values of a topic seem to be written.
struct EncodingGuess: Equatable {
    enum Encoding: Equatable {
        /// No record has any.
        case none
        /// Objects.
        case json(ValueShape)
        /// JSON values that are no objects, bare.
        case bareJSON(ValueShape)
        case delimited(Character, [ValueShape])
        case text(ValueShape)
        case integer
        case bigint
        case double
        /// A format with a schema registry, which the records do not tell; the schemas' ids.
        case registry([Int])
        /// One whose schema is known.
        case schema(RegisteredFormat)
        case bytes
    }

    /// Bytes and the record that has them.
    struct Sample {
        var bytes: [UInt8]
        /// `orders/0@17`
        var place: String
    }

    private(set) var encoding: Encoding
    /// What a reader of the statement has to know, one sentence each.
    private(set) var notes: [String] = []

    /// Nearly all (four of five): a few records of another form are no other format.
    private static func isMost(_ count: Int, of total: Int) -> Bool { total > 0 && count * 5 >= total * 4 }

    // MARK: Keys

    /// - Parameter keys: without windows.
    init(keys: [Sample]) {
        let keys = keys.filter { !$0.bytes.isEmpty }
        encoding = .none
        guard !keys.isEmpty else { return }
        let texts = keys.filter { EncodingGuess.isText($0.bytes) }
        if EncodingGuess.isMost(texts.count, of: keys.count) {
            let shapes = texts.compactMap { ValueShape(json: $0.bytes) }
            let objects = shapes.filter { $0.objects == 1 }
            if EncodingGuess.isMost(objects.count, of: keys.count), let shape = EncodingGuess.merged(objects),
                !DeclaredColumns(fieldsOf: shape).columns.isEmpty
            {
                encoding = .json(shape)
            } else if shapes.count == keys.count, shapes.allSatisfy({ $0.texts == 1 }) {
                // A KAFKA text would keep the quotes.
                encoding = .bareJSON(EncodingGuess.merged(shapes) ?? ValueShape())
            } else {
                encoding = .text(EncodingGuess.shape(texts))
            }
            return
        }
        encoding = binary(keys, "keys")
    }

    // MARK: Values

    init(values: [Sample]) {
        let filled = values.filter { !$0.bytes.isEmpty }
        encoding = .none
        guard !filled.isEmpty else {
            if !values.isEmpty { encoding = .text(ValueShape()) }
            return
        }
        encoding = EncodingGuess.registry(filled).map { .registry($0) } ?? .bytes
        switch encoding {
        case .registry: noteRegistry(filled)
        default: encoding = json(filled) ?? text(filled) ?? binary(filled, "values")
        }
        let empty = values.count - filled.count
        guard empty > 0 else { return }
        switch encoding {
        // No bytes are a text and bytes, too.
        case .text, .bytes, .registry, .schema, .none: return
        case .json, .bareJSON, .delimited, .integer, .bigint, .double: break
        }
        notes.append(
            "\(empty) of \(values.count) values \(empty == 1 ? "has" : "have") no bytes at all: bad records.")
    }

    private mutating func noteRegistry(_ values: [Sample]) {
        let isJSON = values.allSatisfy { ValueShape(json: Array($0.bytes.dropFirst(5))) != nil }
        notes.append(
            isJSON
                ? "The values are JSON behind five bytes of a schema registry (JSON_SR), which VALUE_FORMAT='JSON' "
                    + "passes over: with it their fields can be declared as columns."
                : "The values have a schema of a registry: they are declared as bytes. With --schema-registry URL it "
                    + "is asked for them; else write VALUE_FORMAT='AVRO' (or 'PROTOBUF') and no value columns.")
    }

    /// Objects, or other values of JSON.
    private mutating func json(_ values: [Sample]) -> Encoding? {
        let isMarked = values.contains { $0.bytes.starts(with: EncodingGuess.byteOrderMark) }
        let shapes = values.map { ValueShape(json: EncodingGuess.withoutMark($0.bytes)) }
        let valid = shapes.compactMap { $0 }
        let objects = valid.filter { $0.objects == 1 }
        let broken = zip(values, shapes).filter { $1 == nil }.map(\.0)
        // What begins like an object is meant to be one.
        let looksBroken = broken.allSatisfy { EncodingGuess.withoutMark($0.bytes).first == UInt8(ascii: "{") }
        let isObjects =
            EncodingGuess.isMost(objects.count, of: values.count)
            || (objects.count * 2 >= values.count && objects.count + broken.count == values.count && looksBroken)
        guard isObjects || EncodingGuess.isMost(valid.count, of: values.count) else { return nil }
        if isMarked { notes.append("Some values begin with a byte order mark (EF BB BF).") }
        let others = isObjects ? zip(values, shapes).filter { $1?.objects != 1 }.map(\.0) : broken
        if let first = others.first {
            notes.append(
                "\(others.count) of \(values.count) values \(others.count == 1 ? "is" : "are") no "
                    + "\(isObjects ? "JSON object" : "JSON") (\(first.place)\(EncodingGuess.reason(first.bytes))): bad "
                    + "records.")
        }
        guard let shape = EncodingGuess.merged(isObjects ? objects : valid) else { return nil }
        // An object without a field that could be a column is text as a whole.
        return isObjects && !DeclaredColumns(fieldsOf: shape).columns.isEmpty ? .json(shape) : .bareJSON(shape)
    }

    /// Delimited lines, or texts of any form.
    private mutating func text(_ values: [Sample]) -> Encoding? {
        let texts = values.filter { EncodingGuess.isText($0.bytes) }
        guard EncodingGuess.isMost(texts.count, of: values.count) else { return nil }
        let lines = texts.map { String(decoding: $0.bytes, as: UTF8.self) }
        let likeJSON = texts.filter { [UInt8(ascii: "{"), UInt8(ascii: "[")].contains($0.bytes.first) }
        let likeXML = lines.filter { $0.hasPrefix("<") }
        if let first = likeJSON.first, EncodingGuess.isMost(likeJSON.count, of: values.count) {
            notes.append(
                "The values look like JSON and are not (\(first.place)\(EncodingGuess.reason(first.bytes))): as JSON "
                    + "they are bad records.")
        } else if !EncodingGuess.isMost(likeXML.count, of: values.count), let guess = DelimitedGuess(lines) {
            if let first = guess.strange.first {
                notes.append(
                    "\(guess.strange.count) of \(lines.count) values \(guess.strange.count == 1 ? "has" : "have") "
                        + "another number of fields (\(texts[first].place)): bad records.")
            }
            return .delimited(guess.delimiter, guess.columns)
        }
        if texts.contains(where: { $0.bytes.starts(with: EncodingGuess.byteOrderMark) }) {
            notes.append("Some values begin with a byte order mark (EF BB BF).")
        }
        if texts.count < values.count {
            notes.append("\(values.count - texts.count) of \(values.count) values are no UTF-8 text: bad records.")
        }
        return .text(EncodingGuess.shape(texts))
    }

    private static func shape(_ texts: [Sample]) -> ValueShape {
        ValueShape(texts: texts.map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    /// Why a text is no JSON value, as far as it can be told at a glance.
    private static func reason(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        for word in ["NaN", "Infinity"] where text.contains(word) { return ": \(word) is not JSON" }
        if text.split(whereSeparator: \.isNewline).count > 1,
            text.split(whereSeparator: \.isNewline).allSatisfy({ ValueShape(json: Array($0.utf8)) != nil })
        {
            return ": several JSON values"
        }
        return ""
    }

    // MARK: Bytes

    private mutating func binary(_ samples: [Sample], _ what: String) -> Encoding {
        if let ids = EncodingGuess.registry(samples) { return .registry(ids) }
        if samples.allSatisfy({ $0.bytes.count == 8 }) {
            return samples.allSatisfy({ EncodingGuess.isLikelyDouble($0.bytes) }) ? .double : .bigint
        }
        if samples.allSatisfy({ $0.bytes.count == 4 }) {
            guard samples.allSatisfy({ EncodingGuess.isLikelyFloat($0.bytes) }) else { return .integer }
            notes.append(
                "The \(what) seem to be numbers of the type float, which no format reads. They are declared as bytes.")
            return .bytes
        }
        let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF], [UInt8(ascii: "{"), 0], [0, UInt8(ascii: "{")]]
        if samples.allSatisfy({ sample in marks.contains { sample.bytes.starts(with: $0) } }) {
            notes.append("The \(what) seem to be text in UTF-16, which no format reads. They are declared as bytes.")
        }
        return .bytes
    }

    /// Confluent's wire format: a zero byte and the schema's number, big-endian.
    private static func registry(_ samples: [Sample]) -> [Int]? {
        guard !samples.allSatisfy({ $0.bytes.count == 8 }) else { return nil }
        let numbers = numbers(samples)
        return numbers.isEmpty ? nil : numbers.map { Int($0) }
    }

    /// What schemas' numbers the samples would begin with, if they did; in order, each once.
    static func numbers(_ samples: [Sample]) -> [Int32] {
        let filled = samples.filter { !$0.bytes.isEmpty }
        let framed = filled.filter { $0.bytes.count > 5 && $0.bytes[0] == 0 && $0.bytes[1] == 0 }
        guard isMost(framed.count, of: filled.count) else { return [] }
        return Set(framed.compactMap { SchemaFrame.id($0.bytes) }).sorted()
    }

    /// Takes the format from what is known of the schemas, if the samples can have one.
    mutating func adopt(_ part: SchemaSubject.Part, of topic: String, _ numbers: [Int32], _ schemas: TopicSchemas) {
        switch encoding {
        case .registry: break
        // Eight bytes may be the number of a schema and a short value, too, where somebody has registered one.
        case .bigint, .double:
            guard schemas.subjects[SchemaSubject.name(topic, part)] != nil, numbers.allSatisfy(schemas.isKnown) else {
                return
            }
        default: return
        }
        do throws(SourceError) {
            let format = try RegisteredFormat(topic, part, numbers, schemas)
            encoding = .schema(format)
            notes = ["The \(part.rawValue)s have the columns of \(format.title): \(format.columnList)."]
        } catch {
            refuse(part, error)
        }
    }

    /// Leaves the format open, because of this.
    mutating func refuse(_ part: SchemaSubject.Part, _ error: SourceError) {
        encoding = .bytes
        notes = [
            "The \(part.rawValue)s have a schema of a registry, and no columns can be taken from it: \(error.message)"
                + (error.hint.map { " (\($0))" } ?? "") + ". They are declared as bytes."
        ]
    }

    /// As a whole number these bytes would be beyond 2^53, as a DOUBLE they are one that people write.
    private static func isLikelyDouble(_ bytes: [UInt8]) -> Bool {
        let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let value = Double(bitPattern: bits)
        return bits == 0 || (1e-9..<1e15).contains(value.magnitude)
    }

    private static func isLikelyFloat(_ bytes: [UInt8]) -> Bool {
        let bits = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let value = Float(bitPattern: bits)
        return bits != 0 && bits != .max && bits & 0x7FFF_FFFF > 0x3000_0000 && (1e-9..<1e9).contains(value.magnitude)
    }

    // MARK: Texts

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes
    }

    static func isText(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\t" || $0 == "\n" || $0 == "\r" }
    }

    private static func merged(_ shapes: [ValueShape]) -> ValueShape? {
        guard var result = shapes.first else { return nil }
        for shape in shapes.dropFirst() { result.merge(shape) }
        return result
    }

    /// Whether a schema says what the columns are.
    var hasSchema: Bool {
        if case .schema = encoding { return true }
        return false
    }

    /// For people.
    var words: String {
        switch encoding {
        case .none: "none"
        case .json, .bareJSON: "JSON"
        case .delimited(let delimiter, let columns):
            "DELIMITED, \(columns.count) columns by '\(delimiter == "\t" ? "TAB" : "\(delimiter)")'"
        case .text: "KAFKA text"
        case .integer: "KAFKA INT"
        case .bigint: "KAFKA BIGINT"
        case .double: "KAFKA DOUBLE"
        case .registry(let ids):
            "\(ids.count == 1 ? "schema" : "schemas") \(ids.prefix(3).map(String.init).joined(separator: ", "))"
                + "\(ids.count > 3 ? ", …" : "") of a schema registry"
        case .schema(let format): "\(format.name.rawValue) (\(format.title))"
        case .bytes: "bytes"
        }
    }
}
