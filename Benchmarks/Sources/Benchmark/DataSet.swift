// SPDX-License-Identifier: Apache-2.0

/// A topic of generated records: the same for the same description.
struct DataSet: Hashable {
    /// Of the generator: orders, delimited, wide, sized, avro, wide-avro, protobuf, wide-protobuf.
    var shape = "orders"
    var keys = 10_000
    var partitions = 4
    /// Of a value; of the shapes `wide`, `wide-avro` and `wide-protobuf` (as large as JSON) and `sized` only.
    var bytes = 90
    /// Sets how far event time advances: at 10, a window of 10 s holds 100,000 records, and so a tumbling aggregation
    /// over 10,000 keys gives 0.1 results a record. Hopping windows (five at a time) have five times as many records in
    /// each, for the same 0.1.
    var recordsPerMillisecond = 10
    /// The share of a run's records that this set has, so that large records stay a moderate amount of data.
    var scale = 1.0
    /// This many records are there before `seed` has run once; 0: no such thing.
    var seedRecords = 0

    static let orders = DataSet()

    /// The name of its topic in a run of so many records.
    func topic(_ records: Int) -> String {
        "\(shape)-\(count(records))-k\(keys)-p\(partitions)-b\(bytes)-r\(recordsPerMillisecond)"
            + (seedRecords > 0 ? "-s\(seedRecords)" : "")
    }

    /// How many records it has in a run of so many.
    func count(_ records: Int) -> Int { max(seedRecords * 2, Int((Double(records) * scale).rounded())) }

    /// The options of LoadGenerator, without `--records` and `--skip`.
    var options: [String] {
        [
            "--shape", shape, "--keys", "\(keys)", "--partitions", "\(partitions)", "--bytes", "\(bytes)",
            "--records-per-millisecond", "\(recordsPerMillisecond)",
        ]
    }

    /// The sum of the counts of all windows that records of the set can end: those whose end is at or before the last
    /// record's time. Nothing is out of order and the first record stands at a window's edge.
    func finalCounts(_ records: Int, sizeMilliseconds size: Int, advanceMilliseconds advance: Int) -> Int {
        let last = (count(records) - 1) / recordsPerMillisecond
        var sum = 0
        var start = advance - size
        while start + size <= last {
            sum += (start + size - max(start, 0)) * recordsPerMillisecond
            start += advance
        }
        return sum
    }
}
