// SPDX-License-Identifier: Apache-2.0
import MillracePlan

extension AvroPlanCompiler {
    /// How a value without parts is read into a column; nil where it cannot be.
    func primitive(_ type: AvroType, _ node: ColumnNode) -> AvroStep? {
        switch type.kind {
        case .boolean: boolean(node)
        case .int: int(type.logicalType, node)
        case .long: long(type.logicalType, node)
        case .float: node.pointee.kind == .double ? AvroStep(.doubleOfFloat, node) : nil
        case .double: node.pointee.kind == .double ? AvroStep(.double, node) : nil
        case .string: bytes(nil, node, size: -1)
        case .bytes: bytes(type.logicalType, node, size: -1)
        case .fixed(let size): bytes(type.logicalType, node, size: size)
        case .null, .enumeration, .array, .map, .union, .record: nil
        }
    }

    private func boolean(_ node: ColumnNode) -> AvroStep? {
        switch node.pointee.kind {
        case .boolean: AvroStep(.boolean, node)
        case .varchar: AvroStep(.booleanText, node)
        default: nil
        }
    }

    private func int(_ logical: AvroLogicalType?, _ node: ColumnNode) -> AvroStep? {
        switch node.pointee.kind {
        case .integer: AvroStep(.int32, node)
        case .bigint: AvroStep(.int64, node)
        case .double: AvroStep(.doubleOfInteger, node)
        case .varchar: AvroStep(.integerText, node)
        case .date: logical == nil || logical == .date ? AvroStep(.int32, node) : nil
        case .time: logical == nil || logical == .timeMilliseconds ? AvroStep(.time, node, number: 1) : nil
        case .timestamp: logical == nil ? AvroStep(.timestamp, node, number: 1) : nil
        default: nil
        }
    }

    private func long(_ logical: AvroLogicalType?, _ node: ColumnNode) -> AvroStep? {
        switch node.pointee.kind {
        case .bigint: return AvroStep(.int64, node)
        case .double: return AvroStep(.doubleOfInteger, node)
        case .varchar: return AvroStep(.integerText, node)
        case .time: return logical == .timeMicroseconds ? AvroStep(.time, node, number: 1000) : nil
        case .timestamp:
            switch logical {
            case .timestampMicroseconds, .localTimestampMicroseconds:
                return AvroStep(.timestamp, node, number: 1000)
            case nil, .timestampMilliseconds, .localTimestampMilliseconds: return AvroStep(.int64, node)
            default: return nil
            }
        default: return nil
        }
    }

    /// - Parameter size: of a fixed; −1: a length stands before the bytes.
    private func bytes(_ logical: AvroLogicalType?, _ node: ColumnNode, size: Int) -> AvroStep? {
        switch node.pointee.kind {
        case .varchar where logical == nil || logical == .uuid:
            return size < 0 ? AvroStep(.text, node) : AvroStep(.fixedText, node, number: size)
        case .bytes: return size < 0 ? AvroStep(.bytes, node) : AvroStep(.fixedBytes, node, number: size)
        case .decimal:
            guard case .decimal(_, let scale) = logical else { return nil }
            var step = AvroStep(.decimal, node, number: size)
            step.scale = scale
            return step
        default: return nil
        }
    }
}
