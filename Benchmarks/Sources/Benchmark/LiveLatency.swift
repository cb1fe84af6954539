// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// How long a record takes from when it should have been sent until a reader at read_committed sees its result.
struct LiveLatency {
    private struct Setting {
        var guarantee: String
        var commitMilliseconds: Int
        var rate: Int
    }

    private static let program = """
        CREATE STREAM events (user VARCHAR KEY, id BIGINT, amount INT, sent BIGINT)
          WITH (KAFKA_TOPIC='$IN', VALUE_FORMAT='JSON');
        CREATE STREAM result WITH (KAFKA_TOPIC='$OUT', VALUE_FORMAT='JSON', PARTITIONS=4) AS
          SELECT user, id, sent FROM events WHERE amount >= 500 EMIT CHANGES;

        """

    private let bench: Bench

    init(_ bench: Bench) { self.bench = bench }

    private var settings: [Setting] {
        let rates = bench.isQuick ? [10_000] : [1000, 10_000, 100_000]
        let intervals = bench.isQuick ? [20] : [5, 20, 100]
        // At least once, a result is visible before its commit, so that the interval says nothing.
        return rates.map { Setting(guarantee: "at_least_once", commitMilliseconds: 1000, rate: $0) }
            + intervals.flatMap { interval in
                rates.map { Setting(guarantee: "exactly_once", commitMilliseconds: interval, rate: $0) }
            }
    }

    func measure() throws -> Special.Outcome {
        var table = Table([
            "latency, filter", "commit", "records/s", "samples", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "CPU µs",
        ])
        warmUp()
        var failures = 0
        var rows: [[String: Any]] = []
        for (number, setting) in settings.enumerated() {
            Console.note("latency: \(setting)")
            var row: [String: Any] = [
                "guarantee": setting.guarantee, "commitMilliseconds": setting.commitMilliseconds,
                "rate": setting.rate,
            ]
            let head = [setting.guarantee, "\(setting.commitMilliseconds) ms", "\(setting.rate)"]
            let rest: [String]
            do {
                let rounds = try (0..<bench.rounds).map { try measure(setting, "\(number)-\($0)") }
                row["rounds"] = rounds
                let isComplete = rounds.allSatisfy {
                    JSON.number($0, "received") == JSON.number($0, "expected")
                }
                if !isComplete { failures += 1 }
                func median(_ name: String) -> Double { Statistics.median(rounds.map { JSON.number($0, name) }) }
                rest =
                    ["\(Int(median("samples")))"]
                    + ["p50", "p99", "p999", "max"].map { median($0).text(1) }
                    + [isComplete ? median("cpuMicroseconds").text(2) : "INCOMPLETE"]
            } catch let refusal as LiveRun.Refusal {
                // 78: the configuration is refused, here for a guarantee that this build does not have.
                let isUnsupported = refusal.exitCode == 78
                if !isUnsupported {
                    failures += 1
                    Console.note(refusal.text)
                }
                row["failure"] = isUnsupported ? "not supported" : refusal.text
                rest = [isUnsupported ? "not supported" : "FAILED"] + Array(repeating: "", count: 5)
            }
            rows.append(row)
            table.add(head + rest)
        }
        return Special.Outcome(text: table.text, json: rows, failures: failures)
    }

    /// The broker compiles its own code as it goes: for most of a minute it falls behind at 10,000 records a second by
    /// up to seconds, whoever reads.
    private func warmUp() {
        guard !bench.isQuick else { return }
        for (number, guarantee) in ["at_least_once", "exactly_once"].enumerated() {
            Console.note("latency: warming the broker up, \(guarantee)")
            let setting = Setting(guarantee: guarantee, commitMilliseconds: 20, rate: 10_000)
            for round in 0..<2 { _ = try? measure(setting, "warm-up-\(number)-\(round)") }
        }
    }

    private func measure(_ setting: Setting, _ name: String) throws -> [String: Any] {
        let input = "latency-\(bench.stamp)-\(name)"
        try bench.admin.create(input, partitions: 4)
        let files = try ProgramFiles(
            bench, application: bench.application("latency-\(name)"),
            program: { LiveLatency.program.replacing("$IN", with: input).replacing("$OUT", with: $0) },
            settings: ["mode: stream", "commit.interval: \(setting.commitMilliseconds)ms"]
                // The product's default is not spelt out, so that builds without the key are measured too.
                + (setting.guarantee == "exactly_once" ? [] : ["processing.guarantee: \(setting.guarantee)"]),
            isQuiet: false)
        defer { try? bench.admin.delete([input, files.output]) }
        let run = try LiveRun(files)
        let before = run.cpuSeconds()
        var found: [String: Any]
        do {
            found = try bench.object(
                "Latency",
                [bench.bootstrap, input, files.output, "--rate", "\(setting.rate)"]
                    + (bench.isQuick ? ["--seconds", "3", "--warmup", "1"] : []))
        } catch {
            _ = run.process.stop()
            throw error
        }
        let records = max(JSON.number(found, "sent"), 1)
        found["cpuMicroseconds"] = (run.cpuSeconds() - before) * 1e6 / records
        _ = run.process.stop()
        return found
    }
}
