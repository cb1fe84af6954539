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
            let distance = distance(target, other)
            if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// Lower case, cut to a length that keeps the comparison cheap.
    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.prefix(64).map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    }

    /// The edit distance, with a swap of neighbours as one edit.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var line = [row + 1]
            for column in right.indices {
                let replaced = previous[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(replaced, previous[column + 1] + 1, line[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforePrevious[column - 1] + 1)
                }
                line.append(least)
            }
            beforePrevious = previous
            previous = line
        }
        return previous[right.count]
    }
}
