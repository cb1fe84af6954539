// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceReport
import MillraceRun
import MillraceSQL
import MillraceSettings

/// `millrace demo`: the founding example and a million orders, on a broker inside the process.
///
/// That broker is librdkafka's mock. It has no transactions that deserve the name, so the demo shows the modes, their
/// speed and that their answers agree, not exactly-once; the integration tests show that on a real broker.
struct Demo {
    private let console: Console
    private let cluster: MockCluster
    private let clock = SystemClock()

    init(_ console: Console) throws {
        self.console = console
        cluster = try MockCluster()
    }

    func run() throws {
        console.say("a broker inside this process: \(cluster.bootstrap)")
        try runNumbers()
        try runOrders()
    }

    private func properties() throws -> KafkaProperties { try KafkaProperties(bootstrap: cluster.bootstrap) }

    // MARK: the founding example

    static let numbersProgram = """
        CREATE STREAM numbers (part VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='numbers', VALUE_FORMAT='JSON');
        CREATE TABLE total WITH (KAFKA_TOPIC='total') AS
          SELECT part, SUM(n) AS total, COUNT(*) AS n FROM numbers GROUP BY part EMIT CHANGES;
        """

    /// 6 … 10 lie in the topic, 1 … 5 arrive while the program runs: 40 + 15 = 55.
    private func runNumbers() throws {
        console.say("\n== 1. the numbers 6 to 10 are history, 1 to 5 arrive live\n\n\(Demo.numbersProgram)\n")
        try cluster.createTopic("numbers", partitions: 1)
        try cluster.createTopic("total", partitions: 1)
        let producer = try DemoProducer(properties(), topic: "numbers")
        try producer.send((6...10).map { DemoProducer.Order(key: "all", value: #"{"n":\#($0)}"#, timestamp: $0) }) {
            _ in 0
        }

        let observer = DemoObserver(console, expectedRecords: 10)
        observer.onStage = { mode in
            guard mode == .stream else { return }
            try producer.send((1...5).map { DemoProducer.Order(key: "all", value: #"{"n":\#($0)}"#, timestamp: $0) }) {
                _ in 0
            }
        }
        let report = try runContinuously(Demo.numbersProgram, application: "numbers", observer)
        console.say(report)
        for (stage, expected) in [("batch", "40"), ("stream", "15"), ("global", "55")] {
            let line = report.partials.first?.lines.first { $0.contains(stage) } ?? ""
            guard line.contains("TOTAL=\(expected) ") else {
                throw RunFailure(.no, .internalError, "the \(stage) result is not \(expected): \(line)")
            }
            try console.write("\(stage) \(stage == "global" ? "result" : "stage"): \(expected)\n")
        }
    }

    private func runContinuously(
        _ program: String, application: String, _ observer: DemoObserver
    ) throws -> RunReport {
        let graph = try QueryGraph(try SQL.compile(program))
        var options = RunOptions(application: application, cluster: KafkaCluster(try properties()), from: .earliest)
        options.commitIntervalMilliseconds = 200
        // The broker inside the process cannot be asked for topics, and forgets everything with it.
        options.stateFlushIntervalMilliseconds = 0
        return try ContinuousRun(graph, options: options, observer: observer).run()
    }

    // MARK: a million orders

    static let ordersProgram = """
        CREATE STREAM orders (id BIGINT, user VARCHAR KEY, amount DOUBLE, ts BIGINT, page VARCHAR)
          WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', TIMESTAMP='ts');
        CREATE TABLE revenue WITH (KAFKA_TOPIC='revenue', VALUE_FORMAT='JSON') AS
          SELECT user, COUNT(*) AS n, SUM(amount) AS total, MAX(amount) AS top, WINDOWSTART AS ws
          FROM orders WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS)
          WHERE amount > 0 GROUP BY user EMIT FINAL;
        """

    private static let partitions: Int32 = 24
    private static let historyCount = 900_000
    private static let liveCount = 100_000

    private func runOrders() throws {
        let all = Demo.historyCount + Demo.liveCount
        console.say(
            "\n== 2. a million orders, some late: 900,000 are history, 100,000 arrive meanwhile\n\n"
                + "\(Demo.ordersProgram)\n"
        )
        try cluster.createTopic("orders", partitions: Demo.partitions)
        try cluster.createTopic("revenue", partitions: Demo.partitions)
        let producer = try DemoProducer(properties(), topic: "orders")
        var orders = DemoOrders()
        var naive = NaiveRevenue()
        let partitionOf: (String) -> Int32 = { key in
            Array(key.utf8).withUnsafeBytes { Murmur2.partition(ofKey: $0, partitions: Demo.partitions) }
        }
        func produce(_ count: Int) throws {
            let batch = (0..<count).map { _ in orders.next() }
            for order in batch { naive.add(order, partition: partitionOf(order.user)) }
            try producer.send(batch.map(\.record), partitionOf)
        }
        for _ in 0..<(Demo.historyCount / 20_000) { try produce(20_000) }

        console.say("-- replay: batch over what is there, printing nothing here")
        let quiet = DemoObserver(console, expectedRecords: .max)
        quiet.discardsResults = true
        let graph = try QueryGraph(try SQL.compile(Demo.ordersProgram))
        let options = RunOptions(application: "orders", cluster: KafkaCluster(try properties()), from: .earliest)
        let replayed = try Replay(graph, options: options, observer: quiet).run()
        console.say(replayed)

        console.say("\n-- run: hybrid, with orders still arriving")
        let observer = DemoObserver(console, expectedRecords: all)
        var left = Demo.liveCount
        observer.onProgress = {
            guard left > 0 else { return }
            try produce(min(left, 5000))
            left -= 5000
        }
        let report = try runContinuously(Demo.ordersProgram, application: "orders", observer)
        console.say(report)
        try check(naive)
    }

    /// Reads the published topic and compares each record, byte for byte, with a recomputation that knows nothing of
    /// the engine.
    private func check(_ naive: NaiveRevenue) throws {
        console.say("\n-- check: the published topic against a naive recomputation")
        let expected = naive.finalResults()
        let published = try DemoReader(properties()).read("revenue", partitions: Demo.partitions)
        var matching = 0
        var differing = 0
        var seen: Set<[UInt8]> = []
        for (key, value) in published {
            if expected[key] == value, seen.insert(key).inserted { matching += 1 } else { differing += 1 }
        }
        let missing = expected.count - seen.count
        try console.write("orders: \(matching) windows match, \(differing) differ, \(missing) missing\n")
        guard differing == 0, missing == 0, matching > 0 else {
            throw RunFailure(.no, .internalError, "the published topic is not what a recomputation gives")
        }
    }
}
