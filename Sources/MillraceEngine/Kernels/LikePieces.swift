// SPDX-License-Identifier: Apache-2.0

/// A LIKE pattern by its pieces, for those with a long one: the first begins where the text does, the last ends where
/// it does, and each between them is where it is first found behind the one before.
///
///     ab%c_d%e      ab stands in front │ c_d is searched │ e stands at the end
struct LikePieces {
    private let pieces: [LikePiece]

    /// - Parameter pieces: what is between the `%`, one more than those; bytes and `LikePattern.one`.
    init(_ pieces: [[UInt16]]) { self.pieces = pieces.map { LikePiece($0) } }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let first = pieces.first, let last = pieces.last, var start = first.end(in: text, from: 0) else {
            return false
        }
        if pieces.count == 1 { return start == text.count }
        for piece in pieces[1..<(pieces.count - 1)] {
            guard let end = piece.search(text, from: start) else { return false }
            start = end
        }
        guard let lastStart = last.start(in: text) else { return false }
        return lastStart >= start
    }
}

/// What stands between two `%` of a LIKE pattern.
///
/// Without `_` it is searched by its borders, as in `SequenceSearch`. With `_` all places where it may begin are
/// followed at once, a bit each (Baeza-Yates, Gonnet), 64 steps of the piece a word:
///
///     bit i    the first i steps fit what lies directly before this byte
private struct LikePiece {
    private let steps: [UInt16]
    /// Of a piece without `_`: with how much of its beginning each of its beginnings ends.
    private var borders: [Int] = []
    /// Of one with `_`: where it has them, and where it has each byte; a row of `words` words each.
    private var ones: [UInt64] = []
    private var rows: [Int] = []
    private var places: [UInt64] = []
    private var words = 0

    init(_ steps: [UInt16]) {
        self.steps = steps
        if steps.contains(LikePattern.one) { setPlaces() } else { setBorders() }
    }

    private mutating func setBorders() {
        borders = [Int](repeating: 0, count: steps.count)
        var matched = 0
        for index in steps.indices.dropFirst() {
            while matched > 0, steps[index] != steps[matched] { matched = borders[matched - 1] }
            if steps[index] == steps[matched] { matched += 1 }
            borders[index] = matched
        }
    }

    private mutating func setPlaces() {
        words = steps.count / 64 + 1
        ones = [UInt64](repeating: 0, count: words)
        // Bytes that the piece does not have share a row of zeros.
        rows = [Int](repeating: 0, count: 256)
        places = ones
        for (index, step) in steps.enumerated() {
            let bit = (1 as UInt64) << UInt64(index % 64)
            if step == LikePattern.one {
                ones[index / 64] |= bit
                continue
            }
            if rows[Int(step)] == 0 {
                rows[Int(step)] = places.count
                places += [UInt64](repeating: 0, count: words)
            }
            places[rows[Int(step)] + index / 64] |= bit
        }
    }

    private static func continues(_ text: UnsafeRawBufferPointer, _ position: Int) -> Bool {
        position < text.count && text[position] & 0xC0 == 0x80
    }

    /// Where the piece ends if it begins at `start`; nil where it does not.
    func end(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var position = start
        for step in steps {
            guard position < text.count else { return nil }
            if step != LikePattern.one, step != UInt16(text[position]) { return nil }
            position += 1
            if step == LikePattern.one { while Self.continues(text, position) { position += 1 } }
        }
        return position
    }

    /// Where the piece begins if it ends where the text does; nil where it does not.
    func start(in text: UnsafeRawBufferPointer) -> Int? {
        var position = text.count
        for step in steps.reversed() {
            guard position > 0 else { return nil }
            position -= 1
            if step == LikePattern.one {
                while position > 0, Self.continues(text, position) { position -= 1 }
            } else if step != UInt16(text[position]) {
                return nil
            }
        }
        return position
    }

    /// Where the piece ends that begins first at `start` or later; nil where it does not.
    func search(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        if steps.isEmpty { return start }
        return words == 0 ? followBorders(text, start) : followAll(text, start)
    }

    private func followBorders(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        steps.withUnsafeBufferPointer { steps in
            borders.withUnsafeBufferPointer { borders in
                var matched = 0
                for index in start..<text.count {
                    let byte = UInt16(text[index])
                    while matched > 0, byte != steps[matched] { matched = borders[matched - 1] }
                    if byte == steps[matched] { matched += 1 }
                    if matched == steps.count { return index + 1 }
                }
                return nil
            }
        }
    }

    private func followAll(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var states = [UInt64](repeating: 0, count: words)
        let final = (1 as UInt64) << UInt64(steps.count % 64)
        let words = words
        return states.withUnsafeMutableBufferPointer { states in
            ones.withUnsafeBufferPointer { ones in
                places.withUnsafeBufferPointer { places in
                    for index in start..<text.count {
                        // A piece begins with a scalar, and `_` takes all bytes of one.
                        if index == start || !Self.continues(text, index) { states[0] |= 1 }
                        let staying: UInt64 = Self.continues(text, index + 1) ? .max : 0
                        let row = rows[Int(text[index])]
                        var carry: UInt64 = 0
                        for word in 0..<words {
                            let atOne = states[word] & ones[word]
                            let moving = states[word] & places[row + word] | atOne & ~staying
                            states[word] = moving << 1 | carry | atOne & staying
                            carry = moving >> 63
                        }
                        if states[words - 1] & final != 0 { return index + 1 }
                    }
                    return nil
                }
            }
        }
    }
}
