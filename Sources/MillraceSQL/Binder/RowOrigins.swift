// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// Whether a row of a source stands for one record of a topic, and a record for one row of it.
struct RowOrigins {
    private struct Writers {
        var count = 0
        /// Of the first one: it makes at most one row of each record.
        var areSingle: Bool
    }

    /// By source.
    private var writers: [String: Writers] = [:]
    /// How many INSERT INTO there are in the program, by what they write.
    private var insertions: [String: Int] = [:]
    /// Streams and tables that are declared with columns.
    private var declared: Set<String> = []

    mutating func noteInsertion(into sink: String) { insertions[sink, default: 0] += 1 }

    mutating func noteDeclaration(_ source: String) { declared.insert(source) }

    /// A query behind those that write its input.
    mutating func noteQuery(_ operation: QueryPlan.Operation, from input: String, into sink: String) {
        guard writers[sink] == nil else {
            writers[sink]?.count += 1
            return
        }
        var isProjection = false
        if case .project = operation { isProjection = true }
        writers[sink] = Writers(count: 1, areSingle: isProjection && areSingle(input))
    }

    /// A sink whose rows are those of a source that is declared over its topic, too.
    mutating func noteEdge(from sink: String, into source: String) {
        guard writers[source] == nil else {
            writers[source]?.count += 1
            return
        }
        writers[source] = Writers(count: 1, areSingle: areSingle(sink))
    }

    /// What tells a query from the others that it may share records with; nil where a record of its input may have
    /// several rows, or a row several records.
    func identity(reading input: String, into sink: String) -> String? {
        if insertions[input] ?? 0 > 1 || !areSingle(input) { return nil }
        let earlier = writers[sink]?.count ?? 0
        return earlier == 0 ? sink : "\(sink)#\(earlier)"
    }

    private func areSingle(_ source: String) -> Bool {
        guard let writers = writers[source] else { return true }
        return insertions[source] ?? 0 < (declared.contains(source) ? 2 : 1) && writers.areSingle
    }
}
