// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions about NULL.
enum NullFunctions {
    static let all: [ScalarFunction] = [
        ScalarFunction(
            "COALESCE", usage: "COALESCE(value, …)", summary: "The first argument that is not NULL.", nullOnNull: false,
            resolve: { $0.isEmpty ? nil : same($0) },
            evaluate: { arguments, _ in arguments.first { !$0.isNull } ?? .null }),
        ScalarFunction(
            "IFNULL", usage: "IFNULL(value, otherwise)", summary: "The value, or the other one where it is NULL.",
            nullOnNull: false, resolve: { $0.count == 2 ? same($0) : nil },
            evaluate: { arguments, _ in arguments[0].isNull ? arguments[1] : arguments[0] }),
        ScalarFunction(
            "NULLIF", usage: "NULLIF(value, other)", summary: "NULL where both are equal, else the first.",
            nullOnNull: false, resolve: { $0.count == 2 ? same($0) : nil },
            evaluate: { arguments, _ in
                ValueOrder.compare(arguments[0], arguments[1]) == 0 ? .null : arguments[0]
            }),
    ]

    /// All arguments and the result have one type.
    private static func same(_ arguments: [DataType?]) -> ScalarFunction.Signature? {
        FunctionOverloads.commonType(arguments).map { type in
            ScalarFunction.Signature(arguments.map { _ in type }, type)
        }
    }
}
