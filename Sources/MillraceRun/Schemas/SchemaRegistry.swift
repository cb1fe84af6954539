// SPDX-License-Identifier: Apache-2.0
package import MillracePlan
package import MillraceReport

/// Where the schemas of records come from, and those of results go to. What runs knows a registry by this alone; it is
/// asked from threads of its own, so that it may take its time.
package protocol SchemaRegistry: Sendable {
    /// The registry as messages name it.
    var place: String { get }
    /// The schema that records with this number were written by.
    func schema(id: Int32) throws(SchemaFailure) -> RegisteredSchema
    /// Whether it has any schema under this name.
    func hasSubject(_ subject: String) throws(SchemaFailure) -> Bool
    /// What speaks against a schema as the next one of a subject, in the registry's own words; empty: nothing.
    func objections(to schema: RegisteredSchema, in subject: String) throws(SchemaFailure) -> [String]
    /// Makes it the newest one of a subject, unless it is there.
    /// - Returns: its number.
    func register(_ schema: RegisteredSchema, in subject: String) throws(SchemaFailure) -> Int32
}

/// Why a registry has not done what it was asked for.
package struct SchemaFailure: Error, Sendable {
    /// As the end of a run.
    package var failure: RunFailure
    /// Whether it may be otherwise in a moment: a registry that is away is waited for.
    package var isTransient: Bool
    /// Whether the registry has no such schema: then records are bad, and not the run.
    package var isUnknown: Bool

    package init(_ failure: RunFailure, isTransient: Bool, isUnknown: Bool) {
        self.failure = failure
        self.isTransient = isTransient
        self.isUnknown = isUnknown
    }
}
