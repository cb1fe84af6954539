// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// What did not reach the results, with places to look at.
enum RejectionsPart {
    static func html(_ view: StatusView) -> HTML {
        let snapshot = view.snapshot
        let read = snapshot.accounts.reduce(Int64(0)) { $0 + $1.read }
        guard read > 0 else { return "<section id=\"rejections\"></section>" }
        return """
            <section id="rejections"><h2>What became of the records</h2>
            \(accounts(snapshot))
            \(samples(view))
            \(snapshot.failures.map(failure))
            \(snapshot.keys.map { "<p class=\"quiet\">\($0.text)</p>" as HTML })
            </section>
            """
    }

    private static func failure(_ failure: FailureReport) -> HTML {
        """
        <p class="quiet">\(failure.text)</p>
        """
    }

    /// One row a query: the four counts add up to what was read.
    private static func accounts(_ snapshot: StatusSnapshot) -> HTML {
        let rows = snapshot.queries.compactMap { query -> [HTML]? in
            let accounts = snapshot.accounts.filter { $0.query == query.name }
            guard !accounts.isEmpty else { return nil }
            func sum(_ figure: KeyPath<AccountReport, Int64>) -> Int64 {
                accounts.reduce(0) { $0 + $1[keyPath: figure] }
            }
            func cell(_ figure: KeyPath<AccountReport, Int64>) -> HTML { "\(PageElements.count(sum(figure)))" }
            func warning(_ figure: KeyPath<AccountReport, Int64>) -> HTML {
                sum(figure) > 0 ? "<span class=\"warn\">\(cell(figure))</span>" : cell(figure)
            }
            return [
                "<b>\(query.name)</b>", cell(\.read), cell(\.used), cell(\.filtered), warning(\.late), warning(\.bad),
            ]
        }
        return PageElements.table(
            [
                ("query", false), ("read", true), ("used", true), ("filtered", true), ("late", true), ("bad", true),
            ], rows)
    }

    private static func samples(_ view: StatusView) -> HTML? {
        let rejections = view.snapshot.rejections
        guard !rejections.isEmpty else { return nil }
        let rows = rejections.map { rejection -> [HTML] in
            let reason = rejection.title
            let places = rejection.samples.map {
                "<code>\($0.text)</code> " as HTML
            }
            return [
                "<span class=\"chip idle\">\(rejection.kind.rawValue)</span> \(reason)",
                "\(rejection.query)", "\(PageElements.count(rejection.count))", "\(places)", command(rejection, view),
            ]
        }
        return PageElements.table(
            [("why", false), ("query", false), ("count", true), ("first ones", false), ("to look at one", false)], rows)
    }

    private static func command(_ rejection: RejectionReport, _ view: StatusView) -> HTML {
        guard let place = rejection.samples.first, place.offset >= 0 else { return "" }
        return """
            <code>kcat -b \(view.identity.brokers) -C -t \(place.partition.topic) \
            -p \(String(place.partition.partition)) -o \(String(place.offset)) -c 1</code>
            """
    }
}
