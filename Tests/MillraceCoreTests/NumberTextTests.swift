// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@Suite struct NumberTextTests {
    static let smallest = Double.leastNonzeroMagnitude

    static func integer(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBytes { NumberText.integer($0) } }
    static func double(_ text: String) -> Double? { Array(text.utf8).withUnsafeBytes { NumberText.double($0) } }
    static func decimal(_ text: String, _ precision: Int, _ scale: Int) -> String? {
        Array(text.utf8).withUnsafeBytes { NumberText.decimal($0, precision: precision, scale: scale)?.text }
    }

    static func write(_ value: Double) -> String {
        var bytes: [UInt8] = []
        DoubleText.append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (1.0, "1.0"), (100.0, "100.0"), (1.0e7, "1.0E7"), (9_999_999.0, "9999999.0"), (1.0e-5, "1.0E-5"),
            (0.001, "0.001"), (0.00099, "9.9E-4"), (1.7976931348623157e308, "1.7976931348623157E308"),
            (smallest, "4.9E-324"), (smallest * 2, "9.9E-324"), (smallest * 4, "2.0E-323"), (smallest * 20, "9.9E-323"),
            (2.2250738585072014e-308, "2.2250738585072014E-308"), (123456.789, "123456.789"), (0.0, "0.0"),
            (-0.0, "-0.0"),
            (-1.5, "-1.5"), (.infinity, "Infinity"), (-.infinity, "-Infinity"), (.nan, "NaN"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3, "0.3333333333333333"), (1e23, "1.0E23"), (2e23, "2.0E23"),
            (9007199254740991.0, "9.007199254740991E15"),
            (9007199254740993.0, "9.007199254740992E15"), (12345678.9, "1.23456789E7"), (1234567.125, "1234567.125"),
            (0.0012345678, "0.0012345678"), (1.0e10, "1.0E10"), (12345678.0, "1.2345678E7"), (1.1e-3, "0.0011"),
            (9999999.999999998, "9999999.999999998"), (5e-5, "5.0E-5"), (1e21, "1.0E21"), (0.5, "0.5"),
            (10.05, "10.05"),
        ] as [(Double, String)])
    func doubleToString(value: Double, expected: String) { #expect(NumberTextTests.write(value) == expected) }

    /// Every written double reads back as itself, by both the fast and the slow ways.
    @Test func doublesComeBack() {
        var state: UInt64 = 88_172_645_463_325_252
        for round in 0..<20_000 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            var value = Double(bitPattern: state)
            if round % 3 == 1 { value = Double(state % 1_000_000_000) / 100 }
            if round % 3 == 2 { value = Double(Int64(bitPattern: state) >> 20) / 1024 }
            if !value.isFinite { continue }
            let text = NumberTextTests.write(value)
            #expect(NumberTextTests.double(text) == value, "\(text)")
            #expect(text.contains("."), "\(text)")
        }
    }

    /// Swift's description has the shortest digits, and the nearest of these; they must be ours too.
    @Test func digitsAreTheShortest() {
        var state: UInt64 = 88_172_645_463_325_252
        for round in 0..<60_000 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            var value = Double(state % 100_000_000) / 100
            switch round % 6 {
            case 1: value = value.nextUp
            case 2: value = value.nextDown
            // Every exponent that the whole numbers of 128 bits take, and some on both sides of it.
            case 3: value = Double(bitPattern: (1012 + (state >> 52) % 64) << 52 | state & 0xF_FFFF_FFFF_FFFF)
            case 4: value = Double(bitPattern: (1012 + (state >> 52) % 64) << 52 | 1)
            // A few bits: exact halves between two decimals.
            case 5: value = Double(bitPattern: (1012 + (state >> 52) % 64) << 52 | (state & 0xFF) << 44)
            default: break
            }
            guard value > 0, value.isFinite else { continue }
            let text = NumberTextTests.write(value)
            #expect(NumberTextTests.digits(text) == NumberTextTests.digits(value.description), "\(value) \(text)")
            #expect(Double(text) == value, "\(value) \(text)")
        }
    }

    /// The significant digits of a decimal text.
    static func digits(_ text: String) -> String {
        let significand = text.prefix { $0 != "e" && $0 != "E" }.filter { $0 != "." }.drop { $0 == "0" }
        return String(String(significand.reversed().drop { $0 == "0" }).reversed())
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("+7", 7), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1234567890123456789012", nil),
            ("000000000000000000000000000042", 42), ("", nil), ("-", nil), ("1.0", nil), (" 1", nil), ("1e3", nil),
            ("12a", nil), ("999999999999999999", 999_999_999_999_999_999),
        ] as [(String, Int64?)])
    func parseInteger(text: String, expected: Int64?) { #expect(NumberTextTests.integer(text) == expected) }

    @Test(arguments: [0, 9, 10, 99, 100, 12345, -1, -1000, Int64.max, Int64.min, 9999, 10000, 99_999_999] as [Int64])
    func writeInteger(value: Int64) {
        var bytes: [UInt8] = []
        NumberText.append(value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == String(value))
    }

    /// One, two and three lots of eight digits, with all numbers of leading zeros.
    @Test func writeIntegersOfAllLengths() {
        var state: UInt64 = 88_172_645_463_325_252
        for shift: UInt64 in 0..<64 {
            for _ in 0..<50 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                let value = Int64(bitPattern: state) >> Int64(shift)
                var bytes: [UInt8] = []
                NumberText.append(value, to: &bytes)
                #expect(String(decoding: bytes, as: UTF8.self) == String(value))
            }
        }
        var power: UInt64 = 1
        for _ in 0..<20 {
            for value in [power - 1, power, power + 1] {
                var room = [UInt8](repeating: 0, count: NumberText.integerCapacity)
                let length = room.withUnsafeMutableBufferPointer { buffer in
                    buffer.baseAddress.map { NumberText.write(value, to: $0) } ?? 0
                }
                #expect(String(decoding: room[..<length], as: UTF8.self) == String(value))
            }
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
    }

    @Test(
        arguments: [
            ("0", 0.0), ("1.5", 1.5), ("-2.25e2", -225), (".5", 0.5), ("5.", 5), ("+3", 3), ("1e400", .infinity),
            ("-1e400", -.infinity), ("1e-400", 0), ("1e22", 1e22), ("1e23", 1e23),
            ("123456789012345678", 123456789012345680),
            ("1234567890123456789012345678901234567890", 1.2345678901234568e39), ("9007199254740993", 9007199254740992),
            ("9007199254740992.5", 9007199254740992), ("0.1", 0.1),
            ("2.2250738585072011e-308", Double.leastNormalMagnitude - smallest),
            ("0.000000000000000000000000000000000000000000000000001", 1e-51), ("1E+2", 100), ("4.9e-324", smallest),
            ("9223372036854775808", 9223372036854775808), ("1e99999999999999999999", .infinity), ("NaN", nil),
            ("Infinity", nil), ("", nil), (".", nil), ("e5", nil), ("1e", nil), ("1e+", nil), ("1.2.3", nil),
            ("0x10", nil),
            ("1 ", nil), ("--1", nil), ("1d", nil),
        ] as [(String, Double?)])
    func parseDouble(text: String, expected: Double?) { #expect(NumberTextTests.double(text) == expected) }

    @Test func negativeZeroKeepsItsSign() {
        #expect(NumberTextTests.double("-0")?.sign == .minus)
        #expect(NumberTextTests.double("-0.000e5")?.sign == .minus)
    }

    @Test(
        arguments: [
            ("12.345", 5, 2, "12.35"), ("-12.345", 5, 2, "-12.35"), ("12.344999", 5, 2, "12.34"),
            ("999.995", 5, 2, nil),
            ("1000", 5, 2, nil), ("0.005", 3, 2, "0.01"), ("0.0049", 3, 2, "0.00"), ("1e2", 5, 2, "100.00"),
            ("1.5E-1", 5, 2, "0.15"), ("-0", 3, 1, "0.0"), ("0e99", 3, 1, "0.0"), ("1e-99999999999", 3, 1, "0.0"),
            ("1e99999999999", 38, 0, nil), ("0.5", 1, 0, "1"), ("0.05", 1, 0, "0"), ("9.5", 1, 0, nil),
            ("99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999"),
            ("99999999999999999999999999999999999999.5", 38, 0, nil),
            ("100000000000000000000000000000000000000", 38, 0, nil),
            ("1.23456789012345678901234567890123456789", 38, 37, "1.2345678901234567890123456789012345679"),
            ("abc", 5, 2, nil), ("1.", 5, 2, "1.00"), (".5", 5, 2, "0.50"), ("", 5, 2, nil), ("0012.5", 4, 1, "12.5"),
        ] as [(String, Int, Int, String?)])
    func parseDecimal(text: String, precision: Int, scale: Int, expected: String?) {
        #expect(NumberTextTests.decimal(text, precision, scale) == expected)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("\u{FF}?", "w78/"),
    ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == Array(encoded.utf8))
        #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
    }

    @Test(arguments: ["Z", "Zg=", "Zh==", "Zm9v!", "Zm9v=", "====", "Zg==Zg==", "Z g=", "-_8="])
    func badBase64(text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }
}
