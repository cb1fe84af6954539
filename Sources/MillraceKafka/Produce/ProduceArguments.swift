// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore

/// The arguments of a produce call. What is the same for all records is written once, the rest through raw pointers.
/// Owner of its memory: `deallocate` frees it.
struct ProduceArguments {
    let base: UnsafeMutablePointer<rd_kafka_vu_t>

    /// Places of the arguments; headers come last because most records have none.
    private enum Place {
        static let topic = 0
        static let partition = 1
        static let flags = 2
        static let value = 3
        static let key = 4
        static let timestamp = 5
        static let headers = 6
        static let count = 7
    }

    init() {
        base = .allocate(capacity: Place.count)
        base.initialize(repeating: rd_kafka_vu_t(), count: Place.count)
        base[Place.topic].vtype = RD_KAFKA_VTYPE_RKT
        base[Place.partition].vtype = RD_KAFKA_VTYPE_PARTITION
        base[Place.flags].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        base[Place.flags].u.i = RD_KAFKA_MSG_F_COPY
        base[Place.value].vtype = RD_KAFKA_VTYPE_VALUE
        base[Place.key].vtype = RD_KAFKA_VTYPE_KEY
        base[Place.timestamp].vtype = RD_KAFKA_VTYPE_TIMESTAMP
        base[Place.headers].vtype = RD_KAFKA_VTYPE_HEADERS
    }

    func deallocate() { base.deallocate() }

    /// The arrays of the records, taken once for all rows. The records must not change while it is used.
    struct Rows {
        let bytes: UnsafeMutableRawPointer
        let partitions: UnsafePointer<Int32>
        let timestamps: UnsafePointer<Int64>
        let keyStarts: UnsafePointer<Int>
        let keyLengths: UnsafePointer<Int32>
        let valueStarts: UnsafePointer<Int>
        let valueLengths: UnsafePointer<Int32>

        init(_ records: RawRecords) {
            bytes = records.bytes
            partitions = UnsafePointer(records.partitions)
            timestamps = UnsafePointer(records.timestamps)
            keyStarts = UnsafePointer(records.keyStarts)
            keyLengths = UnsafePointer(records.keyLengths)
            valueStarts = UnsafePointer(records.valueStarts)
            valueLengths = UnsafePointer(records.valueLengths)
        }
    }

    func setTopic(_ topic: OpaquePointer) { base[Place.topic].u.rkt = topic }

    /// Sets what belongs to one row, but for its headers.
    @inline(__always)
    func set(_ rows: Rows, _ row: Int) {
        base[Place.partition].u.i32 = rows.partitions[row]
        let valueLength = Int(rows.valueLengths[row])
        base[Place.value].u.mem.ptr = valueLength < 0 ? nil : rows.bytes + rows.valueStarts[row]
        base[Place.value].u.mem.size = max(0, valueLength)
        let keyLength = Int(rows.keyLengths[row])
        base[Place.key].u.mem.ptr = keyLength < 0 ? nil : rows.bytes + rows.keyStarts[row]
        base[Place.key].u.mem.size = max(0, keyLength)
        // Negative is none, and librdkafka takes 0 for now.
        let timestamp = rows.timestamps[row]
        base[Place.timestamp].u.i64 = timestamp < 0 ? 0 : max(1, timestamp)
    }

    /// Sets the headers; returns how many arguments count.
    @inline(__always)
    func setHeaders(_ headers: OpaquePointer?) -> Int {
        guard let headers else { return Place.headers }
        base[Place.headers].u.headers = headers
        return Place.count
    }
}
