// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Keys that come from a topic: `decode` takes only what `append` wrote.
extension KeyEncoding {
    /// Throws where the bytes are no key of these columns.
    func check(_ key: UnsafeRawBufferPointer) throws(StateError) {
        guard !isRaw else { return }
        var position = 0
        for type in types { try KeyEncoding.pass(type, key, &position) }
        guard position == key.count else { throw KeyEncoding.noKey }
    }

    private static let noKey = StateError("its key is none of the query's groups")

    private static func pass(
        _ type: DataType, _ key: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(StateError) {
        switch try byte(key, &position) {
        case 0: return
        case 1: break
        default: throw noKey
        }
        switch type {
        case .boolean: try pass(1, key, &position)
        case .integer, .date, .time, .bigint, .timestamp, .double: try pass(8, key, &position)
        case .decimal: try pass(16, key, &position)
        case .varchar, .bytes: try passBytes(key, &position)
        case .array(let element): try passElements([element], key, &position)
        case .map(let name, let value): try passElements([name, value], key, &position)
        case .structure(let fields): for field in fields { try pass(field.type, key, &position) }
        }
    }

    private static func passElements(
        _ types: [DataType], _ key: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(StateError) {
        while try byte(key, &position) == 1 {
            for type in types { try pass(type, key, &position) }
        }
    }

    private static func passBytes(_ key: UnsafeRawBufferPointer, _ position: inout Int) throws(StateError) {
        while true {
            guard try byte(key, &position) == 0 else { continue }
            switch try byte(key, &position) {
            case 0: return
            case 0xFF: continue
            default: throw noKey
            }
        }
    }

    private static func pass(
        _ count: Int, _ key: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(StateError) {
        guard count <= key.count - position else { throw noKey }
        position += count
    }

    private static func byte(_ key: UnsafeRawBufferPointer, _ position: inout Int) throws(StateError) -> UInt8 {
        guard position < key.count else { throw noKey }
        defer { position += 1 }
        return key[position]
    }
}
