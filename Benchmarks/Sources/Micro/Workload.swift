// SPDX-License-Identifier: Apache-2.0

/// What one benchmark runs: batches of rows, over and over, with everything made before.
struct Workload {
    static let batchRows = 1024

    /// How many batches there are before they repeat; each has `batchRows` rows.
    var batches: Int
    /// Bytes of all batches together: of the records read, or of those written.
    var bytes: Int
    /// Runs batch `number` (counts on and on) and returns something that depends on its result.
    var run: (_ number: Int) -> Int

    var bytesPerRow: Double { Double(bytes) / Double(batches * Workload.batchRows) }
}

/// A named workload, made when it is wanted.
struct Benchmark: Sendable {
    var name: String
    var what: String
    var make: @Sendable () throws -> Workload

    init(_ name: String, _ what: String, _ make: @escaping @Sendable () throws -> Workload) {
        self.name = name
        self.what = what
        self.make = make
    }
}

/// The program is wrong, not the engine.
struct BenchmarkError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
