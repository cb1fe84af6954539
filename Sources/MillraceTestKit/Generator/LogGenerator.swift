// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Random logs of one topic with all that makes time hard: out of order, late, equal times, nulls, bad records, holes.
package struct LogGenerator {
    private var random: SplitMix64

    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// Records `{"item":…,"amount":…,"price":…}` with JSON keys `"k0"` …; each key always in the same partition, as
    /// Kafka's producers do it.
    /// - Parameters:
    ///   - span: about how many milliseconds of event time the log covers.
    ///   - hasNullValues: whether some records have a null value.
    package mutating func log(
        topic: String, partitions: ClosedRange<Int> = 1...6, records: ClosedRange<Int> = 0...80, span: Int = 300,
        hasNullValues: Bool = true
    ) -> SimulatedLog {
        var log = SimulatedLog()
        let partitionCount = partitions.lowerBound + random.below(partitions.count)
        let recordCount = records.lowerBound + random.below(records.count)
        let keyCount = 1 + random.below(5)
        let disorder = random.pick([0, 5, 40, 200])
        log.create(topic, partitions: partitionCount)
        var now = (0..<partitionCount).map { _ in random.below(50) }
        for _ in 0..<recordCount {
            let keyNumber = random.below(keyCount)
            let partition = keyNumber % partitionCount
            now[partition] += random.chance(30) ? 0 : random.below(2 * span * partitionCount / max(recordCount, 1) + 2)
            let time = max(now[partition] - (random.chance(40) ? random.below(disorder + 1) : 0), 0)
            let hole = random.chance(10) ? Int64(1 + random.below(3)) : 0
            log.append(
                topic, partition,
                offset: log.nextOffset(TopicPartition(topic, Int32(truncatingIfNeeded: partition))) + hole,
                timestamp: random.chance(1) ? -1 : Int64(time), key: key(keyNumber),
                value: value(hasNulls: hasNullValues))
        }
        return log
    }

    private mutating func key(_ number: Int) -> [UInt8]? {
        random.chance(3) ? nil : Array("\"k\(number)\"".utf8)
    }

    private mutating func value(hasNulls: Bool) -> [UInt8]? {
        if hasNulls, random.chance(3) { return nil }
        if random.chance(3) { return Array(random.pick(["{", "nothing", "{\"amount\":\"x\"}", "[1]", "{} {}"]).utf8) }
        var fields: [String] = []
        if random.chance(90) { fields.append("\"item\":\"i\(random.below(3))\"") }
        if random.chance(90) { fields.append("\"amount\":\(random.below(41) - 20)") }
        if random.chance(90) { fields.append("\"price\":\(random.pick(Self.prices))") }
        return Array("{\(fields.joined(separator: ","))}".utf8)
    }

    /// Sums of these differ by the order of addition unless they are exact.
    private static let prices = ["1e16", "-1e16", "1", "0.1", "0.2", "-0.3", "1e-9", "3.25", "1e100", "-1e100", "null"]
}
