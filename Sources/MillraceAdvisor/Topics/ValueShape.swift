// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What values look like, added up over many of them: enough to declare columns for. Fed with JSON values, or with the
/// fields of delimited lines.
struct ValueShape: Hashable {
    /// JSON's kinds of values, but for null.
    enum Kind: String, Hashable {
        case boolean, number, text, array, object
    }

    struct Member: Hashable {
        /// As the field is spelt.
        var name: String
        var shape: ValueShape
    }

    private(set) var nulls = 0
    private(set) var booleans = 0
    private(set) var numbers = NumberShape()
    private(set) var texts = 0
    /// The texts themselves, a hundred at most.
    private(set) var someTexts: [String] = []
    /// Texts that are no numbers.
    private(set) var plainTexts = 0
    private(set) var arrays = 0
    private(set) var objects = 0
    /// What all elements of the arrays look like; none: only empty ones so far.
    private(set) var element: [ValueShape] = []
    /// Of the objects, in the order in which they came.
    private(set) var members: [Member] = []
    /// Folded names that one object has in several spellings: two fields, not one.
    private(set) var twins: Set<String> = []

    private static let keptTexts = 100

    init() {}

    /// A JSON value; nil where the bytes are none.
    init?(json bytes: [UInt8]) {
        guard let text = JSONText(bytes) else { return nil }
        self.init(text, text.root)
    }

    private init(_ text: JSONText, _ value: JSONText.Element) {
        switch value.kind {
        case UInt8(ascii: "{"):
            objects = 1
            for (name, inner) in text.members(value) ?? [] {
                guard let name = String(validating: name, as: UTF8.self) else { continue }
                merge(Member(name: name, shape: ValueShape(text, inner)))
            }
            let spellings = Dictionary(grouping: members) { ValueShape.folded($0.name) }
            twins = Set(spellings.filter { $0.value.count > 1 }.keys)
        case UInt8(ascii: "["):
            arrays = 1
            for inner in text.elements(value) ?? [] { mergeElement(ValueShape(text, inner)) }
        case UInt8(ascii: "\""): add(text: String(decoding: text.text(value), as: UTF8.self))
        case UInt8(ascii: "t"), UInt8(ascii: "f"): booleans = 1
        case UInt8(ascii: "n"): nulls = 1
        default: numbers.add(String(decoding: text.bytes[value.range], as: UTF8.self))
        }
    }

    /// A field of a delimited line: what the format DELIMITED would take it for.
    init(field: String) {
        if field.isEmpty {
            nulls = 1
        } else if ["true", "false"].contains(field.lowercased()) {
            booleans = 1
        } else if ValueShape.isNumber(field) {
            numbers.add(field)
        } else {
            add(text: field)
        }
    }

    init(texts: [String]) {
        for text in texts { add(text: text) }
    }

    private mutating func add(text: String) {
        texts += 1
        if !ValueShape.isNumber(text) { plainTexts += 1 }
        if someTexts.count < ValueShape.keptTexts { someTexts.append(text) }
    }

    /// By JSON's grammar: no zeros in front, which a number would lose.
    static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || 0x30...0x39 ~= first,
            let json = JSONText(Array(text.utf8))
        else { return false }
        return json.root.range.count == text.utf8.count
    }

    // MARK: Adding up

    mutating func merge(_ other: ValueShape) {
        nulls += other.nulls
        booleans += other.booleans
        numbers.merge(other.numbers)
        texts += other.texts
        plainTexts += other.plainTexts
        someTexts += other.someTexts.prefix(ValueShape.keptTexts - someTexts.count)
        arrays += other.arrays
        objects += other.objects
        if let inner = other.element.first { mergeElement(inner) }
        for member in other.members { merge(member) }
        twins.formUnion(other.twins)
    }

    private mutating func mergeElement(_ other: ValueShape) {
        if element.isEmpty { element = [other] } else { element[0].merge(other) }
    }

    private mutating func merge(_ member: Member) {
        if let index = members.firstIndex(where: { $0.name == member.name }) {
            members[index].shape.merge(member.shape)
        } else {
            members.append(member)
        }
    }

    /// ASCII letters in upper case, as bare names in SQL are read.
    static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { 0x61...0x7A ~= $0 ? $0 - 0x20 : $0 }, as: UTF8.self)
    }

    // MARK: What it comes to

    /// How often each kind was seen, the most frequent first.
    var kinds: [(kind: Kind, count: Int)] {
        let all: [(kind: Kind, count: Int)] = [
            (.object, objects), (.array, arrays), (.number, numbers.count), (.text, texts), (.boolean, booleans),
        ]
        return all.enumerated().filter { $0.element.count > 0 }
            .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    }

    /// Values that are not null.
    var count: Int { objects + arrays + texts + numbers.count + booleans }

    /// The one kind that all values have, or can be read as; nil: there are several, or none.
    var onlyKind: Kind? {
        let kinds = kinds
        if kinds.count == 1 { return kinds[0].kind }
        // Numbers that now and then are written as texts are read as numbers.
        return texts > 0 && plainTexts == 0 && texts + numbers.count == count ? .number : nil
    }

    /// How many different texts there are among those that were kept.
    var distinctTexts: Int { Set(someTexts).count }
}
