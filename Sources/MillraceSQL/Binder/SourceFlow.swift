// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Which source's rows reach which one, through the queries of a program.
struct SourceFlow {
    /// By sink: the inputs of its queries, with the query's name.
    private var inputs: [String: [(source: String, query: String)]] = [:]
    /// By topic: the sources over it.
    private var sources: [String: [String]] = [:]

    mutating func add(_ source: SourceDefinition) { sources[source.topic, default: []].append(source.name) }

    mutating func add(from input: String, to sink: String, query: String) {
        inputs[sink, default: []].append((input, query))
    }

    /// The sources whose rows reach a source, itself included.
    func upstream(of source: String) -> Set<String> {
        var found: Set<String> = [source]
        var open = [source]
        while let next = open.popLast() {
            for (input, _) in inputs[next] ?? [] where found.insert(input).inserted { open.append(input) }
        }
        return found
    }

    /// Whether the records of a topic reach a source.
    func isFed(_ source: String, by topic: String) -> Bool {
        // Of most topics nothing is known, because they are to be made.
        guard let over = sources[topic] else { return false }
        return !upstream(of: source).isDisjoint(with: over)
    }

    /// A source over a topic that a query makes.
    func sink(over topic: String) -> String? { sources[topic]?.first { inputs[$0] != nil } }

    /// The query that makes a source, if any does.
    func query(writing source: String) -> String? { inputs[source]?.first?.query }

    /// The queries in an order in which each stands behind those that it reads from, and otherwise as they are.
    func inOrder(_ queries: [QueryPlan]) -> [QueryPlan] {
        var writers: [String: [Int]] = [:]
        for (index, query) in queries.enumerated() { writers[query.sink.name, default: []].append(index) }
        var order: [Int] = []
        var seen = [Bool](repeating: false, count: queries.count)
        for index in queries.indices where !seen[index] {
            // Depth first, without recursion: a chain may be as long as the program.
            var path = [index]
            seen[index] = true
            while let next = path.last {
                if let writer = writers[queries[next].input]?.first(where: { !seen[$0] }) {
                    seen[writer] = true
                    path.append(writer)
                } else {
                    order.append(next)
                    path.removeLast()
                }
            }
        }
        return order.map { queries[$0] }
    }
}
