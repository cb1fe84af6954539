// SPDX-License-Identifier: Apache-2.0

import Foundation
import MillraceKafka
import MillraceLog
import Testing

@Suite struct KafkaPropertiesTests {
    @Test(arguments: [
        ("client.id", "x"), ("fetch.min.bytes", "10"), ("compression.type", "lz4"), ("sasl.mechanism", "PLAIN"),
    ])
    func accepts(name: String, value: String) throws {
        try KafkaProperties.validate(name: name, value: value)
    }

    @Test(arguments: [
        ("no.such.property", "1", "no such configuration property"),
        ("fetch.min.bytes", "many", "Invalid value"),
        ("fetch.min.bytes", "0", "out"),
        ("compression.type", "rar", "Invalid value"),
        ("group.id", "g", "Millrace sets this itself"),
        ("isolation.level", "read_uncommitted", "Millrace sets this itself"),
        ("plugin.library.paths", "/tmp/evil.so", "refused"),
        ("sasl.kerberos.kinit.cmd", "rm -rf /", "refused"),
        ("sasl.oauthbearer.token.endpoint.url", "http://example.org/token", "https"),
    ])
    func rejects(name: String, value: String, saying text: String) {
        let error = #expect(throws: KafkaError.self) { try KafkaProperties.validate(name: name, value: value) }
        #expect(error?.category == .configuration)
        #expect(error?.description.contains(name) == true)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }

    @Test func keepsTheOrderAndTheLastOfEqualNames() throws {
        let properties = try KafkaProperties([("client.id", "a"), ("retries", "3"), ("client.id", "b")])
        #expect(properties.properties.map(\.name) == ["retries", "client.id"])
        #expect(properties["client.id"] == "b")
        #expect(properties["acks"] == nil)
    }

    @Test func seesUncheckedIdentities() throws {
        #expect(try !KafkaProperties(bootstrap: "a:1").skipsVerification)
        #expect(try KafkaProperties([("enable.ssl.certificate.verification", "false")]).skipsVerification)
    }

    /// A property for the other kind of client must reach only that kind, without a line in the log.
    @Test func filtersByTheKindOfClient() throws {
        let lines = Lines()
        let properties = try KafkaProperties([
            ("bootstrap.servers", "127.0.0.1:1"), ("linger.ms", "7"), ("fetch.min.bytes", "7"), ("log_level", "4"),
        ])
        var options = ConsumerOptions(properties: properties, profile: .live)
        options.onLog = lines.append
        _ = try Consumer(options)
        var producerOptions = ProducerOptions(properties: properties)
        producerOptions.onLog = lines.append
        _ = try Producer(producerOptions)
        #expect(lines.all.filter { $0.facility == "CONFWARN" } == [])
    }

    @Test func tellsTheLibrary() {
        #expect(LibraryVersion.text.split(separator: ".").count >= 3)
        #expect(LibraryVersion.number >= 0x0200_00ff)
    }

    /// docs/client-properties.md; MILLRACE_WRITE_DOCS=1 writes it.
    @Test func theReferenceIsNotStale() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/client-properties.md")
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] == "1" {
            try Self.reference.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == Self.reference)
    }

    private static var reference: String {
        var text = """
            # Client properties

            Written by `KafkaPropertiesTests` from the lists in the code. What can stand below `kafka:` in the \
            [configuration](configuration.md), behind `-X`, and in `MILLRACE_KAFKA_…`: librdkafka's properties by \
            librdkafka's names, whose meaning is in [its reference]\
            (https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md). \
            `--command-config` translates a Java client's. A property that the installed librdkafka does not know, and \
            anything that is not on these lists, is refused.


            """
        for (purpose, names) in KafkaProperties.allowedByPurpose {
            text += "## \(purpose)\n\n\(names.map { "`\($0)`" }.joined(separator: ", "))\n\n"
        }
        text += "## Set by Millrace\n\n" + table(KafkaProperties.engineOwned)
        return text + "\n## Refused\n\n" + table(KafkaProperties.refused)
    }

    private static func table(_ reasons: [String: String]) -> String {
        "| property | why |\n|---|---|\n"
            + reasons.sorted { $0.key < $1.key }.map { "| `\($0.key)` | \($0.value) |\n" }.joined()
    }
}
