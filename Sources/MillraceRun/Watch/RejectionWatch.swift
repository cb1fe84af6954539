// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceSettings

/// Ends a run over a record that must not be passed over, or over too many bad ones: asked, with nothing under way,
/// before what was read is committed.
struct RejectionWatch {
    let errors: ErrorHandling

    /// - Parameter collectors: all of the pipeline's.
    func checkFailures(_ collectors: [OutputCollector]) throws {
        let failures = collectors.compactMap(\.rejections.failure)
        if let first = failures.min(by: { $0.place < $1.place }) { throw first.error }
    }

    /// - Parameter earlier: what was counted before this pipeline.
    func checkLimit(_ pipeline: Pipeline, _ collectors: [OutputCollector], earlier: RunTotals = RunTotals()) throws {
        guard let limit = errors.limit else { return }
        var totals = earlier
        totals.add(pipeline, collectors)
        for query in pipeline.graph.program.queries.map(\.name) {
            let (read, bad) = totals.bad(query)
            guard limit.isExceeded(bad: bad, read: read) else { continue }
            let reports = totals.rejectionReports.filter { $0.query == query && $0.kind == .bad }
            let first = reports.flatMap { report in report.samples.map { (place: $0, account: report.account) } }
                .min { $0.place < $1.place }
            throw RunFailure(
                .data, .tooManyBadRecords,
                "\(NumberDisplay.count(bad)) bad of \(NumberDisplay.count(read)) records of \(query) are more than "
                    + "errors.max (\(limit.text))"
                    + (first.map { "; the first is \($0.place.text): \($0.account)" } ?? ""),
                hint: "mend what writes such records; or raise errors.max")
        }
    }
}
