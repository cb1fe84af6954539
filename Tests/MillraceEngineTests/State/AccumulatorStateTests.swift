// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

@testable import MillraceEngine

/// The state of every aggregate as bytes and back.
@Suite struct AccumulatorStateTests {
    struct Case: CustomTestStringConvertible {
        var function: AggregateFunction
        var argument: DataType?
        var limit: Int?

        var testDescription: String { "\(function.rawValue) \(argument?.sqlName ?? "*") \(limit ?? 0)" }

        var call: AggregateCall? {
            guard let result = function.resultType(argument: argument, limit: limit) else { return nil }
            return AggregateCall(
                function, arguments: argument.map { [.column(0, $0)] } ?? [], limit: limit,
                ignoresNulls: function != .collectList, result: result)
        }
    }

    private static let types: [DataType] = [
        .boolean, .integer, .bigint, .double, .decimal(precision: 38, scale: 4), .varchar, .bytes, .date, .time,
        .timestamp, .array(.bigint), .map(key: .varchar, value: .double),
        .structure([Field("A", .integer), Field("B", .varchar)]),
    ]

    /// All that there are.
    static let cases: [Case] = AggregateFunction.allCases.flatMap { function in
        ([nil] + types.map { Optional($0) }).flatMap { argument in
            [nil, 1, 3].map { Case(function: function, argument: argument, limit: $0) }.filter { $0.call != nil }
        }
    }

    private struct Random {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return Hash.word(state)
        }
    }

    private static func value(_ type: DataType, _ random: inout Random) -> Value {
        let bits = random.next()
        if bits % 7 == 0 { return .null }
        let small = Int64(bitPattern: random.next()) >> Int64(bits >> 8 & 0x3F)
        switch type {
        case .boolean: return .boolean(bits & 1 == 1)
        case .integer: return .integer(Int32(truncatingIfNeeded: small))
        case .bigint: return .bigint(small)
        case .double:
            // Sums that are small, that need the wide part, and that are no numbers.
            switch bits % 11 {
            case 0: return .double(1e300)
            case 1: return .double(-Double.leastNonzeroMagnitude)
            case 2: return .double(bits % 13 == 0 ? .infinity : -0.0)
            case 3: return .double(bits % 17 == 0 ? .nan : 1e-200)
            default: return .double(Double(small) / 1024)
            }
        case .decimal(_, let scale):
            return .decimal(Decimal128(unscaled: Int128(small) << Int128(bits % 60), scale: scale))
        case .varchar: return .varchar(Array("text \(bits % 20)".utf8))
        case .bytes: return .bytes(Array(repeating: UInt8(truncatingIfNeeded: bits), count: Int(bits >> 8 & 0xF)))
        case .date: return .date(Int32(truncatingIfNeeded: bits % 20_000))
        case .time: return .time(Int32(truncatingIfNeeded: bits % 86_400_000))
        case .timestamp: return .timestamp(Int64(bits % 2_000_000_000_000))
        case .array(let element): return .array((0..<(bits % 4)).map { _ in value(element, &random) })
        case .map(_, let element):
            return .map(
                (0..<(bits % 3)).map { Value.MapEntry(key: .text("k\($0)"), value: value(element, &random)) })
        case .structure(let fields): return .structure(fields.map { value($0.type, &random) })
        }
    }

    /// Slot 0 of a set over `rows` random rows of two source partitions.
    /// - Parameter isExploded: each record has four rows.
    private static func filled(
        _ call: AggregateCall, rows: Int, seed: UInt64, reversed: Bool = false, isExploded: Bool = false
    ) -> AccumulatorSet {
        let set = AccumulatorSet([call])
        _ = set.allocateChunk()
        var random = Random(state: seed)
        let values = (0..<rows).map { _ in call.arguments.first.map { value($0.type, &random) } ?? .null }
        let parts = [(0..<rows).filter { $0 % 3 != 0 }, (0..<rows).filter { $0 % 3 == 0 }]
        for (partition, places) in reversed ? parts.enumerated().reversed() : Array(parts.enumerated()) {
            let column = Column(call.arguments.first?.type ?? .bigint)
            for place in places { column.append(values[place]) }
            let indices = memory(places.indices.map { Int32($0) })
            let slots = memory(places.map { _ in UInt32(0) })
            let times = memory(places.map { Int64(1_700_000_000_000 + $0 * 7 % 50) })
            let offsets = memory(places.map { Int64(isExploded ? $0 / 4 : $0) })
            let subOffsets = memory(places.map { Int64($0 % 4) << Int64(SubOffset.shift(ofLevel: 1)) })
            defer {
                indices.deallocate()
                slots.deallocate()
                times.deallocate()
                offsets.deallocate()
                subOffsets.deallocate()
            }
            set.update(
                AccumulatorInput(
                    arguments: [], rows: indices, slots: slots, count: places.count,
                    source: SourceOrdinal(topic: 0, partition: Int32(partition)), times: times, offsets: offsets,
                    subOffsets: isExploded ? UnsafePointer(subOffsets) : nil),
                arguments: [call.arguments.isEmpty ? [] : [column]])
        }
        return set
    }

    private static func memory<Element>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: values.count)
        memory.initialize(from: values, count: values.count)
        return memory
    }

    private static func bytes(_ set: AccumulatorSet, slot: Int = 0) -> [UInt8] {
        var writer = StateWriter()
        set.write(slot, to: &writer)
        return Array(UnsafeRawBufferPointer(start: writer.bytes.base, count: writer.bytes.count))
    }

    private static func read(_ bytes: [UInt8], _ call: AggregateCall, slot: Int = 0) throws -> AccumulatorSet {
        let set = AccumulatorSet([call])
        _ = set.allocateChunk()
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        var reader = StateReader(UnsafeRawBufferPointer(copy))
        try set.read(slot, from: &reader)
        try reader.finish()
        return set
    }

    /// As text, because a NaN is not even itself.
    private static func result(_ set: AccumulatorSet, _ call: AggregateCall, slot: Int = 0) -> String {
        let column = Column(call.result)
        set.accumulators[0].appendResult(slot, to: column, failures: FailureCounts())
        return "\(column.value(0))"
    }

    @Test func thereAreCasesOfAllFunctions() {
        #expect(Set(Self.cases.map(\.function)) == Set(AggregateFunction.allCases))
        #expect(Self.cases.count > 100)
    }

    @Test(arguments: cases)
    func comesBackAsItWas(_ item: Case) throws {
        let call = try #require(item.call)
        for rows in [0, 1, 2, 50, 51] {
            let set = Self.filled(call, rows: rows, seed: UInt64(rows) + 1, isExploded: rows % 2 == 1)
            let bytes = Self.bytes(set)
            let again = try Self.read(bytes, call, slot: 5)
            #expect(Self.bytes(again, slot: 5) == bytes)
            #expect(Self.result(again, call, slot: 5) == Self.result(set, call), "\(rows) rows")
            #expect(again.maximumTimes.base[5] == set.maximumTimes.base[0])
        }
    }

    /// Partitions may come in any order.
    @Test(arguments: cases)
    func equalStatesAreEqualBytes(_ item: Case) throws {
        let call = try #require(item.call)
        let bytes = Self.bytes(Self.filled(call, rows: 40, seed: 3))
        #expect(Self.bytes(Self.filled(call, rows: 40, seed: 3, reversed: true)) == bytes)
    }

    /// Rows of one record that lie in different parts of the state keep their order when the parts come together,
    /// loaded or not, whichever comes first.
    @Test(arguments: [AggregateFunction.collectList, .collectSet, .earliestByOffset, .latestByOffset], [false, true])
    func rowsOfOneRecordKeepTheirOrder(_ function: AggregateFunction, _ isLoaded: Bool) throws {
        let call = try #require(Case(function: function, argument: .integer, limit: nil).call)
        func part(_ places: [Int]) throws -> AccumulatorSet {
            let set = AccumulatorSet([call])
            _ = set.allocateChunk()
            for place in places {
                let column = Column(.integer)
                column.append(.integer(Int32(place)))
                let memory = (Self.memory([Int32(0)]), Self.memory([UInt32(0)]), Self.memory([Int64(5)]))
                let subOffset = Self.memory([Int64(place)])
                set.update(
                    AccumulatorInput(
                        arguments: [], rows: memory.0, slots: memory.1, count: 1,
                        source: SourceOrdinal(topic: 0, partition: 0), times: memory.2, offsets: memory.2,
                        subOffsets: UnsafePointer(subOffset)), arguments: [[column]])
                memory.0.deallocate()
                memory.1.deallocate()
                memory.2.deallocate()
                subOffset.deallocate()
            }
            return isLoaded ? try Self.read(Self.bytes(set), call) : set
        }
        let expected =
            switch function {
            case .earliestByOffset: Value.integer(0)
            case .latestByOffset: Value.integer(5)
            default: Value.array((0..<6).map { .integer($0) })
            }
        for (first, second) in [([1, 2, 5], [0, 3, 4]), ([0, 3, 4], [1, 2, 5]), ([4, 0, 2], [5, 3, 1])] {
            let set = try part(first)
            set.merge(0, from: try part(second), slot: 0)
            #expect(Self.result(set, call) == "\(expected)")
        }
    }

    /// What was loaded goes on as what was never written.
    @Test(arguments: cases)
    func mergesAsItWas(_ item: Case) throws {
        let call = try #require(item.call)
        let first = Self.filled(call, rows: 20, seed: 4)
        let second = Self.filled(call, rows: 0, seed: 5)
        let loaded = try Self.read(Self.bytes(first), call)
        second.merge(0, from: loaded, slot: 0)
        #expect(Self.result(second, call) == Self.result(first, call))
        #expect(Self.bytes(second) == Self.bytes(first))
    }

    /// Bytes that end too early or too late are errors, never traps.
    @Test(arguments: cases)
    func brokenBytesAreErrors(_ item: Case) throws {
        let call = try #require(item.call)
        let bytes = Self.bytes(Self.filled(call, rows: 10, seed: 6))
        for length in bytes.indices {
            #expect(throws: StateError.self) { try Self.read(Array(bytes[..<length]), call) }
        }
        #expect(throws: StateError.self) { try Self.read(bytes + [0], call) }
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0xFF
            // It may be state too, of another kind; it must not trap.
            _ = try? Self.read(changed, call)
        }
    }
}
