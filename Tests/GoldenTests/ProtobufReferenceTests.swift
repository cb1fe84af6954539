// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import MillraceTestKit
import Testing

/// The reader of Protobuf against the naive one, over messages whose bytes were changed: which are bad, and what the
/// others hold.
@Suite struct ProtobufReferenceTests {
    private static let proto2 = """
        syntax = "proto2"; message M {
          optional int64 id = 1 [default = 7]; optional sint32 small = 2; optional string name = 3 [default = "x"];
          optional E kind = 4 [default = TWO]; enum E { ONE = 1; TWO = 2; } repeated int32 counts = 5;
          repeated fixed32 four = 6 [packed = true]; optional N part = 7; repeated N parts = 8;
          message N { optional uint64 big = 1; optional N deep = 2; repeated string texts = 3; }
          map<string, N> named = 9; oneof choice { string card = 10; int64 cash = 11; N other = 12; bool none = 13; } }
        """
    private static let proto3 = proto2.replacing("proto2", with: "proto3").replacing("optional ", with: "")
        .replacing(" [default = 7]", with: "").replacing(" [default = \"x\"]", with: "")
        .replacing(" [default = TWO]", with: "").replacing("ONE = 1; TWO = 2;", with: "ZERO = 0; ONE = 1; TWO = 2;")

    private static let value = """
        {"id": 300, "small": -3, "name": "é", "kind": "ONE", "counts": [1, -1, 300], "four": [1, 2],
         "part": {"big": 18446744073709551615, "deep": {"texts": ["a"]}}, "parts": [{}, {"big": 4}],
         "named": {"a": {"big": 1}, "b": {}}, "card": "c", "cash": 5, "other": {"big": 9}}
        """

    private static func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var result = bytes
        for _ in 0...random.below(4) where !result.isEmpty {
            let place = random.below(result.count)
            switch random.below(7) {
            case 0: result[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: result[place] ^= 1 << UInt8(random.below(8))
            case 2: result.removeSubrange(place...)
            case 3: result.insert(0xFF, at: place)
            case 4: result += bytes
            case 5: result += result[place..<min(place + 1 + random.below(12), result.count)]
            default: result.remove(at: place)
            }
        }
        return result
    }

    @Test(arguments: [false, true])
    func theReadersAgree(isProto3: Bool) throws {
        let schema = try ProtobufSchema(isProto3 ? Self.proto3 : Self.proto2)
        let plan = try SQL.compile(
            """
            CREATE STREAM s (id BIGINT, small INT, name VARCHAR, kind VARCHAR, counts ARRAY<INT>, four ARRAY<BIGINT>,
              part STRUCT<big DECIMAL(20, 0), deep STRUCT<texts ARRAY<VARCHAR>>>, parts ARRAY<STRUCT<big VARCHAR>>,
              named MAP<VARCHAR, STRUCT<big DOUBLE>>, choice_0 STRUCT<card VARCHAR, other STRUCT<big VARCHAR>>,
              cash BIGINT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'PROTOBUF');
            CREATE STREAM o WITH (KAFKA_TOPIC = 'o', VALUE_FORMAT = 'JSON') AS SELECT * FROM s;
            """, hasSchemas: true)
        let bytes = try #require(ProtobufText.bytes(try JSONValue(Self.value), 0, schema))
        for seed in 0..<8 {
            var random = SplitMix64(seed: UInt64(seed))
            var log = SimulatedLog()
            log.schemas[1] = .protobuf(schema)
            for index in 0..<500 {
                let value = index == 0 ? bytes : Self.mutated(bytes, &random)
                log.append("t", 0, timestamp: 1000, key: nil, value: [0, 0, 0, 0, 1, 0] + value)
            }
            let comparison = try Comparison(plan, over: log, DriverWay(mode: .batch, batchSize: 64))
            #expect(comparison.isEqual, "seed \(seed): \(comparison.difference)")
        }
    }
}
