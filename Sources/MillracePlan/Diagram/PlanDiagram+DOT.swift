// SPDX-License-Identifier: Apache-2.0

extension PlanDiagram {
    /// For Graphviz: `dot -Tsvg`. Topics are cylinders, each query is a frame around its parts.
    package func dot(_ title: String) -> String {
        var lines = [
            "digraph \(Self.quoted(title)) {", "  rankdir=LR;",
            "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=10];",
            "  edge [fontname=\"Helvetica\", fontsize=9];",
        ]
        for node in nodes where node.kind.isTopic {
            let label = label(node).map(Self.escaped).joined(separator: "\\n")
            lines.append("  \(Self.quoted(node.identifier)) [shape=cylinder, style=solid, label=\"\(label)\"];")
        }
        for (index, query) in queries.enumerated() {
            lines += ["  subgraph cluster_\(index) {", "    label=\(Self.quoted(query));"]
            for node in nodes where node.name == query && !node.kind.isTopic {
                // `\l` ends a line that stands at the left.
                let label = label(node).map { Self.escaped($0) + "\\l" }.joined()
                lines.append("    \(Self.quoted(node.identifier)) [label=\"\(label)\"];")
            }
            lines.append("  }")
        }
        for edge in edges {
            var attributes = edge.label.map { ["label=\(Self.quoted($0))"] } ?? []
            if edge.isMutual { attributes.append("dir=both") }
            let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
            lines.append("  \(Self.quoted(edge.from)) -> \(Self.quoted(edge.to))\(list);")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\"", "\\": result += "\\\(character)"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
    }
}
