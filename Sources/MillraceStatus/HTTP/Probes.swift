// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// The answers for Kubernetes and for those who had ksqlDB before.
struct Probes {
    private struct Check {
        var name: String
        var isPassed: Bool
        var detail: String
    }

    private let view: StatusView

    init(_ view: StatusView) { self.view = view }

    private var checks: [Check] {
        let state = view.snapshot.state
        var kafka = Check(name: "kafka", isPassed: state != .starting, detail: "")
        if case .waitingForBroker(let reason) = view.activity {
            kafka = Check(name: "kafka", isPassed: false, detail: reason)
        }
        let isRestored = ![.starting, .joining, .restoring].contains(state)
        return [
            kafka, Check(name: "group", isPassed: view.snapshot.hasJoined, detail: "joining"),
            Check(name: "state", isPassed: isRestored, detail: state.rawValue),
        ]
    }

    /// The data plane may be silent for so long, in seconds. No call that it makes takes nearly as much.
    static let longestSilence = 120.0

    /// `/livez`: the data plane goes on. Whether brokers answer does not matter: another process would not reach them,
    /// either.
    var liveness: HTTPResponse {
        let silence = view.silentSeconds
        guard silence > Probes.longestSilence else { return HTTPResponse(200, HTTPResponse.text, "ok\n") }
        return HTTPResponse(
            503, HTTPResponse.text, "the pipeline has stood still for \(Int(silence)) s: start the process again\n")
    }

    /// `/readyz`: a broker answers, the group has given its partitions, and the state is restored. How far behind the
    /// run is does not matter here.
    func readiness(isVerbose: Bool) -> HTTPResponse {
        let isReady = checks.allSatisfy(\.isPassed)
        var body = isReady ? "ok\n" : "not ready\n"
        if isVerbose {
            body =
                checks.map { check in
                    check.isPassed ? "[+]\(check.name) ok\n" : "[-]\(check.name) failed: \(check.detail)\n"
                }.joined() + (isReady ? "readyz check passed\n" : "readyz check failed\n")
        }
        return HTTPResponse(isReady ? 200 : 503, HTTPResponse.text, body)
    }

    /// ksqlDB's `/healthcheck`.
    var ksqlHealth: HTTPResponse {
        let isHealthy = checks.allSatisfy(\.isPassed)
        let kafka = checks.first.map(\.isPassed) ?? false
        func part(_ isHealthy: Bool) -> String { JSONPieces.object([("isHealthy", "\(isHealthy)")]) }
        let body = JSONPieces.object([
            ("isHealthy", "\(isHealthy)"),
            (
                "details",
                JSONPieces.object([
                    ("metastore", part(true)), ("kafka", part(kafka)), ("commandRunner", part(isHealthy)),
                ])
            ), ("serverState", JSONPieces.string(isHealthy ? "READY" : "INITIALIZING")),
        ])
        return HTTPResponse(isHealthy ? 200 : 503, HTTPResponse.json, body + "\n")
    }

    /// ksqlDB's `/info`.
    var ksqlInformation: String {
        JSONPieces.object([
            (
                "KsqlServerInfo",
                JSONPieces.object([
                    ("version", JSONPieces.string(view.identity.version)),
                    ("kafkaClusterId", JSONPieces.string(view.snapshot.cluster)),
                    ("ksqlServiceId", JSONPieces.string(view.identity.application)),
                    ("serverStatus", JSONPieces.string("RUNNING")),
                ])
            )
        ]) + "\n"
    }
}
