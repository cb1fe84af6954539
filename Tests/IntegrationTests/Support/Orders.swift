// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore

/// One record of the orders that the tests work on.
struct Order {
    /// Where the tests' orders begin: a midnight so close that the broker's retention leaves them alone.
    static let firstDay = (Int64(Date().timeIntervalSince1970) / 86_400 - 1) * 86_400_000

    enum Kind {
        case good, null, malformed
    }

    var kind = Kind.good
    var id: Int
    var user: String
    /// A multiple of 0.5: sums in any order are exact.
    var amount: Double
    var page: String
    var time: Int64
    var partition: Int32

    var value: String? {
        switch kind {
        case .good: #"{"id":\#(id),"amount":\#(amount),"ts":\#(time),"page":"\#(page)"}"#
        case .null: nil
        case .malformed: #"{"id":\#(id),"amount":"#
        }
    }

    var record: InputRecord { InputRecord(key: user, value: value, timestamp: max(time, 1), partition: partition) }

    /// Makes orders whose times go up, with some out of order, late, null, malformed and not wanted.
    struct Source {
        let partitions: Int32
        var users = 20
        var pages = 7
        /// How far time goes on with each order, in ms.
        var step: Int64 = 20
        /// Whether some are null or malformed.
        var isDirty = true
        private(set) var time: Int64
        private var count = 0
        private var random: SeededGenerator

        init(partitions: Int32, seed: UInt64, time: Int64 = Order.firstDay) {
            self.partitions = partitions
            self.time = time
            random = SeededGenerator(seed: seed)
        }

        mutating func next() -> Order {
            count += 1
            time += Int64.random(in: 0...(2 * step), using: &random)
            let user = "u\(Int.random(in: 0..<users, using: &random))"
            var order = Order(
                id: count, user: user, amount: Double(Int.random(in: -20...200, using: &random)) / 2,
                page: "p\(Int.random(in: 0..<pages, using: &random))", time: time,
                partition: Order.partition(of: user, partitions))
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<15: order.time -= Int64.random(in: 0...4000, using: &random)
            case 15..<20: order.time -= Int64.random(in: 20_000...60_000, using: &random)
            case 20..<22: if isDirty { order.kind = .null }
            case 22..<24: if isDirty { order.kind = .malformed }
            default: break
            }
            return order
        }

        mutating func next(_ count: Int) -> [Order] { (0..<count).map { _ in next() } }

        /// One far later order in each partition, which makes everything before it final. Its amount is filtered.
        mutating func closing() -> [Order] {
            time += 3_600_000
            return (0..<partitions).map { partition in
                count += 1
                return Order(id: count, user: "closing", amount: -1, page: "closing", time: time, partition: partition)
            }
        }
    }

    static func partition(of key: String, _ partitions: Int32) -> Int32 {
        Array(key.utf8).withUnsafeBytes { Murmur2.partition(ofKey: $0, partitions: partitions) }
    }
}

extension Order.Source {
    /// Good orders with the ids 1, 2, 3 …, all in partition 0.
    static func plain(_ count: Int) -> [Order] {
        (1...count).map {
            Order(id: $0, user: "u\($0)", amount: 1, page: "p", time: Order.firstDay + Int64($0), partition: 0)
        }
    }
}
