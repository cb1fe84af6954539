// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport

/// Says while a run goes on that records are bad: of the first ones at once, of more at most once a minute. All of them
/// are counted in the report at its end.
struct BadRecordWatch {
    private var notice = CountedNotice()
    /// What was counted when the last look was made: without change there is nothing to say.
    private var lastCount = 0

    /// What there is to say behind a commit.
    /// - Parameter earlier: what was counted before this pipeline.
    mutating func note(
        _ pipeline: Pipeline, _ collectors: [OutputCollector], earlier: RunTotals, now: UInt64
    ) -> LogLine? {
        guard notice.isDue(now: now) else { return nil }
        let count =
            pipeline.sources.reduce(0) { $0 + $1.accounts.reduce(0) { $0 + $1.bad } }
            + collectors.reduce(0) { $0 + $1.rejections.refused.values.reduce(0, +) }
        guard count != lastCount else { return nil }
        lastCount = count
        var totals = earlier
        totals.add(pipeline, collectors)
        return note(totals.rejectionReports, now: now)
    }

    /// - Parameter reports: of the run so far.
    mutating func note(_ reports: [RejectionReport], now: UInt64) -> LogLine? {
        let bad = reports.filter { $0.kind == .bad }
        let count = bad.reduce(0) { $0 +| $1.count }
        guard let new = notice.take(count, now: now) else { return nil }
        let more = new == count ? "" : ", \(NumberDisplay.count(new)) more than the last time"
        // Without values, which may be secrets.
        let reasons = bad.sorted { $0.count > $1.count }.prefix(3).map { report in
            "\(report.query): \(report.title) (\(NumberDisplay.count(report.count)), the first \(place(report)))"
        }
        return LogLine(
            .warn, "bad records: \(NumberDisplay.count(count))\(more); \(reasons.joined(separator: "; "))",
            code: .undecodableRecord, kind: "bad records", fields: [LogLine.Field("bad", .number(count))])
    }

    private func place(_ report: RejectionReport) -> String { report.samples.first?.text ?? "not kept" }
}
