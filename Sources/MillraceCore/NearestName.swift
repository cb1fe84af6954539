// SPDX-License-Identifier: Apache-2.0

/// "did you mean …?" for names that users misspell.
package enum NearestName {
    /// The candidate with the fewest letters to insert, delete, replace or swap with a neighbour, whatever the case of
    /// ASCII letters; nil where none is near. Of equally near ones the first.
    package static func suggestion(for name: String, among candidates: [String]) -> String? {
        let target = folded(name)
        let limit = max(1, min(3, target.count / 3))
        var best: (distance: Int, name: String)?
        for candidate in candidates {
            let other = folded(candidate)
            guard abs(other.count - target.count) <= limit else { continue }
            guard let distance = distance(target, other, limit: limit) else { continue }
            if distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// Lower case, cut to a length that keeps the comparison cheap.
    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.prefix(64).map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    }

    /// The edit distance, with a swap of neighbours as one edit; nil where it is above a limit.
    private static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
        // The lines for the letters before the last one, up to the last one, and up to this one.
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        var line = beforePrevious
        for row in left.indices {
            line[0] = row + 1
            var nearest = line[0]
            for column in right.indices {
                let replaced = previous[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(replaced, previous[column + 1] + 1, line[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforePrevious[column - 1] + 1)
                }
                line[column + 1] = least
                nearest = min(nearest, least)
            }
            // Nothing after it comes below: a swap, which reaches over a line, costs an edit, too.
            if nearest > limit { return nil }
            (beforePrevious, previous, line) = (previous, line, beforePrevious)
        }
        return previous[right.count] <= limit ? previous[right.count] : nil
    }
}
