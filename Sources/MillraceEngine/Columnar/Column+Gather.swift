// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Rows of one column in the order of a list.
extension Column {
    /// Becomes the listed rows of another column of the same type.
    func gather(_ source: Column, _ rows: UnsafeBufferPointer<Int32>) {
        switch layout {
        case .fixed(4): gather(UInt32.self, source, rows)
        case .fixed(8): gather(UInt64.self, source, rows)
        case .fixed: gather(UInt128.self, source, rows)
        case .bits:
            prepare(rows: rows.count, valid: true)
            let (bits, target) = (BitSource(source), BitTarget(self))
            for place in 0..<rows.count { target.set(place, bits.at(Int(rows[place])) == 1) }
            gatherNulls(source, rows)
        case .variable:
            removeAll()
            reserve(rows.count)
            let (texts, nulls) = (BytesSource(source), NullSource(source))
            for place in 0..<rows.count {
                let row = Int(rows[place])
                if nulls.isNull(row) {
                    appendNull()
                } else {
                    let text = texts.at(row)
                    append(bytes: text.baseAddress, count: text.count)
                }
            }
        case .structure:
            prepare(rows: rows.count, valid: true)
            for (child, fields) in zip(children, source.children) { child.gather(fields, rows) }
            gatherNulls(source, rows)
        case .list:
            removeAll()
            reserve(rows.count)
            for row in rows { append(from: source, row: Int(row)) }
        }
    }

    @inline(__always)
    private func gather<Element: BitwiseCopyable>(
        _: Element.Type, _ source: Column, _ rows: UnsafeBufferPointer<Int32>
    ) {
        prepare(rows: rows.count, valid: true)
        let (from, to) = (FixedSource<Element>(source), data.assumingMemoryBound(to: Element.self))
        for place in 0..<rows.count { to[place] = from.at(Int(rows[place])) }
        gatherNulls(source, rows)
    }

    private func gatherNulls(_ source: Column, _ rows: UnsafeBufferPointer<Int32>) {
        if source.nullCount == 0 { return }
        let nulls = NullSource(source)
        for place in 0..<rows.count where nulls.isNull(Int(rows[place])) { setNull(place) }
    }

    /// Appends the first rows of another column of the same type.
    func append(first rows: Int, of source: Column) {
        switch layout {
        case .fixed(let width) where source.nullCount == 0:
            reserve(count + rows)
            memcpy(data + count * width, source.data, rows * width)
            for row in count..<count + rows { markValid(row) }
            count += rows
        case .variable:
            let (texts, nulls) = (BytesSource(source), NullSource(source))
            for row in 0..<rows {
                if nulls.isNull(row) {
                    appendNull()
                } else {
                    let text = texts.at(row)
                    append(bytes: text.baseAddress, count: text.count)
                }
            }
        default: for row in 0..<rows { append(from: source, row: row) }
        }
    }

    /// array, map: the children's rows that are a row's elements.
    @inline(__always)
    func elements(of row: Int) -> Range<Int> {
        isNull(row) ? 0..<0 : Int(offsets[row])..<Int(offsets[row + 1])
    }

    /// array, map: appends a row whose elements end at a row of the children, which are there already.
    func appendList(endingAt end: Int, isNull: Bool) {
        reserve(count + 1)
        offsets[count + 1] = Int32(truncatingIfNeeded: end)
        if isNull { markNull(count) } else { markValid(count) }
        count += 1
    }
}
