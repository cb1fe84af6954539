// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// An expression as SQL-like text, with the names of the columns that it sees; one without a name is `column i`.
///
/// Fingerprints of state are made of this text: another text for an expression makes stored state unusable.
package enum ExpressionPrinter {
    package static func text(_ expression: Expression, columns: [String]) -> String {
        func text(_ expression: Expression) -> String { self.text(expression, columns: columns) }
        func list(_ expressions: [Expression]) -> String { expressions.map(text).joined(separator: ", ") }
        switch expression {
        case .literal(let value, let type): return literal(value, type)
        case .column(let index, _): return columns.indices.contains(index) ? columns[index] : "column \(index)"
        case .arithmetic(let operation, let left, let right, _, _):
            return "(\(text(left)) \(operation.rawValue) \(text(right)))"
        case .negate(let operand, _, _): return "-\(text(operand))"
        case .concatenate(let left, let right, _): return "(\(text(left)) || \(text(right)))"
        case .compare(let operation, let left, let right): return "(\(text(left)) \(operation.rawValue) \(text(right)))"
        case .and(let left, let right): return "(\(text(left)) AND \(text(right)))"
        case .or(let left, let right): return "(\(text(left)) OR \(text(right)))"
        case .not(let operand): return "NOT \(text(operand))"
        case .isNull(let operand): return "(\(text(operand)) IS NULL)"
        case .isDistinct(let left, let right): return "(\(text(left)) IS DISTINCT FROM \(text(right)))"
        case .inList(let operand, let items): return "(\(text(operand)) IN (\(list(items))))"
        case .like(let operand, let pattern, let escape):
            return "(\(text(operand)) LIKE \(text(pattern))" + (escape.map { " ESCAPE '\($0)'" } ?? "") + ")"
        case .conditional(let branches, let otherwise, _):
            let whens = branches.map { "WHEN \(text($0.condition)) THEN \(text($0.result))" }
            return "CASE \(whens.joined(separator: " ")) ELSE \(text(otherwise)) END"
        case .cast(let operand, let type, _): return "CAST(\(text(operand)) AS \(type.sqlName))"
        case .element(let collection, let index, _): return "\(text(collection))[\(text(index))]"
        case .field(let operand, let index, _):
            if case .structure(let fields) = operand.type { return "\(text(operand))->\(fields[index].name)" }
            return "\(text(operand))->\(index)"
        case .array(let items, _): return "ARRAY[\(list(items))]"
        case .map(let items, _, _):
            return "MAP(\(items.map { "\(text($0.key)) := \(text($0.value))" }.joined(separator: ", ")))"
        case .structure(let values, let type):
            guard case .structure(let fields) = type else { return "STRUCT(\(list(values)))" }
            return "STRUCT(\(zip(fields, values).map { "\($0.name) := \(text($1))" }.joined(separator: ", ")))"
        case .call(let name, let arguments, _, _): return "\(name)(\(list(arguments)))"
        case .lambda(let call, _): return lambda(call, columns: columns)
        }
    }

    /// With names of its own for the parameters, whatever they were called: a new name is no new expression.
    private static func lambda(_ call: LambdaCall, columns: [String]) -> String {
        func text(_ expression: Expression) -> String { self.text(expression, columns: columns) }
        let captures = call.captures.map(text)
        var names: [String] = []
        for letter in ["x", "y", "z"].prefix(call.parameters.count) {
            var name = letter
            // Distinct from what is captured, and from the parameters of a lambda outside.
            while columns.contains(name) || captures.contains(name) { name += "'" }
            names.append(name)
        }
        let head = names.count == 1 ? names[0] : "(\(names.joined(separator: ", ")))"
        let bodies = call.bodies.map { "\(head) => \(self.text($0, columns: names + captures))" }
        let arguments = [text(call.collection)] + (call.initial.map { [text($0)] } ?? []) + bodies
        return "\(call.operation.rawValue)(\(arguments.joined(separator: ", ")))"
    }

    private static func literal(_ value: Value, _ type: DataType) -> String {
        if case .varchar(let bytes) = value {
            let text = String(decoding: bytes, as: UTF8.self)
            return "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
        }
        guard !value.isNull else { return "NULL" }
        let cast = try? ValueCast.cast(value, from: type, to: .varchar)
        return cast?.string ?? type.sqlName
    }
}
