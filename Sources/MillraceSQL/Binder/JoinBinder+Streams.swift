// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The join of two streams.
extension JoinBinder {
    /// A join of two streams, and what is compared as it was written: before it was widened to the other side's type.
    struct BoundPairing {
        var join: StreamJoin
        /// For each comparison what the result's key may be written as, the first one is named in messages.
        var keys: [[Expression]]
        /// The same, as text for messages.
        var names: [String]
    }

    /// How rows of the input are paired with those of another stream; nil: they are not.
    func pairing(_ expressions: inout ExpressionBinder) throws(SourceError) -> BoundPairing? {
        guard pairsStreams, let part = parts.first, let within = part.syntax.within else { return nil }
        let columns = expressions.scope.parts[1].columns
        var pairing = BoundPairing(
            join: StreamJoin(
                kind: part.syntax.kind, stream: part.source.name, leftKey: [], rightKey: [],
                before: within.before.milliseconds, after: within.after.milliseconds,
                grace: within.grace?.milliseconds ?? QueryBinder.graceOfChanges, graceIsDefault: within.grace == nil,
                firstColumn: columns.lowerBound, columnCount: columns.count), keys: [], names: [])
        for condition in part.syntax.condition.conjuncts {
            try add(condition, part, columns, to: &pairing, &expressions)
        }
        return pairing
    }

    private func add(
        _ condition: ExpressionSyntax, _ part: Part, _ columns: Range<Int>, to pairing: inout BoundPairing,
        _ expressions: inout ExpressionBinder
    ) throws(SourceError) {
        guard case .compare(.equal, let first, let second) = condition.node else { throw uncompared(part, condition) }
        let firstSide = try stream(of: first, columns, &expressions)
        let secondSide = try stream(of: second, columns, &expressions)
        let (left, right): (ExpressionSyntax, ExpressionSyntax)
        switch (firstSide, secondSide) {
        case (.left, .right): (left, right) = (first, second)
        case (.right, .left): (left, right) = (second, first)
        default: throw uncompared(part, condition)
        }
        let (own, other) = (try bind(left, &expressions), try bind(right, &expressions))
        guard let common = Coercion.common(own.type, other.type), let widenedOwn = Coercion.widened(own, to: common),
            let widenedOther = Coercion.widened(other, to: common)
        else {
            throw SourceError(
                "\(own.type.sqlName) is not compared with \(other.type.sqlName)", at: condition.start,
                hint: "write CAST(… AS \(own.type.sqlName)) around the other side")
        }
        if case .map = common { throw SourceError("a MAP cannot be a key", at: condition.start) }
        pairing.join.leftKey.append(widenedOwn)
        pairing.join.rightKey.append(widenedOther)
        switch part.syntax.kind {
        case .inner: pairing.keys.append([own, other])
        case .left: pairing.keys.append([own])
        case .right: pairing.keys.append([other])
        case .full:
            let name = NameSyntax(text: FunctionNames.joinKey, location: condition.start)
            let key = try ExpressionSyntax(.call(name, [left, right]), at: condition.start, children: [left, right])
            pairing.keys.append([try bind(key, &expressions)])
        }
        let (ownName, otherName) = (Self.name(left), Self.name(right))
        switch part.syntax.kind {
        case .inner, .left: pairing.names.append(ownName)
        case .right: pairing.names.append(otherName)
        case .full: pairing.names.append("\(FunctionNames.joinKey)(\(ownName), \(otherName))")
        }
    }

    /// A column as it was written.
    private static func name(_ syntax: ExpressionSyntax) -> String {
        guard case .column(let qualifier, let name) = syntax.node else { return "what ON compares" }
        return (qualifier.map { "\($0.text)." } ?? "") + name.text
    }

    private enum Stream { case left, right, both, none }

    /// Which of the two streams an expression is of.
    private func stream(
        of syntax: ExpressionSyntax, _ columns: Range<Int>, _ expressions: inout ExpressionBinder
    ) throws(SourceError) -> Stream {
        _ = try bind(syntax, &expressions)
        let scan = expressions.scope.scan
        var (isLeft, isRight) = (false, false)
        for scanned in expressions.references.keys {
            guard case .column(let index) = scan[scanned] else {
                throw SourceError(
                    "the time of a joined row is not known in ON", at: syntax.start,
                    hint: "rows are joined that are near in time: say how near with WITHIN")
            }
            if columns.contains(index) { isRight = true } else { isLeft = true }
        }
        return isLeft ? (isRight ? .both : .left) : isRight ? .right : .none
    }

    private func bind(
        _ syntax: ExpressionSyntax, _ expressions: inout ExpressionBinder
    ) throws(SourceError) -> Expression {
        try expressions.bind(syntax, in: .row(clause: "ON"), for: "ON")
    }

    private func uncompared(_ part: Part, _ condition: ExpressionSyntax) -> SourceError {
        SourceError(
            "ON must compare something of \(alias?.text ?? input.name) by = with something of \(part.qualifier)",
            at: condition.start, hint: "other conditions go to WHERE")
    }
}
