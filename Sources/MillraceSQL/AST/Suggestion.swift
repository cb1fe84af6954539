// SPDX-License-Identifier: Apache-2.0

/// "did you mean …?"
enum Suggestion {
    /// The candidate nearest to the word by edit distance, or nil where none is near. Equal distances: the first.
    static func nearest(to word: String, in candidates: [String]) -> String? {
        let target = Array(Names.upperCased(word).utf8.prefix(64))
        let limit = max(1, min(3, target.count / 3))
        var best: (distance: Int, name: String)?
        for candidate in candidates {
            let other = Array(Names.upperCased(candidate).utf8.prefix(64))
            guard abs(other.count - target.count) <= limit else { continue }
            let distance = editDistance(target, other)
            if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// A whole hint; what it falls back to where nothing is near.
    static func hint(for word: String, in candidates: [String], otherwise: String? = nil) -> String? {
        nearest(to: word, in: candidates).map { "did you mean \($0)?" } ?? otherwise
    }

    /// The text, cut where it is too long for a message.
    static func shortened(_ text: String) -> String {
        text.unicodeScalars.count <= 40 ? text : String(text.unicodeScalars.prefix(40)) + "…"
    }

    /// The first few names of a list.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(12).map(shortened).joined(separator: ", ")
        return names.count > 12 ? shown + ", …" : shown
    }

    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var line = [row + 1]
            line.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                let replaced = previous[column] + (byte == other ? 0 : 1)
                line.append(min(replaced, previous[column + 1] + 1, line[column] + 1))
            }
            previous = line
        }
        return previous[right.count]
    }
}
