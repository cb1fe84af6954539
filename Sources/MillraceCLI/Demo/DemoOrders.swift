// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// An endless row of orders, always the same: 500 users, one order a millisecond, mostly a little out of order, one in
/// fifty late. Amounts are quarters, so that a naive sum of doubles is exact.
struct DemoOrders {
    struct Order {
        var id: Int
        var user: String
        var quarters: Int
        var time: Int64

        var record: DemoProducer.Order {
            DemoProducer.Order(
                key: user,
                value: #"{"id":\#(id),"amount":\#(Double(quarters) / 4),"ts":\#(time),"page":"/p/\#(id % 20)"}"#,
                timestamp: Int(clamping: time))
        }
    }

    private var state: UInt64 = 55
    private var id = 0

    mutating func next() -> Order {
        id += 1
        let disorder = random(50) == 0 ? random(40_000) : random(1500)
        return Order(
            id: id, user: "user\(random(500))", quarters: random(400) - 20,
            time: 1_700_000_000_000 + Int64(id) - Int64(disorder))
    }

    /// SplitMix64.
    private mutating func random(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ (word >> 31)) % UInt64(bound))
    }
}

/// The revenue query, one order at a time with a dictionary: what the engine's answer is compared with.
struct NaiveRevenue {
    private struct Window: Hashable {
        var partition: Int32
        var user: String
        var start: Int64
    }

    private struct Result {
        var count = 0
        var total = 0.0
        var top = -Double.infinity
    }

    private var watermarks: [Int32: Int64] = [:]
    private var results: [Window: Result] = [:]

    /// Takes the orders in the order of their partition's log.
    mutating func add(_ order: DemoOrders.Order, partition: Int32) {
        let watermark = watermarks[partition] ?? .min
        let start = order.time / 10_000 * 10_000
        if order.quarters > 0, start + 10_000 + 5000 > watermark {
            let amount = Double(order.quarters) / 4
            var result = results[Window(partition: partition, user: order.user, start: start)] ?? Result()
            result.count += 1
            result.total += amount
            result.top = max(result.top, amount)
            results[Window(partition: partition, user: order.user, start: start)] = result
        }
        watermarks[partition] = max(watermark, order.time)
    }

    /// The windows that are final, as the bytes of their records.
    func finalResults() -> [[UInt8]: [UInt8]] {
        var records: [[UInt8]: [UInt8]] = [:]
        for (window, result) in results
        where window.start + 10_000 + 5000 <= watermarks[window.partition] ?? .min {
            let start = withUnsafeBytes(of: window.start.bigEndian) { Array($0) }
            let value = #"{"N":\#(result.count),"TOTAL":\#(result.total),"TOP":\#(result.top),"WS":\#(window.start)}"#
            records[Array(window.user.utf8) + start] = Array(value.utf8)
        }
        return records
    }
}
