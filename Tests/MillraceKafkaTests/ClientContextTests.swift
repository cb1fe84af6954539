// SPDX-License-Identifier: Apache-2.0

import MillraceLog
import Testing

@testable import MillraceKafka

@Suite struct ClientContextTests {
    private func context(mechanism: String? = nil) throws -> ClientContext {
        var properties = try KafkaProperties(bootstrap: "localhost:1")
        if let mechanism { try properties.set("sasl.mechanism", mechanism) }
        return ClientContext(kind: .producer, properties: properties, rebalancing: .none, log: nil)
    }

    private func noted(_ error: KafkaError, mechanism: String? = nil) throws -> KafkaError {
        let context = try context(mechanism: mechanism)
        context.note(error)
        return try #require(context.lastFailure?.error)
    }

    private func error(_ category: KafkaError.Category, _ message: String) -> KafkaError {
        var error = KafkaError.configuration(message, operation: "reach the brokers")
        error.category = category
        return error
    }

    /// Fault 71.
    /// As librdkafka 2.0.2 and 2.16 say it of brokers with ssl.client.auth=required, by TLS 1.3 and 1.2.
    @Test(arguments: [
        "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116",
        "SSL handshake failed: error:0A000410:SSL routines::sslv3 alert handshake failure: SSL alert number 40",
        "Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42",
        "Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42 (after 0ms in "
            + "state APIVERSION_QUERY)",
        "Receive failed: error:0A000416:SSL routines::sslv3 alert certificate unknown: SSL alert number 46",
    ])
    func aMissingClientCertificateIsNoLostConnection(message: String) throws {
        let error = try noted(error(.unreachable, message))
        #expect(error.category == .authentication && error.cause == .clientCertificate)
        #expect(error.message.contains("the brokers want a client certificate"))
    }

    /// What both libraries say of a port that speaks another protocol, and of a broker that has just gone down: both
    /// may pass, so it must not end a run.
    @Test(arguments: [
        "SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading (after 2ms in state "
            + "SSL_HANDSHAKE)",
        "SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener? "
            + "(after 14ms in state SSL_HANDSHAKE)",
        "Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration "
            + "(connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request)",
        "Disconnected: connection closed by peer: receive 0 after POLLIN (after 1ms in state APIVERSION_QUERY)",
        "Disconnected: verify that security.protocol is correctly configured, broker might require SASL authentication "
            + "(after 0ms in state UP)",
        "Disconnected: SSL connection closed by peer (after 12ms in state UP)",
    ])
    func aPortThatHangsUpMaySpeakAnotherProtocol(message: String) throws {
        for category in [KafkaError.Category.unreachable, .authentication] {
            let error = try noted(error(category, message))
            #expect(error.category == .unreachable && error.cause == .otherProtocol, "\(error)")
            #expect(error.message.hasSuffix("another security.protocol (plaintext, ssl, sasl_plaintext, sasl_ssl)"))
        }
    }

    @Test(arguments: [
        "Disconnected", "Disconnected (after 5123ms in state UP)", "Connection refused (after 0ms in state CONNECT)",
        "Receive failed: error:0A000126:SSL routines::unexpected eof while reading (after 812ms in state UP)",
    ])
    func aLostConnectionIsOne(message: String) throws {
        let error = try noted(error(message.contains("eof") ? .authentication : .unreachable, message))
        #expect(error.category == .unreachable && error.cause == nil && error.message == message)
    }

    @Test func aPortWithoutLogInIsNamed() throws {
        let error = try noted(
            error(
                .authentication,
                "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's "
                    + "supported mechanisms:  (after 0ms in state AUTH_HANDSHAKE)"))
        #expect(error.category == .authentication && error.cause == .otherProtocol)
    }

    /// Also with SCRAM, which has a reason of its own to be refused.
    @Test(arguments: [nil, "SCRAM-SHA-256"])
    func anotherMechanismIsNoWrongPassword(mechanism: String?) throws {
        let message =
            "SASL SCRAM-SHA-256 mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported "
            + "mechanisms: PLAIN (after 301ms in state AUTH_HANDSHAKE)"
        let error = try noted(error(.authentication, message), mechanism: mechanism)
        #expect(error.cause == .otherMechanism && error.message == message)
    }

    /// Fault 71.
    /// A wrong password and a library that is too old get the same answer.
    @Test func aRefusedScramHasTwoReasons() throws {
        let error = try noted(error(.authentication, "refused"), mechanism: "SCRAM-SHA-256")
        #expect((error.cause == .oldScram) == !LibraryVersion.supportsScramOnKafka4)
        if error.cause == .oldScram { #expect(error.message.contains("the name or the password is wrong, or")) }
    }

    // MARK: certificates

    /// OpenSSL's code, and what is said; as 2.0.2 and 2.16 report it, which is not always a failure of TLS to them.
    @Test(
        arguments: [
            (10, .expired), (9, .notYetValid), (62, .otherName), (64, .otherName), (19, .notTrusted), (20, .notTrusted),
            (23, .revoked),
        ] as [(Int32, CertificateProblem)])
    func aCertificateIsRefusedForAReason(code: Int32, problem: CertificateProblem) throws {
        let messages = [
            "ssl://k:1/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker "
                + "certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA "
                + "certificates are installed (install ca-certificates package) (after 19ms in state SSL_HANDSHAKE)",
            "ssl://k:1/bootstrap: error:0A000086:SSL routines::certificate verify failed (after 2ms in state "
                + "SSL_HANDSHAKE)",
        ]
        for (message, category) in zip(messages, [KafkaError.Category.authentication, .unreachable]) {
            let context = try context()
            context.judge(certificateError: code, depth: 1)
            context.judge(certificateError: 0, depth: 1)
            context.note(error(category, message))
            let error = try #require(context.lastFailure?.error)
            #expect(error.category == .authentication && error.cause == .brokerCertificate(problem), "\(error)")
            #expect(error.message.hasSuffix("certificate verify failed; \(problem.text)"), "\(error)")
        }
    }

    @Test func aSoundCertificateEndsTheSuspicion() throws {
        let context = try context()
        context.judge(certificateError: 10, depth: 0)
        context.judge(certificateError: 0, depth: 0)
        context.note(error(.authentication, "certificate verify failed"))
        #expect(context.lastFailure?.error.cause == .brokerCertificate(.notTrusted))
    }

    // MARK: what is only in the log

    /// From 2.6 on a connection that was closed is no error of its own.
    @Test func theLogSaysWhyAllBrokersAreDown() throws {
        let context = try context()
        let words = "k:1/bootstrap: Disconnected: connection closed by peer (after 1ms in state APIVERSION_QUERY)"
        context.write(KafkaLogLine(level: 3, facility: "FAIL", text: words))
        context.write(KafkaLogLine(level: 3, facility: "CLOSE", text: "something else"))
        let allBrokersDown: Int32 = -187
        context.note(code: allBrokersDown, reason: "1/1 brokers are down")
        let error = try #require(context.lastFailure?.error)
        #expect(error.message.hasPrefix(words) && error.cause == .otherProtocol, "\(error)")
    }
}
