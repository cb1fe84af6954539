// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// The values of `Orders` in Avro, by schema 1.
enum AvroOrders {
    static let schema = #"""
        {"type":"record","name":"Order","fields":[{"name":"description","type":"string"},
          {"name":"amount","type":"long"},{"name":"price","type":["null","double"],"default":null}]}
        """#

    /// The fields of `Orders.json`.
    static func value(_ random: inout Generator) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0, 1]
        append(Orders.description(&random), to: &bytes)
        append(100_000 + random.below(900_000), to: &bytes)
        bytes.append(2)
        append(Double(10_000 + random.below(90_000)) / 100, to: &bytes)
        return bytes
    }

    /// 20 fields; the stream's three are the 3rd, the 10th and the 18th.
    static let wideSchema: String = {
        let fields = (0..<20).map { index in
            switch index {
            case 2: #"{"name":"description","type":"string"}"#
            case 9: #"{"name":"amount","type":"long"}"#
            case 17: #"{"name":"price","type":["null","double"]}"#
            case _ where index % 3 == 0: #"{"name":"number\#(index)","type":"int"}"#
            default: #"{"name":"text\#(index)","type":["null","string"]}"#
            }
        }
        return #"{"type":"record","name":"Wide","fields":[\#(fields.joined(separator: ","))]}"#
    }()

    /// The fields of `Orders.wide`.
    static func wide(_ random: inout Generator) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0, 1]
        for index in 0..<20 {
            switch index {
            case 2: append(Orders.description(&random), to: &bytes)
            case 9: append(100_000 + random.below(900_000), to: &bytes)
            case 17:
                bytes.append(2)
                append(Double(10_000 + random.below(90_000)) / 100, to: &bytes)
            case _ where index % 3 == 0: append(1000 + random.below(9000), to: &bytes)
            default:
                bytes.append(2)
                append("some words; \(1000 + random.below(9000))" + (index == 19 ? longText : ""), to: &bytes)
            }
        }
        return bytes
    }

    /// As long as what fills `Orders.wide` up to 600 bytes.
    private static let longText = String(repeating: "x", count: 60)

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = UInt64(number) << 1
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func append(_ number: Double, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        append(text.utf8.count, to: &bytes)
        bytes += text.utf8
    }
}
