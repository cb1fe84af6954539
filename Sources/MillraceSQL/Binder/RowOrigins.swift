// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// Whether a row of a source stands for one record of a topic, and a record for one row of it, or for rows that table
/// functions have made of it.
struct RowOrigins {
    private struct Writers {
        var count = 0
        /// Of the first one: it makes at most one row of each record, but for those that table functions make.
        var areSingle: Bool
    }

    /// What tells a query's rows from all others of the program.
    struct Identity: Hashable {
        /// Tells the query from the others that it may share records with.
        var name: String
        /// Whether a record of its input may have several rows, each with its own sub-offset.
        var isOfRows: Bool
    }

    /// Sources whose rows table functions have made.
    private var exploded: Set<String> = []
    /// By source.
    private var writers: [String: Writers] = [:]
    /// How many INSERT INTO there are in the program, by what they write.
    private var insertions: [String: Int] = [:]
    /// Streams and tables that are declared with columns.
    private var declared: Set<String> = []

    mutating func noteInsertion(into sink: String) { insertions[sink, default: 0] += 1 }

    mutating func noteDeclaration(_ source: String) { declared.insert(source) }

    /// A query behind those that write its input.
    mutating func noteQuery(_ query: BoundQuery, from input: String, into sink: String) {
        if exploded.contains(input) || !query.tableCalls.isEmpty || query.streamJoin != nil { exploded.insert(sink) }
        guard writers[sink] == nil else {
            writers[sink]?.count += 1
            return
        }
        var isProjection = false
        // A pair has two records.
        if case .project = query.operation, query.streamJoin == nil { isProjection = true }
        writers[sink] = Writers(count: 1, areSingle: isProjection && areSingle(input))
    }

    /// A sink whose rows are those of a source that is declared over its topic, too.
    mutating func noteEdge(from sink: String, into source: String) {
        if exploded.contains(sink) { exploded.insert(source) }
        guard writers[source] == nil else {
            writers[source]?.count += 1
            return
        }
        writers[source] = Writers(count: 1, areSingle: areSingle(sink))
    }

    /// What tells a query's rows from others; nil where several queries make rows of one record of its input, or a row
    /// has several records.
    func identity(reading input: String, into sink: String) -> Identity? {
        if insertions[input] ?? 0 > 1 || !areSingle(input) { return nil }
        let earlier = writers[sink]?.count ?? 0
        return Identity(name: earlier == 0 ? sink : "\(sink)#\(earlier)", isOfRows: exploded.contains(input))
    }

    private func areSingle(_ source: String) -> Bool {
        guard let writers = writers[source] else { return true }
        return insertions[source] ?? 0 < (declared.contains(source) ? 2 : 1) && writers.areSingle
    }
}
