// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
@testable import MillraceReport
@testable import MillraceStatus

struct StatusPageTests {
    private func page(_ change: (inout StatusView) -> Void = { _ in }) throws -> HTTPResponse {
        StatusPage.response(try StatusFixture.view(change), isLive: true)
    }

    @Test func itShowsWhereToLook() throws {
        let body = try page().body
        for text in [
            "Caught up, last commit", "R now = Σ P × S", "orders/1", "TUMBLING 10 s", "orders/0@7",
            "kcat -b localhost:9092 -C -t orders -p 0 -o 7 -c 1", "svc-orders", "handed over at",
        ] {
            #expect(body.contains(text), "\(text)")
        }
    }

    @Test func dataIsNeverMarkup() throws {
        let view = try StatusFixture.view()
        for text in [try page().body, StatusPage.event(view)] {
            #expect(!text.contains("<script>alert"))
            #expect(text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"))
            #expect(!text.contains("\r"))
            #expect(!text.contains("\u{1B}"))
            #expect(!text.contains("\u{202E}"))
            // Markup that was taken for text would show up like this.
            #expect(!text.contains("HTML(text"))
            #expect(!text.contains("&lt;ul"))
            #expect(!text.contains("&lt;span"))
        }
    }

    @Test func secretsAreMasked() throws {
        let body = try page().body
        #expect(!body.contains(StatusFixture.canary))
        #expect(body.contains("<dt>kafka.sasl.password</dt><dd>****</dd>"))
        let json = StatusJSON.text(try StatusFixture.view())
        #expect(!json.contains(StatusFixture.canary))
    }

    /// Only the page's own style and script run, under a number that nobody can guess.
    @Test func thePolicyLetsNothingElseIn() throws {
        let response = try page()
        let policy = try #require(response.headers.first { $0.name == "Content-Security-Policy" }?.value)
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(!policy.contains("unsafe"))
        let nonce = try #require(policy.split(separator: "'").first { $0.hasPrefix("nonce-") }).dropFirst(6)
        #expect(nonce.count >= 20)
        #expect(response.body.contains("<script nonce=\"\(nonce)\">"))
        #expect(response.body.components(separatedBy: "<script").count == 2)
        #expect(!response.body.contains(" style="))
        #expect(!response.body.contains(" onclick="))
        let other = try page().headers.first { $0.name == "Content-Security-Policy" }?.value
        #expect(other != policy)
    }

    /// One file: nothing is asked for from anywhere else.
    @Test func itIsSelfContained() throws {
        let body = try page().body
        for pattern in ["src=", "http://", "https://", "@import", "url("] {
            #expect(!body.contains(pattern), "\(pattern)")
        }
    }

    /// Batch and stream are words, never colours alone.
    @Test func everyStageNamesItsMode() throws {
        let body = try page().body
        #expect(body.contains("<p class=\"mode\">batch <i>done</i></p>"))
        #expect(body.contains("<p class=\"mode\">stream <i>running</i></p>"))
        let waiting = try page { view in
            view.snapshot.stages = [StatusFixture.stage(.batch, isRunning: true)]
            view.snapshot.load.blocked = 0.7
        }
        #expect(waiting.body.contains("waits for the hand-over"))
        #expect(waiting.body.contains("<i>blocked by Kafka</i>"))
    }

    @Test func anEmptyRunHasAPageToo() throws {
        let body = try page { view in
            view.snapshot = StatusSnapshot(
                takenMilliseconds: view.nowMilliseconds, takenNanoseconds: view.nowNanoseconds, state: .starting,
                stateSinceMilliseconds: view.nowMilliseconds)
        }.body
        #expect(body.contains("Starting: topics and producers are being prepared"))
    }

    @Test func manyPartitionsAreCut() throws {
        let body = try page { view in
            view.snapshot.partitions = (0..<500).map { StatusFixture.partition($0, lag: Int64($0)) }
        }.body
        #expect(body.contains("orders/499"))
        #expect(!body.contains("<b>orders/100</b>"))
        #expect(body.contains("and 436 more"))
    }
}

struct StatusJSONTests {
    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func itIsJSONWhateverTheDataSay() throws {
        let status = try object(StatusJSON.text(try StatusFixture.fullView()))
        #expect(status["version"] as? Int == 1)
        #expect(status["state"] as? String == "live")
        #expect((status["summary"] as? [String: Any])?["severity"] as? String == "attention")
        let query = try #require((status["queries"] as? [[String: Any]])?.first)
        let result = try #require((query["recentResults"] as? [[String: Any]])?.first)
        #expect(result["key"] as? String == StatusFixture.hostile)
        let partition = try #require((status["partitions"] as? [[String: Any]])?.first)
        #expect(partition["handOver"] as? Int == 60)
        #expect(partition["watermark"] as? String == "2026-10-31T23:59:59.000Z")
        #expect((status["settings"] as? [String: Any])?["kafka.sasl.password"] as? String == "****")
    }

    /// An event is one line, and leaves out what never changes.
    @Test func eventsAreShort() throws {
        let event = StatusJSON.event(try StatusFixture.view())
        #expect(!event.contains("\n"))
        let status = try object(event)
        #expect(status["settings"] == nil)
        #expect(status["plan"] == nil)
        #expect(status["stages"] != nil)
        #expect(EventStream.event("a\nb") == "data: a\ndata: b\n\n")
    }

    /// `docs/status.md` names every member.
    @Test func theReferenceIsComplete() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/status.md"), encoding: .utf8)
        let status = try object(StatusJSON.text(try StatusFixture.fullView()))
        for name in status.keys { #expect(page.contains("`\(name)`"), "\(name)") }
        for path in StatusRoutes.paths { #expect(page.contains("`\(path)`") || page.contains(" \(path)`"), "\(path)") }
    }

    @Test func theTextIsForPeople() throws {
        let text = StatusText.text(try StatusFixture.view())
        #expect(text.hasPrefix("orders  live for 5 s  R = 100 result rows/s  lag 0\nCaught up"))
        #expect(text.contains("orders/0      100  100    0            2026-10-31 23:59:59"))
        #expect(!text.contains("\u{1B}"))
    }
}
