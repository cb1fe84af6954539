// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A call as the binder and the engine make it: resolve, cast the arguments, mind NULLs, evaluate.
struct FunctionCall: Sendable, CustomStringConvertible {
    var name: String
    var arguments: [Value]
    var types: [DataType?]
    var expected: Value?
    var failure: EvaluationFailure?

    init(_ name: String, _ arguments: Value..., gives expected: Value) {
        (self.name, self.arguments, self.expected) = (name, arguments, expected)
        types = arguments.map { FunctionCall.type(of: $0) }
    }

    init(_ name: String, _ arguments: Value..., fails failure: EvaluationFailure) {
        (self.name, self.arguments, self.failure) = (name, arguments, failure)
        types = arguments.map { FunctionCall.type(of: $0) }
    }

    var description: String { "\(name)(\(arguments))" }

    enum Unbound: Error { case noFunction, noOverload }

    func evaluate() throws -> Value {
        guard let function = ScalarFunctions.named(name) else { throw Unbound.noFunction }
        guard let signature = function.resolve(types) else { throw Unbound.noOverload }
        var values: [Value] = []
        for (index, value) in arguments.enumerated() {
            let parameter = signature.parameters[index]
            values.append(try ValueCast.cast(value, from: types[index] ?? parameter, to: parameter))
        }
        if function.nullOnNull, values.contains(where: \.isNull) { return .null }
        return try function.evaluate(values, signature.result, of: signature.parameters)
    }

    static func type(of value: Value) -> DataType? {
        switch value {
        case .null: nil
        case .boolean: .boolean
        case .integer: .integer
        case .bigint: .bigint
        case .double: .double
        case .decimal(let value): .decimal(precision: 6, scale: value.scale)
        case .varchar: .varchar
        case .bytes: .bytes
        case .date: .date
        case .time: .time
        case .timestamp: .timestamp
        case .array(let elements): .array(elements.lazy.compactMap { type(of: $0) }.first ?? .integer)
        case .map(let entries):
            .map(key: .varchar, value: entries.lazy.compactMap { type(of: $0.value) }.first ?? .integer)
        case .structure: nil
        }
    }
}

extension Value {
    static func integers(_ values: Int32?...) -> Value { .array(values.map { $0.map { .integer($0) } ?? .null }) }
    static func texts(_ values: String?...) -> Value { .array(values.map { $0.map { .text($0) } ?? .null }) }
    static func entries(_ pairs: KeyValuePairs<String, Int32>) -> Value {
        .map(pairs.map { .init(key: .text($0.key), value: .integer($0.value)) })
    }
}
