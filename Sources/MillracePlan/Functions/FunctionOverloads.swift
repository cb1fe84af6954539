// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Ways to find a function's overload from the types of its arguments (nil = the literal NULL).
enum FunctionOverloads {
    typealias Signature = ScalarFunction.Signature
    typealias Resolve = @Sendable ([DataType?]) -> Signature?

    /// The first signature that the arguments match exactly, else the first that they can be widened to. List the
    /// narrow types first.
    static func of(_ signatures: [DataType]..., giving result: DataType) -> Resolve {
        first(of: signatures.map { Signature($0, result) })
    }

    static func first(of signatures: [Signature]) -> Resolve {
        { arguments in
            let candidates = signatures.filter { $0.parameters.count == arguments.count }
            let exact = candidates.first { candidate in
                zip(arguments, candidate.parameters).allSatisfy { $0 == nil || $0 == $1 }
            }
            return exact
                ?? candidates.first { candidate in
                    zip(arguments, candidate.parameters).allSatisfy { widens($0, to: $1) }
                }
        }
    }

    /// The first of several ways that gives a signature.
    static func any(_ ways: Resolve...) -> Resolve {
        { arguments in
            for way in ways {
                if let signature = way(arguments) { return signature }
            }
            return nil
        }
    }

    /// INTEGER → BIGINT → DECIMAL → DOUBLE.
    static func widens(_ type: DataType?, to wide: DataType) -> Bool {
        guard let type, type != wide else { return true }
        switch (type, wide) {
        case (.integer, .bigint), (.integer, .double), (.bigint, .double), (.decimal, .double): return true
        case (_, .decimal(let precision, let scale)):
            guard let digits = asDecimal(type) else { return false }
            return digits.scale <= scale && digits.precision - digits.scale <= precision - scale
        case (.array(let type), .array(let wide)): return widens(type, to: wide)
        case (.map(let key, let value), .map(let wideKey, let wideValue)):
            return widens(key, to: wideKey) && widens(value, to: wideValue)
        default: return false
        }
    }

    /// The narrowest type that all widen to; nil where there is none or all are the literal NULL.
    static func commonType(_ types: [DataType?]) -> DataType? {
        var common: DataType?
        for case let type? in types {
            guard let earlier = common else {
                common = type
                continue
            }
            guard let both = common2(earlier, type) else { return nil }
            common = both
        }
        return common
    }

    private static func common2(_ a: DataType, _ b: DataType) -> DataType? {
        if widens(a, to: b) { return b }
        if widens(b, to: a) { return a }
        switch (a, b) {
        case (.array(let a), .array(let b)): return common2(a, b).map { .array($0) }
        case (.map(let keyA, let valueA), .map(let keyB, let valueB)):
            guard let key = common2(keyA, keyB), let value = common2(valueA, valueB) else { return nil }
            return .map(key: key, value: value)
        default:
            guard let a = asDecimal(a), let b = asDecimal(b) else { return nil }
            let scale = max(a.scale, b.scale)
            let precision = max(a.precision - a.scale, b.precision - b.scale) + scale
            return .decimal(precision: min(precision, 38), scale: scale)
        }
    }

    private static func asDecimal(_ type: DataType) -> (precision: Int, scale: Int)? {
        switch type {
        case .integer: (10, 0)
        case .bigint: (19, 0)
        case .decimal(let precision, let scale): (precision, scale)
        default: nil
        }
    }
}
