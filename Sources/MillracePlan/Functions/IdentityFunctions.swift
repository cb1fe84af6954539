// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// UUIDs, random numbers and hashes.
///
/// UUID() and RANDOM() are functions of the record's place in the log and of their own place in the program, so that
/// every record, and every row that a table function makes of one, has its own, and each replay gives the same. The
/// binder gives them what they are made of.
enum IdentityFunctions {
    static let all: [ScalarFunction] = [
        ScalarFunction(
            "MD5", usage: "MD5(text)", summary: "The MD5 hash of the text, in hexadecimal digits.",
            resolve: FunctionOverloads.of([.varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                .varchar(MD5.hexadecimal(MD5.hash(try arguments[0].asBytes())))
            }),
        ScalarFunction(
            "UUID", usage: "UUID() or UUID(bytes)",
            summary: "A UUID of its own for each record, the same on each replay; or the one that 16 bytes are.",
            resolve: placed(or: FunctionOverloads.of([.bytes], giving: .varchar), giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                guard arguments.count == 1 else {
                    // RFC 4122: a name's hash, with version 3.
                    var bytes = MD5.hash(try RecordPlace.name(arguments))
                    bytes[6] = bytes[6] & 0x0F | 0x30
                    bytes[8] = bytes[8] & 0x3F | 0x80
                    return .varchar(text(bytes))
                }
                let bytes = try arguments[0].asBytes()
                guard bytes.count == 16 else { throw .badArgument }
                return .varchar(text(bytes))
            }),
        ScalarFunction(
            "RANDOM", usage: "RANDOM()",
            summary: "A number from 0 up to 1, another one for each record, the same on each replay.",
            resolve: placed(or: { _ in nil }, giving: .double),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let bytes = MD5.hash(try RecordPlace.name(arguments))
                let bits = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                return .double(Double(bits >> 11) * 0x1p-53)
            }),
    ]

    /// `aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee`
    private static func text(_ bytes: [UInt8]) -> [UInt8] {
        let digits = MD5.hexadecimal(bytes)
        var result: [UInt8] = []
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { result.append(UInt8(ascii: "-")) }
            result.append(digit)
        }
        return result
    }

    /// With the arguments that only the binder gives.
    private static func placed(
        or written: @escaping FunctionOverloads.Resolve, giving result: DataType
    ) -> FunctionOverloads.Resolve {
        FunctionOverloads.any(
            { types in
                let known = [RecordPlace.types, RecordPlace.typesOfRows].first { $0 == types }
                return known.map { .init($0, result) }
            }, written)
    }
}

/// What tells a record, and a call that is made for it, from all others.
package enum RecordPlace {
    /// Topic, partition, offset, and the place in the program.
    package static let types: [DataType] = [.varchar, .integer, .bigint, .varchar]
    /// As `types`, with the sub-offset of a row of which the record may have several.
    package static let typesOfRows: [DataType] = types + [.bigint]

    /// The functions that are told it where they are called without an argument.
    package static let functions: Set<String> = ["UUID", "RANDOM"]

    /// No two records have one name: a topic's name has no `/`.
    static func name(_ arguments: [Value]) throws(EvaluationFailure) -> [UInt8] {
        guard arguments.count == types.count || arguments.count == typesOfRows.count else { throw .badArgument }
        let (partition, offset) = (try arguments[1].asInteger(), try arguments[2].asInteger())
        let row = arguments.count > types.count ? ".\(try arguments[4].asInteger())" : ""
        return try arguments[0].asBytes() + Array("/\(partition)/\(offset)\(row)/".utf8) + arguments[3].asBytes()
    }
}
