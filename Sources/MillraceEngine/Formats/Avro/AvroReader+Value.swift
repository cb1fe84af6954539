// SPDX-License-Identifier: Apache-2.0

/// Values that are read, into columns.
extension AvroReader {
    /// Steps one after the other.
    @inline(never)
    mutating func run(_ steps: AvroStepPointer, count: Int, _ start: BytePointer) -> BytePointer? {
        runHere(steps, count: count, start)
    }

    /// One step, wherever it stands.
    @inline(__always)
    mutating func run(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? { run(step, count: 1, place) }

    /// `run`, written out where it is called.
    @inline(__always)
    mutating func runHere(_ steps: AvroStepPointer, count: Int, _ start: BytePointer) -> BytePointer? {
        var place = start
        var step = steps
        let last = steps + count
        while step < last {
            if step.pointee.isOptional {
                guard place < end else { return fail(.malformed, place) }
                let branch = place.pointee
                place += 1
                if branch != step.pointee.valueByte {
                    guard branch == step.pointee.nullByte else { return fail(.malformed, place - 1) }
                    step.pointee.node?.pointee.appendNull()
                    step += 1
                    continue
                }
            }
            var next: BytePointer?
            switch step.pointee.operation {
            case .int64:
                guard let node = step.pointee.node else { return nil }
                var value: Int64 = 0
                next = integer(place, &value)
                if next != nil { node.pointee.append(int64: value) }
            case .int32:
                guard let node = step.pointee.node else { return nil }
                var value: Int32 = 0
                next = shortInteger(place, &value)
                if next != nil { node.pointee.append(int32: value) }
            case .double:
                guard let node = step.pointee.node, end - place >= 8 else { return fail(.malformed, place) }
                node.pointee.append(double: Double(bitPattern: place.word))
                next = place + 8
            case .text:
                guard let node = step.pointee.node else { return nil }
                var count = 0
                next = length(place, &count)
                if let start = next { next = text(start, count: count, to: node) }
            case .skipRun:
                guard let skips = step.pointee.skips else { return nil }
                next = skipRun(skips, count: step.pointee.number, place)
            default: next = runOther(step, place)
            }
            guard let next else { return nil }
            place = next
            step += 1
        }
        return place
    }

    @inline(never)
    private mutating func runOther(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        guard let node = step.pointee.node else { return runWithoutColumn(step, place) }
        switch step.pointee.operation {
        case .null:
            node.pointee.appendNull()
            return place
        case .boolean:
            guard place < end, place.pointee <= 1 else { return fail(.malformed, place) }
            node.pointee.append(boolean: place.pointee == 1)
            return place + 1
        case .time, .timestamp: return time(step, place, to: node)
        case .doubleOfFloat:
            guard end - place >= 4 else { return fail(.malformed, place) }
            let bits = UInt32(truncatingIfNeeded: place.word)
            node.pointee.append(double: Double(Float(bitPattern: bits)))
            return place + 4
        case .doubleOfInteger:
            var value: Int64 = 0
            guard let next = integer(place, &value) else { return nil }
            node.pointee.append(double: Double(value))
            return next
        case .bytes, .fixedText, .fixedBytes, .decimal: return bytes(step, place, to: node)
        case .booleanText:
            guard place < end, place.pointee <= 1 else { return fail(.malformed, place) }
            let word: StaticString = place.pointee == 1 ? "true" : "false"
            node.pointee.append(bytes: word.utf8Start, count: word.utf8CodeUnitCount)
            return place + 1
        case .integerText: return integerText(place, to: node)
        default: return runNested(step, place, to: node)
        }
    }

    private mutating func time(_ step: AvroStepPointer, _ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        var value: Int64 = 0
        guard let next = integer(place, &value) else { return nil }
        let divisor = Int64(step.pointee.number)
        // Towards the past, as calendars do.
        if divisor > 1 { value = value / divisor - (value % divisor < 0 ? 1 : 0) }
        if step.pointee.operation == .timestamp {
            node.pointee.append(int64: value)
        } else {
            guard value >= 0, value < 86_400_000 else { return fail(.outOfRange, place, node) }
            node.pointee.append(int32: Int32(truncatingIfNeeded: value))
        }
        return next
    }

    private mutating func bytes(_ step: AvroStepPointer, _ start: BytePointer, to node: ColumnNode) -> BytePointer? {
        var place = start
        var count = step.pointee.number
        let operation = step.pointee.operation
        if operation == .bytes || count < 0 {
            guard let next = length(place, &count) else { return nil }
            place = next
        } else if end - place < count {
            return fail(.malformed, place)
        }
        switch operation {
        case .fixedText: return text(place, count: count, to: node)
        case .decimal: return decimal(place, count: count, scale: step.pointee.scale, to: node)
        default:
            node.pointee.append(bytes: place, count: count)
            return place + count
        }
    }

    /// A step of the root that has no column of its own.
    private mutating func runWithoutColumn(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        switch step.pointee.operation {
        case .record:
            guard let parts = step.pointee.parts else { return place }
            return run(parts, count: step.pointee.partCount, place)
        case .refuse: return refuse(step, place)
        default: return skipParts(step, place)
        }
    }

    @inline(never)
    mutating func refuse(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        _ = fail(.unresolvable, place, step.pointee.node)
        failure.note = step.pointee.number
        return nil
    }
}
