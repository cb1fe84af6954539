// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport

/// Why a query has no rows. Pure: judges what was counted.
struct EmptyResult {
    /// What a query has read of one topic.
    struct Topic: Hashable {
        var name: String
        /// Offsets that the logs of its partitions hold.
        var held: Int64
        /// Offsets that they have given out.
        var written: Int64
        /// Offsets of the slice.
        var inSlice: Int64
        /// Where its records lie in time; nil: not looked at.
        var data: LogExtent?
    }

    var query: String
    /// The query whose output it reads, where that has no rows either.
    var emptyUpstream: String?
    var topics: [Topic] = []
    /// Whether what it reads has no end: what is missing may still come.
    var isLive = false
    /// Records read, and what became of them.
    var read: Int64 = 0
    var used: Int64 = 0
    var late: Int64 = 0
    var bad: Int64 = 0
    var filtered = FilteredRows()
    /// The times that the slice was given by.
    var fromTime: EventTime?
    var toTime: EventTime?
    /// As `GROUP BY USER`; nil: it does not group.
    var groupBy: String?
    var hasHaving = false
    var hasWindow = false
    /// Windows that wait for a later record.
    var waiting: WaitingWindows?

    var note: ReportNote {
        if let emptyUpstream { return no("\(emptyUpstream), whose rows it reads, has none") }
        if read == 0 { return nothingRead }
        if used == 0 || filtered.withoutPartner > 0 || filtered.unpaired > 0 { return allLeftOut }
        if let waiting {
            return no(waiting.text, step: "they come with that record; replay closes them at the end of its range")
        }
        if hasWindow, fromTime != nil || toTime != nil {
            return no(
                "no window lies whole in the range\(rangeText)",
                step: "begin at or before the start of a window, and end at or behind its end")
        }
        if hasHaving {
            return no("HAVING is true for no group of \(records(used))", step: "look at the groups without HAVING")
        }
        return no("\(records(used)) count, but no result of them is final yet")
    }

    private func no(_ reason: String, step: String? = nil) -> ReportNote {
        ReportNote(query, "no rows: \(reason)", step: step)
    }

    // MARK: nothing was read

    private var nothingRead: ReportNote {
        if let topic = topics.first(where: { $0.inSlice > 0 }) {
            return no(
                "the range of \(topic.name) has \(NumberDisplay.count(topic.inSlice)) offsets, but no committed record",
                step: "they are markers or records of transactions that were aborted, or are still open")
        }
        if topics.allSatisfy({ $0.written == 0 }) {
            return no("\(names) has no record", step: "write to it, or name another topic with KAFKA_TOPIC")
        }
        if topics.allSatisfy({ $0.held == 0 }) {
            let count = topics.reduce(0) { $0 + $1.written }
            return no(
                "\(names) holds no record any more: all \(NumberDisplay.count(count)) were removed",
                step: "look at its retention.ms and cleanup.policy")
        }
        if isLive {
            return no("no record has come since it began", step: "it began at the end of what was read before")
        }
        guard let topic = topics.first(where: { $0.held > 0 }) else { return no("nothing was read") }
        return outside(topic)
    }

    /// The slice lies beside the data.
    private func outside(_ topic: Topic) -> ReportNote {
        guard let oldest = topic.data?.oldest, let newest = topic.data?.newest else {
            return no(
                "the range\(rangeText) holds no record of \(topic.name), which has \(records(topic.held))",
                step: "--from earliest reads all of them")
        }
        let side: String
        if let fromTime, fromTime > newest {
            side = "begins behind the last record"
        } else if let toTime, toTime <= oldest {
            side = "ends before the first record"
        } else {
            side = "holds no record"
        }
        return no(
            "the range\(rangeText) \(side): the \(records(topic.held)) of \(topic.name) lie between "
                + "\(TimeDisplay.short(oldest)) and \(TimeDisplay.short(newest))",
            step: "--from \(EmptyResult.option(oldest)) reads them")
    }

    /// A time as `--from` takes it, without what is below a second, so that nothing is lost at the beginning.
    static func option(_ time: EventTime) -> String {
        let seconds = time >= 0 ? time / 1000 : 0
        return TimeDisplay.timestamp(seconds * 1000).replacing(".000Z", with: "Z")
    }

    // MARK: all that was read was left out

    private var allLeftOut: ReportNote {
        let causes: [(count: Int64, all: String, some: String, step: String)] = [
            (
                bad, "all \(records(read)) are bad", "are bad",
                "compare the declaration with the records: millrace topics peek \(topics.first?.name ?? "TOPIC")"
            ),
            (
                Int64(filtered.outOfRange),
                "the event times of all \(records(read)) lie outside of the range\(rangeText)",
                "lie outside of the range\(rangeText)",
                "a range is one of event times: choose one that these records are in"
            ),
            (
                Int64(filtered.withoutValue), "all \(records(read)) have a null value", "have a null value",
                "a null value is no row of a stream; declare a TABLE where it deletes one"
            ),
            (
                Int64(filtered.notPassing), "WHERE is true for none of \(records(read))", "do not pass WHERE",
                "look at the values: millrace topics peek \(topics.first?.name ?? "TOPIC")"
            ),
            (
                Int64(filtered.withoutElements), "the array is NULL or empty in all \(records(read))",
                "have a NULL or an empty array", "a row is made of each element of an array; look at the values"
            ),
            (
                Int64(filtered.withoutGroup), "\(groupBy ?? "GROUP BY") is NULL in all \(records(read))",
                "have a NULL in \(groupBy ?? "GROUP BY")",
                "a row without a group is in no result; group by what the records have"
            ),
            (
                Int64(filtered.withoutPartner),
                "none of \(records(read)) has a row of its key in a table that it is joined with",
                "have no row of their key in a table that they are joined with",
                "compare the keys; a table that was filled after the history was written has nothing at its time"
            ),
            (
                Int64(filtered.unpaired),
                "none of \(records(read)) has one of its key in the other stream that is near enough in time",
                "have no record of their key in the other stream that is near enough in time",
                "compare the keys and the times of both streams: WITHIN says how far apart they may be"
            ),
            (late, "all \(records(read)) are late", "are late", "give the windows a longer GRACE PERIOD"),
        ]
        let found = causes.filter { $0.count > 0 }
        if found.count == 1, let cause = found.first, cause.count == read { return no(cause.all, step: cause.step) }
        guard let most = found.max(by: { $0.count < $1.count }) else {
            return no("\(records(read)) were read, and none counts")
        }
        let parts = found.map { "\(NumberDisplay.count($0.count)) \($0.some)" }.joined(separator: ", ")
        return no("of \(records(read)) \(parts)", step: most.step)
    }

    // MARK: words

    private var names: String { topics.map(\.name).joined(separator: ", ") }

    /// ` from 2024-01-01 00:00:00 to …`; nothing where it is given by offsets.
    private var rangeText: String {
        (fromTime.map { " from \(TimeDisplay.short($0))" } ?? "")
            + (toTime.map { " to \(TimeDisplay.short($0))" } ?? "")
    }

    private func records(_ count: Int64) -> String {
        "\(NumberDisplay.count(count)) \(count == 1 ? "record" : "records")"
    }
}
