// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// One part of ORDER BY: the place or the name of an item of the SELECT, or an expression of its own.
struct OrderBinder {
    enum Bound {
        /// An item of the SELECT.
        case shown(Int)
        /// What the SELECT does not show.
        case hidden(SelectList.Item)
    }

    private let part: SelectSyntax.Order
    private let items: [SelectList.Item]

    /// - Parameter items: those of the SELECT.
    init(_ part: SelectSyntax.Order, _ items: [SelectList.Item]) {
        self.part = part
        self.items = items
    }

    func bound(
        by expressions: inout ExpressionBinder, in place: ExpressionBinder.Place
    ) throws(SourceError) -> Bound {
        let syntax = part.expression
        switch syntax.node {
        case .integer(let digits):
            guard let number = Int(digits), items.indices.contains(number - 1) else {
                throw SourceError(
                    "ORDER BY \(digits): the SELECT has \(items.count) columns", at: syntax.start,
                    hint: "name the column")
            }
            return .shown(number - 1)
        case .column(nil, let name):
            if let index = items.firstIndex(where: { $0.name == name.text }) { return .shown(index) }
        default: break
        }
        let expression = try expressions.bind(syntax, in: place, for: "ORDER BY")
        if let index = items.firstIndex(where: { $0.expression == expression }) { return .shown(index) }
        return .hidden(
            SelectList.Item(
                name: "", expression: expression, location: syntax.start, isValueCopy: false,
                references: expressions.references))
    }
}
