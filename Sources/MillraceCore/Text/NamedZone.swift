// SPDX-License-Identifier: Apache-2.0
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A zone of the system's tz database (`/usr/share/zoneinfo`, package `tzdata`), with all changes that its clocks have
/// made and the rule for those to come. Each file is read once.
package final class NamedZone: Sendable {
    /// What clocks show from a change on.
    private struct Kind: Sendable {
        var offsetSeconds: Int64
        var abbreviation: [UInt8]
    }

    package let name: [UInt8]
    /// When clocks were changed, in seconds since 1970-01-01T00:00Z, ascending.
    private let changes: [Int64]
    /// One more than changes: the first is what clocks showed before all of them.
    private let kinds: [Kind]
    private let rule: ZoneRule?

    /// Where the files are.
    package static let directory = "/usr/share/zoneinfo"

    private static let known = Mutex<[[UInt8]: NamedZone?]>([:])
    /// Names come from data too.
    private static let most = 1024

    /// The zone of this name; nil where the database has none.
    package static func named(_ name: [UInt8]) -> NamedZone? {
        guard isName(name) else { return nil }
        return known.withLock { known in
            if let zone = known[name] { return zone }
            let zone = read(name).flatMap { NamedZone(name, $0) }
            if known.count >= most { known.removeAll() }
            known[name] = .some(zone)
            return zone
        }
    }

    /// Letters, digits and what joins them; nothing that leads out of the directory.
    static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func isName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name.count <= 64 && name.allSatisfy(isPart) && name.first != UInt8(ascii: "/")
    }

    private static func read(_ name: [UInt8]) -> [UInt8]? {
        let descriptor = open(directory + "/" + String(decoding: name, as: UTF8.self), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        var count = 0
        while count < bytes.count {
            let room = bytes.count - count
            let taken = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { readBytes(descriptor, $0 + count, room) } ?? 0
            }
            guard taken > 0 else { break }
            count += taken
        }
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    /// A file as RFC 8536 has it.
    init?(_ name: [UInt8], _ file: [UInt8]) {
        guard var block = ZoneFileBlock(file, at: 0, wide: false) else { return nil }
        var footer: [UInt8] = []
        if file[4] >= UInt8(ascii: "2") {
            guard let second = ZoneFileBlock(file, at: block.end, wide: true) else { return nil }
            block = second
            footer = Array(file[block.end...].dropFirst().prefix { $0 != UInt8(ascii: "\n") })
        }
        guard let first = block.kinds.first else { return nil }
        let all = block.kinds.map { Kind(offsetSeconds: $0.offset, abbreviation: $0.abbreviation) }
        self.name = name
        changes = block.changes
        kinds = [Kind(offsetSeconds: first.offset, abbreviation: first.abbreviation)] + block.places.map { all[$0] }
        rule = ZoneRule(footer)
    }

    // MARK: Offsets

    private func kind(atSeconds seconds: Int64) -> Kind {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == changes.count, let rule {
            let (offset, abbreviation) = rule.offset(atSeconds: seconds)
            return Kind(offsetSeconds: offset, abbreviation: abbreviation)
        }
        return kinds[low]
    }

    /// What clocks show at a point in time, in milliseconds since 1970-01-01T00:00Z.
    package func zone(at timestamp: Int64) -> FixedZone {
        fixed(kind(atSeconds: NamedZone.seconds(timestamp)))
    }

    /// What clocks that show this time are set to. Of two answers (clocks were put back) the earlier one; a time that
    /// no clock has shown (they were put forward) is as the clocks were before.
    package func zone(atLocal local: Int64) -> FixedZone {
        let seconds = NamedZone.seconds(local)
        let before = kind(atSeconds: seconds -| 86_400)
        let after = kind(atSeconds: seconds +| 86_400)
        if before.offsetSeconds != after.offsetSeconds {
            for candidate in [before, after] {
                let found = kind(atSeconds: seconds -| candidate.offsetSeconds)
                if found.offsetSeconds == candidate.offsetSeconds { return fixed(candidate) }
            }
        }
        return fixed(before)
    }

    private func fixed(_ kind: Kind) -> FixedZone {
        FixedZone(offsetMilliseconds: kind.offsetSeconds * 1000, name: name, abbreviation: kind.abbreviation)
    }

    private static func seconds(_ milliseconds: Int64) -> Int64 {
        let (quotient, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return rest < 0 ? quotient - 1 : quotient
    }
}

/// `read` of the C library, which has the name of the method above.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

/// One of the two blocks of a file: the first has times of four bytes, the second of eight.
private struct ZoneFileBlock {
    var changes: [Int64] = []
    var places: [Int] = []
    var kinds: [(offset: Int64, abbreviation: [UInt8])] = []
    /// Behind it.
    var end: Int

    init?(_ file: [UInt8], at start: Int, wide: Bool) {
        guard file.count >= start + 44, file[start...].starts(with: "TZif".utf8) else { return nil }
        func number(_ place: Int, _ width: Int) -> Int64 {
            let bits = file[place..<place + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return width == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
        }
        let counts = (0..<6).map { Int(number(start + 20 + 4 * $0, 4)) }
        guard counts.allSatisfy({ 0..<10_000 ~= $0 }) else { return nil }
        let (times, types, characters) = (counts[3], counts[4], counts[5])
        let width = wide ? 8 : 4
        let placesAt = start + 44 + times * width
        let typesAt = placesAt + times
        let charactersAt = typesAt + types * 6
        end = charactersAt + characters + counts[2] * (width + 4) + counts[1] + counts[0]
        guard end <= file.count else { return nil }
        for type in 0..<types {
            let place = typesAt + type * 6
            let name = Int(file[place + 5])
            guard name < characters else { return nil }
            kinds.append(
                (
                    number(place, 4),
                    Array(file[(charactersAt + name)..<(charactersAt + characters)].prefix { $0 != 0 })
                ))
        }
        for time in 0..<times {
            let place = Int(file[placesAt + time])
            guard place < types else { return nil }
            changes.append(number(start + 44 + time * width, width))
            places.append(place)
        }
        guard zip(changes, changes.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
    }
}
