// SPDX-License-Identifier: Apache-2.0

/// Values with parts.
extension AvroReader {
    mutating func runNested(_ step: AvroStepPointer, _ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        guard depth < AvroReader.deepest else { return fail(.malformed, place) }
        depth &+= 1
        defer { depth &-= 1 }
        guard let parts = step.pointee.parts else { return runWithoutParts(step, place, to: node) }
        switch step.pointee.operation {
        case .structure:
            guard let next = run(parts, count: step.pointee.partCount, place) else { return nil }
            node.pointee.appendStructure()
            return next
        case .union:
            guard let (branch, next) = branch(step, place) else { return nil }
            return run(parts + branch, next)
        case .enumeration:
            var symbol: Int32 = 0
            guard let next = shortInteger(place, &symbol) else { return nil }
            guard symbol >= 0, Int(symbol) < step.pointee.partCount else { return fail(.malformed, place) }
            return run(parts + Int(symbol), next)
        case .array: return array(parts, place, to: node)
        case .map, .entries: return map(step, parts, place, to: node)
        case .unionStructure: return unionStructure(step, parts, place, to: node)
        case .fallback: return fallback(step, parts, place)
        default: return skipParts(step, place)
        }
    }

    private mutating func runWithoutParts(
        _ step: AvroStepPointer, _ place: BytePointer, to node: ColumnNode
    ) -> BytePointer? {
        switch step.pointee.operation {
        case .structure:
            node.pointee.appendStructure()
            return place
        case .symbol:
            guard mayExpand(step.pointee.number), let bytes = step.pointee.bytes else {
                return fail(.outOfRange, place, node)
            }
            node.pointee.append(bytes: UnsafePointer(bytes), count: step.pointee.number)
            return place
        case .refuse: return refuse(step, place)
        default: return fail(.malformed, place)
        }
    }

    private mutating func branch(_ step: AvroStepPointer, _ place: BytePointer) -> (Int, BytePointer)? {
        var branch: Int64 = 0
        guard let next = integer(place, &branch) else { return nil }
        guard branch >= 0, branch < Int64(step.pointee.partCount) else {
            _ = fail(.malformed, place)
            return nil
        }
        return (Int(branch), next)
    }

    private mutating func array(_ part: AvroStepPointer, _ start: BytePointer, to node: ColumnNode) -> BytePointer? {
        var place = start
        var block = Block()
        while true {
            guard let next = self.block(place, &block) else { return nil }
            place = next
            if block.count == 0 {
                node.pointee.appendList()
                return place
            }
            for _ in 0..<block.count {
                guard let behind = run(part, place) else { return nil }
                place = behind
            }
            guard finish(block, place) else { return nil }
        }
    }

    /// A map, or an array of entries: of equal keys the last one stays.
    private mutating func map(
        _ step: AvroStepPointer, _ parts: AvroStepPointer, _ start: BytePointer, to node: ColumnNode
    ) -> BytePointer? {
        let keys = node.pointee.children
        let first = keys.pointee.count
        var place = start
        var block = Block()
        while true {
            guard let next = self.block(place, &block) else { return nil }
            place = next
            if block.count == 0 { break }
            for _ in 0..<block.count {
                let entry = place
                guard let behind = run(parts, count: step.pointee.partCount, place) else { return nil }
                place = behind
                if keys.pointee.isNull(keys.pointee.count - 1) { return fail(.wrongType, entry, keys) }
            }
            guard finish(block, place) else { return nil }
        }
        if keys.pointee.count - first > 1 { node.pointee.removeEqualKeys(from: first) }
        node.pointee.appendList()
        return place
    }

    private mutating func unionStructure(
        _ step: AvroStepPointer, _ parts: AvroStepPointer, _ place: BytePointer, to node: ColumnNode
    ) -> BytePointer? {
        guard let (branch, next) = branch(step, place) else { return nil }
        let part = parts + branch
        if part.pointee.operation == .null {
            node.pointee.appendNull()
            return next
        }
        let children = node.pointee.children
        let field = part.pointee.number
        guard let inner = part.pointee.parts, let behind = run(inner, next) else { return nil }
        for index in 0..<node.pointee.childCount where index != field { children[index].appendNull() }
        node.pointee.appendStructure()
        return behind
    }

    /// Reads the bytes of a default in place of what the record does not have.
    private mutating func fallback(
        _ step: AvroStepPointer, _ part: AvroStepPointer, _ place: BytePointer
    ) -> BytePointer? {
        guard mayExpand(step.pointee.number), let bytes = step.pointee.bytes else {
            return fail(.outOfRange, place, step.pointee.node)
        }
        let outer = end
        end = UnsafePointer(bytes) + step.pointee.number
        defer { end = outer }
        guard run(part, UnsafePointer(bytes)) != nil else { return fail(.outOfRange, place, step.pointee.node) }
        return place
    }
}
