// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing
@testable import MillraceReport
@testable import MillraceSettings
@testable import MillraceStatus

struct AccessRuleTests {
    private let token = "0123456789abcdef-read"
    private let admin = "0123456789abcdef-admin"

    private func status(
        _ rule: AccessRule, _ scope: AccessRule.Scope, _ headers: [String: String] = [:]
    ) -> UInt32? {
        rule.refusal(HTTPRequest(method: "GET", path: "/", headers: headers), scope)?.status
    }

    private func basic(_ password: String) -> String {
        "Basic " + String(decoding: Base64.encode(Array("anna:\(password)".utf8)), as: UTF8.self)
    }

    @Test func probesAreForEverybody() {
        let rule = AccessRule(token: token, adminToken: nil)
        #expect(status(rule, .probe, ["host": "pod-17.example"]) == nil)
    }

    @Test func withoutATokenOnlyThisMachineIsAnswered() {
        let rule = AccessRule(token: nil, adminToken: nil)
        for host in ["127.0.0.1:8085", "localhost:9000", "LOCALHOST", "[::1]:8085", "127.3.2.1"] {
            #expect(status(rule, .read, ["host": host]) == nil, "\(host)")
        }
        for host in ["evil.example", "127.0.0.1.evil.example:8085", "localhost.evil.example", "10.0.0.1", "[::2]"] {
            #expect(status(rule, .read, ["host": host]) == 403, "\(host)")
        }
    }

    @Test func theTokenOpensThePage() {
        let rule = AccessRule(token: token, adminToken: admin)
        #expect(status(rule, .read) == 401)
        #expect(status(rule, .read, ["authorization": "Bearer \(token)"]) == nil)
        #expect(status(rule, .read, ["authorization": "bearer  \(token) "]) == nil)
        #expect(status(rule, .read, ["authorization": basic(token)]) == nil)
        #expect(status(rule, .read, ["authorization": "Bearer \(admin)"]) == nil)
        for wrong in ["Bearer \(token)x", "Bearer", "Basic !!!", "Basic", basic("\(token)x"), "Digest x", token] {
            #expect(status(rule, .read, ["authorization": wrong]) == 401, "\(wrong)")
        }
    }

    @Test func requestsNeedTheAdminToken() {
        #expect(status(AccessRule(token: nil, adminToken: nil), .admin) == 403)
        let rule = AccessRule(token: token, adminToken: admin)
        #expect(status(rule, .admin, ["authorization": "Bearer \(token)"]) == 401)
        #expect(status(rule, .admin, ["authorization": "Bearer \(admin)"]) == nil)
        // A browser would send a password along with another site's request.
        #expect(status(rule, .admin, ["authorization": basic(admin)]) == 401)
    }

    /// Fault 75.
    @Test func otherSitesAreRefused() {
        let rule = AccessRule(token: nil, adminToken: admin)
        var headers = ["authorization": "Bearer \(admin)", "host": "127.0.0.1:8085"]
        headers["origin"] = "http://127.0.0.1:8085"
        #expect(status(rule, .admin, headers) == nil)
        headers["origin"] = "https://evil.example"
        #expect(status(rule, .admin, headers) == 403)
        headers["origin"] = nil
        headers["sec-fetch-site"] = "cross-site"
        #expect(status(rule, .admin, headers) == 403)
    }
}

struct HTTPSettingsTests {
    @Test func placesAreRead() {
        #expect(HTTPSettings.place("off") == .init(port: .off))
        #expect(HTTPSettings.place("9000") == .init(port: .exactly(9000)))
        #expect(HTTPSettings.place("127.0.0.1:9000") == .init(address: "127.0.0.1", port: .exactly(9000)))
        #expect(HTTPSettings.place("[::1]:9000") == .init(address: "::1", port: .exactly(9000)))
        for wrong in ["", "localhost:http", "1.2.3:x", "example.com:80", "127.0.0.1:70000", "127.0.0.1", ":80"] {
            #expect(HTTPSettings.place(wrong) == nil, "\(wrong)")
        }
    }

    @Test func othersNeedAToken() throws {
        var settings = HTTPSettings()
        settings.address = "0.0.0.0"
        let failure = #expect(throws: RunFailure.self) { try AccessRule(settings) }
        #expect(failure?.code == .configuration)
        #expect(failure?.hint?.contains("--http-token-file") == true)
        settings.address = "127.0.0.2"
        #expect(throws: Never.self) { try AccessRule(settings) }
    }
}
