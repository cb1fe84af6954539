// SPDX-License-Identifier: Apache-2.0

/// Finds a whole number in a JSON text of our own programs without reading all of it.
package struct IntegerField {
    private let name: [UInt8]

    package init(_ name: String) { self.name = Array("\"\(name)\":".utf8) }

    /// The digits behind the first `"name":`; nil: there is none, or something else than a digit follows.
    package func value(in text: UnsafeRawBufferPointer) -> Int? {
        guard text.count > name.count else { return nil }
        for place in 0..<(text.count - name.count) where matches(text, at: place) {
            var number: Int?
            for digit in text[(place + name.count)...] {
                guard digit >= 0x30, digit <= 0x39 else { break }
                number = (number ?? 0) &* 10 &+ Int(digit - 0x30)
            }
            return number
        }
        return nil
    }

    private func matches(_ text: UnsafeRawBufferPointer, at place: Int) -> Bool {
        for index in name.indices where text[place + index] != name[index] { return false }
        return true
    }
}
