// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceEngine

@Suite struct SpanTableTests {
    private static func ends(_ table: borrowing SpanTable, _ group: Int) -> [Int64] {
        var ends: [Int64] = []
        var number = table.heads[group]
        while number >= 0 {
            ends.append(table.spans[Int(number)].end)
            number = table.links[Int(number)].next
        }
        var backwards: [Int64] = []
        number = table.last(group)
        while number >= 0 {
            backwards.append(table.spans[Int(number)].end)
            number = table.before(number)
        }
        #expect(ends == backwards.reversed())
        return ends
    }

    /// Random spans put in and taken out of a few groups: forwards and backwards, a group has what it should have.
    @Test func groupsKeepTheirSpans() {
        var table = SpanTable()
        table.reserveGroups(5)
        var expected: [[(end: Int64, number: Int32)]] = Array(repeating: [], count: 5)
        for step in 0..<5000 {
            let group = Int.random(in: 0..<5)
            if Int.random(in: 0..<10) < (step < 3000 ? 6 : 3) {
                let end = Int64.random(in: 0..<1_000_000)
                let place = expected[group].firstIndex { $0.end < end } ?? expected[group].count
                let next = place < expected[group].count ? expected[group][place].number : -1
                let number = table.insert(SpanTable.Span(start: 0, end: end), group: group, before: next)
                expected[group].insert((end, number), at: place)
            } else if let place = expected[group].indices.randomElement() {
                table.remove(expected[group][place].number)
                table.release(expected[group][place].number)
                expected[group].remove(at: place)
            }
            guard step % 50 == 0 else { continue }
            for group in 0..<5 {
                let ends = Self.ends(table, group)
                #expect(ends == expected[group].map(\.end))
            }
        }
        let (liveCount, emptyGroups) = (table.liveCount, table.emptyGroups)
        #expect(liveCount == expected.reduce(0) { $0 + $1.count })
        #expect(emptyGroups == expected.count { $0.isEmpty })
    }

    @Test func groupsAreRenumbered() {
        let index = GroupIndex()
        var table = SpanTable()
        for group in 0..<3000 {
            let key = Array("key\(group)".utf8)
            #expect(
                key.withUnsafeBytes { index.intern($0.baseAddress!, count: $0.count, hash: UInt64(group)) } == group)
            table.reserveGroups(group + 1)
            if group % 100 == 7 {
                for end in 1...2 as ClosedRange<Int64> {
                    _ = table.insert(
                        SpanTable.Span(start: Int64(group), end: end), group: group, before: table.heads[group])
                }
            }
        }
        let isMostlyEmpty = table.isMostlyEmpty
        #expect(isMostlyEmpty)
        let newIndex = table.renumberGroups(index)
        #expect(newIndex.count == 30)
        let (groupCount, emptyGroups) = (table.groupCount, table.emptyGroups)
        #expect(groupCount == 30)
        #expect(emptyGroups == 0)
        for group in 0..<30 {
            #expect(String(decoding: newIndex.key(group), as: UTF8.self) == "key\(group * 100 + 7)")
            let ends = Self.ends(table, group)
            #expect(ends == [2, 1])
            let head = Int(table.heads[group])
            let (start, owner) = (table.spans[head].start, table.links[head].group)
            #expect(start == Int64(group * 100 + 7))
            #expect(owner == Int32(group))
        }
    }
}
