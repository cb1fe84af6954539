// SPDX-License-Identifier: Apache-2.0
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSettings

extension Explanation {
    /// As `--format` asks for it.
    package func text(_ format: Format) -> String {
        switch format {
        case .text: text
        case .json: json + "\n"
        case .dot: diagram.dot(application)
        case .mermaid: diagram.mermaid
        }
    }

    private var text: String {
        var lines = [diagram.text]
        if let slices {
            lines.append("slices")
            lines += slices.map {
                "  \($0.partition)  offsets \($0.from) to \($0.to)  at most \($0.to - $0.from) records"
            }
        }
        lines.append("topics")
        lines += indented(topicTable)
        if !schemas.isEmpty {
            lines.append("schemas to be registered")
            lines += schemas.flatMap { ["  \($0.subject)", "    \($0.schema.text)"] }
        }
        lines.append("permissions")
        lines += indented(permissionTable)
        lines += commands.map { "  \($0)" }
        lines += ["delivery", "  \(delivery)"]
        return lines.joined(separator: "\n") + "\n" + errors.explanation
    }

    private func indented(_ table: TextTable) -> [String] { table.lines.map { "  \($0)" } }

    private var topicTable: TextTable {
        var table = TextTable([("NAME", .left), ("FOR", .left), ("PARTITIONS", .left), ("", .left)])
        for topic in topics {
            let settings = topic.settings.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            let remark =
                switch topic.exists {
                case true?: "exists"
                case false?: "to be created \(settings)"
                case nil: settings
                }
            table.append([topic.name, topic.role.rawValue, topic.width, remark])
        }
        return table
    }

    private var permissionTable: TextTable {
        var table = TextTable([("RESOURCE", .left), ("NAME", .left), ("OPERATION", .left), ("FOR", .left)])
        for (resource, permissions) in permissions.byResource {
            for (index, permission) in permissions.enumerated() {
                let name = index == 0 ? [resource.kind, resource.name + (resource.isPrefix ? "*" : "")] : ["", ""]
                table.append(name + [permission.operation.rawValue, permission.purpose])
            }
        }
        return table
    }
}
