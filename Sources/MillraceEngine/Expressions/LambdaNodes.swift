// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What FILTER and TRANSFORM have in common: the lambda is evaluated over the elements of all rows, some at a time, and
/// what comes of them is put together to one array or map a row.
class ElementwiseNode: ExpressionNode {
    let out: Column
    let tally: FailureTally
    private let batch: ElementBatch
    /// By row: where in the results those of its elements end.
    private var ends: [Int32] = []

    init(_ call: LambdaCall, _ tally: FailureTally) {
        batch = ElementBatch(call)
        out = Column(call.result)
        self.tally = tally
        super.init(call.result, call.outside.map(ExpressionCompiler.compile))
    }

    /// The columns that what comes of the elements is appended to, all of one length.
    var results: [Column] { out.children }

    /// Appends what came of elements; `add` notes for each that its results end where the columns end now.
    /// - Parameters:
    ///   - bodies: what the lambda gave for them.
    ///   - parts: of the collection.
    func take(_ bodies: [Column], _ elements: [Int32], _ parts: [Column], _ add: (_ element: Int, _ end: Int) -> Void) {
        preconditionFailure("a lambda without a result")
    }

    /// Appends a row whose results are these.
    func finish(_ row: Int, _ range: Range<Int>) {
        let isTooLarge = results.reduce(0) { $0 + $1.payloadBytes(range) } > ValueLimit.bytes
        if isTooLarge { tally.counts.add(.overflow) }
        out.appendList(endingAt: range.upperBound, isNull: isTooLarge)
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let collection = children[0].evaluate(input, selection)
        let captures = children.dropFirst().map { $0.evaluate(input, selection) }
        out.removeAll(keepingAtMost: ValueLimit.bytes)
        for column in results { column.removeAll(keepingAtMost: ValueLimit.bytes) }
        ends.removeAll(keepingCapacity: true)
        ends.append(contentsOf: repeatElement(0, count: input.rows))
        let parts = collection.children
        let isUneven = (parts + captures).contains { column in
            switch column.layout {
            case .bits, .fixed: false
            default: true
            }
        }
        for position in 0..<selection.count {
            let row = Int(selection.indices[position])
            if collection.isNull(row) { continue }
            let first = Int(collection.offsets[row])
            let outer = isUneven ? ElementBatch.size(captures, row) : 0
            let begin = results[0].count
            for element in first..<Int(collection.offsets[row + 1]) {
                batch.append(element, of: row, size: isUneven ? outer + ElementBatch.size(parts, element) : 0)
                guard batch.isFull else { continue }
                flush(parts, captures, input)
                // More than a value may have: the row is NULL, whatever comes of the others.
                if results.reduce(0, { $0 + $1.payloadBytes(begin..<$1.count) }) > 2 * ValueLimit.bytes { break }
            }
        }
        if !batch.isEmpty { flush(parts, captures, input) }
        var end = 0
        out.fillRows(input.rows, selection) { row in
            if collection.isNull(row) { return out.appendNull() }
            let begin = end
            end = max(end, Int(ends[row]))
            finish(row, begin..<end)
        }
        tally.report(to: input.failures)
        return out
    }

    private func flush(_ parts: [Column], _ captures: [Column], _ input: EvaluationInput) {
        let bodies = batch.evaluate(parts, captures, input.failures)
        let rows = batch.rows
        take(bodies, batch.elements, parts) { element, end in
            ends[Int(rows[element])] = Int32(truncatingIfNeeded: end)
        }
        batch.removeAll()
    }
}

/// FILTER: the elements for which the lambda is true.
final class FilterNode: ElementwiseNode {
    override func take(
        _ bodies: [Column], _ elements: [Int32], _ parts: [Column], _ add: (_ element: Int, _ end: Int) -> Void
    ) {
        let (bits, nulls) = (BitSource(bodies[0]), NullSource(bodies[0]))
        for place in elements.indices where bits.at(place) == 1 && !nulls.isNull(place) {
            for (result, part) in zip(results, parts) { result.append(from: part, row: Int(elements[place])) }
            add(place, results[0].count)
        }
    }
}

/// TRANSFORM of an ARRAY.
final class TransformArrayNode: ElementwiseNode {
    override func take(
        _ bodies: [Column], _ elements: [Int32], _ parts: [Column], _ add: (_ element: Int, _ end: Int) -> Void
    ) {
        let begin = results[0].count
        results[0].append(first: elements.count, of: bodies[0])
        for place in elements.indices { add(place, begin + place + 1) }
    }
}

/// TRANSFORM of a MAP: of equal keys the last value wins, at the place of the first. A NULL key is a bad argument.
final class TransformMapNode: ElementwiseNode {
    private let entries: [Column]
    private var seen = KeyPlaces()

    override init(_ call: LambdaCall, _ tally: FailureTally) {
        entries = call.bodies.map { Column($0.type) }
        super.init(call, tally)
    }

    override var results: [Column] { entries }

    override func take(
        _ bodies: [Column], _ elements: [Int32], _ parts: [Column], _ add: (_ element: Int, _ end: Int) -> Void
    ) {
        let begin = results[0].count
        for (result, body) in zip(results, bodies) { result.append(first: elements.count, of: body) }
        for place in elements.indices { add(place, begin + place + 1) }
    }

    override func finish(_ row: Int, _ range: Range<Int>) {
        if entries.reduce(0, { $0 + $1.payloadBytes(range) }) > ValueLimit.bytes { return fail(.overflow) }
        if entries[0].nullCount > 0, range.contains(where: { entries[0].isNull($0) }) { return fail(.badArgument) }
        seen.collect(entries[0], range)
        for entry in range {
            guard let value = seen.value(of: entry) else { continue }
            out.children[0].append(from: entries[0], row: entry)
            out.children[1].append(from: entries[1], row: value)
        }
        out.appendList()
    }

    private func fail(_ failure: EvaluationFailure) {
        tally.counts.add(failure)
        out.appendNull()
    }
}

/// Which of a map's entries have a key that was there before.
private struct KeyPlaces {
    private var begin = 0
    /// By entry: where its value is; −1: its key was there before.
    private var values: [Int32] = []
    private var hasDoubles = false

    mutating func collect(_ keys: Column, _ range: Range<Int>) {
        begin = range.lowerBound
        hasDoubles = false
        if range.count < 2 { return }
        if case .variable = keys.layout, range.count <= 8 {
            let texts = BytesSource(keys)
            hasDoubles = range.contains { entry in
                (range.lowerBound..<entry).contains { BytesEqual().holds(texts.at($0), texts.at(entry)) }
            }
            if !hasDoubles { return }
        }
        hasDoubles = true
        values.removeAll(keepingCapacity: true)
        var places: [Value: Int] = [:]
        for entry in range {
            let place = places[keys.value(entry)]
            values.append(place == nil ? Int32(truncatingIfNeeded: entry) : -1)
            if let place {
                values[place - begin] = Int32(truncatingIfNeeded: entry)
            } else {
                places[keys.value(entry)] = entry
            }
        }
    }

    /// Where the value for the key of an entry is; nil: the key was there before.
    func value(of entry: Int) -> Int? {
        guard hasDoubles else { return entry }
        let place = values[entry - begin]
        return place < 0 ? nil : Int(place)
    }
}
