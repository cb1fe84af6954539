// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The state of one aggregate call for many groups: one entry a slot, updated a batch at a time.
///
/// Every accumulator is commutative and associative under `update` and `merge`, and exact, so that no result depends on
/// how the input was cut into batches, threads, stages or processes.
class Accumulator {
    /// Makes room for slots 0 ..< `slots`; new ones are empty.
    func reserve(_ slots: Int) {}

    /// Makes the slots empty again.
    func clear(_ slots: Range<Int>) {}

    /// Bytes of memory for each slot, used or not.
    var slotBytes: Int { 0 }

    /// Bytes of memory for values that lie outside of the slots, about. Counted when it is asked for: that takes time,
    /// but records take none for it.
    var valueBytes: Int { 0 }

    /// Whether values of any length or number lie outside of the slots.
    var keepsValues: Bool { false }

    /// Adds the rows of a batch to their slots.
    func update(_ input: AccumulatorInput) {}

    /// Adds another accumulator's slot of the same aggregate call to a slot of this one.
    func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {}

    /// Adds one slot to another of this accumulator and makes it empty. Where slots hold values, the smaller one is
    /// added to the larger: slots that are joined again and again, always with a little one, must not be copied each
    /// time.
    func join(_ slot: Int, with absorbed: Int) {
        merge(slot, from: self, slot: absorbed)
        clear(absorbed..<(absorbed + 1))
    }

    /// Adds slot `from[i]` of another accumulator of the same aggregate call to slot `into[i]`, for i in 0 ..< count.
    func merge(_ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int) {
        for index in 0..<count { merge(Int(into[index]), from: other, slot: Int(from[index])) }
    }

    /// Writes the state of a slot: equal states as equal bytes.
    func write(_ slot: Int, to writer: inout StateWriter) {}

    /// Makes the state of an empty slot what was written.
    func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {}

    /// Appends the result of a slot to a column of the call's result type.
    func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {}

    /// Makes the accumulator for a call.
    /// - Parameter sources: the source partitions by their ordinal, for aggregates that go by offset.
    static func make(_ call: AggregateCall) -> Accumulator {
        let argument = call.arguments.first?.type
        switch call.function {
        case .countAll: return CountAccumulator(countsNulls: true)
        case .count: return CountAccumulator(countsNulls: false)
        case .sum:
            return argument == .double ? DoubleSumAccumulator() : IntegerSumAccumulator(argument: argument ?? .bigint)
        case .average:
            return AverageAccumulator(argument: argument ?? .bigint)
        case .min, .max:
            let keepsGreater = call.function == .max
            switch argument {
            case .integer, .date, .time: return ExtremeAccumulator<Int32Lane>(keepsGreater: keepsGreater)
            case .bigint, .timestamp: return ExtremeAccumulator<Int64Lane>(keepsGreater: keepsGreater)
            case .double: return ExtremeAccumulator<DoubleLane>(keepsGreater: keepsGreater)
            case .decimal: return ExtremeAccumulator<DecimalLane>(keepsGreater: keepsGreater)
            default: return ExtremeBytesAccumulator(keepsGreater: keepsGreater)
            }
        case .earliestByOffset, .latestByOffset:
            return OffsetOrderAccumulator(
                argument ?? .varchar, takesLast: call.function == .latestByOffset, limit: call.limit,
                ignoresNulls: call.ignoresNulls)
        case .collectList: return CollectAccumulator(argument ?? .varchar, isSet: false)
        case .collectSet: return CollectAccumulator(argument ?? .varchar, isSet: true)
        case .countDistinct: return DistinctCountAccumulator(argument ?? .varchar)
        case .topK, .topKDistinct:
            return TopAccumulator(
                argument ?? .varchar, limit: call.limit ?? 1, isDistinct: call.function == .topKDistinct)
        case .histogram: return HistogramAccumulator()
        case .correlation: return CorrelationAccumulator()
        case .standardDeviationOfSample: return DeviationAccumulator(argument: argument ?? .double)
        }
    }
}

/// One batch of rows for an accumulator: row `rows[i]` goes to slot `slots[i]`, for i in 0 ..< count.
struct AccumulatorInput {
    var arguments: [Column]
    var rows: UnsafePointer<Int32>
    var slots: UnsafePointer<UInt32>
    var count: Int
    /// Which source partition the batch comes from, and its rows' event times and offsets.
    var source: SourceOrdinal
    var times: UnsafePointer<Int64>
    var offsets: UnsafePointer<Int64>
    /// Which of its record's rows each is; nil: no record has several.
    var subOffsets: UnsafePointer<Int64>?

    @inline(__always)
    func subOffset(_ row: Int) -> Int64 {
        guard let subOffsets else { return 0 }
        return subOffsets[row]
    }
}

/// A source partition's place in the order (topic, partition) of the program's input, for aggregates that go by
/// offset. It does not depend on which partitions this process has.
struct SourceOrdinal: Hashable, Comparable {
    /// Index of the topic among the program's root topics in byte order.
    var topic: Int32
    var partition: Int32

    static func < (left: SourceOrdinal, right: SourceOrdinal) -> Bool {
        left.topic == right.topic ? left.partition < right.partition : left.topic < right.topic
    }
}

/// A zeroed array of plain values that grows: the memory of an accumulator.
struct SlotArray<Element: BitwiseCopyable>: ~Copyable {
    private var memory = GrowingArray<Element>()
    private var count = 0
    private let zero: Element

    init(zero: Element) { self.zero = zero }

    @inline(__always)
    var base: UnsafeMutablePointer<Element> { memory.base }

    /// Bytes for each slot.
    var slotBytes: Int { MemoryLayout<Element>.stride }

    mutating func reserve(_ slots: Int) {
        guard slots > count else { return }
        memory.reserve(slots, used: count)
        (memory.base + count).initialize(repeating: zero, count: slots - count)
        count = slots
    }

    func clear(_ slots: Range<Int>) {
        (base + slots.lowerBound).update(repeating: zero, count: slots.count)
    }
}
