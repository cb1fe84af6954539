// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A record that did not reach a query's result, or a result that cannot be written, and why.
package struct Rejection {
    package var query: Int
    package var cause: RejectionCause
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
        query: Int, cause: RejectionCause, reason: RejectionReason, account: String = "", detail: String,
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
