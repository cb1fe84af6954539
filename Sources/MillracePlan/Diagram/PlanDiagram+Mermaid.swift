// SPDX-License-Identifier: Apache-2.0

extension PlanDiagram {
    /// For Mermaid, which Markdown pages draw. Topics are cylinders, each query is a frame around its parts.
    package var mermaid: String {
        var names: [String: String] = [:]
        for (index, node) in nodes.enumerated() { names[node.identifier] = "n\(index)" }
        func name(_ identifier: String) -> String { names[identifier] ?? "missing" }
        func box(_ node: Node) -> String {
            let label = "\"\(label(node).map(Self.escaped).joined(separator: "<br/>"))\""
            return name(node.identifier) + (node.kind.isTopic ? "[(\(label))]" : "[\(label)]")
        }
        var lines = ["flowchart LR"]
        for node in nodes where node.kind.isTopic { lines.append("  \(box(node))") }
        for (index, query) in queries.enumerated() {
            lines.append("  subgraph q\(index)[\"\(Self.escaped(query))\"]")
            lines += nodes.filter { $0.name == query && !$0.kind.isTopic }.map { "    \(box($0))" }
            lines.append("  end")
        }
        for edge in edges {
            let arrow = edge.isMutual ? "<-->" : "-->"
            let label = edge.label.map { "|\"\(Self.escaped($0))\"|" } ?? ""
            lines.append("  \(name(edge.from)) \(arrow)\(label) \(name(edge.to))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Mermaid writes characters that mean something to it or to HTML as `#name;`.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "#": result += "#35;"
            case "\"": result += "#quot;"
            case "<": result += "#lt;"
            case ">": result += "#gt;"
            case "&": result += "#amp;"
            case "`": result += "#96;"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
    }
}
