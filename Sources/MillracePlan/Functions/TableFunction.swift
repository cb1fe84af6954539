// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Functions that make several rows of one.
package enum TableFunction: String, Hashable, Sendable, CaseIterable {
    /// One row for each element of an ARRAY.
    case explode = "EXPLODE"
    /// One row for each way to leave elements of an ARRAY out.
    case cubeExplode = "CUBE_EXPLODE"

    /// How it is called, for the reference and for messages.
    package var usage: String {
        switch self {
        case .explode: "EXPLODE(array)"
        case .cubeExplode: "CUBE_EXPLODE(array)"
        }
    }

    package var summary: String {
        switch self {
        case .explode: "A row for each element; NULL and an empty array make none."
        case .cubeExplode:
            "A row for each choice of elements: the array with NULL in place of the others. Elements that are NULL "
                + "have no choice; NULL makes no row."
        }
    }

    /// The type of what stands in each row; nil: the function does not take the argument.
    package func result(of argument: DataType) -> DataType? {
        guard case .array(let element) = argument else { return nil }
        return self == .explode ? element : argument
    }

    /// So many elements of one array at most are made rows of, whatever the function; where there would be more the
    /// function fails on the row. 21 bits of a sub-offset are its.
    package static let mostRows = 1 << SubOffset.bits

    /// Of how many rows an array of so many elements, without those that are NULL, is the source; nil: of too many.
    package static func cubeRows(of elements: Int) -> Int? { elements <= SubOffset.bits ? 1 << elements : nil }
}

/// A call of a table function. What is made of a row are as many rows as the longest of a query's calls gives; the
/// others are NULL in the rows that they have nothing for.
package struct TableCall: Hashable, Sendable {
    package var function: TableFunction
    /// Over the scan, evaluated once for each row that passes the filter.
    package var argument: Expression
    package var result: DataType
    package var site: ExpressionSite

    package init(
        _ function: TableFunction, _ argument: Expression, result: DataType, at site: ExpressionSite = .unknown
    ) {
        self.function = function
        self.argument = argument
        self.result = result
        self.site = site
    }
}

/// Tells the rows that table functions have made of one record from each other, and orders them, as offsets do with
/// records: 21 bits for each query on the way that makes several rows of one, the first one's highest.
///
///     row 5 of a record, row 3 of that one      5 << 42 | 3 << 21
package enum SubOffset {
    package static let bits = 21
    /// How many queries on the way to a row may make several rows of one.
    package static let levels = 3

    /// - Parameter level: 1: the first such query.
    package static func shift(ofLevel level: Int) -> Int { bits * (levels - level) }
}
