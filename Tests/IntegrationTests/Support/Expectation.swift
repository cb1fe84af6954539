// SPDX-License-Identifier: Apache-2.0

/// What Millrace has to compute from orders, computed one record at a time, partition by partition.
struct Expectation {
    struct Window {
        var size: Int64
        var grace: Int64
    }

    struct Group: Hashable {
        var key: String
        /// 0 without windows.
        var start: Int64
    }

    struct Result {
        var count = 0
        var total = 0.0
        var top = -Double.infinity
        var time: Int64 = 0
        /// Of the records' partition, for queries that group by the record key.
        var partition: Int32 = 0
    }

    struct Account: Equatable {
        var read = 0
        var used = 0
        var filtered = 0
        var late = 0
        var bad = 0
    }

    private(set) var groups: [Group: Result] = [:]
    private(set) var accounts: [Account]
    private(set) var watermarks: [Int64]
    let window: Window?

    private let hasTimeColumn: Bool

    /// - Parameters:
    ///   - hasTimeColumn: whether the event time is in the value, so that a null one has none.
    ///   - key: what the query groups by.
    init(
        _ orders: [Order], partitions: Int32, window: Window?, hasTimeColumn: Bool = true, key: (Order) -> String
    ) {
        self.window = window
        self.hasTimeColumn = hasTimeColumn
        accounts = Array(repeating: Account(), count: Int(partitions))
        watermarks = Array(repeating: .min, count: Int(partitions))
        for order in orders { add(order, key(order)) }
    }

    /// The topic was given more partitions, before any order was written to them, and they were read from then on: what
    /// is final without them stays final.
    mutating func widen(to partitions: Int32) {
        let missing = Int(partitions) - accounts.count
        accounts += Array(repeating: Account(), count: missing)
        watermarks += Array(repeating: watermarks.min() ?? .min, count: missing)
    }

    mutating func add(_ order: Order, _ key: String) {
        let partition = Int(order.partition)
        accounts[partition].read += 1
        guard order.kind == .good || (order.kind == .null && !hasTimeColumn) else {
            accounts[partition].bad += 1
            return
        }
        let watermark = watermarks[partition]
        watermarks[partition] = max(watermark, order.time)
        guard order.kind == .good, order.amount > 0 else {
            accounts[partition].filtered += 1
            return
        }
        var group = Group(key: key, start: 0)
        if let window {
            group.start = order.time / window.size * window.size
            guard watermark == .min || group.start + window.size + window.grace > watermark else {
                accounts[partition].late += 1
                return
            }
        }
        accounts[partition].used += 1
        var result = groups[group] ?? Result()
        result.count += 1
        result.total += order.amount
        result.top = max(result.top, order.amount)
        result.time = max(result.time, order.time)
        result.partition = order.partition
        groups[group] = result
    }

    /// Whether the log itself has made this window final.
    /// - Parameter isAffine: the query groups by the record key, so only the group's own partition counts.
    func isFinal(_ group: Group, isAffine: Bool) -> Bool {
        guard let window, let result = groups[group] else { return false }
        let end = group.start + window.size + window.grace
        return isAffine ? watermarks[Int(result.partition)] >= end : watermarks.allSatisfy { $0 >= end }
    }

    /// The results of the tests' aggregations as `--format json` prints them, sorted.
    /// - Parameter starts: of the windows that are wanted.
    func lines(
        _ topic: String, marksOpen: Bool, isAffine: Bool, starts: Range<Int64> = .min..<(.max)
    ) -> [String] {
        groups.filter { starts.contains($0.key.start) }.map { group, result in
            var line = "{\"topic\":\"\(topic)\",\"timestamp\":\(result.time),\"key\":\"\(group.key)\""
            if let window {
                line += ",\"window\":{\"start\":\(group.start),\"end\":\(group.start + window.size)}"
                if marksOpen, !isFinal(group, isAffine: isAffine) { line += ",\"open\":true" }
            }
            return line + ",\"value\":{\"N\":\(result.count),\"TOTAL\":\(result.total),\"TOP\":\(result.top)}}"
        }.sorted()
    }

    /// The rows of a filter on the amount, in the order of each partition's log.
    static func filtered(_ orders: [Order], above limit: Double) -> [Order] {
        orders.filter { $0.kind == .good && $0.amount > limit }
    }
}
