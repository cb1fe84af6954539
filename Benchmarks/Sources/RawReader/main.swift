// SPDX-License-Identifier: Apache-2.0
// Reads a topic to its end and only counts: what librdkafka allows. Prints one line of JSON.
//
//     RawReader BOOTSTRAP TOPIC [--start SHARE] [--queue RECORDS]
import BenchmarkSupport

Console.main("RawReader") {
    let began = MonotonicClock.nanoseconds()
    let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()), options: ["start", "queue"])
    let reader = try TopicReader(
        bootstrap: try arguments.word(0, "BOOTSTRAP"), topic: try arguments.word(1, "TOPIC"),
        queuedRecords: try arguments.number("queue", 20_000))
    try reader.start(at: try arguments.number("start", 0.0))
    let count = try reader.readToEnd()
    let seconds = Double(MonotonicClock.nanoseconds() - began) / 1e9
    let usage = ProcessUsage.ofSelf()
    print(
        """
        {"records":\(count.records),"bytes":\(count.bytes),"seconds":\(seconds),\
        "userSeconds":\(usage.userSeconds),"systemSeconds":\(usage.systemSeconds),"maxRSS":\(usage.peakBytes)}
        """)
}
