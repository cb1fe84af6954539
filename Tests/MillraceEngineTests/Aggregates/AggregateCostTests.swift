// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceTestKit
import Testing

@testable import MillraceEngine

/// However many values a group has, one more costs the same: every aggregate that there is, over values that are all
/// different, and over parts of a group that are joined one by one, as sessions are.
struct AggregateCostTests {
    private static let types: [DataType] = [.bigint, .double, .varchar]
    private static let limits: [Int?] = [nil, 3, 100_000]

    struct Case: CustomTestStringConvertible {
        var call: AggregateCall
        var testDescription: String {
            "\(call.function.rawValue) \(call.arguments.first?.type.sqlName ?? "*") \(call.limit ?? 0)"
        }
    }

    static let cases: [Case] = AggregateFunction.allCases.flatMap { function in
        ([nil] + types.map { Optional($0) }).flatMap { argument in
            limits.compactMap { limit in
                function.resultType(argument: argument, limit: limit).map { result in
                    Case(
                        call: AggregateCall(
                            function, arguments: argument.map { [.column(0, $0)] } ?? [], limit: limit,
                            ignoresNulls: true, result: result))
                }
            }
        }
    }

    @Test func thereAreCasesOfAllFunctions() {
        #expect(Set(Self.cases.map(\.call.function)) == Set(AggregateFunction.allCases))
    }

    /// Values in an order: ascending, descending and at random, with NaN among the doubles.
    private static func column(_ type: DataType, _ order: [Int]) -> Column {
        let column = Column(type)
        for number in order {
            switch type {
            case .double: column.append(.double(number % 2 == 0 ? .nan : Double(number)))
            case .varchar: column.append(.text("value \(number)"))
            default: column.append(.bigint(Int64(number)))
            }
        }
        return column
    }

    static func orders(_ count: Int) -> [[Int]] {
        var random = SplitMix64(seed: 5)
        return [Array(0..<count), Array((0..<count).reversed()), Array(0..<count).shuffled(using: &random)]
    }

    /// Calls `body` with the rows of a column in batches, all of slot `slot(row)`.
    private static func forEachBatch(
        _ column: Column?, count: Int, slot: (Int) -> UInt32, _ body: (AccumulatorInput) -> Void
    ) {
        let rows = (0..<Int32(count)).map { $0 }
        let slots = (0..<count).map(slot)
        let times = (0..<Int64(count)).map { $0 }
        rows.withUnsafeBufferPointer { rows in
            slots.withUnsafeBufferPointer { slots in
                times.withUnsafeBufferPointer { times in
                    for start in stride(from: 0, to: count, by: 1024) {
                        body(
                            AccumulatorInput(
                                arguments: [], rows: rows.baseAddress! + start, slots: slots.baseAddress! + start,
                                count: min(1024, count - start), source: SourceOrdinal(topic: 0, partition: 0),
                                times: times.baseAddress!, offsets: times.baseAddress!))
                    }
                }
            }
        }
    }

    private static func readOut(_ set: AccumulatorSet, _ call: AggregateCall, slot: Int) {
        let result = Column(call.result)
        set.accumulators[0].appendResult(slot, to: result, failures: FailureCounts())
        var writer = StateWriter()
        set.write(slot, to: &writer)
    }

    @Test(arguments: cases) func oneGroupGrowsEvenly(_ item: Case) {
        for order in 0..<3 {
            let growth = GrowthCheck(sizes: 15_000, 30_000, 60_000) { count in
                let column = item.call.arguments.first.map { Self.column($0.type, Self.orders(count)[order]) }
                let set = AccumulatorSet([item.call])
                _ = set.allocateChunk()
                Self.forEachBatch(column, count: count, slot: { _ in 0 }) { input in
                    set.update(input, arguments: [column.map { [$0] } ?? []])
                }
                Self.readOut(set, item.call, slot: 0)
            }
            #expect(growth.isLinear, "order \(order): \(growth)")
        }
    }

    /// A group that grows by one little part after another, whether it takes up the part or the part takes up it.
    @Test(arguments: cases) func partsAreJoinedEvenly(_ item: Case) {
        for takesUpGroup in [false, true] {
            let growth = GrowthCheck(sizes: 4000, 16_000) { count in
                let column = item.call.arguments.first.map { Self.column($0.type, Self.orders(count)[2]) }
                let set = AccumulatorSet([item.call])
                for _ in stride(from: 0, to: count, by: AccumulatorSet.chunkSize) { _ = set.allocateChunk() }
                Self.forEachBatch(column, count: count, slot: { UInt32($0) }) { input in
                    set.update(input, arguments: [column.map { [$0] } ?? []])
                }
                for slot in 1..<count {
                    if takesUpGroup { set.join(slot, with: slot - 1) } else { set.join(0, with: slot) }
                }
                Self.readOut(set, item.call, slot: takesUpGroup ? count - 1 : 0)
            }
            #expect(growth.isLinear, "\(takesUpGroup ? "part takes up group" : "group takes up part"): \(growth)")
        }
    }

    /// Joining gives what merging gives.
    @Test(arguments: cases) func joiningIsMerging(_ item: Case) {
        func bytes(_ set: AccumulatorSet, _ slot: Int) -> [UInt8] {
            var writer = StateWriter()
            set.write(slot, to: &writer)
            return Array(UnsafeRawBufferPointer(start: writer.bytes.base, count: writer.bytes.count))
        }
        let count = 60
        let column = item.call.arguments.first.map { Self.column($0.type, Self.orders(count)[2].map { $0 % 17 }) }
        for (small, large) in [(0, 1), (1, 0)] {
            let sets = (0..<2).map { _ in AccumulatorSet([item.call]) }
            for set in sets {
                _ = set.allocateChunk()
                Self.forEachBatch(column, count: count, slot: { $0 % 5 == 0 ? 0 : 1 }) { input in
                    set.update(input, arguments: [column.map { [$0] } ?? []])
                }
            }
            sets[0].join(small, with: large)
            sets[1].merge(small, from: sets[1], slot: large)
            #expect(bytes(sets[0], small) == bytes(sets[1], small))
            // What was taken up is empty.
            #expect(bytes(sets[0], large) == bytes(sets[0], 7))
        }
    }
}
