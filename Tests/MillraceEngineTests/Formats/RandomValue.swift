// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceTestKit

/// Values of any type, by a seed.
enum RandomValue {
    /// - Parameter longestText: in characters, but for a number behind them.
    static func value(
        _ type: DataType, _ random: inout SplitMix64, longestText: Int, mayBeNull: Bool = true
    ) -> Value {
        func value(_ type: DataType, mayBeNull: Bool = true) -> Value {
            self.value(type, &random, longestText: longestText, mayBeNull: mayBeNull)
        }
        if mayBeNull, random.chance(15) { return .null }
        let bits = Int64(bitPattern: random.next()) >> Int64(random.below(64))
        switch type {
        case .boolean: return .boolean(bits & 1 == 1)
        case .integer: return .integer(Int32(truncatingIfNeeded: bits))
        case .bigint: return .bigint(bits)
        case .double: return .double(Double(bits) / 8)
        case .decimal(_, let scale):
            return .decimal(Decimal128(unscaled: Int128(bits) % 1_000_000_000_000, scale: scale))
        case .varchar: return .text(String(repeating: "é", count: random.below(longestText)) + "\(bits)")
        case .bytes: return .bytes((0..<random.below(20)).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        case .date: return .date(Int32(truncatingIfNeeded: bits))
        case .time: return .time(Int32(truncatingIfNeeded: UInt64(bitPattern: bits) % 86_400_000))
        case .timestamp: return .timestamp(bits)
        case .array(let element): return .array((0..<random.below(4)).map { _ in value(element) })
        case .map(let key, let element):
            var entries: [Value.MapEntry] = []
            for _ in 0..<random.below(4) {
                let key = value(key, mayBeNull: false)
                if !entries.contains(where: { $0.key == key }) {
                    entries.append(Value.MapEntry(key: key, value: value(element)))
                }
            }
            return .map(entries)
        case .structure(let fields): return .structure(fields.map { value($0.type) })
        }
    }
}
