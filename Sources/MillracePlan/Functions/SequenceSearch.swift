// SPDX-License-Identifier: Apache-2.0

/// Finds a part in arrays of bytes or code units. Texts and parts come from data, so the time is linear in both,
/// however they look.
///
/// A short part is compared at every place. Of a longer one it is known with how much of its beginning each of its
/// beginnings ends (Knuth, Morris, Pratt), so that nothing is looked at twice:
///
///     part      a b a b c        whole   … a b a b a …
///     borders   0 0 1 2 0                        ↑ no c, but "abab" ends with "ab": the third element comes next
struct SequenceSearch<Element: Equatable> {
    /// Up to here comparing at every place costs less than the borders would.
    private static var shortLength: Int { 8 }

    private let part: [Element]
    /// Of a long part; empty otherwise.
    private let borders: [Int]

    init(_ part: [Element]) {
        self.part = part
        borders = part.count > Self.shortLength ? Self.borders(of: part) : []
    }

    private static func borders(of part: [Element]) -> [Int] {
        var borders = [Int](repeating: 0, count: part.count)
        var matched = 0
        for index in 1..<part.count {
            while matched > 0, part[index] != part[matched] { matched = borders[matched - 1] }
            if part[index] == part[matched] { matched += 1 }
            borders[index] = matched
        }
        return borders
    }

    /// Where the part begins in `whole` for the `occurrence`-th time (from 1) at `start` or later, counting those that
    /// overlap; nil where it does not.
    func place(in whole: [Element], from start: Int, occurrence: Int = 1) -> Int? {
        guard start <= whole.count - part.count else { return nil }
        guard !part.isEmpty else {
            let place = start + (occurrence - 1)
            return place <= whole.count ? place : nil
        }
        return whole.withUnsafeBufferPointer { whole in
            part.withUnsafeBufferPointer { part in
                borders.isEmpty
                    ? Self.compareAtEach(part, whole, start, occurrence)
                    : borders.withUnsafeBufferPointer { Self.follow($0, part, whole, start, occurrence) }
            }
        }
    }

    private static func compareAtEach(
        _ part: UnsafeBufferPointer<Element>, _ whole: UnsafeBufferPointer<Element>, _ start: Int, _ occurrence: Int
    ) -> Int? {
        var left = occurrence
        for place in start...(whole.count - part.count) {
            var matched = 0
            while matched < part.count, whole[place + matched] == part[matched] { matched += 1 }
            guard matched == part.count else { continue }
            left -= 1
            if left == 0 { return place }
        }
        return nil
    }

    private static func follow(
        _ borders: UnsafeBufferPointer<Int>, _ part: UnsafeBufferPointer<Element>,
        _ whole: UnsafeBufferPointer<Element>, _ start: Int, _ occurrence: Int
    ) -> Int? {
        var matched = 0
        var left = occurrence
        for index in start..<whole.count {
            while matched > 0, whole[index] != part[matched] { matched = borders[matched - 1] }
            if whole[index] == part[matched] { matched += 1 }
            guard matched == part.count else { continue }
            left -= 1
            if left == 0 { return index + 1 - part.count }
            matched = borders[matched - 1]
        }
        return nil
    }

    /// What lies between the places of the part in `whole`, as ranges: those places do not overlap. The part is not
    /// empty.
    func pieces(of whole: [Element]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = 0
        while let found = place(in: whole, from: start) {
            pieces.append(start..<found)
            start = found + part.count
        }
        pieces.append(start..<whole.count)
        return pieces
    }
}
