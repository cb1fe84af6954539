// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// The values of `Orders` in Protobuf, by the first message of schema 1.
enum ProtobufOrders {
    static let schema = """
        syntax = "proto3"; message Order { string description = 1; int64 amount = 2; double price = 3; }
        """

    /// The fields of `Orders.json`.
    static func value(_ random: inout Generator) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0, 1, 0]
        append(1, Orders.description(&random), to: &bytes)
        append(2, 100_000 + random.below(900_000), to: &bytes)
        append(3, Double(10_000 + random.below(90_000)) / 100, to: &bytes)
        return bytes
    }

    /// 20 fields; the stream's three are the 3rd, the 10th and the 18th.
    static let wideSchema: String = {
        let fields = (0..<20).map { index in
            switch index {
            case 2: "string description = 3;"
            case 9: "int64 amount = 10;"
            case 17: "double price = 18;"
            case _ where index % 3 == 0: "int32 number\(index) = \(index + 1);"
            default: "string text\(index) = \(index + 1);"
            }
        }
        return "syntax = \"proto3\"; message Wide { \(fields.joined(separator: " ")) }"
    }()

    /// The fields of `Orders.wide`.
    static func wide(_ random: inout Generator) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0, 1, 0]
        for index in 0..<20 {
            switch index {
            case 2: append(3, Orders.description(&random), to: &bytes)
            case 9: append(10, 100_000 + random.below(900_000), to: &bytes)
            case 17: append(18, Double(10_000 + random.below(90_000)) / 100, to: &bytes)
            case _ where index % 3 == 0: append(index + 1, 1000 + random.below(9000), to: &bytes)
            default:
                let text = "some words; \(1000 + random.below(9000))"
                append(index + 1, text + (index == 19 ? longText : ""), to: &bytes)
            }
        }
        return bytes
    }

    /// As long as what fills `Orders.wide` up to 600 bytes.
    private static let longText = String(repeating: "x", count: 60)

    private static func append(varint number: Int, to bytes: inout [UInt8]) {
        var rest = UInt64(number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func append(_ field: Int, _ number: Int, to bytes: inout [UInt8]) {
        append(varint: field << 3, to: &bytes)
        append(varint: number, to: &bytes)
    }

    private static func append(_ field: Int, _ number: Double, to bytes: inout [UInt8]) {
        append(varint: field << 3 | 1, to: &bytes)
        withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(_ field: Int, _ text: String, to bytes: inout [UInt8]) {
        append(varint: field << 3 | 2, to: &bytes)
        append(varint: text.utf8.count, to: &bytes)
        bytes += text.utf8
    }
}
