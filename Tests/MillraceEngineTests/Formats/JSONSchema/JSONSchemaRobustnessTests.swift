// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceTestKit
import Testing

/// Mutated records of JSON_SR and mutated JSON Schemas, which are bad or read, and never more than that.
struct JSONSchemaRobustnessTests {
    private static let names = ["A", "B", "C", "D", "E"]

    private static func type(_ random: inout SplitMix64, depth: Int) -> DataType {
        switch random.below(depth > 2 ? 9 : 12) {
        case 0: .boolean
        case 1: .integer
        case 2: .bigint
        case 3: .double
        case 4: .decimal(precision: 12 + random.below(26), scale: random.below(12))
        case 5: .varchar
        case 6: .bytes
        case 7: .date
        case 8: .timestamp
        case 9: .array(type(&random, depth: depth + 1))
        case 10: .map(key: .varchar, value: type(&random, depth: depth + 1))
        default:
            .structure(names.prefix(1 + random.below(4)).map { Field($0, type(&random, depth: depth + 1)) })
        }
    }

    private static func source(_ columns: [ColumnDefinition], _ schema: FormatSchema? = nil) -> SourceDefinition {
        var format = FormatDefinition(.jsonSchema)
        format.schema = schema
        format.registered = schema.map { _ in RegisteredSchema(id: 1, language: .json, text: "") }
        return FormatFixture.source(columns, key: FormatDefinition(.none), value: format)
    }

    /// MILLRACE_MUTATIONS says how many; each is read with all columns, with some and with none.
    @Test func mutatedBytesAreBadOrRead() throws {
        var count = 0
        var seed = 0
        while count < MutatedRecords.wanted(orElse: 30_000) {
            seed += 1
            var random = SplitMix64(seed: UInt64(seed))
            let columns = Self.names.map { ColumnDefinition($0, Self.type(&random, depth: 0), .value) }
            let source = Self.source(columns)
            let row = columns.map { RandomValue.value($0.type, &random, longestText: 5) }
            let bytes = try #require(FormatFixture.value(FormatFixture.encode(source, values: row)))
            MutatedRecords.check(source, SchemaTable(), column: random.below(5)) { Self.mutated(bytes, &random) }
            count += MutatedRecords.count
        }
    }

    /// A schema with bytes changed is refused, or says what columns there are and whether rows can be written by it.
    @Test func mutatedSchemasAreRefusedOrUsed() throws {
        let wanted = MutatedRecords.wanted(orElse: 5_000)
        var (count, used, seed) = (0, 0, 0)
        while count < wanted {
            seed += 1
            var random = SplitMix64(seed: UInt64(seed))
            let columns = Self.names.map { ColumnDefinition($0, Self.type(&random, depth: 0), .value) }
            let original = JSONSchemaBuilder.record(columns)
            try RecordEncoder.check(Self.source(columns, FormatSchema(.json(original), id: 1)))
            for _ in 0..<100 {
                count += 1
                let text = String(decoding: Self.mutated(Array(original.text.utf8), &random), as: UTF8.self)
                guard let schema = try? JSONSchema(text) else { continue }
                used += 1
                _ = try? schema.columns(.value)
                _ = try? RecordEncoder.check(Self.source(columns, FormatSchema(.json(schema), id: 1)))
            }
        }
        #expect(used > wanted / 50)
    }

    private static func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var result = bytes
        for _ in 0...random.below(3) where result.count > 6 {
            let place = 5 + random.below(result.count - 5)
            switch random.below(6) {
            case 0: result[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: result[place] ^= 1 << UInt8(random.below(8))
            case 2: result.removeSubrange(place...)
            case 3: result.insert(contentsOf: Array(#"{["$ref":"#.utf8).prefix(1 + random.below(9)), at: place)
            case 4: result += result[place...]
            default: result.remove(at: place)
            }
        }
        return result
    }
}
