// SPDX-License-Identifier: Apache-2.0
// Fills a topic with records that are the same for the same options.
//
//     LoadGenerator BOOTSTRAP TOPIC [--shape SHAPE] [--records N] [--skip N] [--keys N] [--partitions N] [--bytes N]
//         [--records-per-millisecond N] [--start MILLISECONDS] [--seed N]
//
// SHAPE is one of `Shape`: orders, wide, avro, protobuf and so on.
//
// `--skip` leaves the first records out, because an earlier call with `--records` of that number has sent them.
import BenchmarkSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

func load() throws {
    let arguments = try Arguments(
        Array(CommandLine.arguments.dropFirst()),
        options: [
            "shape", "records", "skip", "keys", "partitions", "bytes", "records-per-millisecond", "start", "seed",
        ])
    let bootstrap = try arguments.word(0, "BOOTSTRAP")
    let topic = try arguments.word(1, "TOPIC")
    let shapeName = arguments.text("shape") ?? Shape.orders.rawValue
    guard let shape = Shape(rawValue: shapeName) else { throw Failure("there is no shape \(shapeName)") }
    let records = try arguments.number("records", 1_000_000)
    let skip = try arguments.number("skip", 0)
    let partitions = try arguments.number("partitions", Int32(4))
    let admin = try TopicAdmin(bootstrap: bootstrap)
    if skip == 0 { try admin.create(topic, partitions: partitions) }
    let dayMilliseconds: Int64 = 86_400_000
    let yesterday = (Int64(time(nil)) * 1000 / dayMilliseconds - 1) * dayMilliseconds
    var writer = RecordWriter(
        shape: shape, keys: try arguments.number("keys", 10_000), bytes: try arguments.number("bytes", 90),
        startMilliseconds: try arguments.number("start", yesterday),
        recordsPerMillisecond: try arguments.number("records-per-millisecond", 10),
        seed: try arguments.number("seed", 42))
    let loader = try Loader(bootstrap: bootstrap, topic: topic, partitions: partitions)
    try loader.load(&writer, from: skip, to: records)
    let stored = try admin.watermarks(topic).reduce(0) { $0 + $1.high }
    guard stored == records else { throw Failure("\(topic) holds \(stored) records instead of \(records)") }
}

Console.main("LoadGenerator", load)
