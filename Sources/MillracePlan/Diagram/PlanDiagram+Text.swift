// SPDX-License-Identifier: Apache-2.0

extension PlanDiagram {
    /// For people: query by query, one line a clause.
    package var text: String {
        queries.map { query in
            let lines = nodes.filter { $0.name == query && !$0.kind.isTopic }.flatMap(\.lines)
            return ([query] + lines.map { "  \(Self.padded($0.clause))\($0.text)" }).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    private static func padded(_ clause: String) -> String {
        clause + String(repeating: " ", count: max(9 - clause.count, 1))
    }

    /// What stands in a box: of a topic its name and what it is for, of a query's part its clauses.
    func label(_ node: Node) -> [String] {
        let lines = node.lines.map { "\($0.clause): \($0.text)" }
        return node.kind.isTopic ? [node.name, node.kind.rawValue] + lines : lines
    }
}
