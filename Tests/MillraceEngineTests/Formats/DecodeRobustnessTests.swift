// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

/// Bytes as they come: whatever they are, decoding gives a row or a reason, and never the bytes of another record.
@Suite struct DecodeRobustnessTests {
    static let types: [DataType] = [
        .integer, .bigint, .double, .decimal(precision: 20, scale: 4), .varchar, .bytes, .boolean, .date, .time,
        .timestamp, .array(.structure([Field("A", .integer), Field("B", .array(.varchar))])),
        .map(key: .varchar, value: .double), .structure([Field("X", .map(key: .bigint, value: .boolean))]),
    ]
    static let source = FormatFixture.source(FormatFixture.values(types))
    static let record = #"""
        {"c0":-12,"unread":{"a":[1,2.5e3,{"b":null}],"t":"x\u00e9\n"},"C1":1700000000123,"c2":12.340,"c3":"7.25",
        "c4":"gr\u00fcn \ud83d\ude00 and é","c5":"AQID","c6":true,"c7":1,"c8":2,"c9":3,
        "c10":[{"a":1,"b":["x",null]},null],"c11":{"k":1.5,"l":2},"c12":{"x":{"1":true}}}
        """#

    @Test func wholeRecord() {
        guard case .row(let row) = FormatFixture.decode(Self.source, value: Array(Self.record.utf8)) else {
            Issue.record("bad")
            return
        }
        #expect(row[4] == .text("grün 😀 and é"))
        #expect(row[12] == .structure([.map([.init(key: .bigint(1), value: .boolean(true))])]))
    }

    /// Cut anywhere, it is bad, whatever follows in memory: also when it is its own rest.
    @Test func truncation() {
        let bytes = Array(Self.record.utf8)
        for count in 0..<bytes.count {
            let records = RawRecords(capacity: 1, byteCapacity: 64)
            records.append(key: nil, value: Array(bytes[..<count]), timestamp: 0)
            records.append(key: nil, value: Array(bytes[count...]), timestamp: 0)
            for columns in [Array(Self.types.indices), [], [4]] {
                let decoder = RecordDecoder(source: Self.source, columns: columns, strict: false)
                let batch = decoder.makeBatch()
                decoder.decode(records, from: 0, to: 1, into: batch)
                #expect(batch.status[0] == .bad, "cut at \(count)")
                #expect(batch.columns.allSatisfy { $0.count == 1 && $0.isNull(0) })
            }
        }
    }

    /// Fault 54.
    @Test func mutations() {
        let bytes = Array(Self.record.utf8)
        let alphabet = Array("\"\\{}[],:0123456789.-+eEtrufalsn \n\u{1}é".utf8) + [0xFF, 0xC3, 0x00]
        var state: UInt64 = 20_240_229
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let decoder = RecordDecoder(source: Self.source, columns: Array(Self.types.indices), strict: false)
        let batch = decoder.makeBatch()
        var bad = 0
        for _ in 0..<200 {
            let records = RawRecords(capacity: 1, byteCapacity: 64)
            for _ in 0..<100 {
                var mutated = bytes
                for _ in 0...random(3) {
                    let place = random(mutated.count)
                    switch random(4) {
                    case 0: mutated.remove(at: place)
                    case 1: mutated.insert(alphabet[random(alphabet.count)], at: place)
                    case 2: mutated[place] = UInt8(truncatingIfNeeded: random(256))
                    default: mutated[place] = alphabet[random(alphabet.count)]
                    }
                }
                records.append(key: nil, value: mutated, timestamp: 0)
            }
            decoder.decode(records, from: 0, to: records.count, into: batch)
            bad += batch.badRows.count
            #expect(batch.columns.allSatisfy { $0.count == 100 })
            for row in 0..<100 where batch.status[row] == .bad {
                #expect(batch.columns.allSatisfy { $0.isNull(row) })
            }
            // Every row can be read, and the good ones are what each gives alone.
            for row in [0, 50, 99] {
                let together = batch.columns.map { $0.value(row) }
                let alone = FormatFixture.decode(Self.source, value: FormatFixture.value(records, row))
                switch alone {
                case .row(let values): #expect(batch.status[row] == .ok && values == together)
                case .null(let values): #expect(batch.status[row] == .nullValue && values == together)
                case .bad: #expect(batch.status[row] == .bad)
                }
            }
        }
        #expect(bad > 5_000 && bad < 20_000)
    }

    /// Random bytes through the flat formats.
    @Test func flatFormats() {
        var state: UInt64 = 1
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let scalars: [DataType] = [.integer, .varchar, .double]
        let alphabet = Array("a\"\",,,12.\n\r é".utf8)
        let delimited = FormatFixture.source(FormatFixture.values(scalars), value: FormatDefinition(.delimited))
        var good = 0
        for _ in 0..<20_000 {
            let bytes = (0..<random(12)).map { _ in alphabet[random(alphabet.count)] }
            if case .row = FormatFixture.decode(delimited, value: bytes) { good += 1 }
            let kafka = FormatFixture.source(
                FormatFixture.values([scalars[random(3)]]), value: FormatDefinition(.kafka))
            _ = FormatFixture.decode(kafka, value: bytes)
        }
        #expect(good > 0)
    }
}
