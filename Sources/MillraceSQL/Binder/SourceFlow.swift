// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Which source's rows reach which one, through the queries of a program.
///
/// Whether a query would read what it writes is asked for each INSERT INTO, of programs with thousands. Where all of
/// them together make no ring, none does, and that is found out once; where some do, only what lies in a ring is looked
/// through (`Rings`).
struct SourceFlow {
    /// Sources and topics by number, in the order in which they are first named.
    private var sources = Numbering()
    private var topics = Numbering()
    /// By source: the sources that queries read to write it; the first query that does; its topic.
    private var inputs: [[Int]] = []
    private var writers: [String?] = []
    private var topicOf: [Int] = []
    /// By source: whether a query reads it.
    private var isRead: [Bool] = []
    /// Whether a source was read by a query above the first one that writes its topic.
    private(set) var isReadAboveWriter = false
    /// By topic: the sources over it.
    private var over: [[Int]] = []
    /// By topic: its ring, if what is still to come has been looked at.
    private var rings: Rings?

    mutating func add(_ source: SourceDefinition) {
        let number = sources.number(source.name)
        let topic = topics.number(source.topic)
        if number == inputs.count {
            inputs.append([])
            writers.append(nil)
            topicOf.append(topic)
            isRead.append(false)
        }
        topicOf[number] = topic
        if topic == over.count { over.append([]) }
        for other in over[topic] where writers[other] != nil { inputs[number].append(other) }
        over[topic].append(number)
    }

    mutating func add(from input: String, to sink: String, query: String) {
        guard let input = sources[input], let sink = sources[sink] else { return }
        inputs[sink].append(input)
        isRead[input] = true
        if writers[sink] == nil {
            writers[sink] = query
            // What else is over the topic has its rows, too.
            for other in over[topicOf[sink]] where other != sink {
                inputs[other].append(sink)
                if isRead[other] { isReadAboveWriter = true }
            }
        }
    }

    /// The other sources over the topic of one.
    func neighbours(of source: String) -> [String] {
        guard let number = sources[source] else { return [] }
        return over[topicOf[number]].filter { $0 != number }.map { sources.name($0) }
    }

    /// Those of them that queries write.
    func writtenNeighbours(of source: String) -> [String] {
        neighbours(of: source).filter { query(writing: $0) != nil }
    }

    /// The sources that are read, each with the sinks of others over its topic.
    var edges: [(reader: String, writers: [String])] {
        inputs.indices.compactMap { reader in
            guard isRead[reader] else { return nil }
            let sinks = writtenNeighbours(of: sources.name(reader))
            return sinks.isEmpty ? nil : (sources.name(reader), sinks)
        }
    }

    /// Looks at all that is still to be added: then it is known which topics feed each other.
    mutating func expect(_ inserts: [(from: String, to: String)]) {
        var readers = [[Int]](repeating: [], count: over.count)
        for sink in inputs.indices { for input in inputs[sink] { readers[topicOf[input]].append(topicOf[sink]) } }
        for insert in inserts {
            guard let input = sources[insert.from], let sink = sources[insert.to] else { continue }
            readers[topicOf[input]].append(topicOf[sink])
        }
        rings = Rings(readers)
    }

    /// Whether the records of a topic reach a source.
    func isFed(_ source: String, by topic: String) -> Bool {
        // Of most topics nothing is known, because they are to be made.
        guard let topic = topics[topic], let source = sources[source] else { return false }
        // What nobody reads reaches nothing.
        guard over[topic].contains(where: { isRead[$0] || $0 == source }) else { return false }
        let ring = rings?.ring(topic)
        if let rings, rings.ring(topicOf[source]) != ring { return false }
        var seen = [Bool](repeating: false, count: inputs.count)
        seen[source] = true
        var open = [source]
        while let next = open.popLast() {
            if topicOf[next] == topic { return true }
            for input in inputs[next] where !seen[input] && (ring == nil || rings?.ring(topicOf[input]) == ring) {
                seen[input] = true
                open.append(input)
            }
        }
        return false
    }

    /// A source over a topic that a query makes.
    func sink(over topic: String) -> String? {
        topics[topic].flatMap { over[$0].first { writers[$0] != nil } }.map { sources.name($0) }
    }

    /// The query that makes a source, if any does.
    func query(writing source: String) -> String? { sources[source].flatMap { writers[$0] } }

    /// The queries in an order in which each stands behind those that it reads from, and otherwise as they are.
    func inOrder(_ queries: [QueryPlan], _ edges: [TopicEdge]) -> [QueryPlan] {
        var writers: [String: [Int]] = [:]
        for (index, query) in queries.enumerated() { writers[query.sink.name, default: []].append(index) }
        let own = writers
        for edge in edges { writers[edge.reader, default: []] += own[edge.writer] ?? [] }
        var order: [Int] = []
        var seen = [Bool](repeating: false, count: queries.count)
        // By source: how many of its writers are seen.
        var looked: [String: Int] = [:]
        for index in queries.indices where !seen[index] {
            // Depth first, without recursion: a chain may be as long as the program.
            var path = [index]
            seen[index] = true
            while let next = path.last {
                let open = queries[next].inputs.first { looked[$0] ?? 0 < writers[$0]?.count ?? 0 }
                if let open, let all = writers[open] {
                    let place = looked[open] ?? 0
                    looked[open] = place + 1
                    if seen[all[place]] { continue }
                    seen[all[place]] = true
                    path.append(all[place])
                } else {
                    order.append(next)
                    path.removeLast()
                }
            }
        }
        return order.map { queries[$0] }
    }
}

/// Numbers for names, 0, 1, 2 …
private struct Numbering {
    private var numbers: [String: Int] = [:]
    private var names: [String] = []

    subscript(name: String) -> Int? { numbers[name] }

    func name(_ number: Int) -> String { names[number] }

    /// The number of a name, a new one if it has none.
    mutating func number(_ name: String) -> Int {
        if let known = numbers[name] { return known }
        numbers[name] = names.count
        names.append(name)
        return names.count - 1
    }
}

/// The rings of a graph: what can be reached from each other (its strongly connected components, by Kosaraju).
struct Rings {
    private var rings: [Int]

    /// - Parameter targets: by node: where its edges lead.
    init(_ targets: [[Int]]) {
        var origins = [[Int]](repeating: [], count: targets.count)
        for (node, ends) in targets.enumerated() { for end in ends { origins[end].append(node) } }
        rings = [Int](repeating: -1, count: targets.count)
        for node in Rings.finished(targets).reversed() where rings[node] < 0 {
            // Node is the last of its ring: the others reach it and are reached.
            rings[node] = node
            var open = [node]
            while let next = open.popLast() {
                for origin in origins[next] where rings[origin] < 0 {
                    rings[origin] = node
                    open.append(origin)
                }
            }
        }
    }

    /// The nodes in the order in which a search, depth first, is done with them; without recursion.
    private static func finished(_ targets: [[Int]]) -> [Int] {
        var order: [Int] = []
        var seen = [Bool](repeating: false, count: targets.count)
        for start in targets.indices where !seen[start] {
            seen[start] = true
            var path = [(node: start, edge: 0)]
            while let (node, edge) = path.last {
                guard edge < targets[node].count else {
                    order.append(node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].edge += 1
                let end = targets[node][edge]
                if !seen[end] {
                    seen[end] = true
                    path.append((end, 0))
                }
            }
        }
        return order
    }

    /// Nodes with the same number reach each other.
    func ring(_ node: Int) -> Int { rings[node] }
}
