// SPDX-License-Identifier: Apache-2.0
import MillraceTestKit

/// Requests and responses as they go over the wire.
enum Frame {
    static func request(_ api: String, _ correlationID: Int32, _ names: String = "") -> [UInt8] {
        var request = bytes(KafkaRequest.apiKeys[api] ?? -1) + [0, 3]
        request += bytes(correlationID) + [0, 7]
        request += Array("rdkafka".utf8) + Array(names.utf8)
        return sized(request)
    }

    static func response(_ correlationID: Int32, _ body: [UInt8] = [1, 2, 3, 4, 5]) -> [UInt8] {
        sized(bytes(correlationID) + body)
    }

    private static func sized(_ bytes: [UInt8]) -> [UInt8] { Frame.bytes(Int32(bytes.count)) + bytes }

    private static func bytes<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
