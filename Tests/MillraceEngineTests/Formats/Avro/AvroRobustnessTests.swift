// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceTestKit
import Testing

/// Random schemas and values, written and read; mutated bytes, which are bad or read, and never more than that.
struct AvroRobustnessTests {
    private static let names = ["A", "B", "C", "D", "E"]

    private static func type(_ random: inout SplitMix64, depth: Int) -> DataType {
        switch random.below(depth > 2 ? 10 : 13) {
        case 0: .boolean
        case 1: .integer
        case 2: .bigint
        case 3: .double
        case 4: .decimal(precision: 12 + random.below(26), scale: random.below(12))
        case 5: .varchar
        case 6: .bytes
        case 7: .date
        case 8: .time
        case 9: .timestamp
        case 10: .array(type(&random, depth: depth + 1))
        case 11: .map(key: random.chance(50) ? .varchar : .bigint, value: type(&random, depth: depth + 1))
        default:
            .structure(
                names.prefix(1 + random.below(4)).map { Field($0, type(&random, depth: depth + 1)) })
        }
    }

    private static func value(_ type: DataType, _ random: inout SplitMix64) -> Value {
        RandomValue.value(type, &random, longestText: 5)
    }

    @Test func whatIsWrittenIsRead() throws {
        for seed in 0..<400 {
            var random = SplitMix64(seed: UInt64(seed))
            let isBare = random.chance(20)
            let columns = Self.names.prefix(isBare ? 1 : 1 + random.below(5)).map {
                ColumnDefinition($0, Self.type(&random, depth: 0), .value)
            }
            let source = AvroFixture.source(columns, wraps: !isBare)
            let schema = isBare ? try AvroSchemaBuilder.bare(columns[0]) : try AvroSchemaBuilder.record(columns)
            let table = SchemaTable([0: .avro(try AvroSchema(schema.text))])
            for _ in 0..<10 {
                let row = columns.map { Self.value($0.type, &random) }
                let records = FormatFixture.encode(source, values: row)
                let bytes = FormatFixture.value(records)
                let outcome = AvroFixture.decode(source, table, value: bytes)
                let isNull = isBare && row == [.null]
                #expect(outcome.status == (isNull ? .nullValue : .ok) && outcome.row == row, "seed \(seed)")
                if isNull { #expect(bytes == nil) }
            }
        }
    }

    /// MILLRACE_MUTATIONS says how many; each is read with all columns, with some and with none.
    @Test func mutatedBytesAreBadOrRead() throws {
        let wanted = MutatedRecords.wanted(orElse: 100_000)
        var count = 0
        var seed = 0
        while count < wanted {
            seed += 1
            var random = SplitMix64(seed: UInt64(seed))
            let columns = Self.names.map { ColumnDefinition($0, Self.type(&random, depth: 0), .value) }
            let source = AvroFixture.source(columns)
            let table = SchemaTable([0: .avro(try AvroSchemaBuilder.record(columns))])
            let row = columns.map { Self.value($0.type, &random) }
            let bytes = try #require(FormatFixture.value(FormatFixture.encode(source, values: row)))
            MutatedRecords.check(source, table, column: random.below(5)) { Self.mutated(bytes, &random) }
            count += MutatedRecords.count
        }
    }

    /// A schema with bytes changed is refused, or records are read by it as far as they can be.
    @Test func mutatedSchemasAreRefusedOrUsed() throws {
        let wanted = MutatedRecords.wanted(orElse: 10_000)
        var (count, used, seed) = (0, 0, 0)
        while count < wanted {
            seed += 1
            var random = SplitMix64(seed: UInt64(seed))
            let columns = Self.names.map { ColumnDefinition($0, Self.type(&random, depth: 0), .value) }
            let row = columns.map { Self.value($0.type, &random) }
            let bytes = try #require(
                FormatFixture.value(FormatFixture.encode(AvroFixture.source(columns), values: row)))
            let original = try AvroSchemaBuilder.record(columns)
            for _ in 0..<100 {
                count += 1
                let text = String(decoding: Self.mutated(Array(original.text.utf8), &random), as: UTF8.self)
                guard let schema = try? AvroSchema(text) else { continue }
                used += 1
                _ = try? schema.columns(.value)
                let reader = FormatSchema(random.chance(50) ? original : schema, id: 1)
                let source = AvroFixture.source(columns, reader: reader)
                _ = AvroFixture.decode(source, SchemaTable([0: .avro(schema)]), value: bytes)
                _ = try? RecordEncoder.check(source)
            }
        }
        #expect(used > wanted / 20)
    }

    /// Defaults in defaults are followed no further than any real schema needs.
    @Test func defaultsThatMultiplyAreBad() throws {
        var type = #""long""#
        for level in 0..<40 {
            let inner = level == 0 ? type : "\"R\(level - 1)\""
            let value = level == 0 ? "1" : "{}"
            let fields =
                #"{"name":"a","type":\#(type),"default":\#(value)},{"name":"b","type":\#(inner),"default":\#(value)}"#
            type = #"{"type":"record","name":"R\#(level)","fields":[\#(fields)]}"#
        }
        let reader = try AvroSchema(
            #"{"type":"record","name":"R","fields":[{"name":"f","type":\#(type),"default":{}}]}"#)
        let source = AvroFixture.source(.structure([Field("A", .bigint)]), reader: FormatSchema(reader))
        let writer = try AvroSchema(#"{"type":"record","name":"R","fields":[]}"#)
        let outcome = AvroFixture.decode(source, SchemaTable([7: .avro(writer)]), value: AvroFixture.framed([]))
        #expect(outcome.bad?.reason == .unresolvable)
    }

    private static func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var result = bytes
        for _ in 0...random.below(3) where result.count > 5 {
            let place = 5 + random.below(result.count - 5)
            switch random.below(5) {
            case 0: result[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: result[place] ^= 1 << UInt8(random.below(8))
            case 2: result.removeSubrange(place...)
            case 3: result.insert(contentsOf: (0...random.below(9)).map { _ in 0xFF }, at: place)
            default: result.remove(at: place)
            }
        }
        return result
    }

    // MARK: What takes no bytes

    private static func outcome(_ type: String, _ bytes: [UInt8], _ column: DataType) throws -> RowStatus {
        let schema = try AvroSchema(AvroFixture.record(type))
        let table = SchemaTable([7: .avro(schema)])
        let source = AvroFixture.source(column)
        let read = AvroFixture.decode(source, table, value: AvroFixture.framed(bytes))
        let skipped = AvroFixture.decode(source, table, value: AvroFixture.framed(bytes), columns: [])
        #expect(read.status == skipped.status)
        return read.status
    }

    /// Fault 61: blocks of 2^62 nulls, empty records and fixed of no bytes, and ones whose size lies.
    @Test func itemsWithoutBytesAreCounted() throws {
        let many = AvroText.integer(1 << 60) + [0]
        let few = AvroText.integer(1000) + [0]
        let negative = AvroText.integer(-(1 << 60)) + [0, 0]
        let least = AvroText.integer(Int64.min) + [0, 0]
        let empty = #"{"type":"record","name":"E","fields":[]}"#
        let none = #"{"type":"fixed","name":"N","size":0}"#
        for (items, column) in [(#""null""#, DataType.bigint), (none, .bytes)] {
            let type = #"{"type":"array","items":\#(items)}"#
            #expect(try Self.outcome(type, many, .array(column)) == .bad)
            #expect(try Self.outcome(type, few, .array(column)) == .ok)
        }
        let records = DataType.array(.structure([Field("X", .bigint)]))
        #expect(try Self.outcome(#"{"type":"array","items":\#(empty)}"#, many, records) == .bad)
        for bytes in [negative, least] {
            let schema = try AvroSchema(AvroFixture.record(#"{"type":"array","items":"null"}"#))
            let outcome = AvroFixture.decode(
                AvroFixture.source(.array(.bigint)), SchemaTable([7: .avro(schema)]),
                value: AvroFixture.framed(bytes))
            #expect(outcome.status == .bad)
        }
    }

    /// Blocks may say how many bytes they have, so that they can be skipped; then they have to have so many.
    @Test func blocksAreAsLongAsTheySay() throws {
        for (type, item, column) in [
            (#"{"type":"array","items":"int"}"#, [2] as [UInt8], DataType.array(.integer)),
            (#"{"type":"map","values":"int"}"#, [2, 97, 2], .map(key: .varchar, value: .integer)),
        ] {
            for size in 0...5 {
                let bytes = AvroText.integer(-1) + AvroText.integer(Int64(size)) + item + [0]
                let isRight = size == item.count
                #expect(try Self.outcome(type, bytes, column) == (isRight ? .ok : .bad))
            }
        }
    }

    /// A default or a symbol that many items repeat is not larger than the record by more than so much.
    @Test func whatRecordsDoNotHoldIsBounded() throws {
        let symbol = String(repeating: "S", count: 60_000)
        let type = #"{"type":"array","items":{"type":"enum","name":"E","symbols":["\#(symbol)"]}}"#
        let bytes = AvroText.integer(1000) + [UInt8](repeating: 0, count: 1000) + [0]
        let schema = try AvroSchema(AvroFixture.record(type))
        let outcome = AvroFixture.decode(
            AvroFixture.source(.array(.varchar)), SchemaTable([7: .avro(schema)]), value: AvroFixture.framed(bytes))
        #expect(outcome.bad?.reason == .outOfRange)
    }

    /// A type that contains itself is passed over to any depth that is no attack.
    @Test func recursionIsPassedOver() throws {
        let schema = try AvroSchema(
            #"{"type":"record","name":"R","fields":[{"name":"f","type":"long"},{"name":"next","type":["null","R"]}]}"#)
        let table = SchemaTable([7: .avro(schema)])
        func nested(_ depth: Int) -> RowStatus {
            let bytes = [UInt8](repeating: 2, count: 2 * depth) + [2, 0]
            return AvroFixture.decode(AvroFixture.source(.bigint), table, value: AvroFixture.framed(bytes)).status
        }
        #expect(nested(0) == .ok && nested(100) == .ok && nested(100_000) == .bad)
    }

    @Test func longNumbers() throws {
        let source = AvroFixture.source(.bigint)
        let table = SchemaTable([7: .avro(try AvroSchema(AvroFixture.record(#""long""#)))])
        func status(_ bytes: [UInt8]) -> RowStatus {
            AvroFixture.decode(source, table, value: AvroFixture.framed(bytes)).status
        }
        let nine = [UInt8](repeating: 0xFF, count: 9)
        #expect(status(nine + [1]) == .ok && status(nine + [2]) == .bad && status(nine + [0x81, 0]) == .bad)
        #expect(status([0x80, 0]) == .ok && status([0x80]) == .bad && status([]) == .bad)
        let int = SchemaTable([7: .avro(try AvroSchema(AvroFixture.record(#""int""#)))])
        let large = AvroFixture.framed(AvroText.integer(1 << 31))
        #expect(AvroFixture.decode(AvroFixture.source(.integer), int, value: large).bad?.reason == .malformed)
    }
}
