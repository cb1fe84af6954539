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

    /// `message` for records in which a message comes in parts, or something cannot be read: what a later field takes
    /// the place of is no value and is not read, and the parts of a message are one message. Passes over the fields
    /// first, then reads what they have left.
    @inline(never)
    mutating func carefully(_ steps: ProtobufMessagePointer, _ start: BytePointer, row: Int) -> Bool {
        var parts: [Int: [Part]] = [:]
        var place = start
        while place < end {
            var tag: UInt64 = 0
            guard let next = varint(place, &tag) else { return false }
            let (wire, number) = (UInt8(truncatingIfNeeded: tag & 7), tag &>> 3)
            guard let behind = skip(wire, number, next) else { return false }
            place = behind
            guard let index = steps.pointee.index(of: number) else { continue }
            let step = steps.pointee.steps + index
            guard step.pointee.wire == wire || wire == 2 && step.pointee.isRepeated else { continue }
            if step.pointee.oneof >= 0 {
                for other in 0..<steps.pointee.count
                where other != index && steps.pointee.steps[other].oneof == step.pointee.oneof {
                    parts[other] = nil
                }
            }
            let part = Part(place: next, end: behind, wire: wire)
            if step.pointee.isRepeated || step.pointee.isMerged {
                parts[index, default: []].append(part)
            } else {
                parts[index] = [part]
            }
        }
        for index in 0..<steps.pointee.count {
            guard let found = parts[index] else { continue }
            let step = steps.pointee.steps + index
            if step.pointee.isMerged, found.count > 1 {
                guard whole(step, found) else { return false }
                continue
            }
            for part in found {
                guard run(step, part.place, part.wire) != nil else { return false }
            }
        }
        return finish(steps, end, row: row)
    }

    /// A field behind its tag.
    private struct Part {
        var place: BytePointer
        var end: BytePointer
        var wire: UInt8
    }

    /// A message that came in parts, which are one where they stand behind each other.
    private mutating func whole(_ step: ProtobufStepPointer, _ parts: [Part]) -> Bool {
        guard let node = step.pointee.element else { return true }
        var bytes: [UInt8] = []
        for part in parts {
            var count = 0
            guard let content = length(part.place, &count) else { return false }
            bytes.append(contentsOf: UnsafeBufferPointer(start: content, count: count))
        }
        let count = bytes.count
        bytes.append(contentsOf: [UInt8](repeating: 0, count: RawRecords.padding))
        let outer = end
        defer { end = outer }
        return bytes.withUnsafeBufferPointer { buffer in
            guard let copy = buffer.baseAddress else { return false }
            end = copy + count
            if nested(step, copy, to: node) { return true }
            // The copy is gone when the failure is told.
            failure.place = nil
            return false
        }
    }
}
