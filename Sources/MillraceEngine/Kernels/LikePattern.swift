// SPDX-License-Identifier: Apache-2.0

/// A LIKE pattern, ready to match: `%` any run, `_` any one Unicode scalar, the rest byte for byte.
///
/// The matcher keeps only the last `%` to come back to, which is enough: an earlier `%` could take over no text that
/// the last one could not. So the time is at most text × longest piece between two `%`, without recursion; patterns
/// with a piece so long that this matters are matched piece by piece (`LikePieces`).
final class LikePattern {
    static let one: UInt16 = 256
    private static let run: UInt16 = 257
    /// Pieces of up to so many steps are compared where they may begin.
    private static let longestCompared = 16

    /// A literal byte, `one` or `run`.
    private var steps: UnsafeMutablePointer<UInt16>
    private var count = 0
    private var capacity: Int
    private let escape: [UInt8]
    /// Whether a piece is longer than `longestCompared`; `pieces` has them all then.
    private(set) var isLong = false
    private var pieces: LikePieces?

    init(escape: Unicode.Scalar?) {
        self.escape = escape.map { Array(String($0).utf8) } ?? []
        capacity = 32
        steps = .allocate(capacity: capacity)
    }

    deinit { steps.deallocate() }

    /// Takes another pattern. What follows the escape character stands for itself; an escape character at the end, too.
    func compile(_ pattern: UnsafeRawBufferPointer) {
        if pattern.count > capacity {
            steps.deallocate()
            capacity = max(pattern.count, capacity * 2)
            steps = .allocate(capacity: capacity)
        }
        count = 0
        var position = 0
        while position < pattern.count {
            if isEscape(pattern, at: position), position + escape.count < pattern.count {
                position += escape.count
                let end = LikePattern.next(pattern, after: position)
                while position < end {
                    append(UInt16(pattern[position]))
                    position += 1
                }
                continue
            }
            switch pattern[position] {
            case UInt8(ascii: "%"): append(LikePattern.run)
            case UInt8(ascii: "_"): append(LikePattern.one)
            case let byte: append(UInt16(byte))
            }
            position += 1
        }
        isLong = hasLongPiece
        if isLong { takeToPieces() }
    }

    private var hasLongPiece: Bool {
        var length = 0
        for index in 0..<count {
            length = steps[index] == LikePattern.run ? 0 : length + 1
            if length > LikePattern.longestCompared { return true }
        }
        return false
    }

    @inline(never)
    private func takeToPieces() {
        pieces = LikePieces(
            UnsafeBufferPointer(start: steps, count: count)
                .split(separator: LikePattern.run, omittingEmptySubsequences: false).map { Array($0) })
    }

    /// Apart from the loop over rows, which counts no references.
    @inline(never)
    func piecesMatch(_ text: UnsafeRawBufferPointer) -> Bool { pieces?.matches(text) == true }

    private func append(_ step: UInt16) {
        if step == LikePattern.run, count > 0, steps[count - 1] == LikePattern.run { return }
        steps[count] = step
        count += 1
    }

    private func isEscape(_ pattern: UnsafeRawBufferPointer, at position: Int) -> Bool {
        guard !escape.isEmpty, position + escape.count <= pattern.count else { return false }
        for index in 0..<escape.count where pattern[position + index] != escape[index] { return false }
        return true
    }

    /// The position behind the Unicode scalar at `position`; one byte at least.
    @inline(__always)
    private static func next(_ text: UnsafeRawBufferPointer, after position: Int) -> Int {
        var end = position &+ 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end &+= 1 }
        return end
    }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool { isLong ? piecesMatch(text) : stepsMatch(text) }

    /// Where no piece is long.
    func stepsMatch(_ text: UnsafeRawBufferPointer) -> Bool {
        let (steps, count) = (steps, count)
        var (position, step) = (0, 0)
        // Where to go on when the text does not match behind the last `%`: its step, and how much it has taken.
        var (resumeStep, resumePosition) = (-1, 0)
        while position < text.count {
            if step < count {
                let expected = steps[step]
                if expected == LikePattern.run {
                    (resumeStep, resumePosition) = (step, position)
                    step &+= 1
                    continue
                }
                if expected == LikePattern.one {
                    position = LikePattern.next(text, after: position)
                    step &+= 1
                    continue
                }
                if expected == UInt16(text[position]) {
                    position &+= 1
                    step &+= 1
                    continue
                }
            }
            if resumeStep < 0 { return false }
            resumePosition = LikePattern.next(text, after: resumePosition)
            position = resumePosition
            step = resumeStep &+ 1
        }
        while step < count, steps[step] == LikePattern.run { step &+= 1 }
        return step == count
    }
}
