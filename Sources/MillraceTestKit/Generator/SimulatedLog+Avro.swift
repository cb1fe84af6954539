// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Logs of `LogGenerator` in Avro: each record by a schema of its own choice, as if producers came and went.
extension SimulatedLog {
    private static let schemaTexts = [
        #"[{"name":"item","type":["null","string"]},{"name":"amount","type":["null","int"]},"#
            + #"{"name":"price","type":["null","double"]}]"#,
        // Fields in another order, one that is wider, and one that no query reads.
        #"[{"name":"PRICE","type":["double","null"]},{"name":"more","type":{"type":"array","items":"string"}},"#
            + #"{"name":"amount","type":["null","long"]},{"name":"item","type":["string","null"]}]"#,
        // Without prices.
        #"[{"name":"amount","type":["int","null"]},{"name":"item","type":["null","string"]}]"#,
    ]

    /// The same log with values in Avro. What is no object with these fields stays as it is: a bad record. A few get a
    /// number that nobody knows, lose their last byte, or get one more.
    package func inAvro(seed: UInt64) throws -> SimulatedLog {
        var random = SplitMix64(seed: seed)
        let schemas = try Self.schemaTexts.map { try AvroSchema(#"{"type":"record","name":"R","fields":\#($0)}"#) }
        var log = SimulatedLog()
        for (index, schema) in schemas.enumerated() { log.schemas[Int32(index + 1)] = .avro(schema) }
        log.schemas[9] = .unusable("is not in the registry")
        for place in places {
            log.create(place.topic, partitions: partitions(of: place.topic).count)
            for record in records(of: place) {
                let index = random.below(schemas.count)
                var value = record.value
                if let bytes = value.flatMap({ Self.avro($0, schemas[index]) }) {
                    let number = random.chance(2) ? 9 : UInt8(index + 1)
                    value = [0, 0, 0, 0, number] + bytes
                    if random.chance(2) { value?.removeLast() }
                    if random.chance(2) { value?.append(0) }
                }
                log.append(
                    place.topic, Int(place.partition), offset: record.offset, timestamp: record.timestamp,
                    key: record.key, value: value, headers: record.headers)
            }
        }
        return log
    }

    private static func avro(_ json: [UInt8], _ schema: AvroSchema) -> [UInt8]? {
        guard case .object(let members)? = try? JSONValue(String(decoding: json, as: UTF8.self)),
            case .record(let fields) = schema.rootType.kind
        else { return nil }
        let filled = fields.map { field in
            let value = members.first { $0.name == field.name.lowercased() }?.value
            return JSONValue.Member(field.name, value ?? (field.name == "more" ? .array([.string("x")]) : .null))
        }
        return AvroText.bytes(.object(filled), schema.root, schema)
    }
}
