// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions of JSON texts.
enum JSONFunctions {
    static let all: [ScalarFunction] = [
        ScalarFunction(
            "EXTRACTJSONFIELD", usage: "EXTRACTJSONFIELD(json, path)",
            summary: "The value at a path like '$.log.items[0]' as a text; NULL where there is none.",
            check: ConstantChecks.text(1) { text in
                if (try? JSONPath(Array(text.utf8))) != nil { return nil }
                return (
                    "'\(ConstantChecks.shortened(text))' is no JSON path",
                    text.hasPrefix("$")
                        ? "for example '$.log.items[0]' or '$[''a name'']'"
                        : "it begins with $: '$.\(ConstantChecks.shortened(text))'"
                )
            },
            resolve: FunctionOverloads.of([.varchar, .varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let path = try JSONPath(try arguments[1].asBytes())
                guard let json = JSONText(try arguments[0].asBytes(), isSearched: path.isLong) else {
                    throw .badArgument
                }
                return path.find(in: json).map { .varchar(json.text($0)) } ?? .null
            }),
        ScalarFunction(
            "IS_JSON_STRING", usage: "IS_JSON_STRING(text)", summary: "Whether the text is a JSON value.",
            nullOnNull: false, resolve: FunctionOverloads.of([.varchar], giving: .boolean),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                if arguments[0].isNull { return .boolean(false) }
                return .boolean(JSONText(try arguments[0].asBytes()) != nil)
            }),
        ofJSON("JSON_ARRAY_LENGTH", "The number of elements of a JSON array.", .integer) { json in
            json.elements(json.root).flatMap { Int32(exactly: $0.count) }.map { .integer($0) }
        },
        ofJSON("JSON_KEYS", "The names in a JSON object.", .array(.varchar)) { json in
            json.members(json.root).map { members in
                let entries = members.map { Value.MapEntry(key: .varchar($0.name), value: .null) }
                return .array(Value.lastOfEqualKeys(entries).map(\.key))
            }
        },
        ofJSON("JSON_RECORDS", "The names and the JSON values of a JSON object.", .map(key: .varchar, value: .varchar))
        {
            json in
            json.members(json.root).map { members in
                .map(
                    Value.lastOfEqualKeys(
                        members.map { .init(key: .varchar($0.name), value: .varchar(json.compact($0.value))) }))
            }
        },
    ]

    /// NULL for a text that is not JSON, or not of the kind that the function is for.
    private static func ofJSON(
        _ name: String, _ summary: String, _ result: DataType, _ body: @escaping @Sendable (JSONText) -> Value?
    ) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(json)", summary: "\(summary) NULL for other texts.",
            resolve: FunctionOverloads.of([.varchar], giving: result),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                JSONText(try arguments[0].asBytes()).flatMap(body) ?? .null
            })
    }
}

/// `$.name`, `$['name']`, `$[0]` and what can be made of them.
private struct JSONPath {
    private enum Step {
        case name([UInt8])
        case index(Int)
    }

    private var steps: [Step] = []

    init(_ path: [UInt8]) throws(EvaluationFailure) {
        var rest = path[...]
        guard rest.popFirst() == UInt8(ascii: "$") else { throw .badArgument }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: ".") {
                let name = rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
                guard !name.isEmpty else { throw .badArgument }
                steps.append(.name(Array(name)))
                rest = rest[name.endIndex...]
            } else if byte == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
                let inner = rest[..<end]
                rest = rest[(end + 1)...]
                if let quote = inner.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
                    guard inner.count >= 2, inner.last == quote else { throw .badArgument }
                    steps.append(.name(Array(inner.dropFirst().dropLast())))
                } else {
                    guard let index = Array(inner).withUnsafeBytes({ NumberText.integer($0) }), index >= 0 else {
                        throw .badArgument
                    }
                    steps.append(.index(Int(index)))
                }
            } else {
                throw .badArgument
            }
        }
    }

    /// It goes so deep that what lies beside it must not be looked at once a step.
    var isLong: Bool { steps.count > 4 }

    func find(in json: JSONText) -> JSONText.Element? {
        var current = json.root
        for step in steps {
            switch step {
            case .name(let name):
                guard let member = json.members(current)?.last(where: { $0.name == name }) else { return nil }
                current = member.value
            case .index(let index):
                guard let elements = json.elements(current), index < elements.count else { return nil }
                current = elements[index]
            }
        }
        return current
    }
}
