// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension Parser {
    static let typeNames = [
        "BOOLEAN", "INT", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "VARCHAR", "STRING", "BYTES", "DATE", "TIME",
        "TIMESTAMP", "ARRAY", "MAP", "STRUCT",
    ]

    /// A type, with its parameters and element types.
    mutating func dataType() throws(SourceError) -> DataType {
        try enter()
        defer { leave() }
        guard current.kind == .word || current.kind == .quotedName else { throw expected("a type") }
        let name = current
        if let type = try types.type(name.text, at: name.location) {
            take()
            return type
        }
        guard name.kind == .word, Parser.typeNames.contains(name.text) else {
            throw SourceError(
                "unknown type \(name.description)", at: name.location,
                hint: Suggestion.hint(
                    for: name.text, in: Parser.typeNames + types.types.keys.sorted(),
                    otherwise: "types are \(Parser.typeNames.joined(separator: ", "))"))
        }
        take()
        switch name.text {
        case "BOOLEAN": return .boolean
        case "INT", "INTEGER": return .integer
        case "BIGINT": return .bigint
        case "DOUBLE": return .double
        case "DECIMAL": return try decimalType()
        case "VARCHAR", "STRING": return try textType()
        case "BYTES": return .bytes
        case "DATE": return .date
        case "TIME": return .time
        case "TIMESTAMP": return .timestamp
        case "ARRAY": return try arrayType()
        case "MAP": return try mapType()
        default: return try structureType()
        }
    }

    private mutating func decimalType() throws(SourceError) -> DataType {
        guard takeSymbol("(") else {
            throw expected("( with the precision and the scale", hint: "for example DECIMAL(10, 2)")
        }
        let precision = try parameter("the precision", in: 1...38)
        try expectSymbol(",")
        let scale = try parameter("the scale", in: 0...precision)
        try expectSymbol(")")
        return .decimal(precision: precision, scale: scale)
    }

    private mutating func parameter(_ what: String, in range: ClosedRange<Int>) throws(SourceError) -> Int {
        guard current.kind == .integer else { throw expected("\(what), a whole number") }
        guard let number = Int(current.text), range.contains(number) else {
            throw SourceError(
                "\(what) of a DECIMAL must be between \(range.lowerBound) and \(range.upperBound)",
                at: current.location)
        }
        take()
        return number
    }

    /// VARCHAR takes a length, which means nothing, as in ksqlDB.
    private mutating func textType() throws(SourceError) -> DataType {
        if takeSymbol("(") {
            guard current.kind == .integer else { throw expected("the length, a whole number") }
            take()
            try expectSymbol(")")
        }
        return .varchar
    }

    private mutating func arrayType() throws(SourceError) -> DataType {
        guard takeSymbol("<") else { throw expected("< with the element's type", hint: "for example ARRAY<INT>") }
        let element = try dataType()
        try expectSymbol(">")
        return .array(element)
    }

    private mutating func mapType() throws(SourceError) -> DataType {
        guard takeSymbol("<") else {
            throw expected("< with the types of key and value", hint: "for example MAP<STRING, INT>")
        }
        let location = current.location
        let key = try dataType()
        guard key.isScalar else { throw SourceError("the key of a MAP must not be nested", at: location) }
        try expectSymbol(",")
        let value = try dataType()
        try expectSymbol(">")
        return .map(key: key, value: value)
    }

    private mutating func structureType() throws(SourceError) -> DataType {
        if atSymbol("<>") { throw SourceError("a STRUCT needs a field", at: current.location) }
        guard takeSymbol("<") else {
            throw expected("< with the fields", hint: "for example STRUCT<NAME STRING, AGE INT>")
        }
        var fields: [Field] = []
        var names: Set<String> = []
        repeat {
            let name = try name("a field's name")
            guard names.insert(name.text).inserted else {
                throw SourceError("the field \(name.text) is there twice", at: name.location)
            }
            fields.append(Field(name.text, try dataType()))
        } while takeSymbol(",")
        try expectSymbol(">")
        return .structure(fields)
    }
}
