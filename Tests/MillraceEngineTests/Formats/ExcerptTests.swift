// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@testable import MillraceEngine

/// What is shown of a cell is cut before it is encoded.
@Suite struct ExcerptTests {
    private func whole(_ column: Column) -> String {
        var bytes: [UInt8] = []
        JSONText().append(column, row: 0, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func excerpt(_ column: Column, limit: Int = 40) -> String {
        var bytes: [UInt8] = []
        JSONText().append(column, row: 0, limit: limit, to: &bytes)
        #expect(bytes.count <= limit + 4)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let map = DataType.map(key: .varchar, value: .integer)
    private static let structure = DataType.structure([
        .init("x", .varchar), .init("y", .array(.bigint)),
    ])

    @Test(
        arguments: [
            (.varchar, .text("a \"text\" of 20")), (.varchar, .null), (.bigint, .bigint(-7)),
            (.boolean, .boolean(true)),
            (.bytes, .bytes([1, 2, 3])), (.array(.bigint), .array([.bigint(1), .null, .bigint(3)])),
            (.array(.bigint), .array([])), (map, .map([.init(key: .text("k"), value: .integer(1))])), (map, .map([])),
            (.map(key: .integer, value: .integer), .map([.init(key: .integer(5), value: .integer(1))])),
            (structure, .structure([.text("t"), .array([.bigint(1), .bigint(2)])])),
            (structure, .structure([.null, .null])),
        ] as [(DataType, Value)])
    func aShortCellIsWhole(type: DataType, value: Value) {
        let column = Column(type)
        column.append(value)
        #expect(excerpt(column) == whole(column))
    }

    private static let long = String(repeating: "long ", count: 100_000)

    private static let longCells: [(DataType, Value)] = [
        (.varchar, .text(long)), (.bytes, .bytes(Array(repeating: 7, count: 500_000))),
        (.array(.bigint), .array(Array(repeating: .bigint(12), count: 50_000))),
        (.array(.varchar), .array([.text(long), .null])),
        (map, .map((0..<50_000).map { .init(key: .text("key \($0)"), value: .integer(Int32($0))) })),
        (
            structure,
            .structure([.text(String(repeating: "x", count: 30)), .array(Array(repeating: .bigint(5), count: 50_000))])
        ),
    ]

    @Test(arguments: longCells.indices)
    func aLongOneIsItsBeginning(cell: Int) {
        let (type, value) = Self.longCells[cell]
        let column = Column(type)
        column.append(value)
        let shown = excerpt(column)
        #expect(shown.count >= 36)
        #expect(whole(column).hasPrefix(shown.prefix(34)))
        // What is cut off is not encoded: of a row a hundred thousand times as long a hundred take no time.
        let clock = ContinuousClock()
        #expect(clock.measure { for _ in 0..<100 { _ = excerpt(column) } } < .seconds(2))
    }

    @Test func memoryOfLongRowsIsGivenBack() {
        let column = Column(.array(.varchar))
        column.append(.array(Array(repeating: .text(String(repeating: "x", count: 1000)), count: 10_000)))
        #expect(column.payloadBytes > 10_000_000)
        column.removeAll(keepingAtMost: 1 << 20)
        #expect(column.count == 0 && column.children[0].byteCapacity <= 1 << 20)
        for row in 0..<3 {
            column.append(.array([.text("a\(row)"), .null]))
            #expect(column.value(row) == .array([.text("a\(row)"), .null]))
        }
    }
}
