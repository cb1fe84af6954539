// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A result row as one line of JSON.
enum ResultLine {
    /// The members of a line's object by name, each as its JSON text; empty for anything else.
    static func members(_ line: String) -> [String: String] {
        guard case .object(let members) = try? JSONTree(Array(line.utf8)) else { return [:] }
        var result: [String: String] = [:]
        for member in members {
            result[String(decoding: member.name, as: UTF8.self)] = String(decoding: member.value.text, as: UTF8.self)
        }
        return result
    }

    /// The key's JSON text: null without key columns, bare for one, an object for several.
    static func key(_ values: [Value], _ sink: SourceDefinition) -> String {
        let columns = Array(sink.keyColumns)
        if columns.isEmpty { return "null" }
        if columns.count == 1 { return JSONText.text(values.first ?? .null, columns[0].type) }
        if values.allSatisfy(\.isNull) { return "null" }
        return JSONText.object(zip(columns, values).map { ($0.name, $1, $0.type) })
    }

    /// `values` nil: a tombstone.
    static func line(
        sink: SourceDefinition, timestamp: Int64, key: String, window: ResultWindow?, isOpen: Bool, values: [Value]?
    ) -> String {
        var text = "{\"topic\":\(JSONText.quoted(sink.topic)),\"timestamp\":\(timestamp),\"key\":\(key)"
        if let window { text += ",\"window\":{\"start\":\(window.start),\"end\":\(window.end)}" }
        if isOpen { text += ",\"open\":true" }
        let value = values.map { values in
            JSONText.object(zip(sink.valueColumns, values).map { ($0.name, $1, $0.type) })
        }
        return text + ",\"value\":\(value ?? "null")}"
    }
}
