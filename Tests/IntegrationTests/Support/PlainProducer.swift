// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Writes records with any timestamp a broker takes, as foreign clients may: librdkafka and Kafka's own clients refuse
/// or replace negative ones. In Kafka's own protocol (Produce, version 3), one batch of records of one time a request.
struct PlainProducer {
    private let descriptor: Int32

    init(bootstrap: String) throws {
        let parts = bootstrap.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw Unexpected("no address: \(bootstrap)") }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(parts[0] == "localhost" ? "127.0.0.1" : String(parts[0]))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Unexpected("nobody answers at \(bootstrap)") }
    }

    func send(_ records: [InputRecord], to topic: String) throws {
        var rest = records[...]
        while let first = rest.first {
            let batch = rest.prefix { $0.timestamp == first.timestamp && $0.partition == first.partition }.prefix(
                10_000)
            try send(Array(batch), first, to: topic)
            rest = rest.dropFirst(batch.count)
        }
    }

    func end() { close(descriptor) }

    private func send(_ records: [InputRecord], _ first: InputRecord, to topic: String) throws {
        let batch = Self.batch(records, time: first.timestamp)
        var request = Bytes()
        request.append(Int16(0))
        request.append(Int16(3))
        request.append(Int32(7))
        request.append(text: "plain")
        request.append(Int16(-1))  // no transaction
        request.append(Int16(-1))  // all replicas
        request.append(Int32(10_000))
        request.append(Int32(1))
        request.append(text: topic)
        request.append(Int32(1))
        request.append(first.partition)
        request.append(Int32(batch.bytes.count))
        request.bytes += batch.bytes
        try write(request)
        // Length, correlation, one topic with its name, one partition and its number, error.
        let answer = try receive(try receive(4).reduce(0) { $0 << 8 | Int($1) })
        let place = 4 + 4 + 2 + topic.utf8.count + 4 + 4
        guard answer.count > place + 1, answer[place] == 0, answer[place + 1] == 0 else {
            throw Unexpected("the broker refuses the time \(first.timestamp): \(answer)")
        }
    }

    /// Takes a static member out of its group, as an administrator does (LeaveGroup, version 3).
    func removeMember(_ instance: String, from group: String) throws {
        var request = Bytes()
        request.append(Int16(13))
        request.append(Int16(3))
        request.append(Int32(8))
        request.append(text: "plain")
        request.append(text: group)
        request.append(Int32(1))
        request.append(text: "")
        request.append(text: instance)
        try write(request)
        // Length, correlation, throttling, error, one member with its ids, error.
        let answer = try receive(try receive(4).reduce(0) { $0 << 8 | Int($1) })
        guard answer.count > 10, answer.dropFirst(8).prefix(2) == [0, 0], answer.suffix(2) == [0, 0] else {
            throw Unexpected("the broker does not remove \(instance): \(answer)")
        }
    }

    private func write(_ request: Bytes) throws {
        var framed = Bytes()
        framed.append(Int32(request.bytes.count))
        framed.bytes += request.bytes
        guard
            framed.bytes.withUnsafeBytes({ Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }) == framed.bytes.count
        else { throw Unexpected("cannot send") }
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var block = [UInt8](repeating: 0, count: count - bytes.count)
            let received = recv(descriptor, &block, block.count, 0)
            guard received > 0 else { throw Unexpected("the broker hangs up") }
            bytes += block[..<received]
        }
        return bytes
    }

    private static func batch(_ records: [InputRecord], time: Int64) -> Bytes {
        var body = Bytes()
        body.append(Int16(0))
        body.append(Int32(records.count - 1))
        body.append(time)
        body.append(time)
        body.append(Int64(-1))  // producer
        body.append(Int16(-1))
        body.append(Int32(-1))
        body.append(Int32(records.count))
        for (place, record) in records.enumerated() {
            var content = Bytes()
            content.append(UInt8(0))
            content.append(zigzag: 0)  // time behind the batch's
            content.append(zigzag: place)
            content.append(bytes: record.key.map { Array($0.utf8) })
            content.append(bytes: record.value.map { Array($0.utf8) })
            content.append(zigzag: 0)  // headers
            body.append(zigzag: content.bytes.count)
            body.bytes += content.bytes
        }
        var batch = Bytes()
        batch.append(Int64(0))
        batch.append(Int32(4 + 1 + 4 + body.bytes.count))
        batch.append(Int32(-1))
        batch.append(UInt8(2))
        batch.append(crc32c(body.bytes))
        batch.bytes += body.bytes
        return batch
    }

    private static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        }
        return ~sum
    }

    private struct Bytes {
        var bytes: [UInt8] = []

        mutating func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        }

        mutating func append(text: String) {
            append(Int16(text.utf8.count))
            bytes += Array(text.utf8)
        }

        mutating func append(zigzag number: Int) {
            var left = UInt64(bitPattern: Int64(number << 1 ^ number >> 63))
            while left >= 0x80 {
                bytes.append(UInt8(left & 0x7F | 0x80))
                left >>= 7
            }
            bytes.append(UInt8(left))
        }

        mutating func append(bytes value: [UInt8]?) {
            append(zigzag: value?.count ?? -1)
            bytes += value ?? []
        }
    }
}
