// SPDX-License-Identifier: Apache-2.0
// Measures a running filter from the outside: sends records on a fixed schedule, each stamped with the time at which it
// should be sent, and reads the results at read_committed. A sender that is held up makes the samples longer, not fewer
// (no coordinated omission); its linger of 1 ms is in the samples. Prints one line of JSON, times in milliseconds.
//
//     Latency BOOTSTRAP INPUT OUTPUT [--rate RECORDS_A_SECOND] [--seconds N] [--warmup SECONDS]
//
// Records are {"id":…,"amount":…,"sent":…} with a key; amount is 750 or 250 in turn, and the filter lets 500 and more
// pass. A result holds "SENT".
import BenchmarkSupport

Console.main("Latency") {
    let arguments = try Arguments(
        Array(CommandLine.arguments.dropFirst()), options: ["rate", "seconds", "warmup"])
    let bootstrap = try arguments.word(0, "BOOTSTRAP")
    let schedule = Schedule(
        rate: try arguments.number("rate", 10_000), seconds: try arguments.number("seconds", 20.0),
        warmupSeconds: try arguments.number("warmup", 2.0))
    let watcher = try ResultWatcher(
        bootstrap: bootstrap, topic: try arguments.word(2, "OUTPUT"), expected: schedule.expectedResults)
    let sender = try ScheduledSender(bootstrap: bootstrap, topic: try arguments.word(1, "INPUT"))
    watcher.start()
    // Both are connected by then.
    MonotonicClock.sleep(until: MonotonicClock.nanoseconds() + 1_000_000_000)
    let began = MonotonicClock.nanoseconds()
    let behind = try sender.send(schedule, from: began)
    let results = try watcher.finish(within: 15)
    let first = began + Int64(schedule.warmupSeconds * 1e9)
    let sorted = results.filter { $0.sent >= first }.map { $0.seen - $0.sent }.sorted()
    func milliseconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e6 }
    let quantiles = [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)].map { name, share in
        "\"\(name)\":\(milliseconds(Statistics.quantile(share, ofSorted: sorted)))"
    }
    print(
        """
        {"sent":\(schedule.count),"expected":\(schedule.expectedResults),"received":\(results.count),\
        "samples":\(sorted.count),\(quantiles.joined(separator: ",")),"max":\(milliseconds(sorted.last ?? 0)),\
        "senderBehind":\(milliseconds(behind))}
        """)
}
