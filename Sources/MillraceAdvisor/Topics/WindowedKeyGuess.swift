// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport

/// Keys that carry a window behind their own bytes, as windowed queries of Millrace, ksqlDB and Kafka Streams write
/// them.
enum WindowedKeyGuess: Equatable {
    /// The start behind the key; the size is not written there, this one goes with the starts that were seen.
    case time(sizeMilliseconds: Int64)
    /// End and start behind the key.
    case session

    /// Nil where one of the keys has no window.
    init?(_ records: [(key: [UInt8], timestamp: EventTime?)]) {
        guard !records.isEmpty else { return nil }
        let keys = records.map(\.key)
        let areSessions = keys.allSatisfy { key in
            guard key.count > 16 else { return false }
            let (end, start) = (WindowedKeyGuess.number(key, from: 16), WindowedKeyGuess.number(key, from: 8))
            return WindowedKeyGuess.isTime(start) && WindowedKeyGuess.isTime(end) && start <= end
        }
        if areSessions {
            self = .session
            return
        }
        guard keys.allSatisfy({ $0.count > 8 && WindowedKeyGuess.isTime(WindowedKeyGuess.number($0, from: 8)) }) else {
            return nil
        }
        self = .time(sizeMilliseconds: WindowedKeyGuess.size(records))
    }

    private var suffixLength: Int { self == .session ? 16 : 8 }

    /// A key without its window.
    func ownBytes(_ key: [UInt8]) -> [UInt8] { Array(key.dropLast(suffixLength)) }

    /// `[2023-11-14T22:13:00.000Z …)`, a session with its end.
    func text(_ key: [UInt8]) -> String {
        let start = TimeDisplay.timestamp(WindowedKeyGuess.number(key, from: 8))
        guard self == .session, key.count >= 16 else { return "[\(start) …)" }
        return "[\(start) … \(TimeDisplay.timestamp(WindowedKeyGuess.number(key, from: 16)))]"
    }

    /// Of WITH.
    var properties: [String] {
        switch self {
        case .session: ["WINDOW_TYPE='SESSION'"]
        case .time(let size): ["WINDOW_TYPE='TUMBLING'", "WINDOW_SIZE='\(WindowedKeyGuess.words(size))'"]
        }
    }

    /// What cannot be seen from the keys.
    var note: String? {
        guard case .time(let size) = self else { return nil }
        return
            "The keys hold the starts of their windows only: WINDOW_SIZE='\(WindowedKeyGuess.words(size))' is a guess."
    }

    private static func isTime(_ value: Int64) -> Bool { EventTimePlausibility.plausible.contains(value) }

    /// The eight bytes that begin so far before the end.
    private static func number(_ key: [UInt8], from distance: Int) -> Int64 {
        guard key.count >= distance else { return -1 }
        let bits = key[(key.count - distance)..<(key.count - distance + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int64(bitPattern: bits)
    }

    private static let units: [(milliseconds: Int64, name: String)] = [
        (86_400_000, "DAY"), (3_600_000, "HOUR"), (60_000, "MINUTE"), (1000, "SECOND"), (1, "MILLISECOND"),
    ]
    /// Sizes that people choose, the greatest first.
    private static let sizes: [Int64] =
        [7 * 86_400_000, 86_400_000]
        + [12, 6, 4, 2, 1].map { $0 * 3_600_000 } + [30, 20, 15, 10, 5, 2, 1].map { $0 * 60_000 }
        + [30, 20, 15, 10, 5, 2, 1].map { $0 * 1000 } + [500, 200, 100, 50, 20, 10, 5, 2, 1]

    /// The greatest size that all starts are multiples of; a greater one where records lie further behind their starts.
    private static func size(_ records: [(key: [UInt8], timestamp: EventTime?)]) -> Int64 {
        let starts = records.map { number($0.key, from: 8) }
        let spans = zip(starts, records).map { start, record in
            guard let time = record.timestamp, EventTimePlausibility.plausible.contains(time) else { return Int64(0) }
            return time -| start
        }
        // A result's timestamp lies in its window; one that lies elsewhere says nothing.
        let span = spans.filter { $0 >= 0 && $0 < 7 * 86_400_000 }.max() ?? 0
        let divisor = sizes.first { size in starts.allSatisfy { $0 % size == 0 } } ?? 1
        if divisor > span { return divisor }
        return sizes.last { $0 > span } ?? divisor
    }

    private static func words(_ size: Int64) -> String {
        let unit = units.first { size % $0.milliseconds == 0 } ?? units[units.count - 1]
        let count = size / unit.milliseconds
        return "\(count) \(unit.name)\(count == 1 ? "" : "S")"
    }
}
