// SPDX-License-Identifier: Apache-2.0

/// Numbers as Avro and Protobuf write them, from the definitions.
enum WireBytes {
    /// Seven bits a byte, the lowest first; all bytes but the last have the highest bit.
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var result: [UInt8] = []
        while rest > 127 {
            result.append(UInt8(rest % 128 + 128))
            rest /= 128
        }
        return result + [UInt8(rest)]
    }

    static func littleEndian(_ bits: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(bits >> UInt64($0 * 8) & 0xFF) }
    }
}
