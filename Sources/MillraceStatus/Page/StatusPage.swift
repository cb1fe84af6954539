// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// The status page: one document with everything in it. It shows the numbers without JavaScript; with it, its parts are
/// replaced by those that come as events, which the same code makes.
enum StatusPage {
    /// - Parameter isLive: whether the page asks for events.
    static func response(_ view: StatusView, isLive: Bool) -> HTTPResponse {
        var response = HTTPResponse(200, HTTPResponse.html, "")
        // Only what carries this page's own number runs; nothing comes from anywhere else.
        let nonce = makeNonce()
        response.headers.append(
            (
                "Content-Security-Policy",
                "default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; "
                    + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ))
        response.body = document(view, isLive: isLive, nonce: nonce).text
        return response
    }

    /// The parts that change, as the data of one event.
    static func event(_ view: StatusView) -> String { parts(view).text }

    private static func document(_ view: StatusView, isLive: Bool, nonce: String) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(view.identity.application) – Millrace</title>
        <link rel="icon" href="data:,">
        <style nonce="\(nonce)">\(PageStyle.text)</style>
        </head>
        <body data-live="\(isLive ? "1" : "0")">
        <main>
        <p id="connection" class="lost" role="status" hidden>No news from the process: the figures below are old.</p>
        \(parts(view))
        \(RunPart.fixed(view))
        <footer>
        <nav><a href="api/v1/status">JSON</a> <a href="metrics">metrics</a> <a href="readyz?verbose">readiness</a></nav>
        <noscript>Without JavaScript the page stays as it was when it was loaded.</noscript>
        </footer>
        </main>
        <script nonce="\(nonce)">\(PageScript.text)</script>
        </body>
        </html>

        """
    }

    private static func parts(_ view: StatusView) -> HTML {
        """
        \(SummaryPart.html(view))
        \(FlowPart.html(view))
        \(StagesPart.html(view))
        \(PartitionsPart.html(view))
        \(WindowsPart.html(view))
        \(RejectionsPart.html(view))
        \(RunPart.notes(view))
        """
    }

    private static func makeNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(generator.next() as UInt64, radix: 16) }.joined()
    }
}
