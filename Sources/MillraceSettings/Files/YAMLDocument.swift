// SPDX-License-Identifier: Apache-2.0
internal import CSystemYAML
import MillraceCore

/// One YAML document as a tree, read with libyaml. Anchors, aliases and tags are refused: a configuration has no use
/// for them, and aliases can make a small file huge.
enum YAMLDocument {
    /// The deepest nesting.
    static let maximumDepth = 32

    /// The document's root; nil for a text without any content. Throws the first mistake with its place.
    static func parse(_ text: String) throws(SourceError) -> YAMLNode? {
        var reader = try YAMLReader(text)
        return try reader.document()
    }
}

/// Turns libyaml's events into nodes.
private struct YAMLReader {
    private let parser: YAMLParser

    init(_ text: String) throws(SourceError) {
        guard let parser = YAMLParser(text) else { throw SourceError("out of memory", at: nil) }
        self.parser = parser
    }

    mutating func document() throws(SourceError) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try parser.next()
            switch event.type {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT:
                continue
            case YAML_DOCUMENT_START_EVENT:
                guard root == nil else {
                    throw SourceError("a second document in one file", at: event.location, hint: "remove the ---")
                }
                root = try node(try parser.next(), depth: 0)
            default:
                return root
            }
        }
    }

    private func node(_ event: borrowing YAMLEvent, depth: Int) throws(SourceError) -> YAMLNode {
        let location = event.location
        guard depth <= YAMLDocument.maximumDepth else { throw SourceError("nested too deeply", at: location) }
        if event.type == YAML_ALIAS_EVENT || event.hasAnchor {
            throw SourceError("YAML anchors and aliases are not supported", at: location, hint: "write the value out")
        }
        if event.hasTag { throw SourceError("YAML tags are not supported", at: location, hint: "remove the tag") }
        switch event.type {
        case YAML_SCALAR_EVENT:
            return YAMLNode(content: .scalar(event.scalar, isPlain: event.isPlainScalar), location: location)
        case YAML_SEQUENCE_START_EVENT:
            return YAMLNode(content: .sequence(try elements(depth: depth)), location: location)
        default:
            return YAMLNode(content: .mapping(try entries(depth: depth)), location: location)
        }
    }

    private func elements(depth: Int) throws(SourceError) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if event.type == YAML_SEQUENCE_END_EVENT { return elements }
            elements.append(try node(event, depth: depth + 1))
        }
    }

    private func entries(depth: Int) throws(SourceError) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var places: [String: SourceLocation] = [:]
        while true {
            let event = try parser.next()
            if event.type == YAML_MAPPING_END_EVENT { return entries }
            let key = try node(event, depth: depth + 1)
            guard case .scalar(let name, _) = key.content else {
                throw SourceError("a key must be a word, not \(key.kind)", at: key.location)
            }
            if let first = places.updateValue(key.location, forKey: name) {
                throw SourceError(
                    "\(name) is given twice", at: key.location, hint: "the first one is in line \(first.line)")
            }
            let value = try node(try parser.next(), depth: depth + 1)
            entries.append(YAMLNode.Entry(key: name, keyLocation: key.location, value: value))
        }
    }
}

/// Owner of a libyaml parser and of the text that it reads.
private final class YAMLParser {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let text: UnsafeMutableBufferPointer<UInt8>

    /// Nil when memory has run out.
    init?(_ source: String) {
        text = .allocate(capacity: source.utf8.count)
        _ = text.initialize(from: source.utf8)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            text.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    func next() throws(SourceError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
        return YAMLEvent(event)
    }

    private var problem: SourceError {
        let state = parser.pointee
        let message = state.problem.map { String(cString: $0) } ?? "not valid YAML"
        // A byte that is no character has no mark: its place is counted from the start of the text.
        let isByte = state.error == YAML_READER_ERROR
        let location = isByte ? place(ofByte: state.problem_offset) : place(of: state.problem_mark)
        return SourceError(message, at: location, hint: state.context.map { String(cString: $0) })
    }

    /// What is missing at the end of the text is missed behind its last character, where a caret can show it.
    private func place(of mark: yaml_mark_t) -> SourceLocation {
        let end = text.lastIndex { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? 0
        let last = place(ofByte: end)
        let location = SourceLocation(mark)
        return location.line > last.line ? last : location
    }

    private func place(ofByte offset: Int) -> SourceLocation {
        let before = text.prefix(max(offset, 0))
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
        return SourceLocation(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1)
    }
}

/// Owner of one event.
private struct YAMLEvent: ~Copyable {
    private var event: yaml_event_t

    init(_ event: yaml_event_t) { self.event = event }

    deinit {
        var event = event
        yaml_event_delete(&event)
    }

    var type: yaml_event_type_t { event.type }
    var location: SourceLocation { SourceLocation(event.start_mark) }

    /// Of a scalar.
    var scalar: String {
        guard let start = event.data.scalar.value else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: event.data.scalar.length), as: UTF8.self)
    }

    /// Of a scalar.
    var isPlainScalar: Bool { event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE }

    var hasAnchor: Bool {
        switch type {
        case YAML_SCALAR_EVENT: event.data.scalar.anchor != nil
        case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.anchor != nil
        case YAML_MAPPING_START_EVENT: event.data.mapping_start.anchor != nil
        default: false
        }
    }

    var hasTag: Bool {
        switch type {
        case YAML_SCALAR_EVENT: event.data.scalar.tag != nil
        case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.tag != nil
        case YAML_MAPPING_START_EVENT: event.data.mapping_start.tag != nil
        default: false
        }
    }
}

extension SourceLocation {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}
