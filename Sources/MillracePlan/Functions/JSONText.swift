// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A JSON text inside a VARCHAR, for the JSON functions. Cold: the JSON format has its own decoder.
package struct JSONText {
    /// One value's place in the text.
    package struct Element {
        package var range: Range<Int>
        /// `{`, `[`, `"`, or the first byte of a number or word.
        package var kind: UInt8
    }

    package let bytes: [UInt8]
    /// The value that is the whole text.
    package let root: Element

    private static let maximumDepth = 1000
    /// Where the objects and arrays begin, in order, and where they end; empty where nobody will pass over them often.
    private let containers: [Range<Int>]

    /// Nil where the text is not one JSON value with nothing but white space around it.
    /// - Parameter isSearched: members of members … will be asked for: how far objects and arrays reach is remembered,
    ///   so that a value is not read once more for each of those that it lies in.
    package init?(_ bytes: [UInt8], isSearched: Bool = false) {
        self.bytes = bytes
        var scanner = Scanner(bytes: bytes)
        scanner.isRecording = isSearched
        scanner.skipSpace()
        guard let root = scanner.value(depth: 0) else { return nil }
        scanner.skipSpace()
        guard scanner.position == bytes.count else { return nil }
        self.root = root
        containers = scanner.containers
    }

    /// The names and values of an object, in order; nil for other values.
    package func members(_ element: Element) -> [(name: [UInt8], value: Element)]? {
        guard element.kind == UInt8(ascii: "{") else { return nil }
        var scanner = Scanner(bytes: bytes, position: element.range.lowerBound, containers: containers)
        var members: [(name: [UInt8], value: Element)] = []
        _ = scanner.list(closing: UInt8(ascii: "}"), depth: 0) { name, value in
            if let name { members.append((string(name), value)) }
        }
        return members
    }

    /// The elements of an array; nil for other values.
    package func elements(_ element: Element) -> [Element]? {
        guard element.kind == UInt8(ascii: "[") else { return nil }
        var scanner = Scanner(bytes: bytes, position: element.range.lowerBound, containers: containers)
        var elements: [Element] = []
        _ = scanner.list(closing: UInt8(ascii: "]"), depth: 0) { _, value in elements.append(value) }
        return elements
    }

    /// The text of a value: strings as written with quotes, others without white space, fractions as Java writes them.
    func compact(_ element: Element) -> [UInt8] {
        var result: [UInt8] = []
        var index = element.range.lowerBound
        while index < element.range.upperBound {
            let byte = bytes[index]
            let start = index
            switch byte {
            case UInt8(ascii: "\""):
                var scanner = Scanner(bytes: bytes, position: index)
                index = scanner.value(depth: 0)?.range.upperBound ?? element.range.upperBound
                result.append(contentsOf: bytes[start..<index])
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                var scanner = Scanner(bytes: bytes, position: index)
                index = scanner.value(depth: 0)?.range.upperBound ?? element.range.upperBound
                let number = bytes[start..<index]
                if number.contains(where: { ".eE".utf8.contains($0) }),
                    let value = Array(number).withUnsafeBytes({ NumberText.double($0) })
                {
                    DoubleText.append(value, to: &result)
                } else {
                    result.append(contentsOf: number)
                }
            default:
                if byte > 0x20 { result.append(byte) }
                index += 1
            }
        }
        return result
    }

    /// The value as a VARCHAR: the content of a string, the compact text of others.
    package func text(_ element: Element) -> [UInt8] {
        element.kind == UInt8(ascii: "\"") ? string(element) : compact(element)
    }

    /// The content of a string without its escapes.
    private func string(_ element: Element) -> [UInt8] {
        let inner = bytes[element.range].dropFirst().dropLast()
        guard inner.contains(UInt8(ascii: "\\")) else { return Array(inner) }
        var result: [UInt8] = []
        var rest = inner
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "u"):
                var units = [JSONText.unit(&rest)]
                // The other half of a pair follows as an escape of its own.
                if units[0] & 0xFC00 == 0xD800, rest.starts(with: "\\u".utf8) {
                    rest = rest.dropFirst(2)
                    units.append(JSONText.unit(&rest))
                }
                result.append(contentsOf: CodeUnits.text(units))
            default: result.append(escape)
            }
        }
        return result
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt16 {
        let digits = rest.prefix(4)
        rest = rest.dropFirst(4)
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0xFFFD
    }

    /// Steps through a text by JSON's grammar.
    private struct Scanner {
        let bytes: [UInt8]
        var position = 0
        /// What is known of the objects and arrays of the text.
        var containers: [Range<Int>] = []
        var isRecording = false

        private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

        mutating func skipSpace() {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        }

        private mutating func take(_ text: StaticString) -> Bool {
            let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            guard bytes[position...].starts(with: expected) else { return false }
            position += expected.count
            return true
        }

        /// The value that begins here; nil where none does.
        mutating func value(depth: Int) -> Element? {
            let start = position
            let kind = next
            let isValid: Bool
            switch kind {
            case UInt8(ascii: "{"), UInt8(ascii: "["): isValid = container(depth: depth)
            case UInt8(ascii: "\""): isValid = string()
            case UInt8(ascii: "t"): isValid = take("true")
            case UInt8(ascii: "f"): isValid = take("false")
            case UInt8(ascii: "n"): isValid = take("null")
            default: isValid = number()
            }
            return isValid ? Element(range: start..<position, kind: kind) : nil
        }

        /// Passes over an object or an array.
        private mutating func container(depth: Int) -> Bool {
            let start = position
            if !isRecording, let end = knownEnd(start) {
                position = end
                return true
            }
            let place = containers.count
            if isRecording { containers.append(start..<start) }
            let closing = next == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
            guard list(closing: closing, depth: depth, { _, _ in }) else { return false }
            if isRecording { containers[place] = start..<position }
            return true
        }

        private func knownEnd(_ start: Int) -> Int? {
            var (low, high) = (0, containers.count)
            while low < high {
                let middle = (low + high) / 2
                if containers[middle].lowerBound < start { low = middle + 1 } else { high = middle }
            }
            return low < containers.count && containers[low].lowerBound == start ? containers[low].upperBound : nil
        }

        /// An object or an array from its opening bracket on.
        mutating func list(closing: UInt8, depth: Int, _ body: (_ name: Element?, _ value: Element) -> Void) -> Bool {
            guard depth < JSONText.maximumDepth else { return false }
            position += 1
            skipSpace()
            if next == closing {
                position += 1
                return true
            }
            while true {
                skipSpace()
                var name: Element?
                if closing == UInt8(ascii: "}") {
                    guard next == UInt8(ascii: "\""), let taken = value(depth: depth + 1) else { return false }
                    name = taken
                    skipSpace()
                    guard take(":") else { return false }
                    skipSpace()
                }
                guard let value = value(depth: depth + 1) else { return false }
                body(name, value)
                skipSpace()
                if next == closing {
                    position += 1
                    return true
                }
                guard take(",") else { return false }
            }
        }

        private mutating func string() -> Bool {
            position += 1
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") { return true }
                guard byte >= 0x20 else { return false }
                guard byte == UInt8(ascii: "\\") else { continue }
                let escape = next
                position += 1
                if escape == UInt8(ascii: "u") {
                    guard position + 4 <= bytes.count, bytes[position..<(position + 4)].allSatisfy(Scanner.isHex) else {
                        return false
                    }
                    position += 4
                } else if !"\"\\/bfnrt".utf8.contains(escape) {
                    return false
                }
            }
            return false
        }

        private static func isHex(_ byte: UInt8) -> Bool {
            byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") <= 5
        }

        private mutating func digits() -> Int {
            let start = position
            while next &- UInt8(ascii: "0") <= 9 { position += 1 }
            return position - start
        }

        private mutating func number() -> Bool {
            _ = take("-")
            let startsWithZero = next == UInt8(ascii: "0")
            let count = digits()
            guard count == 1 || (count > 1 && !startsWithZero) else { return false }
            if take(".") { guard digits() > 0 else { return false } }
            if next | 0x20 == UInt8(ascii: "e") {
                position += 1
                if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
                guard digits() > 0 else { return false }
            }
            return true
        }
    }
}
