// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceRun

/// How much state a query will hold, before it runs: an upper bound, as if every record had a group of its own.
struct StateEstimate: Hashable, Sendable {
    /// Of a group.
    var size: GroupSize
    /// Groups that are held at once, at most; nil: nobody has looked at the input.
    var groups: Int64?
    /// How long a group is held, in ms of event time; nil: for ever.
    var span: Int64?
    /// Of the input; nil: not known.
    var recordsPerSecond: Double?

    /// In bytes; nil: not known.
    var bytes: Int64? { groups.map { $0.multipliedReportingOverflow(by: Int64(size.bytes)).partialValue } }

    /// Nil: the query holds nothing.
    /// - Parameter input: what lies in the topics that feed it; nil: not known.
    init?(_ query: Int, _ graph: QueryGraph, isFlushed: Bool, input: LogExtent?) {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation,
            let size = graph.groupSize(query, isFlushed: isFlushed)
        else { return nil }
        self.size = size
        span = aggregation.window.map(\.openMilliseconds)
        guard let input else { return }
        groups = input.records
        guard let oldest = input.oldest, let newest = input.newest, newest > oldest else { return }
        let rate = Double(input.records) * 1000 / Double(newest -| oldest)
        recordsPerSecond = rate
        guard let span else { return }
        let held = (rate * Double(span) / 1000).rounded(.up)
        if held < Double(input.records) { groups = Int64(held) }
    }

    var text: String {
        let growing = size.growing.isEmpty ? "" : ", and what \(size.growing.joined(separator: ", ")) keep"
        let each = "\(size.bytes) bytes a group\(growing)"
        guard let groups, let bytes else { return "about \(each); -b tells how many" }
        var reason = "one for each record that is there"
        if let span, let recordsPerSecond {
            reason =
                "\(NumberDisplay.decimal(recordsPerSecond)) records/s of the log, open for "
                + NumberDisplay.milliseconds(span)
        }
        let total = NumberDisplay.bytes(bytes) + (size.growing.isEmpty ? "" : " and more")
        return "at most \(NumberDisplay.count(groups)) groups at once (\(reason)), \(total): \(each)"
    }
}

extension Window {
    /// From the beginning of a group to where it is final, in ms; of a session that is one record long.
    var openMilliseconds: Int64 {
        switch kind {
        case .tumbling(let size), .hopping(let size, _): size +| grace
        case .session(let gap): 2 *| gap +| grace
        }
    }
}
