// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Stand-in until the functions are merged.
package enum ScalarFunctions {
    package static let all: [ScalarFunction] = [
        ScalarFunction(
            "UCASE", usage: "UCASE(text)", summary: "Upper case.",
            resolve: { $0.count == 1 && ($0[0] == nil || $0[0] == .varchar) ? .init([.varchar], .varchar) : nil },
            evaluate: { (values: [Value], _: DataType) throws(EvaluationFailure) -> Value in values[0] }),
        ScalarFunction(
            "ABS", usage: "ABS(number)", summary: "Absolute value.",
            resolve: { arguments in
                guard arguments.count == 1, let type = arguments[0], type.isNumeric else { return nil }
                return .init([type], type)
            },
            evaluate: { (values: [Value], _: DataType) throws(EvaluationFailure) -> Value in values[0] }),
    ]

    package static func named(_ upperCaseName: String) -> ScalarFunction? { all.first { $0.name == upperCaseName } }
}

package enum ValueCast {
    package static func canCast(from: DataType, to: DataType) -> Bool {
        from == to || (from.isScalar && to.isScalar && (to == .varchar || from == .varchar || to.isNumeric))
    }

    package static func cast(_ value: Value, from: DataType, to: DataType) throws(EvaluationFailure) -> Value {
        if from == to { return value }
        guard let text = value.string else { throw .badCast }
        switch to {
        case .integer: if let number = Int32(text) { return .integer(number) }
        case .bigint: if let number = Int64(text) { return .bigint(number) }
        case .double: if let number = Double(text) { return .double(number) }
        case .boolean: if let flag = Bool(text) { return .boolean(flag) }
        default: break
        }
        throw .badCast
    }
}
