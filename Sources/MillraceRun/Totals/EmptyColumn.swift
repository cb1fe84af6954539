// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport

/// A column that is NULL in every record: what the records have in its place. Pure.
struct EmptyColumn {
    /// The names of the fields of some records, each once, in the order of their appearance.
    struct Fields: Hashable {
        var records = 0
        var names: [String] = []

        /// Whatever the case, as columns are.
        func has(_ column: String) -> Bool { names.contains { $0.lowercased() == column.lowercased() } }

        /// Adds a JSON object's; other texts have none.
        mutating func add(_ bytes: [UInt8]) {
            guard let text = JSONText(bytes), let members = text.members(text.root) else { return }
            records += 1
            for (name, _) in members {
                let name = String(decoding: name, as: UTF8.self)
                if names.count < 200, !names.contains(name) { names.append(name) }
            }
        }
    }

    private static let listed = 8

    /// - Parameters:
    ///   - rows: how many records were NULL there.
    ///   - fields: of the part of the record (key or value) that the column is in; nil: not looked at, or no JSON.
    static func note(
        _ column: ColumnDefinition, of source: SourceDefinition, rows: Int, fields: Fields?
    ) -> ReportNote {
        let reason = "column \(column.name) is NULL in all \(NumberDisplay.count(Int64(rows))) records"
        func note(_ because: String, _ step: String? = nil) -> ReportNote {
            ReportNote(source.name, "\(reason): \(because)", step: step)
        }
        switch column.role {
        case .headers: return ReportNote(source.name, reason)
        case .header(let name): return note("none has a header \(shown(name))")
        case .key where !source.keyFormat.name.traits.showsNames: return note("they have no key")
        case .key, .value: break
        }
        guard let fields, fields.records > 0 else { return ReportNote(source.name, reason) }
        let others = others(source, column)
        if fields.has(column.name) {
            return note("the field is there, and null")
        }
        let looked = "none of \(fields.records) looked at has a field \(column.name)"
        let free = fields.names.filter { !others.contains($0.lowercased()) }
        if let near = nearest(column.name, free) {
            return note("\(looked), the nearest is \(shown(near))", "declare the column as \(declared(near))")
        }
        let names = fields.names.prefix(listed).map(shown).joined(separator: ", ")
        return note(
            "\(looked), they have \(names)" + (fields.names.count > listed ? ", …" : ""), "declare what they have")
    }

    /// The names of the other columns, in lower case: what has a column already is not meant.
    private static func others(_ source: SourceDefinition, _ column: ColumnDefinition) -> Set<String> {
        Set(source.columns.filter { $0.role == column.role && $0.name != column.name }.map { $0.name.lowercased() })
    }

    /// By letters, then without what joins words: `USERID` for `user_id`.
    private static func nearest(_ name: String, _ fields: [String]) -> String? {
        func bare(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }
        return fields.first { bare($0) == bare(name) } ?? NearestName.suggestion(for: name, among: fields)
    }

    private static func shown(_ name: String) -> String { "\"\(ShownBytes.text(Array(name.utf8)))\"" }

    /// As SQL writes the name.
    private static func declared(_ name: String) -> String {
        let isPlain =
            name.utf8.first.map { !(0x30...0x39).contains($0) } == true
            && name.utf8.allSatisfy {
                $0 == UInt8(ascii: "_") || ($0 < 0x80 && Character(Unicode.Scalar($0)).isLetter)
                    || (0x30...0x39).contains($0)
            }
        return isPlain ? name.uppercased() : "`\(ShownBytes.text(Array(name.utf8)))`"
    }
}
