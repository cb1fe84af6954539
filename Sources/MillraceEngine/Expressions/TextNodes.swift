// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// LIKE.
final class LikeNode: ExpressionNode {
    private let pattern: LikePattern
    private let isConstant: Bool
    private let out = Column(.boolean)

    init(_ operand: ExpressionNode, pattern: ExpressionNode, escape: Unicode.Scalar?) {
        self.pattern = LikePattern(escape: escape)
        if let constant = pattern as? ConstantNode, !constant.value.isNull {
            isConstant = true
            self.pattern.compile(constant.single.bytes(0))
        } else {
            isConstant = false
        }
        super.init(.boolean, [operand, pattern])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let texts = children[0].evaluate(input, selection)
        let patterns = isConstant ? nil : children[1].evaluate(input, selection)
        out.prepare(rows: input.rows, nullsOf: texts, patterns)
        let (pattern, source, target, nulls) = (pattern, BytesSource(texts), BitTarget(out), NullSource(out))
        if let patterns {
            let patternSource = BytesSource(patterns)
            Rows(selection, of: input.rows).forEach { row in
                if nulls.isNull(row) { return }
                pattern.compile(patternSource.at(row))
                target.set(row, pattern.matches(source.at(row)))
            }
        } else if pattern.isLong {
            Rows(selection, of: input.rows).forEach { row in target.set(row, pattern.piecesMatch(source.at(row))) }
        } else {
            Rows(selection, of: input.rows).forEach { row in target.set(row, pattern.stepsMatch(source.at(row))) }
        }
        return out
    }
}

/// `||` on VARCHAR, BYTES and ARRAY.
final class ConcatenateNode: ExpressionNode {
    private let out: Column
    private let tally: FailureTally

    init(_ left: ExpressionNode, _ right: ExpressionNode, _ type: DataType, _ tally: FailureTally) {
        self.tally = tally
        out = Column(type)
        super.init(type, [left, right])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let left = children[0].evaluate(input, selection)
        let right = children[1].evaluate(input, selection)
        if case .array = type {
            appendLists(left, right, input, selection)
        } else {
            let (first, second) = (BytesSource(left), BytesSource(right))
            let (firstNulls, secondNulls) = (NullSource(left), NullSource(right))
            out.appendRows(input.rows, selection) { row in
                if firstNulls.isNull(row) || secondNulls.isNull(row) {
                    out.appendNull()
                } else {
                    let (head, tail) = (first.at(row), second.at(row))
                    if head.count &+ tail.count > ValueLimit.bytes { return noteTooLarge() }
                    out.append(bytes: head, tail)
                }
            }
        }
        tally.report(to: input.failures)
        return out
    }

    @inline(never)
    private func noteTooLarge() {
        tally.counts.add(.overflow)
        out.appendNull()
    }

    private func appendLists(_ left: Column, _ right: Column, _ input: EvaluationInput, _ selection: Selection) {
        out.appendRows(input.rows, selection) { row in
            if left.isNull(row) || right.isNull(row) { return out.appendNull() }
            let bytes = left.payloadBytes(row..<row + 1) + right.payloadBytes(row..<row + 1)
            if bytes > ValueLimit.bytes { return noteTooLarge() }
            for list in [left, right] {
                for element in Int(list.offsets[row])..<Int(list.offsets[row + 1]) {
                    out.children[0].append(from: list.children[0], row: element)
                }
            }
            out.appendList()
        }
    }
}
