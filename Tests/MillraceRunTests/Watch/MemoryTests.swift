// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceSQL
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

@Suite struct MemoryTests {
    // MARK: what is said

    @Test(arguments: [
        ("2GiB", MemoryLimit.bytes(2 << 30), "2GiB"), ("500MB", .bytes(500_000_000), "500MB"),
        ("1kB", .bytes(1000), "1kB"),
        ("1024KiB", .bytes(1 << 20), "1MiB"), ("50%", .percent(50), "50%"), ("off", .off, "off"),
    ])
    func limitsAreRead(text: String, limit: MemoryLimit, written: String) throws {
        #expect(try MemoryLimit.parse(text, at: nil) == limit)
        #expect(limit.text == written)
    }

    @Test(arguments: ["", "0%", "101%", "2", "2 GiB", "-1MB", "1.5GiB", "9223372036854775807KiB", "much"])
    func othersAreNot(text: String) {
        #expect(throws: SourceError.self) { try MemoryLimit.parse(text, at: nil) }
    }

    @Test func aShareIsOfWhatThereIs() {
        #expect(MemoryLimit.percent(50).bytes(available: 8_000_000_000) == 4_000_000_000)
        #expect(MemoryLimit.percent(50).bytes(available: nil) == nil)
        #expect(MemoryLimit.off.bytes(available: 8) == nil)
        #expect(MemoryLimit.bytes(5).bytes(available: 8) == 5)
    }

    // MARK: what there is

    private func available(_ files: [String: String]) -> Int64 {
        AvailableMemory(read: { files[$0] }, physical: 1000).bytes
    }

    @Test func theMachinesMemory() {
        #expect(available([:]) == 1000)
        #expect(AvailableMemory().bytes > 100 << 20)
    }

    @Test func theGroupAboveMayHaveLess() {
        let files = [
            "/proc/self/cgroup": "0::/system.slice/a.service\n", "/sys/fs/cgroup/system.slice/memory.max": "600\n",
            "/sys/fs/cgroup/system.slice/a.service/memory.max": "max\n",
        ]
        #expect(available(files) == 600)
        #expect(available(files.merging(["/sys/fs/cgroup/system.slice/a.service/memory.max": "500\n"]) { $1 }) == 500)
        #expect(available(files.merging(["/sys/fs/cgroup/system.slice/memory.max": "2000\n"]) { $1 }) == 1000)
    }

    /// Its own path is the host's; the limit stands at the top.
    @Test func withinAContainer() {
        #expect(available(["/proc/self/cgroup": "0::/docker/4711", "/sys/fs/cgroup/memory.max": "700\n"]) == 700)
    }

    @Test func theFirstVersion() {
        let groups = "12:cpu,cpuacct:/x\n9:memory:/docker/4711\n0::/\n"
        let unlimited = "9223372036854771712\n"
        #expect(
            available([
                "/proc/self/cgroup": groups, "/sys/fs/cgroup/memory/memory.limit_in_bytes": unlimited,
                "/sys/fs/cgroup/memory/docker/4711/memory.limit_in_bytes": "400\n",
            ]) == 400)
        #expect(
            available([
                "/proc/self/cgroup": groups, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "300\n",
                "/sys/fs/cgroup/cpu,cpuacct/memory.limit_in_bytes": "1\n",
            ]) == 300)
    }

    // MARK: what is held

    /// Time that does not pass.
    private struct StoppedClock: Clock {
        func wallMilliseconds() -> Int64 { 0 }
        func monotonicNanoseconds() -> UInt64 { 0 }
    }

    private final class NoOutput: PipelineOutput {
        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {}
        func reject(_ rejection: Rejection) {}
    }

    private func pipeline(_ select: String) throws -> Pipeline {
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, v VARCHAR, n BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS \(select);
            """)
        let pipeline = Pipeline(try QueryGraph(program), options: PipelineOptions(), outputs: [NoOutput()])
        _ = pipeline.addSource(TopicPartition("s", 0), from: .init(offset: 0, watermarks: [.none]))
        return pipeline
    }

    private func run(_ pipeline: Pipeline, keys: Int, from offset: Int64 = 0, time: Int64 = 1000) {
        let records = RawRecords()
        for number in 0..<keys {
            records.append(
                key: Array("key\(number)".utf8), value: Array(#"{"v":"value number \#(number)","n":1}"#.utf8),
                timestamp: time, offset: offset + Int64(number))
        }
        pipeline.process(source: 0, records, from: 0, to: records.count, isReread: false)
    }

    @Test(arguments: [
        "COUNT(*)", "SUM(n)", "MAX(v)", "COLLECT_LIST(v)", "COUNT_DISTINCT(v)", "TOPK(n, 3)", "LATEST_BY_OFFSET(v)",
    ])
    func stateGrowsWithItsGroups(aggregate: String) throws {
        let pipeline = try pipeline("SELECT k, \(aggregate) AS a FROM s GROUP BY k EMIT CHANGES")
        #expect(pipeline.stateBytes(0) < 10_000)
        run(pipeline, keys: 1000)
        let once = pipeline.stateBytes(0)
        #expect((30_000...400_000).contains(once), "\(once)")
        run(pipeline, keys: 10_000, from: 1000)
        let growth = Double(pipeline.stateBytes(0)) / Double(once)
        #expect((6...16).contains(growth), "\(pipeline.stateBytes(0)) of \(once)")
    }

    @Test func aListGrowsWithItsRecords() throws {
        let list = try pipeline("SELECT k, COLLECT_LIST(v) AS a FROM s GROUP BY k EMIT CHANGES")
        let count = try pipeline("SELECT k, COUNT(*) AS a FROM s GROUP BY k EMIT CHANGES")
        for round in 0..<10 { for one in [list, count] { run(one, keys: 1000, from: Int64(round) * 1000) } }
        #expect(list.stateBytes(0) > count.stateBytes(0) + 10_000 * 50)
    }

    @Test func aWindowThatClosesIsFree() throws {
        let pipeline = try pipeline(
            "SELECT k, COUNT(*) AS a FROM s WINDOW TUMBLING (SIZE 1 SECONDS, GRACE PERIOD 0 SECONDS) "
                + "GROUP BY k EMIT FINAL")
        run(pipeline, keys: 10_000)
        let full = pipeline.stateBytes(0)
        run(pipeline, keys: 1, from: 20_000, time: 100_000)
        pipeline.close(isForced: true)
        #expect(pipeline.stateBytes(0) < full / 20, "\(pipeline.stateBytes(0)) of \(full)")
    }

    @Test func theRunEndsBeyondTheLimit() throws {
        let pipeline = try pipeline("SELECT k, COUNT(*) AS a FROM s GROUP BY k EMIT CHANGES")
        run(pipeline, keys: 1000)
        var watch = MemoryWatch(limit: Int64(pipeline.stateBytes(0)) * 2)
        let clock = StoppedClock()
        #expect(try !watch.look(pipeline, bytes: 30_000, clock: clock))
        #expect(!watch.isUnderPressure)
        run(pipeline, keys: 1800, from: 1000)
        #expect(try watch.look(pipeline, bytes: 90_000, clock: clock))
        #expect(watch.isUnderPressure)
        run(pipeline, keys: 5000, from: 3000)
        let failure = #expect(throws: RunFailure.self) { try watch.look(pipeline, bytes: 200_000, clock: clock) }
        #expect(failure?.code == .memory)
        #expect(failure?.message.contains("CTAS_T_1") == true && failure?.message.contains("5,000 groups") == true)
    }

    @Test func looksAreRare() throws {
        let pipeline = try pipeline("SELECT k, COUNT(*) AS a FROM s GROUP BY k EMIT CHANGES")
        var watch = MemoryWatch(limit: 1 << 20)
        #expect(watch.isDue(now: 0, bytes: 0))
        _ = try watch.look(pipeline, bytes: 0, clock: StoppedClock())
        #expect(!watch.isDue(now: 1, bytes: 10_000))
        #expect(watch.isDue(now: 1, bytes: 100_000))
        #expect(watch.isDue(now: 250_000_000, bytes: 0))
        #expect(!MemoryWatch(limit: nil).isDue(now: .max, bytes: .max))
    }

    /// The nearer the limit, and the more a byte adds, the sooner the next look.
    @Test func looksComeInTime() throws {
        let pipeline = try pipeline("SELECT k, COUNT(*) AS a FROM s GROUP BY k EMIT CHANGES")
        var watch = MemoryWatch(limit: 1 << 20)
        _ = try watch.look(pipeline, bytes: 0, clock: StoppedClock())
        run(pipeline, keys: 5000)
        // As if a byte had made a hundred.
        let bytes = pipeline.stateBytes(0) / 100
        #expect(try !watch.look(pipeline, bytes: bytes, clock: StoppedClock()))
        let left = ((1 << 20) - pipeline.stateBytes(0)) / 100
        #expect(watch.isDue(now: 1, bytes: bytes + left / 4))
        #expect(!watch.isDue(now: 1, bytes: bytes + left / 20))
    }
}
