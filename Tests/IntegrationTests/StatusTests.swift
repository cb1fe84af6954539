// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What a run shows of itself, on a real broker.
@Suite(.enabled(if: Environment.isReady)) struct StatusTests {
    private static let canary = "hunter2-canary-\(UInt32.random(in: 0...UInt32.max))"
    private static let admin = "0123456789abcdef-admin"
    private static let users = ["--commit-interval", "200ms", "-X", "sasl.password=\(canary)"]

    /// A run over orders that keep coming, with its page at a port of its own.
    private struct Run {
        let workspace: Workspace
        let input: String
        let output: String
        let process: MillraceProcess
        let page: StatusReader

        init(_ name: String, orders: Int, _ options: [String] = []) throws {
            workspace = try Workspace(name)
            input = try workspace.createTopic("orders")
            output = workspace.topic("totals")
            var source = Order.Source(partitions: 4, seed: 11)
            try workspace.produce(source.next(orders).map(\.record), to: input)
            let program = try workspace.write(
                Programs.aggregate(
                    input, into: output, by: "user", window: .init(size: 10_000, grace: 5000), emit: "FINAL"),
                to: "totals.sql")
            let token = try workspace.write(StatusTests.admin + "\n", to: "admin.token")
            process = try workspace.start(
                "run", program,
                StatusTests.users + ["--application", workspace.topic("app"), "--http", "127.0.0.1:0"]
                    + ["--http-admin-token-file", token] + options)
            page = try StatusReader(process)
        }

        func waitUntilLive() throws { try page.wait { $0["state"] as? String == "live" } }
    }

    @Test func itSaysHowTheRunStands() throws {
        let run = try Run("status", orders: 3000, ["--dead-letter", "dead-\(UInt32.random(in: 0...UInt32.max))"])
        try run.waitUntilLive()
        let status = try run.page.wait {
            $0["lag"] as? Int == 0 && ($0["commits"] as? [String: Any])?["committed"] as? Int ?? 0 > 0
        }
        #expect((status["backfill"] as? [String: Any])?["progress"] as? Double == 1)
        let partitions = try #require(status["partitions"] as? [[String: Any]])
        #expect(partitions.count == 4)
        #expect(partitions.reduce(0) { $0 + ($1["offset"] as? Int ?? 0) } == 3000)
        #expect(partitions.allSatisfy { $0["offset"] as? Int == $0["end"] as? Int })
        let accounts = try #require(status["accounts"] as? [[String: Any]])
        for account in accounts {
            let parts = ["used", "filtered", "late", "bad"].reduce(0) { $0 + (account[$1] as? Int ?? 0) }
            #expect(parts == account["read"] as? Int)
        }
        let stages = try #require(status["stages"] as? [[String: Any]])
        #expect(stages.map { $0["mode"] as? String } == ["batch", "stream"])
        #expect(stages.first?["records"] as? Int == 3000)

        #expect(try run.page.get("/readyz?verbose").contains("readyz check passed"))
        #expect(try run.page.get("/info").contains("\"kafkaClusterId\":\""))
        #expect(try run.page.get("/healthcheck").contains("\"isHealthy\":true"))
        let metrics = try run.page.get("/metrics")
        #expect(
            metrics.contains("millrace_pipeline_state{pipeline=\"\(run.workspace.topic("app"))\",state=\"live\"} 1"))
        for path in ["/", "/api/v1/status", "/metrics", "/api/v1/status?format=text"] {
            #expect(!(try run.page.get(path)).contains(StatusTests.canary), "\(path)")
        }
        let text = try run.workspace.command(["status", "--http", "127.0.0.1:\(run.page.port)"])
        #expect(try text.exitCode() == 0)
        #expect(text.output.contains("live for"))
        #expect(try run.process.stop() == 0)
        #expect(!run.process.error.contains(StatusTests.canary))
    }

    /// A pause commits what was read and reads no more; a drain reads to the end and stops.
    @Test func pauseResumeAndDrain() throws {
        let run = try Run("requests", orders: 500)
        try run.waitUntilLive()
        #expect(try run.page.post("/api/v1/pause", token: nil).hasPrefix("HTTP/1.1 401"))
        #expect(try run.page.post("/api/v1/pause", token: StatusTests.admin).hasPrefix("HTTP/1.1 202"))
        try run.page.wait { $0["state"] as? String == "paused" }
        var source = Order.Source(partitions: 4, seed: 12, time: Order.firstDay + 60_000_000)
        try run.workspace.produce((source.next(400) + source.closing()).map(\.record), to: run.input)
        // The ends of the logs are asked now and then.
        try run.page.wait { $0["lag"] as? Int == 404 }
        Thread.sleep(forTimeInterval: 0.5)
        let paused = try run.page.status()
        #expect(paused["state"] as? String == "paused")
        #expect((paused["partitions"] as? [[String: Any]] ?? []).reduce(0) { $0 + ($1["offset"] as? Int ?? 0) } == 500)
        #expect(paused["lag"] as? Int == 404)
        let committed = try run.workspace.committed(run.workspace.topic("app"), run.input, partitions: 4)
        #expect(committed.reduce(0) { $0 + ($1 ?? 0) } == 500)

        #expect(try run.page.post("/api/v1/resume", token: StatusTests.admin).hasPrefix("HTTP/1.1 202"))
        try run.page.wait { $0["state"] as? String == "live" && $0["lag"] as? Int == 0 }

        #expect(try run.page.post("/api/v1/pause", token: StatusTests.admin).hasPrefix("HTTP/1.1 202"))
        try run.page.wait { $0["state"] as? String == "paused" }
        try run.workspace.produce(source.next(300).map(\.record), to: run.input)
        #expect(try run.page.post("/api/v1/drain", token: StatusTests.admin).hasPrefix("HTTP/1.1 202"))
        #expect(try run.process.exitCode() == 0)
        let after = try run.workspace.committed(run.workspace.topic("app"), run.input, partitions: 4)
        #expect(after.reduce(0) { $0 + ($1 ?? 0) } == 1204)
    }

    /// Fault 18.
    /// A run that has nothing to do must not look well while its broker is away.
    @Test(.enabled(if: Environment.canStartBrokers)) func aBrokerThatIsAwayIsSeenWithoutWork() throws {
        let broker = try OwnBroker()
        let workspace = try Workspace("away", bootstrap: broker.bootstrap)
        let input = try workspace.createTopic("orders", partitions: 1)
        let program = try workspace.write(Programs.filter(input, into: workspace.topic("out"), above: 1), to: "p.sql")
        let process = try workspace.start(
            "run", program, ["--application", workspace.topic("app"), "--http", "127.0.0.1:0"])
        let page = try StatusReader(process)
        try page.wait { $0["state"] as? String == "live" }
        #expect(try page.get("/readyz").hasPrefix("HTTP/1.1 200"))
        try broker.kill()
        try page.wait { ($0["summary"] as? [String: Any])?["severity"] as? String == "trouble" }
        #expect(try page.get("/readyz?verbose").contains("[-]kafka failed: "))
        #expect(try page.get("/livez").hasPrefix("HTTP/1.1 200"))
        try broker.restart()
        try page.wait(seconds: 60) { ($0["summary"] as? [String: Any])?["severity"] as? String == "fine" }
        #expect(try process.stop() == 0)
    }

    @Test func placesThatCannotBeAreRefused() throws {
        let workspace = try Workspace("places")
        let input = try workspace.createTopic("orders", partitions: 1)
        let program = try workspace.write(Programs.filter(input, into: workspace.topic("out"), above: 1), to: "p.sql")
        let options = ["--application", workspace.topic("app"), "--http"]
        let open = try workspace.start("run", program, options + ["0.0.0.0:0"])
        #expect(try open.exitCode() == 78)
        #expect(open.error.contains("--http-token-file"))
        let token = try workspace.write("0123456789abcdef-read", to: "token")
        let guarded = try workspace.start("run", program, options + ["0.0.0.0:0", "--http-token-file", token])
        let page = try StatusReader(guarded)
        #expect(try page.get("/api/v1/status").hasPrefix("HTTP/1.1 401"))
        #expect(try page.get("/livez").hasPrefix("HTTP/1.1 200"))
        #expect(
            try page.get("/api/v1/status", "Authorization: Bearer 0123456789abcdef-read\r\n").hasPrefix("HTTP/1.1 200"))
        let taken = try workspace.start("run", program, options + ["127.0.0.1:\(page.port)"])
        #expect(try taken.exitCode() == 78)
        #expect(taken.error.contains("cannot serve the status page"))
        let lost = try workspace.command(["status", "--http", "127.0.0.1:1"])
        #expect(try lost.exitCode() == 69)
        let refused = try workspace.command(["status", "--http", "127.0.0.1:\(page.port)"])
        #expect(try refused.exitCode() == 77)
        #expect(try guarded.stop() == 0)
    }

    /// In a browser, where there is one: see Tests/Page/check.py.
    @Test(.enabled(if: Environment.pageCheck != nil)) func thePageInABrowser() throws {
        let run = try Run("browser", orders: 3000)
        try run.waitUntilLive()
        let live = LiveOrders(
            Order.Source(partitions: 4, seed: 13, time: Order.firstDay + 60_000_000), to: run.input,
            properties: run.workspace.properties)
        defer { _ = try? live.stop() }
        let shots = Environment.screenshots ?? run.workspace.directory.path
        try FileManager.default.createDirectory(atPath: shots, withIntermediateDirectories: true)
        let output = run.workspace.directory.appendingPathComponent("page.out")
        let browser = try ChildProcess(
            "/usr/bin/python3", [try #require(Environment.pageCheck), "http://127.0.0.1:\(run.page.port)/", shots],
            directory: run.workspace.directory, output: output,
            error: run.workspace.directory.appendingPathComponent("page.err"))
        let code = try browser.exitCode(seconds: 120)
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        #expect(code == 0, "\(text)")
        #expect(try run.process.stop() == 0)
    }
}
