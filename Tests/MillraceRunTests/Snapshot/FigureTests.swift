// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceReport
@testable import MillraceRun

struct LoadMeterTests {
    private let second: UInt64 = 1_000_000_000

    @Test func timeIsDividedIntoThree() {
        var meter = LoadMeter()
        meter.add(.init(wall: 0, threads: [0], blocked: 0), mode: "stream")
        meter.add(.init(wall: 10 * second, threads: [4 * second], blocked: second), mode: "stream")
        let status = meter.status
        #expect(status.busy == 0.4)
        #expect(status.blocked == 0.1)
        #expect(status.totals == [.init(mode: "stream", busySeconds: 4, blockedSeconds: 1, idleSeconds: 5)])
    }

    @Test func theBusiestThreadCounts() {
        var meter = LoadMeter()
        meter.add(.init(wall: 0, threads: [0, 0, 0], blocked: 0), mode: "batch")
        meter.add(.init(wall: 10 * second, threads: [second, 9 * second, 3 * second], blocked: 0), mode: "batch")
        #expect(meter.status.busy == 0.9)
        #expect(meter.status.threads == 3)
        #expect(meter.status.totals.first?.busySeconds == 13)
    }

    /// A new pool has new threads, whose counters begin at 0.
    @Test func threadsMayBeReplaced() {
        var meter = LoadMeter()
        meter.add(.init(wall: 0, threads: [0], blocked: 0), mode: "restore")
        meter.add(.init(wall: 10 * second, threads: [second, 8 * second], blocked: 0), mode: "batch")
        meter.add(.init(wall: 20 * second, threads: [2 * second, second], blocked: 0), mode: "stream")
        #expect(meter.status.totals.map(\.mode) == ["batch", "stream"])
        #expect(meter.status.totals.map(\.busySeconds) == [9, 2])
        #expect(meter.status.busy == 0.45)
    }
}

struct RecentRatesTests {
    private func sample(_ seconds: Double, _ records: Int64, _ rows: Int64) -> RecentRates.Sample {
        .init(nanoseconds: UInt64(seconds * 1e9), records: [records], rows: [rows])
    }

    @Test func theLastTenSecondsCount() {
        var rates = RecentRates()
        rates.beginStage(sample(0, 0, 0))
        for tick in 1...40 { rates.add(sample(Double(tick) / 2, Int64(tick * 500), Int64(tick * 5))) }
        for tick in 41...80 { rates.add(sample(Double(tick) / 2, 20_000, 200)) }
        #expect(rates.speed(0) == 0)
        rates.add(sample(40.5, 20_500, 210))
        #expect(abs(rates.speed(0) - 50) < 5)
    }

    @Test func historyHasAPointEachFiveSeconds() {
        var rates = RecentRates()
        rates.beginStage(sample(0, 0, 0))
        for tick in 1...1000 { rates.add(sample(Double(tick) / 2, Int64(tick * 500), Int64(tick * 5))) }
        #expect(rates.history.count == 60)
        #expect(rates.history.allSatisfy { $0.recordsPerSecond == 1000 && $0.rowsPerSecond == 10 })
    }

    /// The first snapshot of a stage comes right behind its first batch.
    @Test func aRateNeedsASecond() {
        var rates = RecentRates()
        rates.beginStage(sample(0, 0, 0))
        rates.add(sample(0.008, 16_384, 16_384))
        #expect(rates.speed(0) == 0 && rates.rows(0) == 0)
        rates.add(sample(0.5, 16_384, 16_384))
        #expect(rates.speed(0) == 0)
        rates.add(sample(2, 16_384, 16_384))
        #expect(rates.speed(0) == 8192)
    }

    @Test func nothingIsKnownAtFirst() {
        let rates = RecentRates()
        #expect(rates.speed(0) == 0)
        #expect(rates.history.isEmpty)
    }
}

struct CurrentRateTests {
    private func stage(_ query: String, upstream: String? = nil, isRunning: Bool, rows: Double) -> StageStatus {
        var status = StageStatus(
            report: StageReport(
                query: query, upstream: upstream, mode: .batch, slices: [], records: 1000, rows: 77,
                elapsedNanoseconds: 1_000_000_000), isRunning: isRunning)
        status.recentRows = rows
        return status
    }

    /// While nothing comes nothing grows, however fast a stage was that is over.
    @Test func whatIsOverDoesNotCount() {
        #expect(StageStatus.rate([stage("A", isRunning: false, rows: 77), stage("A", isRunning: true, rows: 0)]) == 0)
        #expect(StageStatus.rate([stage("A", isRunning: false, rows: 77), stage("A", isRunning: true, rows: 3)]) == 3)
        #expect(
            StageStatus.rate([
                stage("A", isRunning: true, rows: 50), stage("B", upstream: "A", isRunning: true, rows: 4),
            ]) == 4)
    }
}

struct RecentAccountsTests {
    private func account(_ read: Int64, _ late: Int64) -> AccountReport {
        AccountReport(
            query: "Q", topic: "t", partition: 0, read: read, used: read - late, filtered: 0, late: late, bad: 0)
    }

    @Test func onlyTheLastMinuteCounts() {
        var recent = RecentAccounts()
        var found: [AccountReport] = []
        for second in 0..<300 {
            // All records were late in the first minute, and none since.
            found = recent.add(
                [account(Int64(second * 10), Int64(min(second, 60) * 10))], nanoseconds: UInt64(second) * 1_000_000_000)
        }
        #expect(found.count == 1)
        #expect(found[0].late == 0)
        #expect((600...700).contains(found[0].read))
    }
}

struct NumberDisplayTests {
    @Test func timesForPeople() {
        #expect(NumberDisplay.seconds(0.25) == "250 ms")
        #expect(NumberDisplay.seconds(1.26) == "1.3 s")
        #expect(NumberDisplay.seconds(12.4) == "12 s")
        #expect(NumberDisplay.seconds(125) == "2m 05s")
        #expect(NumberDisplay.seconds(90_000) == "1d 01h")
        #expect(NumberDisplay.seconds(.infinity) == "unknown time")
        #expect(NumberDisplay.percent(0.999) == "99 %")
        #expect(NumberDisplay.percent(1) == "100 %")
        #expect(NumberDisplay.percent(0.0031) == "0.31 %")
    }
}
