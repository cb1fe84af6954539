// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Values for membership tests, by the order of values: NULL and NaN equal themselves.
struct ValueSet {
    private let sorted: [Value]

    init(_ values: [Value]) { sorted = values.sorted { ValueOrder.compare($0, $1) < 0 } }

    func contains(_ value: Value) -> Bool {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            let order = ValueOrder.compare(sorted[middle], value)
            if order == 0 { return true }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// The first of each run of equal values, in the order of `values`.
    static func distinct(_ values: [Value]) -> [Value] {
        let order = values.indices.sorted { a, b in
            let order = ValueOrder.compare(values[a], values[b])
            return order == 0 ? a < b : order < 0
        }
        var kept: [Int] = []
        for (place, index) in order.enumerated()
        where place == 0 || ValueOrder.compare(values[order[place - 1]], values[index]) != 0 { kept.append(index) }
        return kept.sorted().map { values[$0] }
    }
}
