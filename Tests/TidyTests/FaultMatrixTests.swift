// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// docs/fault-matrix.md and the tests that say which of its rows they are about, `Fault 13: …` or `Fault 7, 12.` at
/// the beginning of a line of their comment.
struct FaultMatrixTests {
    private struct Row {
        var number: Int
        var names: Set<String>
        var reason: String
    }

    private let rows: [Row]

    init() throws {
        let page = try String(
            contentsOf: SourceFile.root.appendingPathComponent("docs/fault-matrix.md"), encoding: .utf8)
        rows = page.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 6, let number = Int(cells[1]) else { return nil }
            let parts = cells[4].split(separator: "`", omittingEmptySubsequences: false).map(String.init)
            let names = parts.indices.filter { $0 % 2 == 1 }.map { parts[$0] }
            return Row(number: number, names: Set(names), reason: cells[4])
        }
    }

    @Test func everyRowIsThereOnce() {
        #expect(rows.map(\.number) == Array(1...76))
    }

    /// Or says why there is none.
    @Test func everyRowHasATest() {
        for row in rows where row.names.isEmpty {
            #expect(row.reason.hasPrefix("not applicable") || row.reason.hasPrefix("left for"), "\(row.number)")
        }
        #expect(rows.count { !$0.names.isEmpty } >= 65)
    }

    /// Both ways.
    @Test func thePageNamesTheTestsThatNameIt() throws {
        var onPage: Set<String> = []
        for row in rows { for name in row.names { onPage.insert("\(row.number) \(name)") } }
        let inTests = Set(try Self.markers())
        #expect(onPage.subtracting(inTests).sorted() == [], "the page names them, and they do not name its rows")
        #expect(inTests.subtracting(onPage).sorted() == [], "they name rows that do not name them")
    }

    /// `13 InterruptionTests.ofTwoOfOneNameOneGivesWay` for each row that a test names.
    private static func markers() throws -> [String] {
        let tests = SourceFile.root.appendingPathComponent("Tests")
        let paths = FileManager.default.enumerator(atPath: tests.path)?.compactMap { $0 as? String } ?? []
        var found: [String] = []
        for path in paths where path.hasSuffix(".swift") || path.hasSuffix(".py") {
            let file = tests.appendingPathComponent(path)
            let base = file.deletingPathExtension().lastPathComponent
            var open: [Int] = []
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                if let match = line.firstMatch(of: /^\s*(?:\/\/\/|#) Fault ([0-9, ]+)[.:]/) {
                    open += match.1.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
                } else if !open.isEmpty, let match = line.firstMatch(of: /^\s*[^\/#]*?\b(?:func|class|def) (\w+)/) {
                    found += open.map { "\($0) \(base).\(match.1)" }
                    open = []
                }
            }
        }
        return found
    }
}
