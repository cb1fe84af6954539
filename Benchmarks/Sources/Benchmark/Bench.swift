// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import Foundation

/// What all measurements share: the broker, the programs, where files go, how much is run.
struct Bench {
    let bootstrap: String
    /// The product.
    let millrace: String
    /// The folder of LoadGenerator, RawReader, Latency and this program.
    let tools: String
    /// For programs, reports and logs.
    let directory: String
    let records: Int
    let rounds: Int
    let isQuick: Bool
    let countsAllocations: Bool
    let seed: UInt64
    /// Yesterday's midnight: an edge of every window, and young enough for any broker's retention.
    let startMilliseconds: Int64
    /// Tells the consumer groups and topics of one call from those of another one on the same broker.
    let stamp: String
    /// The library that the product's allocator comes from, which the raw reader runs with in a run of its own; nil:
    /// libc.
    let allocator: String?
    let admin: TopicAdmin

    func tool(_ name: String) -> String { "\(tools)/\(name)" }

    /// What a workload is called on the broker.
    func application(_ name: String) -> String { "bench-\(stamp)-\(name)" }

    /// Runs one of our tools and reads the line of JSON that it prints.
    func object(_ tool: String, _ arguments: [String]) throws -> [String: Any] {
        let text = try ChildProcess.text([self.tool(tool)] + arguments, directory: directory)
        return try JSON.object(text)
    }

    func write(_ text: String, to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Makes the data set unless it is there; returns its topic. `seed` is called when only its first records are
    /// there.
    func ensure(_ data: DataSet, seed: (_ topic: String) throws -> Void) throws -> String {
        let topic = data.topic(records)
        let count = data.count(records)
        if try admin.partitionCount(topic) > 0 { return topic }
        Console.note("data: \(topic)")
        let common =
            [topic, "--start", "\(startMilliseconds)", "--seed", "\(self.seed)"] + data.options
        func load(_ end: Int, skip: Int) throws {
            _ = try ChildProcess.text(
                [tool("LoadGenerator"), bootstrap] + common + ["--records", "\(end)", "--skip", "\(skip)"],
                directory: directory)
        }
        if data.seedRecords > 0 {
            try load(data.seedRecords, skip: 0)
            try seed(topic)
        }
        try load(count, skip: data.seedRecords)
        // The page cache is warm for every round alike.
        _ = try object("RawReader", [bootstrap, topic])
        return topic
    }
}

/// Reading JSON that our own programs have written.
enum JSON {
    static func object(_ text: String) throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw Failure("no JSON object: \(text.prefix(200))")
        }
        return object
    }

    static func number(_ object: [String: Any], _ name: String) -> Double {
        (object[name] as? NSNumber)?.doubleValue ?? 0
    }
}
