// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// `a[i]`: 1-based, negative from the end; out of range gives NULL.
final class ArrayElementNode: ExpressionNode {
    private let out: Column

    init(_ array: ExpressionNode, _ index: ExpressionNode, _ type: DataType) {
        out = Column(type)
        super.init(type, [array, index])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let array = children[0].evaluate(input, selection)
        let index = children[1].evaluate(input, selection)
        let isWide = index.type == .bigint
        let elements = array.children[0]
        out.appendRows(input.rows, selection) { row in
            if array.isNull(row) || index.isNull(row) { return out.appendNull() }
            let (start, end) = (Int(array.offsets[row]), Int(array.offsets[row + 1]))
            let wanted = isWide ? Int(index.int64s[row]) : Int(index.int32s[row])
            let count = end - start
            if wanted == 0 || wanted > count || wanted < -count { return out.appendNull() }
            out.append(from: elements, row: wanted > 0 ? start + wanted - 1 : end + wanted)
        }
        return out
    }
}

/// `m['k']`; a missing key gives NULL.
final class MapElementNode: ExpressionNode {
    private let out: Column

    init(_ map: ExpressionNode, _ key: ExpressionNode, _ type: DataType) {
        out = Column(type)
        super.init(type, [map, key])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let map = children[0].evaluate(input, selection)
        let key = children[1].evaluate(input, selection)
        let (keys, values) = (map.children[0], map.children[1])
        out.appendRows(input.rows, selection) { row in
            if map.isNull(row) || key.isNull(row) { return out.appendNull() }
            let entries = Int(map.offsets[row])..<Int(map.offsets[row + 1])
            if let entry = MapElementNode.find(key, row, keys, entries) {
                out.append(from: values, row: entry)
            } else {
                out.appendNull()
            }
        }
        return out
    }

    private static func find(_ key: Column, _ row: Int, _ keys: Column, _ entries: Range<Int>) -> Int? {
        if case .variable = keys.layout {
            let (wanted, source) = (BytesSource(key).at(row), BytesSource(keys))
            return entries.first { !keys.isNull($0) && BytesEqual().holds(source.at($0), wanted) }
        }
        let wanted = key.value(row)
        return entries.first { ValueOrder.compare(keys.value($0), wanted) == 0 }
    }
}

/// `s->f`: the struct's own column. Where a struct is NULL, so are the rows of its fields: columns are built that way.
final class FieldNode: ExpressionNode {
    private let index: Int

    init(_ structure: ExpressionNode, _ index: Int, _ type: DataType) {
        self.index = index
        super.init(type, [structure])
    }

    override var isEager: Bool { children[0].isEager }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        children[0].evaluate(input, selection).children[index]
    }
}

extension [Column] {
    /// Whether what the columns have in a row is not too much for one value.
    fileprivate func fitsOneValue(_ row: Int) -> Bool {
        reduce(0) { $0 + $1.payloadBytes(row..<row + 1) } <= ValueLimit.bytes
    }
}

/// `ARRAY[…]`.
final class ArrayNode: ExpressionNode {
    private let out: Column
    private let tally: FailureTally

    init(_ elements: [ExpressionNode], _ type: DataType, _ tally: FailureTally) {
        self.tally = tally
        out = Column(type)
        super.init(type, elements)
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let sources = children.map { $0.evaluate(input, selection) }
        out.appendRows(input.rows, selection) { row in
            guard sources.fitsOneValue(row) else {
                tally.counts.add(.overflow)
                return out.appendNull()
            }
            for source in sources { out.children[0].append(from: source, row: row) }
            out.appendList()
        }
        tally.report(to: input.failures)
        return out
    }
}

/// `STRUCT(…)`.
final class StructureNode: ExpressionNode {
    private let out: Column
    private let tally: FailureTally

    init(_ fields: [ExpressionNode], _ type: DataType, _ tally: FailureTally) {
        self.tally = tally
        out = Column(type)
        super.init(type, fields)
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let sources = children.map { $0.evaluate(input, selection) }
        out.appendRows(input.rows, selection) { row in
            guard sources.fitsOneValue(row) else {
                tally.counts.add(.overflow)
                return out.appendNull()
            }
            for (child, source) in zip(out.children, sources) { child.append(from: source, row: row) }
            out.appendStructure()
        }
        tally.report(to: input.failures)
        return out
    }
}

/// `MAP(…)`: of equal keys the last value wins, at the place of the first. A NULL key is a bad argument.
final class MapNode: ExpressionNode {
    private let out: Column

    private let tally: FailureTally

    /// Keys and values in turn.
    init(_ items: [ExpressionNode], _ type: DataType, _ tally: FailureTally) {
        self.tally = tally
        out = Column(type)
        super.init(type, items)
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let sources = children.map { $0.evaluate(input, selection) }
        out.appendRows(input.rows, selection) { row in
            guard sources.fitsOneValue(row) else {
                tally.counts.add(.overflow)
                return out.appendNull()
            }
            var entries: [Value.MapEntry] = []
            for item in stride(from: 0, to: sources.count, by: 2) {
                let entry = Value.MapEntry(key: sources[item].value(row), value: sources[item + 1].value(row))
                if entry.key.isNull {
                    tally.counts.add(.badArgument)
                    return out.appendNull()
                }
                if let place = entries.firstIndex(where: { $0.key == entry.key }) {
                    entries[place] = entry
                } else {
                    entries.append(entry)
                }
            }
            out.append(.map(entries))
        }
        tally.report(to: input.failures)
        return out
    }
}
