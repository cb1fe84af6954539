// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceTestKit
import Testing

/// Random schemas and values, written and read; mutated bytes and schemas, which are bad or read, and never more.
struct ProtobufRobustnessTests {
    private static let names = ["A", "B", "C", "D", "E"]

    private static func type(_ random: inout SplitMix64, depth: Int, isElement: Bool = false) -> DataType {
        switch random.below(depth > 2 ? 10 : 13) {
        case 0: return .boolean
        case 1: return .integer
        case 2: return .bigint
        case 3: return .double
        case 4: return .decimal(precision: 12 + random.below(26), scale: random.below(12))
        case 5: return .varchar
        case 6: return .bytes
        case 7: return .date
        case 8: return .time
        case 9: return .timestamp
        case 10 where !isElement: return .array(type(&random, depth: depth + 1, isElement: true))
        case 11 where !isElement:
            return .map(key: random.chance(50) ? .varchar : .bigint, value: type(&random, depth: depth + 1))
        default:
            return .structure(names.prefix(1 + random.below(4)).map { Field($0, type(&random, depth: depth + 1)) })
        }
    }

    private static func value(_ type: DataType, _ random: inout SplitMix64) -> Value {
        RandomValue.value(type, &random, longestText: 80)
    }

    /// What a value is when it has been written and read: what Protobuf cannot say is what it takes it for.
    private static func read(
        _ value: Value, _ type: DataType, _ nullables: ProtobufNullables, isElement: Bool = false
    ) -> Value {
        switch (value, type) {
        case (.null, .array): return .array([])
        case (.null, .map): return .map([])
        case (.null, .boolean) where nullables == .none || isElement: return .boolean(false)
        case (.null, .integer) where nullables == .none || isElement: return .integer(0)
        case (.null, .bigint) where nullables == .none || isElement: return .bigint(0)
        case (.null, .double) where nullables == .none || isElement: return .double(0)
        case (.null, .varchar) where nullables == .none || isElement: return .text("")
        case (.null, .bytes) where nullables == .none || isElement: return .bytes([])
        case (.null, .decimal(_, let scale)) where isElement: return .decimal(Decimal128(unscaled: 0, scale: scale))
        case (.null, .time) where isElement: return .time(0)
        case (.null, .timestamp) where isElement: return .timestamp(0)
        case (.null, .structure(let fields)) where isElement:
            return .structure(fields.map { read(.null, $0.type, nullables) })
        case (.array(let items), .array(let element)):
            return .array(items.map { read($0, element, nullables, isElement: true) })
        case (.map(let entries), .map(_, let element)):
            return .map(entries.map { Value.MapEntry(key: $0.key, value: read($0.value, element, nullables)) })
        case (.structure(let members), .structure(let fields)):
            return .structure(zip(members, fields).map { read($0, $1.type, nullables) })
        default: return value
        }
    }

    /// An element that is a date may not be NULL: no day is a message without anything in it.
    private static func hasNullDate(_ value: Value, _ type: DataType) -> Bool {
        switch (value, type) {
        case (.array(let items), .array(let element)):
            items.contains { $0 == .null && element == .date || hasNullDate($0, element) }
        case (.map(let entries), .map(_, let element)): entries.contains { hasNullDate($0.value, element) }
        case (.structure(let members), .structure(let fields)):
            zip(members, fields).contains { hasNullDate($0, $1.type) }
        default: false
        }
    }

    private static func source(
        _ columns: [ColumnDefinition], _ name: FormatDefinition.Name = .protobuf, _ nullables: ProtobufNullables = .none
    ) -> SourceDefinition {
        var format = FormatDefinition(name)
        format.nullables = nullables
        return FormatFixture.source(columns, value: format)
    }

    @Test func whatIsWrittenIsRead() throws {
        for seed in 0..<400 {
            var random = SplitMix64(seed: UInt64(seed))
            let columns = Self.names.prefix(1 + random.below(5)).map {
                ColumnDefinition($0, Self.type(&random, depth: 0), .value)
            }
            let nullables = ProtobufNullables.allCases[random.below(3)]
            let format: FormatDefinition.Name = random.chance(50) ? .protobuf : .protobufWithoutRegistry
            let source = Self.source(columns, format, nullables)
            let schema = try ProtobufSchemaBuilder.message(columns, nullables: nullables)
            let table = SchemaTable([0: .protobuf(try ProtobufSchema(schema.text))])
            for _ in 0..<10 {
                let row = columns.map { Self.value($0.type, &random) }
                let bytes = try #require(FormatFixture.value(FormatFixture.encode(source, values: row)))
                let outcome = AvroFixture.decode(source, table, value: bytes)
                if zip(row, columns).contains(where: { Self.hasNullDate($0, $1.type) }) {
                    #expect(outcome.bad?.reason == .outOfRange || nullables == .wrapper, "seed \(seed)")
                    continue
                }
                let expected = zip(row, columns).map {
                    Self.read($0, $1.type, nullables)
                }
                #expect(outcome.status == .ok && outcome.row == expected, "seed \(seed)")
            }
        }
    }

    /// MILLRACE_MUTATIONS says how many; each is read with all columns, with some and with none.
    @Test func mutatedBytesAreBadOrRead() throws {
        let wanted = MutatedRecords.wanted(orElse: 30_000)
        var count = 0
        var seed = 0
        while count < wanted {
            seed += 1
            var random = SplitMix64(seed: UInt64(seed))
            let columns = Self.names.map { ColumnDefinition($0, Self.type(&random, depth: 0), .value) }
            let source = Self.source(columns)
            let table = SchemaTable([0: .protobuf(try ProtobufSchemaBuilder.message(columns))])
            let row = columns.map { Self.value($0.type, &random) }
            let bytes = try #require(FormatFixture.value(FormatFixture.encode(source, values: row)))
            MutatedRecords.check(source, table, column: random.below(5)) { Self.mutated(bytes, &random) }
            count += MutatedRecords.count
        }
    }

    /// A schema with bytes changed is refused, or records are read by it as far as they can be.
    @Test func mutatedSchemasAreRefusedOrUsed() throws {
        let wanted = MutatedRecords.wanted(orElse: 3_000)
        var (count, used, seed) = (0, 0, 0)
        while count < wanted {
            seed += 1
            var random = SplitMix64(seed: UInt64(seed))
            let columns = Self.names.map { ColumnDefinition($0, Self.type(&random, depth: 0), .value) }
            let row = columns.map { Self.value($0.type, &random) }
            let source = Self.source(columns)
            let bytes = try #require(FormatFixture.value(FormatFixture.encode(source, values: row)))
            let original = try ProtobufSchemaBuilder.message(columns)
            for _ in 0..<100 {
                count += 1
                let text = String(decoding: Self.mutated(Array(original.text.utf8), &random), as: UTF8.self)
                guard let schema = try? ProtobufSchema(text) else { continue }
                used += 1
                _ = try? schema.columns(.value)
                _ = AvroFixture.decode(source, SchemaTable([0: .protobuf(schema)]), value: bytes)
                var sink = source
                sink.valueFormat.schema = FormatSchema(.protobuf(schema), id: 1)
                _ = try? RecordEncoder.check(sink)
            }
        }
        #expect(used > wanted / 50)
    }

    private static func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var result = bytes
        for _ in 0...random.below(3) where result.count > 6 {
            let place = 6 + random.below(result.count - 6)
            switch random.below(6) {
            case 0: result[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: result[place] ^= 1 << UInt8(random.below(8))
            case 2: result.removeSubrange(place...)
            case 3: result.insert(contentsOf: (0...random.below(9)).map { _ in 0xFF }, at: place)
            case 4: result += result[place...]
            default: result.remove(at: place)
            }
        }
        return result
    }

    // MARK: Bombs

    private static func decode(_ text: String, _ column: DataType, _ bytes: [UInt8]) throws -> AvroFixture.Outcome {
        let schema = try ProtobufSchema("syntax = \"proto3\"; " + text)
        let value = [0, 0, 0, 0, 7, 0] + bytes
        return AvroFixture.decode(
            source([ColumnDefinition("F", column, .value)]), SchemaTable([7: .protobuf(schema)]), value: value)
    }

    /// Fault 61: the name of a symbol that many bytes repeat is not larger than the record by more than so much.
    @Test func whatRecordsDoNotHoldIsBounded() throws {
        let name = String(repeating: "S", count: 60_000)
        let bytes = [0x0A, 0xE8, 0x07] + [UInt8](repeating: 0, count: 1000)
        let outcome = try Self.decode(
            "message M { repeated E f = 1; enum E { \(name) = 0; } }", .array(.varchar), bytes)
        #expect(outcome.bad?.reason == .outOfRange)
    }

    /// Fault 61: groups in groups, and messages in themselves, are passed over to a depth that is no attack.
    @Test func depthHasALimit() throws {
        for (depth, status) in [(90, RowStatus.ok), (200_000, .bad)] {
            let bytes = [UInt8](repeating: 0x13, count: depth) + [UInt8](repeating: 0x14, count: depth)
            #expect(try Self.decode("message M { int32 f = 1; }", .integer, bytes).status == status)
        }
    }

    /// A message in parts is put together once, however many there are.
    @Test func partsAreOneMessage() throws {
        var bytes: [UInt8] = []
        for _ in 0..<20_000 { bytes += [0x0A, 0x02, 0x08, 0x05] }
        bytes += [0x0A, 0x02, 0x10, 0x07]
        let outcome = try Self.decode(
            "message M { N f = 1; message N { int32 a = 1; int32 b = 2; } }",
            .structure([Field("A", .integer), Field("B", .integer)]), bytes)
        #expect(outcome.row == [.structure([.integer(5), .integer(7)])])
    }

    @Test func whatDoesNotFitIsBadWithItsReason() throws {
        let outcome = try Self.decode("message M { string f = 1; }", .bigint, [0x0A, 0x01, 0x78])
        #expect(
            outcome.bad?.detail
                == "schema does not fit: F BIGINT cannot be read from schema 7, which has string (value, byte 9)")
        let large = try Self.decode(
            "message M { uint64 f = 1; }", .bigint, [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01])
        #expect(large.bad?.detail.hasPrefix("out of range: F BIGINT cannot hold what was written by schema 7") == true)
        let text = try Self.decode(
            "message M { uint64 f = 1; }", .varchar, [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01])
        #expect(text.row == [.text("18446744073709551615")])
    }
}
