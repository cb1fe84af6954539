// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

@Suite struct JSONDecodeTests {
    typealias Outcome = FormatFixture.Outcome

    static func row(_ value: Value) -> Outcome { .row([value]) }

    @Test(arguments: [
        ("1", row(.integer(1))), ("-1", row(.integer(-1))), ("0", row(.integer(0))), ("-0", row(.integer(0))),
        ("1.9", row(.integer(1))), ("-1.9", row(.integer(-1))), ("1e3", row(.integer(1000))),
        ("12345e-2", row(.integer(123))), ("0.9", row(.integer(0))), ("1E+2", row(.integer(100))),
        ("0e999999999999", row(.integer(0))), ("1e-999999999999", row(.integer(0))),
        ("2147483647", row(.integer(.max))), ("-2147483648", row(.integer(.min))),
        ("2147483648", .bad(.outOfRange)), ("-2147483649", .bad(.outOfRange)), ("1e10", .bad(.outOfRange)),
        ("1e400", .bad(.outOfRange)), ("12345678901234567890123456789", .bad(.outOfRange)),
        ("\"42\"", row(.integer(42))), ("\"-42\"", row(.integer(-42))), ("\"+42\"", row(.integer(42))),
        ("\"4\\u0032\"", row(.integer(42))), ("\"1.9\"", .bad(.wrongType)), ("\"\"", .bad(.wrongType)),
        ("\"x\"", .bad(.wrongType)), ("\"2147483648\"", .bad(.outOfRange)), ("null", row(.null)),
        ("true", .bad(.wrongType)), ("{}", .bad(.wrongType)), ("[1]", .bad(.wrongType)),
        ("01", .bad(.malformed)), ("-", .bad(.malformed)), ("+1", .bad(.malformed)), ("1.", .bad(.malformed)),
        (".5", .bad(.malformed)), ("1e", .bad(.malformed)), ("1e+", .bad(.malformed)), ("0x1", .bad(.malformed)),
        ("1a", .bad(.malformed)), ("NaN", .bad(.malformed)), ("nul", .bad(.malformed)), ("nulll", .bad(.malformed)),
        ("--1", .bad(.malformed)), ("00", .bad(.malformed)), ("-01", .bad(.malformed)), ("", .bad(.malformed)),
    ]) func integers(text: String, expected: Outcome) {
        #expect(FormatFixture.json(.integer, text) == expected)
    }

    /// Fault 56.
    @Test(arguments: [
        ("9223372036854775807", row(.bigint(.max))), ("-9223372036854775808", row(.bigint(.min))),
        ("9223372036854775808", .bad(.outOfRange)), ("-9223372036854775809", .bad(.outOfRange)),
        ("999999999999999999", row(.bigint(999_999_999_999_999_999))),
        ("1234567890123456789", row(.bigint(1_234_567_890_123_456_789))),
        ("12345678", row(.bigint(12_345_678))), ("1234567890123456", row(.bigint(1_234_567_890_123_456))),
        ("9223372036854775807.999", row(.bigint(.max))),
        ("0.00000000000000000000000000000000000000009", row(.bigint(0))),
        ("1234567890123456789012345678901234567890e-30", row(.bigint(1_234_567_890))),
        ("\"9223372036854775807\"", row(.bigint(.max))), ("\"9223372036854775808\"", .bad(.outOfRange)),
        ("1700000000123", row(.bigint(1_700_000_000_123))),
    ]) func bigints(text: String, expected: Outcome) {
        #expect(FormatFixture.json(.bigint, text) == expected)
    }

    @Test(arguments: [
        ("12.34", row(.double(12.34))), ("0.1", row(.double(0.1))), ("1e400", .bad(.outOfRange)),
        ("-1e400", .bad(.outOfRange)), ("1e-400", row(.double(0))), ("5e-324", row(.double(.leastNonzeroMagnitude))),
        ("1.7976931348623157e308", row(.double(.greatestFiniteMagnitude))), ("123", row(.double(123))),
        ("9007199254740993", row(.double(9007199254740992))), ("0.30000000000000004", row(.double(0.1 + 0.2))),
        ("123456789012345678901234567890", row(.double(1.2345678901234568e29))),
        ("\"1.5\"", row(.double(1.5))), ("\"1e3\"", row(.double(1000))), ("\"NaN\"", .bad(.wrongType)),
        ("\" 1\"", row(.double(1))), ("1.5.5", .bad(.malformed)), ("false", .bad(.wrongType)),
        ("0.000001", row(.double(0.000001))), ("100000000.00000001", row(.double(100000000.00000001))),
    ]) func doubles(text: String, expected: Outcome) {
        #expect(FormatFixture.json(.double, text) == expected)
    }

    /// Texts are read sixteen bytes at a time: each length around that, with every kind of byte at each place, read and
    /// skipped.
    @Test func texts() {
        let source = FormatFixture.source(FormatFixture.values([.varchar, .varchar]))
        let kinds: [(json: [UInt8], text: [UInt8]?)] = [
            (Array("x".utf8), Array("x".utf8)), (Array("\\n".utf8), [0x0A]), (Array("\\\"".utf8), [0x22]),
            (Array("ü".utf8), Array("ü".utf8)), ([0x1F], nil), ([0xFF], nil), ([0x20], [0x20]), ([0x7F], [0x7F]),
        ]
        for length in 0..<40 {
            for place in 0..<max(length, 1) {
                for kind in kinds {
                    let head = [UInt8](repeating: UInt8(ascii: "a"), count: place)
                    let tail = [UInt8](repeating: UInt8(ascii: "z"), count: max(length - place - 1, 0))
                    let quoted = Array("\"".utf8) + head + kind.json + tail + Array("\"".utf8)
                    let json = Array("{\"C0\":".utf8) + quoted + Array(",\"C1\":".utf8) + quoted + Array("}".utf8)
                    let text = kind.text.map { Value.text(String(decoding: head + $0 + tail, as: UTF8.self)) }
                    let bad = Outcome.bad(kind.json == [0xFF] ? .invalidText : .malformed)
                    let read = FormatFixture.decode(source, value: json, padding: "ü\"")
                    #expect(read == text.map { Outcome.row([$0, $0]) } ?? bad)
                    // What is not read has to be valid JSON, of whatever encoding.
                    let skipped = FormatFixture.decode(source, value: json, columns: [])
                    #expect(skipped == (kind.json == [0x1F] ? .bad(.malformed) : .row([])))
                }
            }
        }
    }

    /// Correctly rounded, however many digits there are.
    @Test func randomDoubles() {
        var state: UInt64 = 99
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let records = RawRecords()
        var expected: [Double?] = []
        for _ in 0..<20_000 {
            let digits = (0...random(22)).map { _ in "\(random(10))" }.joined()
            let point = random(digits.utf8.count)
            let integer = digits.prefix(point).drop { $0 == "0" }
            let text = (random(2) == 0 ? "-" : "") + (integer.isEmpty ? "0" : integer) + "." + digits.dropFirst(point)
            records.append(key: nil, value: Array("{\"c0\":\(text)}".utf8), timestamp: 0)
            expected.append(Double(text))
        }
        let source = FormatFixture.source(FormatFixture.values([.double]))
        let decoder = RecordDecoder(source: source, columns: [0], strict: false)
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: records.count, into: batch)
        #expect((0..<records.count).filter { batch.columns[0].doubles[$0] != expected[$0] }.isEmpty)
    }

    @Test func negativeZeroIsZero() {
        guard case .row(let row) = FormatFixture.json(.double, "-0.0"), case .double(let value) = row[0] else {
            Issue.record("not decoded")
            return
        }
        #expect(value == 0 && value.sign == .plus, "SQL knows one zero")
    }

    static func decimal(_ unscaled: Int128, _ scale: Int = 2) -> Outcome {
        .row([.decimal(Decimal128(unscaled: unscaled, scale: scale))])
    }

    @Test(arguments: [
        ("12.34", decimal(1234)), ("12", decimal(1200)), ("12.3400", decimal(1234)), ("-0.01", decimal(-1)),
        ("12.345", .bad(.outOfRange)), ("0.001", .bad(.outOfRange)), ("0", decimal(0)), ("0.000", decimal(0)),
        ("999.99", decimal(99999)), ("1000", .bad(.outOfRange)), ("1e2", decimal(10000)), ("1e3", .bad(.outOfRange)),
        ("1234e-2", decimal(1234)), ("\"12.34\"", decimal(1234)), ("\"x\"", .bad(.wrongType)),
        ("1e999999999999999999", .bad(.outOfRange)), ("1e-999999999999999999", .bad(.outOfRange)),
    ]) func decimals(text: String, expected: Outcome) {
        #expect(FormatFixture.json(.decimal(precision: 5, scale: 2), text) == expected)
    }

    /// Fault 56.
    @Test func longDecimals() {
        let type = DataType.decimal(precision: 38, scale: 0)
        let nines = String(repeating: "9", count: 38)
        #expect(FormatFixture.json(type, nines) == Self.decimal(Decimal128.powersOfTen[38] - 1, 0))
        #expect(FormatFixture.json(type, "-" + nines) == Self.decimal(1 - Decimal128.powersOfTen[38], 0))
        for count in 39...45 {
            #expect(FormatFixture.json(type, String(repeating: "9", count: count)) == .bad(.outOfRange))
            #expect(FormatFixture.json(.bigint, String(repeating: "9", count: count)) == .bad(.outOfRange))
        }
        for count in 1...18 {
            let text = String("123456789012345678".prefix(count))
            #expect(FormatFixture.json(.bigint, text) == Self.row(.bigint(Int64(text) ?? 0)))
            #expect(FormatFixture.json(.double, text) == Self.row(.double(Double(text) ?? 0)))
        }
    }

    @Test(arguments: [
        ("\"plain\"", row(.text("plain"))), ("\"\"", row(.text(""))), ("\"12345678\"", row(.text("12345678"))),
        ("\"a longer text of many words\"", row(.text("a longer text of many words"))),
        (#""\"\\\/\b\f\n\r\t""#, row(.text("\"\\/\u{8}\u{c}\n\r\t"))), (#""\u0041\u00e9\u20AC""#, row(.text("Aé€"))),
        (#""\ud83d\ude00!""#, row(.text("😀!"))), (#""\ud83d""#, row(.text("\u{FFFD}"))),
        (#""\ude00x""#, row(.text("\u{FFFD}x"))), (#""\ud83d\ud83d\ude00""#, row(.text("\u{FFFD}😀"))),
        (#""\ud83d\n""#, row(.text("\u{FFFD}\n"))), (#""\u0000""#, row(.text("\u{0}"))),
        ("\"grün 😀\"", row(.text("grün 😀"))), ("\"12345678é\"", row(.text("12345678é"))),
        (#""\x""#, .bad(.malformed)), (#""\u12G4""#, .bad(.malformed)), (#""\u12"#, .bad(.malformed)),
        ("\"a\nb\"", .bad(.malformed)), ("\"tab\there\"", .bad(.malformed)), ("\"open", .bad(.malformed)),
        ("'single'", .bad(.malformed)), ("12.50", row(.text("12.50"))), ("true", row(.text("true"))),
        ("1e5", row(.text("1e5"))), ("null", row(.null)), (#"{"a": [1, 2]}"#, row(.text(#"{"a":[1,2]}"#))),
        ("[1, \"x\"]", row(.text("[1,\"x\"]"))), ("[1 2]", .bad(.malformed)), ("{\"a\"}", .bad(.malformed)),
    ]) func texts(text: String, expected: Outcome) {
        #expect(FormatFixture.json(.varchar, text) == expected)
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xE0, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
        ] as [[UInt8]]) func invalidText(bytes: [UInt8])
    {
        let value = Array("{\"c0\":\"ab".utf8) + bytes + Array("\",\"c1\":1}".utf8)
        let source = FormatFixture.source(FormatFixture.values([.varchar, .integer]))
        #expect(FormatFixture.decode(source, value: value) == .bad(.invalidText))
        // Not read: not looked at.
        #expect(FormatFixture.decode(source, value: value, columns: [1]) == .row([.integer(1)]))
        #expect(FormatFixture.decode(source, value: value, columns: [1], strict: true) == .bad(.invalidText))
    }

    @Test(
        arguments: [
            (DataType.boolean, "true", row(.boolean(true))), (.boolean, "false", row(.boolean(false))),
            (.boolean, "\"true\"", .bad(.wrongType)), (.boolean, "\"False\"", .bad(.wrongType)),
            (.boolean, "\"yes\"", .bad(.wrongType)), (.boolean, "1", .bad(.wrongType)), (.boolean, "null", row(.null)),
            (.boolean, "tru", .bad(.malformed)),
            (.date, "19782", row(.date(19782))), (.date, "\"2024-02-29\"", row(.date(19782))),
            (.date, "\"2024-02-30\"", .bad(.wrongType)), (.date, "99999999999", .bad(.outOfRange)),
            (.time, "1000", row(.time(1000))), (.time, "\"00:00:01\"", row(.time(1000))),
            (.time, "86400000", .bad(.outOfRange)), (.time, "-1", .bad(.outOfRange)),
            (.timestamp, "1700000000123", row(.timestamp(1_700_000_000_123))), (.timestamp, "1.5", row(.timestamp(1))),
            (.timestamp, "\"1970-01-01T00:00:01\"", row(.timestamp(1000))),
            (.timestamp, "\"2024\"", row(.timestamp(2024))),
            (.bytes, "\"AQID\"", row(.bytes([1, 2, 3]))), (.bytes, "\"\"", row(.bytes([]))),
            (.bytes, "\"!\"", .bad(.wrongType)), (.bytes, "1", .bad(.wrongType)),
        ] as [(DataType, String, Outcome)]) func otherTypes(type: DataType, text: String, expected: Outcome)
    {
        #expect(FormatFixture.json(type, text) == expected)
    }

    @Test(
        arguments: [
            (DataType.array(.integer), "[1, null ,3.7]", row(.array([.integer(1), .null, .integer(3)]))),
            (.array(.varchar), "[]", row(.array([]))), (.array(.integer), "{}", .bad(.wrongType)),
            (.array(.integer), "[1,]", .bad(.malformed)), (.array(.integer), "[1,\"x\"]", .bad(.wrongType)),
            (
                .array(.array(.boolean)), "[[true],null,[ ]]",
                row(.array([.array([.boolean(true)]), .null, .array([])]))
            ),
            (
                .map(key: .varchar, value: .integer), #"{"a": 1, "b":null}"#,
                row(
                    .map([
                        .init(key: .text("a"), value: .integer(1)), .init(key: .text("b"), value: .null),
                    ]))
            ),
            (
                .map(key: .integer, value: .integer), #"{"1":1,"2":2,"1":3}"#,
                row(
                    .map([
                        .init(key: .integer(2), value: .integer(2)), .init(key: .integer(1), value: .integer(3)),
                    ]))
            ),
            (.map(key: .integer, value: .integer), #"{"x":1}"#, .bad(.wrongType)),
            (.map(key: .varchar, value: .integer), #"{"x":1,}"#, .bad(.malformed)),
            (.map(key: .varchar, value: .integer), "{}", row(.map([]))),
            (
                .structure([Field("A", .integer), Field("B", .varchar)]), #"{"b":"x","z":[{}],"a":7,"B":"y"}"#,
                row(.structure([.integer(7), .text("y")]))
            ),
            (.structure([Field("A", .integer)]), "{}", row(.structure([.null]))),
            (.structure([Field("A", .integer)]), "null", row(.null)),
            (.structure([Field("A", .integer)]), "[]", .bad(.wrongType)),
            (
                .array(.structure([Field("A", .array(.integer))])), #"[{"a":[1]},{"a":null},null,{}]"#,
                row(.array([.structure([.array([.integer(1)])]), .structure([.null]), .null, .structure([.null])]))
            ),
        ] as [(DataType, String, Outcome)]) func nested(type: DataType, text: String, expected: Outcome)
    {
        #expect(FormatFixture.json(type, text) == expected)
    }

    /// Fault 55.
    @Test func manyEqualKeys() {
        let entries = (0..<100).map { "\"k\($0 % 10)\":\($0)" }.joined(separator: ",")
        let expected = (0..<10).map { Value.MapEntry(key: .text("k\($0)"), value: .integer(Int32(90 + $0))) }
        #expect(FormatFixture.json(.map(key: .varchar, value: .integer), "{\(entries)}") == Self.row(.map(expected)))
    }

    static let three = FormatFixture.source([
        ColumnDefinition("A", .integer, .value), ColumnDefinition("B", .varchar, .value),
        ColumnDefinition("lower", .integer, .value),
    ])

    @Test(arguments: [
        (#"{"A":1,"B":"x","lower":2}"#, Outcome.row([.integer(1), .text("x"), .integer(2)])),
        (#" { "a" : 1 , "b" : "x" , "LOWER" : 2 } "#, .row([.integer(1), .text("x"), .null])),
        (#"{"A":1,"a":2}"#, .row([.integer(1), .null, .null])),
        (#"{"A":1,"a":"x"}"#, .row([.integer(1), .null, .null])),
        ("{\n\t\"a\":1\r\n}\n", .row([.integer(1), .null, .null])), ("{}", .row([.null, .null, .null])),
        (#"{"b":"first","a":1,"B":"last"}"#, .row([.integer(1), .text("last"), .null])),
        (#"{"b":"first","b":null}"#, .row([.null, .null, .null])),
        (#"{"b":null,"b":"x"}"#, .row([.null, .text("x"), .null])),
        (#"{"\u0061":1,"x\"y":{"a":5},"lo\u0077er":3}"#, .row([.integer(1), .null, .integer(3)])),
        (#"{"x":{"a":[1,{"b":[]}]},"a":1}"#, .row([.integer(1), .null, .null])),
        ("null", .null([.null, .null, .null])), (" null ", .null([.null, .null, .null])),
        ("", .bad(.malformed)), (" ", .bad(.malformed)), ("1", .bad(.wrongType)), ("[]", .bad(.wrongType)),
        ("nullx", .bad(.malformed)), ("{}x", .bad(.malformed)), ("{}{}", .bad(.malformed)), ("{", .bad(.malformed)),
        (#"{"a":1,}"#, .bad(.malformed)), (#"{"a" 1}"#, .bad(.malformed)), (#"{a:1}"#, .bad(.malformed)),
        (#"{"x":tru}"#, .bad(.malformed)), (#"{"x":01}"#, .bad(.malformed)), (#"{"x":[}"#, .bad(.malformed)),
        (#"{"x":[1}"#, .bad(.malformed)), (#"{"x":{"y"}}"#, .bad(.malformed)), (#"{"x":{"y":1,}}"#, .bad(.malformed)),
        (#"{"x":[1,]}"#, .bad(.malformed)), (#"{"x":[,1]}"#, .bad(.malformed)), (#"{"x":{,}}"#, .bad(.malformed)),
        (#"{"x":"\q"}"#, .bad(.malformed)), (#"{"x":{"y":[]}}"#, .row([.null, .null, .null])),
        ("\u{FEFF}{}", .row([.null, .null, .null])), (" \u{FEFF}{}", .bad(.malformed)),
    ]) func objects(text: String, expected: Outcome) {
        // Whatever lies behind it in memory.
        for padding in ["", "34e\"", "99999999999999999999", "\"", ":1}", "}"] {
            let outcome = FormatFixture.decode(Self.three, value: Array(text.utf8), padding: padding)
            #expect(outcome == expected, "\(text) before \(padding)")
        }
    }

    /// The same decoder sees objects of many orders: what it remembers of one must not be taken for another.
    @Test func ordersOfFields() {
        let names = [
            "a", "B", "lower", "x", "a_name_of_fifteen", "a_name_of_fifteem", String(repeating: "n", count: 70),
        ]
        let records = RawRecords()
        var expected: [[Value]] = []
        var state: UInt64 = 7
        for _ in 0..<500 {
            var left = names
            var fields: [String] = []
            var row: [Value] = [.null, .null, .null]
            while !left.isEmpty {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let name = left.remove(at: Int(state >> 33) % left.count)
                if (state >> 20) & 3 == 0 { continue }
                let number = Int32(truncatingIfNeeded: state >> 40) & 0xFFFF
                fields.append("\"\(name)\":\(number)")
                switch name {
                case "a": row[0] = .integer(number)
                case "B": row[1] = .text("\(number)")
                case "lower": row[2] = .integer(number)
                default: break
                }
            }
            expected.append(row)
            records.append(key: nil, value: Array("{\(fields.joined(separator: ","))}".utf8), timestamp: 0)
        }
        let decoder = RecordDecoder(source: Self.three, columns: [0, 1, 2], strict: false)
        let batch = decoder.makeBatch()
        for from in [0, 100] {
            decoder.decode(records, from: from, to: records.count, into: batch)
            #expect(batch.badRows.isEmpty)
            #expect((0..<batch.rows).map { row in batch.columns.map { $0.value(row) } } == Array(expected[from...]))
        }
    }

    /// Fault 55.
    @Test func depth() {
        func arrays(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        func text(_ inner: String) -> [UInt8] { Array("{\"x\":\(inner),\"b\":\(inner)}".utf8) }
        for levels in [1, 63, 64, 65, 127, 128, 129, 1_000_000] {
            let expected = Outcome.row([.null, .text(arrays(levels)), .null])
            #expect(FormatFixture.decode(Self.three, value: text(arrays(levels))) == expected, "\(levels)")
        }
        let objects = String(repeating: "{\"a\":", count: 100_000)
        #expect(FormatFixture.decode(Self.three, value: text(objects)) == .bad(.malformed))
        // Each bracket has to be closed by its own kind, at whatever level it stands.
        for wrong in 0..<300 {
            let opened = (0..<300).map { $0 % 3 == 0 ? "{\"k\":" : "[" }.joined()
            let closed = (0..<300).reversed().map { level in (level % 3 == 0) == (level != wrong) ? "}" : "]" }.joined()
            #expect(FormatFixture.decode(Self.three, value: text(opened + "1" + closed)) == .bad(.malformed))
        }
    }

    /// Names that meet in each level of nested objects: read once more, never once more for each level.
    @Test(.timeLimit(.minutes(1))) func namesThatMeetInDeepObjects() {
        let levels = 200
        let type = (0..<levels).reduce(DataType.integer) { type, _ in .structure([Field("A", type)]) }
        for (leaf, isGood) in [("1", true), ("\"x\"", false)] {
            let text = (0..<levels).reduce(leaf) { text, _ in "{\"a\":[],\"A\":\(text),\"a\":0}" }
            var row = Value.integer(1)
            for _ in 0..<levels { row = .structure([row]) }
            #expect(FormatFixture.json(type, text) == (isGood ? .row([row]) : .bad(.wrongType)))
        }
    }

    /// What one decoder learns of names that give way must not be taken for other objects.
    @Test func namesThatMeetInAnyOrder() {
        let fields = ["\"A\":1", "\"a\":2", "\"lower\":3", "\"LOWER\":\"x\"", "\"b\":4", "\"B\":5", "\"z\":{}"]
        var state: UInt64 = 11
        let records = RawRecords()
        var expected: [[Value]] = []
        for _ in 0..<3000 {
            var left = fields
            var chosen: [String] = []
            while !left.isEmpty {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let field = left[(state >> 40) & 15 == 0 ? Int(state >> 44) % left.count : 0]
                left.removeAll { $0 == field }
                if (state >> 20) & 7 != 0 { chosen.append(field) }
            }
            records.append(key: nil, value: Array("{\(chosen.joined(separator: ","))}".utf8), timestamp: 0)
            func number(_ exact: Int, _ folded: Int?) -> Int32? {
                if chosen.contains(fields[exact]) {
                    return fields[exact].last.flatMap { $0.wholeNumberValue }.map(Int32.init)
                }
                guard let folded, chosen.contains(fields[folded]) else { return nil }
                return fields[folded].last.flatMap { $0.wholeNumberValue }.map(Int32.init)
            }
            expected.append([
                number(0, 1).map { .integer($0) } ?? .null, number(5, 4).map { .text("\($0)") } ?? .null,
                number(2, nil).map { .integer($0) } ?? .null,
            ])
        }
        let decoder = RecordDecoder(source: Self.three, columns: [0, 1, 2], strict: false)
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: records.count, into: batch)
        #expect(batch.badRows.isEmpty)
        #expect((0..<batch.rows).map { row in batch.columns.map { $0.value(row) } } == expected)
    }

    @Test func bareValues() {
        let bare = FormatDefinition(.json, wrapsSingleValue: false)
        let cases: [(DataType, String, Outcome)] = [
            (.integer, "12", .row([.integer(12)])), (.integer, " 12 ", .row([.integer(12)])),
            (.varchar, "\"x\"", .row([.text("x")])), (.varchar, "12", .row([.text("12")])),
            (.integer, "null", .null([.null])),
            (.array(.integer), "[1,2]", .row([.array([.integer(1), .integer(2)])])),
            (.integer, "1x", .bad(.malformed)), (.integer, "", .bad(.malformed)), (.boolean, "tru", .bad(.malformed)),
            (.integer, "\"x", .bad(.malformed)), (.double, "1.", .bad(.malformed)), (.double, "-", .bad(.malformed)),
        ]
        for (type, text, expected) in cases {
            let source = FormatFixture.source(FormatFixture.values([type]), value: bare)
            for padding in ["", "34e\"", "e", ".5", "\""] {
                let outcome = FormatFixture.decode(source, value: Array(text.utf8), padding: padding)
                #expect(outcome == expected, "\(type) \(text) before \(padding)")
            }
        }
    }

    @Test func details() {
        let records = RawRecords()
        records.append(key: nil, value: Array(#"{"a":1}"#.utf8), timestamp: 0)
        records.append(key: nil, value: Array(#"{"a":"x"}"#.utf8), timestamp: 0)
        records.append(key: nil, value: Array(#"{"a":1"#.utf8), timestamp: 0)
        let decoder = RecordDecoder(source: Self.three, columns: [0], strict: false)
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: 3, into: batch)
        #expect(batch.badRows.map(\.row) == [1, 2])
        #expect(batch.badRows[0].detail == "wrong type: A INTEGER cannot be \"x\" (value, byte 6)")
        #expect(batch.badRows[1].detail == "not valid in its format: the value ends too early (value, byte 6)")
    }
}
