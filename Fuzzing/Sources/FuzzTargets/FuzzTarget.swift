// SPDX-License-Identifier: Apache-2.0

/// Something that reads bytes from outside, and what must hold whatever they are. That nothing traps, hangs or
/// grows without bound is libFuzzer's to see.
public struct FuzzTarget: Sendable {
    public let name: String
    /// Throws a `Violation` where something else than that does not hold.
    public let run: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.run = run
    }

    public static let all: [FuzzTarget] = [
        FuzzTarget("sql", SQLFuzzing.run),
        FuzzTarget("json", RecordFuzzing.runJSON),
        FuzzTarget("delimited", RecordFuzzing.runDelimited),
        FuzzTarget("keys", RecordFuzzing.runKeys),
        FuzzTarget("avro", RecordFuzzing.runAvro),
        FuzzTarget("avroschema", RecordFuzzing.runAvroSchema),
        FuzzTarget("protobuf", RecordFuzzing.runProtobuf),
        FuzzTarget("protobufschema", RecordFuzzing.runProtobufSchema),
        FuzzTarget("jsonschema", RecordFuzzing.runJSONSchema),
        FuzzTarget("changelog", StateFuzzing.runChangelog),
        FuzzTarget("exchange", StateFuzzing.runExchange),
        FuzzTarget("commit", TextFuzzing.runCommit),
        FuzzTarget("yaml", TextFuzzing.runYAML),
        FuzzTarget("properties", TextFuzzing.runProperties),
        FuzzTarget("positions", TextFuzzing.runPositions),
        FuzzTarget("http", HTTPFuzzing.run),
    ]
}

/// Something that should hold for every input does not.
public struct Violation: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(Violation) {
    if !holds { throw Violation(what()) }
}

/// Takes an input apart, from its beginning.
struct InputBytes {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    /// 0 where nothing is left.
    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// One of so many.
    mutating func choice(of count: Int) -> Int { Int(byte()) % count }

    /// Bytes behind a length in two bytes; fewer where there are not so many.
    mutating func field() -> [UInt8] {
        let length = Int(byte()) << 8 | Int(byte())
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }

    mutating func all() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }
}
