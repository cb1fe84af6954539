// SPDX-License-Identifier: Apache-2.0
package import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Schemas in files of one directory, each under the name of its subject: `orders-value.avsc`.
package struct SchemaFiles: Sendable {
    package let directory: String

    package init(_ directory: String) { self.directory = directory }

    /// The file of a subject.
    package func path(_ subject: String) -> String { "\(directory)/\(subject).avsc" }

    /// Nil: there is no file of this subject.
    package func schema(_ subject: String) throws(FileError) -> RegisteredSchema? {
        // A topic's name has no slashes, so that the path leads nowhere else.
        guard !subject.contains("/"), access(path(subject), F_OK) == 0 else { return nil }
        return RegisteredSchema(id: nil, subject: subject, text: try TextFile.read(path(subject)))
    }
}
