// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A row on its way: read from a topic, or written by one query and read by the next.
struct InputRow {
    /// The partition of the root topic that it came from, and its place there.
    var place: TopicPartition
    var offset: Int64
    var time: Int64
    /// The root partition's watermark before the root record.
    var watermarkBefore: Watermark
    /// By the columns of the source or sink.
    var values: [Value]
    var isNullValue: Bool
    var isNullKey: Bool
    var window: ResultWindow?
    var isFinal: Bool
    /// Whether it has one place among the rows of its partition.
    var isOrdered: Bool
    /// Which row it is of those that were made of its record: one number for each query that made several of one.
    var subOffsets: [Int] = []
    /// Of a row that came out without a partner: when, in merge order; nil: when its record was run.
    var turn: Turn?
    /// Within a query: what its table functions give.
    var exploded: [Value] = []

    /// Where it stands in the log, among the rows of its partition.
    var order: RowOrder { RowOrder(offset: offset, subOffsets: subOffsets) }

    /// Makes it a row of the sink; `values` nil: a null value. False where it has no usable time.
    mutating func set(keys: [Value], values: [Value]?, sink: SourceDefinition) -> Bool {
        isNullValue = values == nil || (sink.hasBareValue && values == [.null])
        isNullKey = keys.allSatisfy(\.isNull)
        self.values = keys + (values ?? sink.valueColumns.map { _ in .null })
        guard let definition = sink.timestamp else { return true }
        let isDeletion = isNullValue && sink.kind == .table && definition.column >= keys.count
        if isDeletion { return true }
        guard let own = OutputTime.milliseconds(self.values[definition.column], definition) else { return false }
        time = own
        return true
    }
}

/// A moment in merge order.
struct Turn {
    var mergeTime: Int64
    var place: TopicPartition
}

/// What a query reads or writes.
struct QueryOutput {
    var rows: [InputRow] = []
    /// At the end of the log, of every partition of the root topics.
    var watermarks: [TopicPartition: Watermark] = [:]
    /// Of each root whose rows make its own, by partition: the offsets at which the watermark was raised, and to what.
    var raises: [[TopicPartition: [(offset: Int64, watermark: Watermark)]]] = []
    /// Of the root topics whose records reach it, those of joined tables among them.
    var places: Set<TopicPartition> = []
    /// Whether its rows come from an aggregation: then they belong to no record of a root topic.
    var isBehindAggregation = false
}
