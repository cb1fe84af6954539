// SPDX-License-Identifier: Apache-2.0

/// What is not read.
extension AvroReader {
    /// Passes over what a step stands for; all of it has to be valid in its length.
    @inline(__always)
    mutating func skip(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        switch step.pointee.operation {
        case .skipFixed: return skipFixed(step, place)
        case .skipVarints: return skipVarints(step.pointee.number, place)
        case .skipBytes: return skipBytes(place)
        case .skipOptional:
            guard place < end, let part = step.pointee.parts else { return fail(.malformed, place) }
            let branch = Int(place.pointee)
            if branch == step.pointee.number { return place + 1 }
            guard branch == 2 - step.pointee.number else { return fail(.malformed, place) }
            return part.pointee.operation == .skipBytes ? skipBytes(place + 1) : skipOther(part, place + 1)
        default: return skipParts(step, place)
        }
    }

    @inline(never)
    private mutating func skipOther(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        skip(step, place)
    }

    @inline(__always)
    private mutating func skipBytes(_ place: BytePointer) -> BytePointer? {
        var count = 0
        guard let next = length(place, &count) else { return nil }
        return next + count
    }

    @inline(__always)
    private mutating func skipFixed(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        guard end - place >= step.pointee.number else { return fail(.malformed, place) }
        return place + step.pointee.number
    }

    /// So many numbers one after the other.
    @inline(__always)
    private mutating func skipVarints(_ count: Int, _ start: BytePointer) -> BytePointer? {
        var place = start
        for _ in 0..<count {
            var value: UInt64 = 0
            guard let next = varint(place, &value) else { return nil }
            place = next
        }
        return place
    }

    @inline(never)
    private mutating func skipParts(_ step: AvroStepPointer, _ place: BytePointer) -> BytePointer? {
        guard depth < AvroReader.deepest else { return fail(.malformed, place) }
        depth &+= 1
        defer { depth &-= 1 }
        guard let parts = step.pointee.parts else { return place }
        switch step.pointee.operation {
        case .skipRecord:
            var place = place
            for index in 0..<step.pointee.partCount {
                guard let next = skip(parts + index, place) else { return nil }
                place = next
            }
            return place
        case .skipUnion:
            var branch: Int64 = 0
            guard let next = integer(place, &branch) else { return nil }
            guard branch >= 0, branch < Int64(step.pointee.partCount) else { return fail(.malformed, place) }
            return skip(parts + Int(branch), next)
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
                guard let behind = skip(part, place) else { return nil }
                place = behind
            }
        }
    }
}
