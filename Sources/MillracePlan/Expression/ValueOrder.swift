// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The total order of the values of one type.
package enum ValueOrder {
    /// Negative, zero or positive as `a` comes before, with or behind `b`.
    ///
    /// NULL comes first. Texts and bytes compare as bytes, −0 equals 0, NaN equals itself and is the greatest DOUBLE;
    /// decimals compare as numbers whatever their scales; arrays and structs go element by element, maps entry by entry
    /// in the order of their keys. Values of different types have an order, too, but it means nothing.
    package static func compare(_ a: Value, _ b: Value) -> Int {
        switch (a, b) {
        case (.null, .null): return 0
        case (.null, _): return -1
        case (_, .null): return 1
        case (.boolean(let a), .boolean(let b)): return compare(a ? 1 : 0, b ? 1 : 0)
        case (.integer(let a), .integer(let b)): return compare(a, b)
        case (.bigint(let a), .bigint(let b)): return compare(a, b)
        case (.double(let a), .double(let b)): return compare(doubles: a, b)
        case (.decimal(let a), .decimal(let b)): return compare(decimals: a, b)
        case (.varchar(let a), .varchar(let b)), (.bytes(let a), .bytes(let b)): return compare(bytes: a, b)
        case (.date(let a), .date(let b)), (.time(let a), .time(let b)): return compare(a, b)
        case (.timestamp(let a), .timestamp(let b)): return compare(a, b)
        case (.array(let a), .array(let b)), (.structure(let a), .structure(let b)): return compare(lists: a, b)
        case (.map(let a), .map(let b)): return compare(maps: a, b)
        default: return compare(rank(a), rank(b))
        }
    }

    private static func compare<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }

    private static func compare(doubles a: Double, _ b: Double) -> Int {
        if a < b { return -1 }
        if a > b { return 1 }
        return compare(a.isNaN ? 1 : 0, b.isNaN ? 1 : 0)
    }

    private static func compare(decimals a: Decimal128, _ b: Decimal128) -> Int {
        if a.scale == b.scale { return compare(a.unscaled, b.unscaled) }
        if a.unscaled.signum() != b.unscaled.signum() { return compare(a.unscaled.signum(), b.unscaled.signum()) }
        // The one of the smaller scale is brought to the other's; where it does not fit, its magnitude is the greater.
        if a.scale > b.scale { return -compare(decimals: b, a) }
        let shift = b.scale - a.scale
        let power = shift <= 38 ? Decimal128.powersOfTen[shift] : Int128.max
        let (scaled, overflow) = a.unscaled.multipliedReportingOverflow(by: power)
        return overflow ? Int(a.unscaled.signum()) : compare(scaled, b.unscaled)
    }

    private static func compare(bytes a: [UInt8], _ b: [UInt8]) -> Int {
        for index in 0..<min(a.count, b.count) where a[index] != b[index] { return a[index] < b[index] ? -1 : 1 }
        return compare(a.count, b.count)
    }

    private static func compare(lists a: [Value], _ b: [Value]) -> Int {
        for index in 0..<min(a.count, b.count) {
            let order = compare(a[index], b[index])
            if order != 0 { return order }
        }
        return compare(a.count, b.count)
    }

    private static func compare(maps a: [Value.MapEntry], _ b: [Value.MapEntry]) -> Int {
        func byKey(_ entries: [Value.MapEntry]) -> [Value.MapEntry] {
            entries.sorted { compare($0.key, $1.key) < 0 }
        }
        for (entryA, entryB) in zip(byKey(a), byKey(b)) {
            let keys = compare(entryA.key, entryB.key)
            if keys != 0 { return keys }
            let values = compare(entryA.value, entryB.value)
            if values != 0 { return values }
        }
        return compare(a.count, b.count)
    }

    private static func rank(_ value: Value) -> Int {
        switch value {
        case .null: 0
        case .boolean: 1
        case .integer: 2
        case .bigint: 3
        case .decimal: 4
        case .double: 5
        case .varchar: 6
        case .bytes: 7
        case .date: 8
        case .time: 9
        case .timestamp: 10
        case .array: 11
        case .map: 12
        case .structure: 13
        }
    }
}
