// SPDX-License-Identifier: Apache-2.0

/// A plan as boxes and arrows, with every default spelled out: what `explain` shows, as text, as a drawing or for
/// machines.
///
///     input ─► read ─► join ─► filter ─► aggregate ─► having ─► write ─► output
package struct PlanDiagram: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// A topic that is read.
        case input
        /// Records to rows.
        case read
        /// Rows looked up in tables.
        case join
        case filter
        /// Several rows made of one.
        case explode
        /// A query without GROUP BY.
        case project
        case aggregate
        /// HAVING.
        case having
        /// Rows to records.
        case write
        /// A topic that results go to.
        case output
        /// A topic for late and bad records.
        case deadLetters = "dead letters"
        /// A topic that keeps a query's state.
        case changelog
        /// A topic through which processes hand over partial results.
        case exchange

        package var isTopic: Bool {
            switch self {
            case .input, .output, .deadLetters, .changelog, .exchange: true
            case .read, .join, .filter, .explode, .project, .aggregate, .having, .write: false
            }
        }
    }

    /// A clause and what it says.
    package struct Line: Hashable, Sendable {
        package var clause: String
        package var text: String

        package init(_ clause: String, _ text: String) {
            self.clause = clause
            self.text = text
        }
    }

    package struct Node: Hashable, Sendable {
        /// Of the diagram; the same for the same program.
        package var identifier: String
        package var kind: Kind
        /// Of a topic its name; else the query that it is a part of.
        package var name: String
        package var lines: [Line]
    }

    package struct Edge: Hashable, Sendable {
        package var from: String
        package var to: String
        package var label: String?
        /// Whether something goes back, too.
        package var isMutual = false
    }

    /// A query's parts one after another, in the order of the program; topics before their first reader or behind
    /// their first writer.
    package private(set) var nodes: [Node] = []
    package private(set) var edges: [Edge] = []
    /// By identifier: the node.
    private var places: [String: Int] = [:]
    private var known: Set<Edge> = []

    /// The identifier of a topic's box.
    package static func identifier(ofTopic topic: String) -> String { "topic:\(topic)" }

    /// The identifier of a query's part.
    package static func identifier(_ query: String, _ kind: Kind) -> String { "\(query):\(kind.rawValue)" }

    /// The queries, in the order of the program.
    var queries: [String] {
        var seen: Set<String> = []
        return nodes.filter { !$0.kind.isTopic && seen.insert($0.name).inserted }.map(\.name)
    }

    package func contains(_ identifier: String) -> Bool { places[identifier] != nil }

    /// Adds a part of a query.
    mutating func add(_ kind: Kind, of query: String, _ lines: [Line]) {
        add(Node(identifier: Self.identifier(query, kind), kind: kind, name: query, lines: lines))
    }

    private mutating func add(_ node: Node) {
        if places[node.identifier] == nil { places[node.identifier] = nodes.count }
        nodes.append(node)
    }

    /// Adds a topic, once.
    package mutating func addTopic(_ name: String, _ kind: Kind) {
        let identifier = Self.identifier(ofTopic: name)
        if !contains(identifier) { add(Node(identifier: identifier, kind: kind, name: name, lines: [])) }
    }

    /// Says more of a box that is there.
    package mutating func append(_ line: Line, to identifier: String) {
        if let index = places[identifier] { nodes[index].lines.append(line) }
    }

    package mutating func connect(_ from: String, _ to: String, _ label: String? = nil, isMutual: Bool = false) {
        let edge = Edge(from: from, to: to, label: label, isMutual: isMutual)
        if known.insert(edge).inserted { edges.append(edge) }
    }
}
