// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Messages in messages.
extension ProtobufReader {
    /// A message from `place` up to the end.
    mutating func nested(_ step: ProtobufStepPointer, _ place: BytePointer, to node: ColumnNode) -> Bool {
        switch step.pointee.operation {
        case .message:
            guard let message = step.pointee.message else { return false }
            guard innerMessage(message, place, row: node.pointee.count) else { return false }
            node.pointee.appendStructure()
            return true
        case .entry:
            guard let message = step.pointee.message else { return false }
            let keys = node.pointee.children
            guard innerMessage(message, place, row: keys.pointee.count) else { return false }
            guard !keys.pointee.isNull(keys.pointee.count - 1) else { return fail(.wrongType, place, keys) != nil }
            return true
        case .wrapper:
            guard let message = step.pointee.message else { return false }
            return innerMessage(message, place, row: node.pointee.count)
        case .decimal: return decimal(place, to: node)
        default: return time(step, place, to: node)
        }
    }

    // MARK: Messages with a type of SQL

    /// The whole numbers of the fields 1 to 4; what else there is is passed over.
    private mutating func numbers(_ start: BytePointer, _ result: inout (Int64, Int64, Int64, Int64)) -> Bool {
        var place = start
        while place < end {
            var tag: UInt64 = 0
            guard let next = varint(place, &tag) else { return false }
            guard tag & 7 == 0, 1...4 ~= tag &>> 3 else {
                guard let behind = skip(UInt8(truncatingIfNeeded: tag & 7), tag &>> 3, next) else { return false }
                place = behind
                continue
            }
            var bits: UInt64 = 0
            guard let behind = varint(next, &bits) else { return false }
            place = behind
            switch tag &>> 3 {
            case 1: result.0 = Int64(bitPattern: bits)
            case 2: result.1 = Int64(bitPattern: bits)
            case 3: result.2 = Int64(bitPattern: bits)
            default: result.3 = Int64(bitPattern: bits)
            }
        }
        return true
    }

    private mutating func time(_ step: ProtobufStepPointer, _ place: BytePointer, to node: ColumnNode) -> Bool {
        var parts: (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        guard numbers(place, &parts) else { return false }
        let value: Int64?
        switch step.pointee.operation {
        case .timestamp: value = ProtobufReader.timestamp(seconds: parts.0, nanos: parts.1)
        case .date:
            value =
                CivilDate(
                    year: parts.0, month: Int(clamping: parts.1), day: Int(clamping: parts.2)
                )?.days
        default: value = ProtobufReader.time(hours: parts.0, minutes: parts.1, seconds: parts.2, nanos: parts.3)
        }
        guard let value else { return fail(.outOfRange, place, node) != nil }
        if step.pointee.operation == .timestamp {
            node.pointee.append(int64: value)
        } else {
            guard let short = Int32(exactly: value) else { return fail(.outOfRange, place, node) != nil }
            node.pointee.append(int32: short)
        }
        return true
    }

    /// Whole milliseconds, towards the past.
    private static func timestamp(seconds: Int64, nanos: Int64) -> Int64? {
        guard nanos.magnitude < 1_000_000_000 else { return nil }
        let milliseconds = nanos / 1_000_000 - (nanos % 1_000_000 < 0 ? 1 : 0)
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, carry) = product.addingReportingOverflow(milliseconds)
        return overflow || carry ? nil : sum
    }

    private static func time(hours: Int64, minutes: Int64, seconds: Int64, nanos: Int64) -> Int64? {
        guard 0..<24 ~= hours, 0..<60 ~= minutes, 0..<60 ~= seconds, 0..<1_000_000_000 ~= nanos else { return nil }
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + nanos / 1_000_000
    }

    /// confluent.type.Decimal: the unscaled value, and how many of its digits are behind the point.
    private mutating func decimal(_ start: BytePointer, to node: ColumnNode) -> Bool {
        var place = start
        var (value, count): (BytePointer, Int) = (start, 0)
        var scale: Int32 = 0
        while place < end {
            var tag: UInt64 = 0
            guard let next = varint(place, &tag) else { return false }
            switch tag {
            case 1 &<< 3 | 2:
                guard let bytes = length(next, &count) else { return false }
                value = bytes
                place = bytes + count
            case 3 &<< 3:
                var bits: UInt64 = 0
                guard let behind = varint(next, &bits) else { return false }
                scale = Int32(truncatingIfNeeded: bits)
                place = behind
            default:
                guard let behind = skip(UInt8(truncatingIfNeeded: tag & 7), tag &>> 3, next) else { return false }
                place = behind
            }
        }
        guard let bits = DecimalBytes.value(value, count: count),
            let unscaled = DecimalBytes.rescaled(bits, Int(scale), node)
        else { return fail(.outOfRange, start, node) != nil }
        node.pointee.append(decimal: unscaled)
        return true
    }

    // MARK: Fields that are there more than once

    /// Makes way for a field that is there once more: the last one counts. Of messages the parts are one message, so
    /// that the whole message is read again, to its end.
    @inline(never)
    mutating func again(
        _ step: ProtobufStepPointer, _ steps: ProtobufMessagePointer, _ start: BytePointer, row: Int
    ) -> Bool {
        guard step.pointee.isMerged else {
            step.pointee.node?.pointee.truncate(to: row)
            return true
        }
        for index in 0..<steps.pointee.count {
            guard let node = steps.pointee.steps[index].node else { continue }
            // The children of lists go with them; those that have no row yet have what was appended to them.
            node.pointee.truncate(to: row)
        }
        return merged(steps, start, row: row)
    }

    /// `message` where messages come in parts.
    private mutating func merged(_ steps: ProtobufMessagePointer, _ start: BytePointer, row: Int) -> Bool {
        var parts: [Int: [UnsafeBufferPointer<UInt8>]] = [:]
        var place = start
        while place < end {
            var tag: UInt64 = 0
            guard let next = varint(place, &tag) else { return false }
            let (wire, number) = (UInt8(truncatingIfNeeded: tag & 7), tag &>> 3)
            let index = (0..<steps.pointee.count).first { isStep($0, of: number, steps) }
            guard let index, accepts(steps.pointee.steps + index, wire) else {
                guard let behind = skip(wire, number, next) else { return false }
                place = behind
                continue
            }
            let step = steps.pointee.steps + index
            if step.pointee.oneof >= 0 {
                step.pointee.takeBackOthers(row: row)
                for other in 0..<steps.pointee.count
                where other != index && steps.pointee.steps[other].oneof == step.pointee.oneof {
                    parts[other] = nil
                }
            }
            if step.pointee.isMerged {
                var count = 0
                guard let bytes = length(next, &count) else { return false }
                parts[index, default: []].append(UnsafeBufferPointer(start: bytes, count: count))
                place = bytes + count
                continue
            }
            if !step.pointee.isRepeated, let node = step.pointee.node { node.pointee.truncate(to: row) }
            guard let behind = run(step, next, wire) else { return false }
            place = behind
        }
        for (index, pieces) in parts {
            guard whole(steps.pointee.steps + index, pieces) else { return false }
        }
        return finish(steps, end, row: row)
    }

    private func isStep(_ index: Int, of number: UInt64, _ steps: ProtobufMessagePointer) -> Bool {
        if number < UInt64(steps.pointee.tableCount) { return Int(steps.pointee.table[Int(number)]) == index + 1 }
        return steps.pointee.find(number) == steps.pointee.steps + index
    }

    private func accepts(_ step: ProtobufStepPointer, _ wire: UInt8) -> Bool {
        step.pointee.wire == wire || wire == 2 && step.pointee.isRepeated
    }

    /// A message that came in parts, which are one where they stand behind each other.
    private mutating func whole(_ step: ProtobufStepPointer, _ parts: [UnsafeBufferPointer<UInt8>]) -> Bool {
        guard let node = step.pointee.element else { return true }
        let bytes = parts.flatMap { Array($0) }
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + RawRecords.padding)
        defer { copy.deallocate() }
        copy.initialize(repeating: 0, count: bytes.count + RawRecords.padding)
        for (index, byte) in bytes.enumerated() { copy[index] = byte }
        let outer = end
        end = UnsafePointer(copy) + bytes.count
        defer { end = outer }
        guard nested(step, UnsafePointer(copy), to: node) else {
            // The copy is gone when the failure is told.
            failure.place = nil
            return false
        }
        return true
    }
}
