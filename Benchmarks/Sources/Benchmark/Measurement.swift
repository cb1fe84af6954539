// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport

/// What was measured of one workload, round by round.
struct Measurement {
    /// One run of one program over the data set.
    struct Sample {
        var seconds: Double
        var cpuSeconds: Double
        var peakBytes: Int
        var stageSpeed = 0.0
    }

    struct Span {
        var median: Double
        var lowest: Double
        var highest: Double

        init(_ samples: [Double]) {
            median = Statistics.median(samples)
            lowest = samples.min() ?? 0
            highest = samples.max() ?? 0
        }
    }

    let workload: Workload
    let topic: String
    /// Records that each run reads.
    let records: Int
    var product: [Sample] = []
    /// The raw reader's run beside each of them: librdkafka as it comes.
    var raw: [Sample] = []
    /// The raw reader's run with the allocator that the product brings.
    var tunedRaw: [Sample] = []
    /// Results published, and the sum of their column N: the same in every round.
    var results: Int?
    var sum: Int?
    /// Heap allocations for each record more; nil: not counted.
    var allocations: Double?
    var rawAllocations: Double?
    /// Why its figures do not count; nil: they do.
    var failure: String?

    init(_ workload: Workload, topic: String, records: Int) {
        self.workload = workload
        self.topic = topic
        self.records = records
    }

    var rate: Span { Span(product.map { Double(records) / $0.seconds }) }
    var rawRate: Span { Span(raw.map { Double(records) / $0.seconds }) }
    var stageSpeed: Span { Span(product.map(\.stageSpeed)) }
    var tunedRawRate: Span { Span(tunedRaw.map { Double(records) / $0.seconds }) }
    var share: Span { share(of: raw) }
    var tunedShare: Span { share(of: tunedRaw) }
    var microseconds: Span { Span(product.map { $0.cpuSeconds * 1e6 / Double(records) }) }
    var rawMicroseconds: Span { Span(raw.map { $0.cpuSeconds * 1e6 / Double(records) }) }
    var tunedRawMicroseconds: Span { Span(tunedRaw.map { $0.cpuSeconds * 1e6 / Double(records) }) }
    var aboveRaw: Span { above(raw) }
    var aboveTunedRaw: Span { above(tunedRaw) }
    var peakMegabytes: Span { Span(product.map { Double($0.peakBytes) / 1e6 }) }
    var rawPeakMegabytes: Span { Span(raw.map { Double($0.peakBytes) / 1e6 }) }

    private func share(of raw: [Sample]) -> Span { Span(zip(product, raw).map { $1.seconds / $0.seconds }) }

    private func above(_ raw: [Sample]) -> Span {
        Span(zip(product, raw).map { ($0.cpuSeconds - $1.cpuSeconds) * 1e6 / Double(records) })
    }

    var resultsPerRecord: Double { Double(results ?? 0) / Double(max(records, 1)) }
}
