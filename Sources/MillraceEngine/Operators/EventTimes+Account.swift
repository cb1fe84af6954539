// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension EventTimes {
    /// What is wrong with a row that has no event time that can be used, with the column and its value.
    static func account(
        _ source: SourceDefinition, recordTimestamp: Int64, column: Column?, row: Int, isTooFarAhead: Bool
    ) -> (subject: String?, text: String) {
        guard let timestamp = source.timestamp, let column else {
            return (nil, "the record's Kafka timestamp is \(recordTimestamp)")
        }
        let subject = "\(timestamp.title(in: source.columns)) \(timestamp.type.sqlName)"
        if column.isNull(row) { return (subject, "\(subject) is NULL") }
        switch column.type {
        case .varchar:
            let text = ShownBytes.text(column.bytes(row))
            if isTooFarAhead { return (subject, "\(subject) is \"\(text)\", the Kafka timestamp \(recordTimestamp)") }
            return (subject, "\(subject) \"\(text)\" is not a time in the pattern \(timestamp.format ?? "")")
        default:
            let value = column.type == .integer ? Int64(column.int32s[row]) : column.int64s[row]
            if isTooFarAhead { return (subject, "\(subject) is \(value), the Kafka timestamp \(recordTimestamp)") }
            return (subject, "\(subject) is \(value), which lies \(value < 0 ? "before 1970" : "beyond any calendar")")
        }
    }
}
