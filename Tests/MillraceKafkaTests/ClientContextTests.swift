// SPDX-License-Identifier: Apache-2.0

import MillraceLog
import Testing

@testable import MillraceKafka

@Suite struct ClientContextTests {
    private func noted(_ error: KafkaError, mechanism: String? = nil) throws -> KafkaError {
        var properties = try KafkaProperties(bootstrap: "localhost:1")
        if let mechanism { try properties.set("sasl.mechanism", mechanism) }
        let context = ClientContext(kind: .producer, properties: properties, rebalancing: .none, log: nil)
        context.note(error)
        return try #require(context.lastFailure?.error)
    }

    private func error(_ category: KafkaError.Category, _ message: String) -> KafkaError {
        var error = KafkaError.configuration(message, operation: "reach the brokers")
        error.category = category
        return error
    }

    /// As librdkafka 2.0.2 says it of brokers with ssl.client.auth=required, by TLS 1.3 and 1.2.
    @Test(arguments: [
        "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116",
        "SSL handshake failed: error:0A000410:SSL routines::sslv3 alert handshake failure: SSL alert number 40",
        "Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42",
    ])
    func aMissingClientCertificateIsNoLostConnection(message: String) throws {
        let error = try noted(
            error(.unreachable, message))
        #expect(error.category == .authentication)
        #expect(error.message.contains("the brokers want a client certificate"))
    }

    @Test func aLostConnectionIsOne() throws {
        let error = try noted(
            error(.unreachable, "Disconnected"))
        #expect(error.category == .unreachable)
    }

    /// A wrong password and a library that is too old get the same answer.
    @Test func aRefusedScramHasTwoReasons() throws {
        let error = try noted(
            error(.authentication, "refused"),
            mechanism: "SCRAM-SHA-256")
        #expect(error.isOldScram == !LibraryVersion.supportsScramOnKafka4)
        if error.isOldScram { #expect(error.message.contains("the name or the password is wrong, or")) }
    }
}
