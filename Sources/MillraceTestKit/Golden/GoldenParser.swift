// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Reads a golden file.
package struct GoldenParser {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private static let sections = [
        "description", "statements", "schemas", "partitions", "records", "results", "accounts", "error",
    ]

    private var sections: [String: [(number: Int, text: String)]] = [:]
    private var head: [String] = []

    /// `name` is `<feature>/<case>`, for messages too.
    package static func parse(_ text: String, name: String) throws -> GoldenCase {
        var parser = GoldenParser()
        do {
            try parser.split(text)
            return try parser.golden(name)
        } catch let failure as Failure {
            throw Failure(description: "\(name): \(failure.description)")
        }
    }

    private mutating func split(_ text: String) throws {
        var section: String?
        var isHead = true
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("--- ") {
                let name = String(line.dropFirst(4))
                guard Self.sections.contains(name), sections[name] == nil else {
                    throw Failure(description: "line \(index + 1): unknown or repeated section \(name)")
                }
                section = name
                sections[name] = []
                if ["results", "accounts", "error"].contains(name) { isHead = false }
            } else if let section {
                sections[section]?.append((index + 1, String(line)))
            } else if !line.isEmpty, !line.hasPrefix("#") {
                throw Failure(description: "line \(index + 1): text before the first section")
            }
            if isHead { head.append(String(line)) }
        }
    }

    /// The lines of a section that are neither empty nor comments.
    private func entries(_ section: String) -> [(number: Int, text: String)]? {
        sections[section]?.filter { !$0.text.isEmpty && !$0.text.hasPrefix("#") }
    }

    private func golden(_ name: String) throws -> GoldenCase {
        guard let statements = sections["statements"] else { throw Failure(description: "no statements") }
        var log = SimulatedLog()
        for entry in entries("partitions") ?? [] {
            let words = entry.text.split(separator: " ")
            guard words.count == 2, let count = Int(words[1]), count > 0 else { throw wrong(entry, "TOPIC COUNT") }
            log.create(String(words[0]), partitions: count)
        }
        for entry in entries("schemas") ?? [] { try schema(entry, &log) }
        for entry in entries("records") ?? [] { try record(entry, &log) }
        guard sections["results"] != nil || sections["error"] != nil else {
            throw Failure(description: "neither results nor an error is expected")
        }
        return GoldenCase(
            name: name,
            description: (entries("description") ?? []).map(\.text).joined(separator: "\n"),
            statements: statements.map(\.text).joined(separator: "\n"), log: log,
            results: (entries("results") ?? []).map(\.text), accounts: try entries("accounts").map(accounts),
            error: try entries("error")?.first.map(mistake), head: head.map { $0 + "\n" }.joined())
    }

    /// `7 {"type":…}`
    private func schema(_ entry: (number: Int, text: String), _ log: inout SimulatedLog) throws {
        let parts = entry.text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let id = Int32(parts[0]) else { throw wrong(entry, "ID SCHEMA") }
        do {
            log.schemas[id] = try SchemaTable.Entry(text: String(parts[1]))
        } catch {
            throw Failure(description: "line \(entry.number): \(error.message)")
        }
    }

    private func wrong(_ entry: (number: Int, text: String), _ form: String) -> Failure {
        Failure(description: "line \(entry.number): write \(form)")
    }

    private func mistake(_ entry: (number: Int, text: String)) throws -> GoldenCase.Mistake {
        let parts = entry.text.split(separator: " ", maxSplits: 1)
        let place = parts.first?.split(separator: ":").compactMap { Int($0) } ?? []
        guard parts.count == 2, place.count == 2 else { throw wrong(entry, "LINE:COLUMN FRAGMENT") }
        return GoldenCase.Mistake(
            location: SourceLocation(line: place[0], column: place[1]), fragment: String(parts[1]))
    }

    private func accounts(_ entries: [(number: Int, text: String)]) throws -> [GoldenCase.Account] {
        try entries.map { entry in
            let words = entry.text.split(separator: " ").map(String.init)
            let counts = words.dropFirst(2).compactMap { word -> Int? in
                word.split(separator: "=").last.flatMap { Int($0) }
            }
            guard words.count == 6, counts.count == 4, let place = Self.place(words[1])?.place else {
                throw wrong(entry, "QUERY TOPIC/PARTITION used=N filtered=N late=N bad=N")
            }
            return GoldenCase.Account(
                key: AccountKey(query: words[0], place: place),
                account: RecordAccount(used: counts[0], filtered: counts[1], late: counts[2], bad: counts[3]))
        }
    }

    /// `topic/partition` or `topic/partition@offset`.
    private static func place(_ text: String) -> (place: TopicPartition, offset: Int64?)? {
        let halves = text.split(separator: "@", maxSplits: 1).map(String.init)
        guard let slash = halves[0].lastIndex(of: "/"),
            let partition = Int32(halves[0][halves[0].index(after: slash)...]), partition >= 0
        else { return nil }
        let offset = halves.count == 2 ? Int64(halves[1]) : nil
        if halves.count == 2, offset == nil { return nil }
        return (TopicPartition(String(halves[0][..<slash]), partition), offset)
    }

    /// `topic/partition[@offset] | time | key | value[ | headers]`
    private func record(_ entry: (number: Int, text: String), _ log: inout SimulatedLog) throws {
        let cells = GoldenText.cells(entry.text)
        guard cells.count == 4 || cells.count == 5, let place = Self.place(cells[0]), let time = Int64(cells[1]),
            let key = GoldenText.bytes(cells[2], log.schemas), let value = GoldenText.bytes(cells[3], log.schemas),
            let headers = GoldenText.headers(cells.count == 5 ? cells[4] : "")
        else {
            throw wrong(entry, "TOPIC/PARTITION[@OFFSET] | TIME | KEY | VALUE[ | HEADERS]")
        }
        let isAppended = log.append(
            place.place.topic, Int(place.place.partition), offset: place.offset, timestamp: time, key: key.bytes,
            value: value.bytes, headers: headers)
        guard isAppended else { throw Failure(description: "line \(entry.number): offsets must ascend") }
    }
}
