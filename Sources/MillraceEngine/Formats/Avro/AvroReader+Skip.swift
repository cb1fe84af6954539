// SPDX-License-Identifier: Apache-2.0

/// What is not read: passed over, but for its length it has to be valid.
extension AvroReader {
    /// Values without parts. Where a byte leads behind the end, it is no further than may be looked at: one comparison
    /// with the end a value is enough.
    @inline(never)
    mutating func skipRun(_ skips: AvroSkipPointer, count: Int, _ start: BytePointer) -> BytePointer? {
        let end = end
        var place = start
        var skip = skips
        let last = skips + count
        while skip < last {
            switch skip.pointee.kind {
            case .numbers:
                for _ in 1..<skip.pointee.count {
                    place = behindNumber(place)
                    if place > end { return fail(.malformed, start) }
                }
                place = behindNumber(place)
            case .bytes:
                for _ in 1..<skip.pointee.count {
                    place = behindBytes(place)
                    if place > end { return fail(.malformed, start) }
                }
                place = behindBytes(place)
            case .fixed: place = behindFixed(skip, place)
            case .optionalNumber:
                place = isThere(skip, place) ? behindNumber(place + 1) : behindNull(skip, place)
            case .optionalBytes:
                place = isThere(skip, place) ? behindBytes(place + 1) : behindNull(skip, place)
            case .optionalFixed:
                place = isThere(skip, place) ? behindFixed(skip, place + 1) : behindNull(skip, place)
            }
            if place > end { return fail(.malformed, start) }
            skip += 1
        }
        return place
    }

    // Where a value ends; behind the end: it is bad.

    @inline(__always)
    private func isThere(_ skip: AvroSkipPointer, _ place: BytePointer) -> Bool {
        place.pointee == skip.pointee.valueByte
    }

    @inline(__always)
    private func behindNull(_ skip: AvroSkipPointer, _ place: BytePointer) -> BytePointer {
        place.pointee == skip.pointee.nullByte ? place + 1 : end + 1
    }

    @inline(__always)
    private func behindFixed(_ skip: AvroSkipPointer, _ place: BytePointer) -> BytePointer {
        end - place >= skip.pointee.count ? place + skip.pointee.count : end + 1
    }

    @inline(__always)
    private mutating func behindBytes(_ place: BytePointer) -> BytePointer {
        // A byte is a length of up to 63; an odd one is negative.
        let first = place.pointee
        return first & 0x81 == 0 ? place + (Int(first &>> 1) &+ 1) : behindLongBytes(place)
    }

    @inline(never)
    private mutating func behindLongBytes(_ place: BytePointer) -> BytePointer {
        var count = 0
        return length(place, &count).map { $0 + count } ?? end + 1
    }

    @inline(__always)
    private mutating func behindNumber(_ place: BytePointer) -> BytePointer {
        if place.pointee < 0x80 { return place + 1 }
        let stops = ~place.word & ByteWords.highBits
        return stops != 0 ? place + (ByteWords.firstIndex(stops) &+ 1) : behindLongNumber(place)
    }

    @inline(never)
    private mutating func behindLongNumber(_ place: BytePointer) -> BytePointer {
        var value: UInt64 = 0
        return varint(place, &value) ?? end + 1
    }

    @inline(never)
    mutating func skipParts(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        guard depth < AvroReader.deepest else { return fail(.malformed, place) }
        depth &+= 1
        defer { depth &-= 1 }
        guard let parts = step.pointee.parts else { return place }
        switch step.pointee.operation {
        case .skipRecord:
            return run(parts, count: step.pointee.partCount, place)
        case .skipUnion:
            var branch: Int64 = 0
            guard let next = integer(place, &branch) else { return nil }
            guard branch >= 0, branch < Int64(step.pointee.partCount) else { return fail(.malformed, place) }
            return run(parts + Int(branch), next)
        default: return skipItems(step, parts, place)
        }
    }

    /// An array, or a map, whose items have a name first.
    private mutating func skipItems(
        _ step: AvroStepPointer, _ part: AvroStepPointer, _ start: BytePointer
    ) -> BytePointer? {
        let isMap = step.pointee.operation == .skipMap
        var place = start
        while true {
            var count: Int64 = 0
            guard let next = integer(place, &count) else { return nil }
            place = next
            if count == 0 { return place }
            if count < 0 {
                // Its bytes are counted.
                var size = 0
                guard let behind = length(place, &size) else { return nil }
                place = behind + size
                continue
            }
            guard count <= Int64(items) else { return fail(.malformed, place) }
            items &-= Int(count)
            for _ in 0..<count {
                if isMap {
                    var size = 0
                    guard let behind = length(place, &size) else { return nil }
                    place = behind + size
                }
                guard let behind = run(part, place) else { return nil }
                place = behind
            }
        }
    }
}
