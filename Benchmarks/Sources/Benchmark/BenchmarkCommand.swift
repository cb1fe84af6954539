// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// The command line: what to run, how much of it, and what to do with the figures.
enum BenchmarkCommand {
    static func main(_ words: [String]) throws {
        let arguments = try Arguments(
            words, options: ["records", "rounds", "json", "seed", "bootstrap", "millrace", "directory", "allocator"],
            flags: ["quick", "allocations", "list"])
        let selection = try Selection(arguments.words)
        if arguments.has("list") { return print(Selection.list) }
        let bench = try bench(arguments)
        print(header(bench))
        var results: [String: Any] = [
            "records": bench.records, "rounds": bench.rounds, "seed": bench.seed,
        ]
        var failures = 0
        if !selection.workloads.isEmpty {
            var runner = ThroughputRunner(bench)
            try runner.run(selection.workloads)
            failures += runner.measurements.filter { $0.failure != nil }.count
            results["workloads"] = runner.measurements.map(\.json)
            var table = Table(Measurement.head)
            for measurement in runner.measurements { table.add(measurement.row) }
            show(table.text)
        }
        for special in selection.specials {
            Console.note(special.rawValue)
            let outcome = try special.measure(bench)
            failures += outcome.failures
            results[special.rawValue] = outcome.json
            show(outcome.text)
        }
        if let path = arguments.text("json") {
            let data = try JSONSerialization.data(withJSONObject: results, options: [.prettyPrinted, .sortedKeys])
            try data.write(to: URL(fileURLWithPath: path))
        }
        if failures > 0 { throw Failure("\(failures) failed; their figures do not count") }
    }

    /// At once, also where stdout is a file: the next figures may take a quarter of an hour.
    private static func show(_ table: String) {
        print("\n" + table)
        fflush(nil)
    }

    private static func bench(_ arguments: Arguments) throws -> Bench {
        guard let bootstrap = arguments.text("bootstrap"), let millrace = arguments.text("millrace"),
            let directory = arguments.text("directory")
        else { throw Failure("--bootstrap, --millrace and --directory are needed; scripts/benchmark gives them") }
        let isQuick = arguments.has("quick")
        let dayMilliseconds: Int64 = 86_400_000
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let tools = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        return Bench(
            bootstrap: bootstrap, millrace: millrace, tools: tools, directory: directory,
            records: try arguments.number("records", isQuick ? 1_000_000 : 10_000_000),
            rounds: try arguments.number("rounds", isQuick ? 1 : 5), isQuick: isQuick,
            countsAllocations: arguments.has("allocations"), seed: try arguments.number("seed", UInt64(42)),
            startMilliseconds: (now / dayMilliseconds - 1) * dayMilliseconds,
            stamp: String(now / 1000 % 1_000_000, radix: 36),
            allocator: arguments.text("allocator"),
            admin: try TopicAdmin(bootstrap: bootstrap))
    }

    /// What the figures stand for, and the least that a peak can show: a child begins as an image of this process.
    private static func header(_ bench: Bench) -> String {
        let least = (try? ChildProcess(["/bin/true"]).wait())?.usage.peakBytes ?? 0
        return """
            \(bench.records) records, \(bench.rounds) round(s); medians; raw: the same topic read by RawReader beside it.
            records/s: from the start of the process to its end; S: Millrace's own figure for the stage.
            raw: librdkafka as it comes; tuned: the same reader with Millrace's allocator, which halves its time.
            CPU: user and system time of all threads, µs a record; "raw +", "tuned +": what Millrace takes above it.
            A peak below \((Double(least) / 1e6).text(0)) MB cannot be seen.
            """
    }
}
