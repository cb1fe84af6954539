// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What JSON values look like, merged over many of them: enough to declare columns for.
enum JSONShape: Equatable {
    /// Only null so far.
    case unknown
    case boolean
    case whole
    case fraction
    case text
    /// What all elements look like; none: only empty arrays so far.
    case array(element: [JSONShape])
    case object([Member])
    /// Values of several kinds.
    case mixed

    struct Member: Equatable {
        var name: String
        var shape: JSONShape
    }

    /// Nil where the bytes are not one JSON value.
    init?(_ bytes: [UInt8]) {
        guard let text = JSONText(bytes) else { return nil }
        self = JSONShape.shape(text, text.root)
    }

    private static func shape(_ text: JSONText, _ element: JSONText.Element) -> JSONShape {
        switch element.kind {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            for (name, value) in text.members(element) ?? [] {
                merge(Member(name: String(decoding: name, as: UTF8.self), shape: shape(text, value)), into: &members)
            }
            return .object(members)
        case UInt8(ascii: "["):
            let elements = (text.elements(element) ?? []).map { shape(text, $0) }
            guard let first = elements.first else { return .array(element: []) }
            return .array(element: [elements.dropFirst().reduce(first) { $0.merged($1) }])
        case UInt8(ascii: "\""): return .text
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .unknown
        default:
            let digits = text.bytes[element.range]
            let isWhole = digits.allSatisfy { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
            return isWhole && Int64(String(decoding: digits, as: UTF8.self)) != nil ? .whole : .fraction
        }
    }

    /// Names are alike whatever their case, as columns are.
    private static func merge(_ member: Member, into members: inout [Member]) {
        if let index = members.firstIndex(where: { $0.name.lowercased() == member.name.lowercased() }) {
            members[index].shape = members[index].shape.merged(member.shape)
        } else {
            members.append(member)
        }
    }

    /// What both look like.
    func merged(_ other: JSONShape) -> JSONShape {
        switch (self, other) {
        case (.unknown, let shape), (let shape, .unknown): return shape
        case (.whole, .fraction), (.fraction, .whole): return .fraction
        case (.array(let left), .array(let right)):
            guard let first = left.first else { return other }
            return .array(element: [right.first.map { first.merged($0) } ?? first])
        case (.object(var members), .object(let others)):
            for member in others { JSONShape.merge(member, into: &members) }
            return .object(members)
        default: return self == other ? self : .mixed
        }
    }

    /// The type of a column that holds such values; what is not clear is text, which every JSON value can be.
    var type: DataType {
        switch self {
        case .unknown, .text, .mixed: return .varchar
        case .boolean: return .boolean
        case .whole: return .bigint
        case .fraction: return .double
        case .array(let element): return .array(element.first?.type ?? .varchar)
        case .object(let members):
            if members.isEmpty { return .varchar }
            return .structure(members.map { Field($0.name, $0.shape.type) })
        }
    }
}
