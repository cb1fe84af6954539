// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// The graph: topic ► stages ► topic, one row a query, both stages of a hybrid query one above the other.
enum FlowPart {
    static func html(_ view: StatusView) -> HTML {
        """
        <section id="flow"><h2>Flow</h2>
        \(view.snapshot.queries.map { row($0, view) })
        </section>
        """
    }

    private static func row(_ query: QueryStatus, _ view: StatusView) -> HTML {
        let stages = view.snapshot.stages.filter { $0.report.query == query.name }
        let running = stages.last(where: \.isRunning)
        let count = view.snapshot.partitions.filter { $0.partition.topic == query.input }.count
        let below = query.upstream == nil ? partitionCount(count) : "from \(query.upstream ?? "")"
        return """
            <div class="flow">
            <div class="topic"><p class="name">\(query.upstream == nil ? "topic" : "stream")</p>\
            <p class="value">\(query.input)</p>\
            <p class="quiet">\(below)</p></div>
            \(edge(running?.recentSpeed ?? 0))
            <div class="stages">\(boxes(query, stages, view))</div>
            \(edge(running?.recentRows ?? 0))
            <div class="topic"><p class="name">topic</p><p class="value">\(query.output)</p>\
            <p class="quiet">\(PageElements.count(query.rows)) result \(query.rows == 1 ? "row" : "rows")</p></div>
            </div>

            """
    }

    private static func partitionCount(_ count: Int) -> String {
        count == 1 ? "1 partition here" : "\(count) partitions here"
    }

    /// An arrow, the thicker the more goes through it.
    private static func edge(_ rate: Double) -> HTML {
        var width = 1.5
        var bound = 1.0
        while bound <= rate, width < 9 {
            width += 1.2
            bound *= 10
        }
        return """
            <div class="edge"><svg viewBox="0 0 60 20" preserveAspectRatio="none" aria-hidden="true">\
            <line x1="0" y1="10" x2="52" y2="10" stroke-width="\(String(width))"/><path d="M50 3 60 10 50 17z"/></svg>\
            <p>\(PageElements.rate(rate))</p></div>
            """
    }

    /// The latest stage of each mode; one that has not begun is shown as what comes.
    private static func boxes(_ query: QueryStatus, _ stages: [StageStatus], _ view: StatusView) -> [HTML] {
        var boxes: [HTML] = []
        let batch = stages.last { $0.report.mode == .batch }
        let stream = stages.last { $0.report.mode == .stream }
        if let batch { boxes.append(box(query, batch, view)) }
        if let stream {
            boxes.append(box(query, stream, view))
        } else if batch != nil {
            boxes.append(
                """
                <div class="stage stream waiting"><p class="mode">stream <i>waits for the hand-over</i></p></div>
                """)
        }
        if boxes.isEmpty {
            boxes.append("<div class=\"stage other\"><p class=\"mode\">\(clauses(query))</p></div>")
        }
        return boxes
    }

    private static func clauses(_ query: QueryStatus) -> String { query.clauses.joined(separator: " · ") }

    private static func box(_ query: QueryStatus, _ stage: StageStatus, _ view: StatusView) -> HTML {
        let report = stage.report
        let load = view.snapshot.load
        let isBlocked = stage.isRunning && load.blocked >= 0.5
        let speed = stage.isRunning ? stage.recentSpeed : report.speed
        let word = stage.isRunning ? (isBlocked ? "blocked by Kafka" : "running") : "done"
        return """
            <div class="stage \(report.mode.rawValue)\(isBlocked ? " blocked" : "")\(stage.isRunning ? "" : " done")">
            <p class="mode">\(report.mode.rawValue) <i>\(word)</i></p>
            <p class="clauses">\(clauses(query))</p>
            <p class="speeds"><span><b>S</b> \(PageElements.rate(speed))</span> \
            <span><b>P</b> \(NumberDisplay.decimal(report.yield))</span> \
            <span>\(PageElements.count(report.records)) records</span></p>
            \(stage.isRunning ? busy(load) : nil)
            </div>
            """
    }

    private static func busy(_ load: LoadStatus) -> HTML {
        """
        \(PageElements.bar(load.busy, "load", label: "busy"))<p class="quiet">busy \(NumberDisplay.percent(load.busy))\
        \(load.blocked >= 0.005 ? ", blocked \(NumberDisplay.percent(load.blocked))" : "")</p>
        """
    }
}
