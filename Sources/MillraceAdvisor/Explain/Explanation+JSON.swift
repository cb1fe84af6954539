// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSettings

extension Explanation {
    /// For machines: one object on one line.
    var json: String {
        JSONPieces.object([
            ("application", JSONPieces.string(application)),
            ("nodes", JSONPieces.array(diagram.nodes.map(Explanation.json))),
            ("edges", JSONPieces.array(diagram.edges.map(Explanation.json))),
            ("slices", slices.map { JSONPieces.array($0.map(Explanation.json)) } ?? "null"),
            ("topics", JSONPieces.array(topics.map(Explanation.json))),
            ("schemas", JSONPieces.array(schemas.map(Explanation.json))),
            ("state", JSONPieces.array(states.map(Explanation.json))),
            ("permissions", JSONPieces.array(permissions.permissions.map(Explanation.json))),
            ("commands", JSONPieces.array(commands.map { JSONPieces.string($0) })),
            ("delivery", JSONPieces.string(delivery)),
            ("errors", JSONPieces.object(errors.settings.map { ($0.key, JSONPieces.string($0.value)) })),
        ])
    }

    private static func json(_ node: PlanDiagram.Node) -> String {
        JSONPieces.object([
            ("id", JSONPieces.string(node.identifier)), ("kind", JSONPieces.string(node.kind.rawValue)),
            (node.kind.isTopic ? "topic" : "query", JSONPieces.string(node.name)),
            ("lines", JSONPieces.object(node.lines.map { ($0.clause, JSONPieces.string($0.text)) })),
        ])
    }

    private static func json(_ edge: PlanDiagram.Edge) -> String {
        JSONPieces.object([
            ("from", JSONPieces.string(edge.from)), ("to", JSONPieces.string(edge.to)),
            ("label", JSONPieces.string(edge.label)), ("mutual", "\(edge.isMutual)"),
        ])
    }

    private static func json(_ slice: Slice.Range) -> String {
        JSONPieces.object([
            ("topic", JSONPieces.string(slice.partition.topic)), ("partition", "\(slice.partition.partition)"),
            ("from", "\(slice.from)"), ("to", "\(slice.to)"),
        ])
    }

    private static func json(_ topic: Topic) -> String {
        JSONPieces.object([
            ("name", JSONPieces.string(topic.name)), ("role", JSONPieces.string(topic.role.rawValue)),
            ("partitions", topic.partitions.map { "\($0)" } ?? "null"),
            ("exists", topic.exists.map { "\($0)" } ?? "null"),
            ("settings", JSONPieces.object(topic.settings.map { ($0.name, JSONPieces.string($0.value)) })),
        ])
    }

    private static func json(_ schema: SinkSchema) -> String {
        JSONPieces.object([
            ("topic", JSONPieces.string(schema.topic)), ("part", JSONPieces.string(schema.part.rawValue)),
            ("subject", JSONPieces.string(schema.subject)),
            ("type", JSONPieces.string(schema.schema.language.rawValue)),
            ("schema", JSONPieces.string(schema.schema.text)),
        ])
    }

    private static func json(_ state: State) -> String {
        JSONPieces.object([
            ("query", JSONPieces.string(state.query)), ("changelog", JSONPieces.string(state.changelog)),
            ("group_bytes", "\(state.estimate.size.bytes)"),
            ("growing", JSONPieces.array(state.estimate.size.growing.map { JSONPieces.string($0) })),
            ("held_ms", JSONPieces.number(state.estimate.span)),
            ("records_per_second", JSONPieces.number(state.estimate.recordsPerSecond)),
            ("most_groups", JSONPieces.number(state.estimate.groups)),
            ("most_bytes", JSONPieces.number(state.estimate.bytes)),
        ])
    }

    private static func json(_ permission: Permission) -> String {
        JSONPieces.object([
            ("resource", JSONPieces.string(permission.resource.kind)),
            ("name", JSONPieces.string(permission.resource.name)),
            ("pattern", JSONPieces.string(permission.resource.isPrefix ? "prefixed" : "literal")),
            ("operation", JSONPieces.string(permission.operation.rawValue)),
            ("purpose", JSONPieces.string(permission.purpose)),
        ])
    }
}
