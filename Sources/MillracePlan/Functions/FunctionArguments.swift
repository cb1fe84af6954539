// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Arguments as Swift values. The signature has settled their types, so a failure here means a call that was not bound.
extension Value {
    func asInteger() throws(EvaluationFailure) -> Int64 {
        switch self {
        case .integer(let value), .date(let value), .time(let value): return Int64(value)
        case .bigint(let value), .timestamp(let value): return value
        default: throw .badArgument
        }
    }

    func asDouble() throws(EvaluationFailure) -> Double {
        guard case .double(let value) = self else { throw .badArgument }
        return value
    }

    func asBoolean() throws(EvaluationFailure) -> Bool {
        guard case .boolean(let value) = self else { throw .badArgument }
        return value
    }

    /// Of VARCHAR and BYTES.
    func asBytes() throws(EvaluationFailure) -> [UInt8] {
        switch self {
        case .varchar(let bytes), .bytes(let bytes): return bytes
        default: throw .badArgument
        }
    }

    func asElements() throws(EvaluationFailure) -> [Value] {
        guard case .array(let elements) = self else { throw .badArgument }
        return elements
    }

    func asEntries() throws(EvaluationFailure) -> [MapEntry] {
        guard case .map(let entries) = self else { throw .badArgument }
        return entries
    }

    /// A DOUBLE as the engine keeps it: one zero, one NaN.
    static func canonical(_ value: Double) -> Value { .double(value == 0 ? 0 : value.isNaN ? .nan : value) }

    /// What a function has computed of numbers. Finite ones that have no finite answer are a failure; NaN and the
    /// infinities that the data has go through.
    static func answer(_ value: Double, of arguments: Double...) throws(EvaluationFailure) -> Value {
        guard value.isFinite || !arguments.allSatisfy(\.isFinite) else { throw value.isNaN ? .badArgument : .overflow }
        return canonical(value)
    }

    /// VARCHAR or BYTES, as the type says.
    static func bytes(_ bytes: [UInt8], as type: DataType) -> Value { type == .bytes ? .bytes(bytes) : .varchar(bytes) }

    /// An INTEGER; fails with `overflow`.
    static func narrow(_ value: Int64) throws(EvaluationFailure) -> Value {
        guard let value = Int32(exactly: value) else { throw .overflow }
        return .integer(value)
    }
}
