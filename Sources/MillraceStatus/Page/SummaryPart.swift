// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// The head of the page: what runs, where to look, and the few figures that say how it goes.
enum SummaryPart {
    static func html(_ view: StatusView) -> HTML {
        let snapshot = view.snapshot
        let sentence = StatusSentence.of(view)
        let since = NumberDisplay.milliseconds(max(view.nowMilliseconds -| snapshot.stateSinceMilliseconds, 0))
        return """
            <header id="head">
            <h1>\(view.identity.application)</h1>
            <p class="state \(style(snapshot.state))">\(snapshot.state.rawValue)\(mode(snapshot.state))</p>
            <p class="quiet">for \(since)</p>
            <p class="brand">Millrace \(view.identity.version)</p>
            </header>
            <section id="summary" class="\(sentence.severity.rawValue)">
            <p class="word">\(word(sentence.severity))</p>
            <p class="sentence">\(sentence.text)</p>
            </section>
            <section id="figures">\(figures(view))</section>
            <section id="backfill">\(backfill(view))</section>
            """
    }

    private static func style(_ state: RunState) -> String {
        switch state {
        case .backfill, .restoring: "batch"
        case .live, .draining: "stream"
        default: "other"
        }
    }

    private static func mode(_ state: RunState) -> String {
        switch state {
        case .backfill: " · batch"
        case .live, .draining: " · stream"
        default: ""
        }
    }

    private static func word(_ severity: StatusSentence.Severity) -> String {
        switch severity {
        case .fine: "all well"
        case .busy: "at work"
        case .attention: "look here"
        case .trouble: "trouble"
        }
    }

    private static func figures(_ view: StatusView) -> HTML {
        let snapshot = view.snapshot
        let speed = snapshot.running.filter { $0.report.upstream == nil }.map(\.recentSpeed).max() ?? 0
        let rows = snapshot.running.reduce(0) { $0 + $1.recentRows }
        let records = snapshot.history.map(\.recordsPerSecond)
        let results = snapshot.history.map(\.rowsPerSecond)
        let load = snapshot.load
        let minutes = "the last five minutes"
        let busy = PageElements.bar(load.busy, "load", label: "computing")
        let blocked = PageElements.bar(load.blocked, "blocked", label: "blocked")
        let commits = snapshot.commits
        let done = PageElements.count(Int64(commits.committed))
        let aborted = PageElements.count(Int64(commits.aborted))
        return """
            \(figure("records in", PageElements.rate(speed), PageElements.sparkline(records, label: minutes)))
            \(figure("results out", PageElements.rate(rows), PageElements.sparkline(results, label: minutes)))
            \(figure("lag", PageElements.count(snapshot.lag), "<small>records</small>"))
            \(figure("busy", NumberDisplay.percent(load.busy), busy))
            \(figure("blocked by Kafka", NumberDisplay.percent(load.blocked), blocked))
            \(figure("last commit", lastCommit(view), "<small>\(done) done, \(aborted) aborted</small>"))
            """
    }

    private static func lastCommit(_ view: StatusView) -> String {
        view.snapshot.commits.lastMilliseconds.map {
            "\(NumberDisplay.milliseconds(max(view.nowMilliseconds -| $0, 0))) ago"
        } ?? "none yet"
    }

    private static func figure(_ name: String, _ value: String, _ below: HTML) -> HTML {
        "<div class=\"figure\"><p class=\"name\">\(name)</p><p class=\"value\">\(value)</p>\(below)</div>\n"
    }

    /// The way from the first record to the hand-over.
    private static func backfill(_ view: StatusView) -> HTML {
        guard let backfill = view.snapshot.backfill, backfill.total > 0 else { return "" }
        let isOver = backfill.handOverMilliseconds != nil
        let right: String
        if let handOver = backfill.handOverMilliseconds {
            right = "handed over at \(TimeDisplay.short(handOver)) UTC, at the exact offsets below"
        } else if let left = backfill.secondsLeft {
            right = "\(NumberDisplay.seconds(left)) left"
        } else {
            right = ""
        }
        return """
            <div class="row"><h2>Backfill</h2><p class="quiet">\
            \(PageElements.count(backfill.done)) of \(PageElements.count(backfill.total)) records of history, \
            \(NumberDisplay.percent(backfill.progress))</p><p class="right">\(right)</p></div>
            \(PageElements.bar(backfill.progress, isOver ? "stream" : "batch", label: "backfill"))
            """
    }
}
