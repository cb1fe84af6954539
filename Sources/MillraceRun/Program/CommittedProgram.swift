// SPDX-License-Identifier: Apache-2.0
package import MillraceEngine

/// What a commit of one input partition says about the program that made it: the queries that the partition feeds, and
/// what each of them computes.
///
///     r1f3a…,77d2…;qREVENUE:9f3a…:1a2b3c4d…,PAGES:77d2…::5016
///      │            │       │     │                      └ first offset, where it began in the middle of the log
///      │            │       │     └ clauses, 4 digits each; empty where the text would be too long
///      │            │       └ fingerprint
///      │            └ name of what it writes: other bytes than letters, digits, `_`, `.` and `-` as %XX
///      └ names of the topic's roots, in the order of the watermarks
package struct CommittedProgram: Hashable, Sendable {
    /// One query.
    package struct Query: Hashable, Sendable {
        package var identity: QueryIdentity
        /// It knows nothing of what is before. Nil: it was there from where the application began.
        package var firstOffset: Int64?

        package init(_ identity: QueryIdentity, firstOffset: Int64? = nil) {
            self.identity = identity
            self.firstOffset = firstOffset
        }
    }

    /// As `QueryGraph.rootNames`.
    package var roots: [UInt32]
    package var queries: [Query]

    package init(roots: [UInt32], queries: [Query]) {
        self.roots = roots
        self.queries = queries
    }

    /// A broker takes 4,096 bytes of metadata by default, and there is more in them.
    private static let longestText = 2800
    private static let longestName = 64

    /// Two tagged fields.
    var text: String {
        let roots = "r" + roots.map { String($0, radix: 16) }.joined(separator: ",")
        let whole = text(withClauses: true)
        return roots + ";q" + (whole.utf8.count <= CommittedProgram.longestText ? whole : text(withClauses: false))
    }

    private func text(withClauses: Bool) -> String {
        queries.map { query in
            let clauses = withClauses ? query.identity.clauses.map(CommittedProgram.digits).joined() : ""
            return CommittedProgram.encode(query.identity.name) + ":" + String(query.identity.fingerprint, radix: 16)
                + ":" + clauses + (query.firstOffset.map { ":\($0)" } ?? "")
        }.joined(separator: ",")
    }

    private static func digits(_ clause: UInt16) -> String {
        let text = String(clause, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }

    /// Nil where the texts, without their tags, are not of this form.
    init?(roots: Substring, queries: Substring) {
        self.roots = []
        self.queries = []
        for field in roots.split(separator: ",") {
            guard let root = UInt32(field, radix: 16) else { return nil }
            self.roots.append(root)
        }
        for field in queries.split(separator: ",") {
            guard let query = CommittedProgram.query(field) else { return nil }
            self.queries.append(query)
        }
    }

    private static func query(_ field: Substring) -> Query? {
        let parts = field.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, let fingerprint = UInt64(parts[1], radix: 16),
            let name = decode(parts[0]), parts[2].utf8.count % 4 == 0
        else { return nil }
        var clauses: [UInt16] = []
        var rest = parts[2]
        while !rest.isEmpty {
            guard let clause = UInt16(rest.prefix(4), radix: 16) else { return nil }
            clauses.append(clause)
            rest = rest.dropFirst(4)
        }
        let firstOffset = parts.count == 4 ? Int64(parts[3]) : nil
        guard parts.count == 3 || firstOffset != nil else { return nil }
        return Query(
            QueryIdentity(name: name, fingerprint: fingerprint, clauses: clauses), firstOffset: firstOffset)
    }

    // MARK: names

    /// A name as it comes back from a commit: a long one is cut.
    package static func committedName(_ name: String) -> String { decode(Substring(encode(name))) ?? name }

    private static func encode(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            let piece: String
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                piece = String(Unicode.Scalar(byte))
            default: piece = "%" + String(digits(UInt16(byte)).suffix(2))
            }
            if text.utf8.count + piece.utf8.count > longestName { break }
            text += piece
        }
        return text
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.first {
            rest = rest.dropFirst()
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard
                let decoded = Substring(rest.prefix(2)).utf8.count == 2
                    ? UInt8(Substring(rest.prefix(2)), radix: 16) : nil
            else { return nil }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
