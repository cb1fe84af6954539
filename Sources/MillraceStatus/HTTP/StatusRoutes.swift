// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// What each path answers. It reads the board and nothing else: no answer waits for the data plane.
struct StatusRoutes: Sendable {
    let board: StatusBoard
    let access: AccessRule

    private struct Route {
        var path: String
        var method: String
        var scope: AccessRule.Scope
        var answer: @Sendable (StatusRoutes, HTTPRequest) -> HTTPAnswer
    }

    private static let routes: [Route] =
        [
            Route(path: "/", method: "GET", scope: .read) { routes, request in
                .whole(StatusPage.response(routes.board.view, isLive: request.query["live"] != "0"))
            },
            Route(path: "/api/v1/status", method: "GET", scope: .read) { routes, request in
                .whole(routes.status(request))
            },
            Route(path: "/api/v1/events", method: "GET", scope: .read) { routes, request in
                let board = routes.board
                // The page takes its parts ready-made, so that there is one place that makes them.
                let isPage = request.query["page"] == "1"
                return .events { isPage ? StatusPage.event(board.view) : StatusJSON.event(board.view) }
            },
            Route(path: "/metrics", method: "GET", scope: .read) { routes, _ in
                .whole(
                    HTTPResponse(
                        200, "text/plain; version=0.0.4; charset=utf-8", StatusMetrics.text(routes.board.view)))
            },
            Route(path: "/info", method: "GET", scope: .read) { routes, _ in
                .whole(HTTPResponse(200, HTTPResponse.json, Probes(routes.board.view).ksqlInformation))
            },
        ]
        + ["/livez", "/healthz", "/ping"].map { path in
            Route(path: path, method: "GET", scope: .probe) { routes, _ in
                .whole(Probes(routes.board.view).liveness)
            }
        }
        + ["/readyz", "/ready"].map { path in
            Route(path: path, method: "GET", scope: .probe) { routes, request in
                .whole(Probes(routes.board.view).readiness(isVerbose: request.query["verbose"] != nil))
            }
        }
        + [
            Route(path: "/healthcheck", method: "GET", scope: .probe) { routes, _ in
                .whole(Probes(routes.board.view).ksqlHealth)
            }
        ]
        + RunRequest.allCases.map { wanted in
            Route(path: "/api/v1/\(wanted.rawValue)", method: "POST", scope: .admin) { routes, _ in
                routes.board.request(wanted)
                let body = JSONPieces.object([
                    ("requested", JSONPieces.string(wanted.rawValue)),
                    ("state", JSONPieces.string(routes.board.view.snapshot.state.rawValue)),
                ])
                return .whole(HTTPResponse(202, HTTPResponse.json, body + "\n"))
            }
        }

    /// All paths, for documentation and tests.
    static var paths: [String] { routes.map(\.path) }

    /// Where a request for a path belongs, as limits count them.
    static func stage(_ path: String) -> ConnectionTable.Stage {
        if path == "/metrics" { return .metrics }
        return routes.contains { $0.path == path && $0.scope == .probe } ? .probe : .answer
    }

    func answer(_ request: HTTPRequest) -> HTTPAnswer {
        guard let route = StatusRoutes.routes.first(where: { $0.path == request.path }) else {
            return .whole(.error(404, "there is nothing at this path; the status is at /api/v1/status"))
        }
        let method = request.method == "HEAD" ? "GET" : request.method
        guard method == route.method else {
            var response = HTTPResponse.error(405, "\(route.path) takes \(route.method) only")
            response.headers.append(("Allow", route.method == "GET" ? "GET, HEAD" : route.method))
            return .whole(response)
        }
        if let refusal = access.refusal(request, route.scope) { return .whole(refusal) }
        return route.answer(self, request)
    }

    /// Text for those who ask for it (`Accept: text/plain`, or `?format=text`), else JSON.
    private func status(_ request: HTTPRequest) -> HTTPResponse {
        let wantsText =
            request.query["format"] == "text" || request.headers["accept"]?.hasPrefix("text/plain") == true
        let view = board.view
        return wantsText
            ? HTTPResponse(200, HTTPResponse.text, StatusText.text(view))
            : HTTPResponse(200, HTTPResponse.json, StatusJSON.text(view) + "\n")
    }
}
