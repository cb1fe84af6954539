// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// Where columns come from that a statement does not name: a schema registry, or a directory of files. It is asked
/// while a program is bound.
package protocol Catalogue: Sendable {
    /// The newest schema of a subject: `orders-value`.
    func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema
    /// The schema of a number.
    func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema
}

/// Why there is no schema.
package struct CatalogueError: Error, Hashable, Sendable {
    package var message: String
    package var hint: String?
    package var code: ErrorCode

    package init(_ message: String, hint: String?, code: ErrorCode) {
        self.message = message
        self.hint = hint
        self.code = code
    }
}

/// Where nobody has named one.
package struct NoCatalogue: Catalogue {
    package init() {}

    package func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema { throw Self.error }
    package func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema { throw Self.error }

    private static let error = CatalogueError(
        "no schema registry is named to take columns from",
        hint: "say schema.registry.url in the configuration, --schema-registry URL, or --schemas DIR for schemas in "
            + "files; or write the columns",
        code: .noRegistry)
}
