// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Where one thread of a pipeline puts what comes out of it. Called on that thread only.
package protocol PipelineOutput: AnyObject {
    /// Result rows of a query (index into the program's queries). The batch is valid during the call.
    /// - Parameter source: the source partition that the rows come from; nil for results of several.
    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?)

    /// A record that did not reach a query's result. The records are valid during the call.
    func reject(_ rejection: Rejection)
}

/// A record that did not reach a query's result, or a result that cannot be written, and why.
package struct Rejection {
    /// By the names that a configuration has for them, as `errors.late`.
    package enum Cause: String, Hashable, Sendable, CaseIterable {
        /// It cannot be decoded, or has no usable event time.
        case decode
        /// It has no key in a table, or no group in an aggregation. Counted as filtered.
        case nullKey = "null.key"
        /// Its event time lies further ahead of its timestamp than `PipelineOptions.futureLimit`.
        case future
        case late
        /// A result that is larger than its topic takes.
        case tooLarge = "too.large"
        /// A result that its topic does not take for its time, or because it has no key.
        case refused
    }

    package var query: Int
    package var cause: Cause
    /// As it is counted.
    package var reason: RejectionReason
    /// What is wrong, with the column and the value, for example `AMOUNT DOUBLE cannot be "many"`; empty where the
    /// reason says it all. Values may be somebody's secrets: this goes where the record itself may go, and nowhere
    /// else.
    package var account: String
    /// All of it, with the place in the record: `wrong type: AMOUNT DOUBLE cannot be "many" (value, byte 17)`.
    package var detail: String
    /// Where the record is; a result of many records: where it was to be written.
    package var partition: TopicPartition
    /// -1: a result of many records, which was not written.
    package var offset: Int64
    package var records: RawRecords
    package var row: Int

    package init(
        query: Int, cause: Cause, reason: RejectionReason, account: String = "", detail: String,
        partition: TopicPartition, offset: Int64, records: RawRecords, row: Int
    ) {
        self.query = query
        self.cause = cause
        self.reason = reason
        self.account = account
        self.detail = detail
        self.partition = partition
        self.offset = offset
        self.records = records
        self.row = row
    }
}
