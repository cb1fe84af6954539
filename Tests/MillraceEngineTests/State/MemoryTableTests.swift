// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceTestKit
import Testing

@testable import MillraceEngine

@Suite struct MemoryTableTests {
    private func put(_ table: MemoryTable, _ key: String, _ number: Int64, _ text: String?) {
        let columns = [Column(.bigint), Column(.varchar)]
        columns[0].append(int64: number)
        columns[1].append(text.map { .varchar(Array($0.utf8)) } ?? .null)
        Array(key.utf8).withUnsafeBytes { table.put($0, columns, row: 0) }
    }

    private func delete(_ table: MemoryTable, _ key: String) {
        Array(key.utf8).withUnsafeBytes { table.delete($0) }
    }

    private func get(_ table: MemoryTable, _ key: String) -> [Value]? {
        let columns = [Column(.bigint), Column(.varchar)]
        let isFound = Array(key.utf8).withUnsafeBytes { table.get($0, into: columns) }
        #expect(columns[0].count == (isFound ? 1 : 0))
        return isFound ? columns.map { $0.value(0) } : nil
    }

    @Test func theLastRowOfAKeyCounts() {
        let table = MemoryTable([.bigint, .varchar])
        put(table, "a", 1, "x")
        put(table, "b", 2, nil)
        put(table, "a", 3, "y")
        #expect(get(table, "a") == [.bigint(3), .varchar(Array("y".utf8))])
        #expect(get(table, "b") == [.bigint(2), .null])
        #expect(get(table, "c") == nil)
        delete(table, "a")
        delete(table, "never")
        #expect(get(table, "a") == nil)
        #expect(table.count == 1)
        put(table, "a", 4, "z")
        #expect(get(table, "a") == [.bigint(4), .varchar(Array("z".utf8))])
    }

    /// As a dictionary, over many segments of which most rows are replaced or deleted.
    @Test(arguments: 1...4) func asADictionary(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let table = MemoryTable([.bigint, .varchar])
        var expected: [String: Int64] = [:]
        let keys = [10, 3000, 100_000, 20_000][Int(seed) - 1]
        for number in 0..<Int64(120_000) {
            let key = "key\(random.below(keys))"
            if random.chance(seed == 3 ? 5 : 30) {
                delete(table, key)
                expected[key] = nil
            } else {
                put(table, key, number, "text of \(number)")
                expected[key] = number
            }
        }
        #expect(table.count == expected.count)
        for number in 0..<keys {
            let key = "key\(number)"
            #expect(get(table, key) == expected[key].map { [.bigint($0), .varchar(Array("text of \($0)".utf8))] })
        }
    }

    /// What was replaced is given back.
    @Test func memoryIsThatOfTheRows() {
        let table = MemoryTable([.bigint, .varchar])
        for number in 0..<1000 { put(table, "key\(number)", Int64(number), "text") }
        for round in 0..<400 { for number in 0..<1000 { put(table, "key\(number)", Int64(round), "other") } }
        #expect(table.heldBytes < 3 << 20)
        for number in 0..<200_000 {
            put(table, "once\(number)", 1, "text")
            delete(table, "once\(number)")
        }
        #expect(table.count == 1000)
        #expect(table.heldBytes < 3 << 20)
        #expect(get(table, "key999") == [.bigint(399), .varchar(Array("other".utf8))])
    }
}
