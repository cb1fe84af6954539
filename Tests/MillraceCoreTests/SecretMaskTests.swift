// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

struct SecretMaskTests {
    @Test(arguments: [
        "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "ssl.certificate.pem",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "sasl.jaas.config",
    ])
    func secretsAreMasked(name: String) { #expect(SecretMask.value("x", of: name) == "****") }

    @Test(arguments: [
        "bootstrap.servers", "sasl.username", "ssl.ca.location", "ssl.key.location", "ssl.keystore.location",
        "sasl.oauthbearer.token.endpoint.url", "client.id", "security.protocol", "errors.null.key",
    ])
    func othersAreShown(name: String) { #expect(SecretMask.value("x", of: name) == "x") }

    @Test func passwordsInAddressesAreMasked() {
        let url = "https://anna:hunter2@id.example/token?x=1"
        #expect(
            SecretMask.value(url, of: "sasl.oauthbearer.token.endpoint.url") == "https://****@id.example/token?x=1")
        #expect(SecretMask.value("a@b", of: "client.id") == "a@b")
    }

    /// A YAML text and what messages may quote of it.
    @Test(arguments: [
        ("sasl.password: hunter2", "sasl.password: ****"), ("  'sasl.pasword': x", "  'sasl.pasword': ****"),
        ("kafka: {sasl.username: u, sasl.password: x}", "kafka: {sasl.username: u, sasl.password: ****"),
        ("sasl.password: ${file:/run/x}", "sasl.password: ${file:/run/x}"),
        ("sasl.password: ${env:A:-hunter2}", "sasl.password: ****"),
        ("sasl.password: hunter2${env:A}", "sasl.password: ****"),
        ("ssl.key.location: key.pem", "ssl.key.location: key.pem"),
        (
            "kafka:\n  ssl.key.pem: |\n    -----BEGIN\n\n    abc\n  client.id: a",
            "kafka:\n  ssl.key.pem: ****\n    ****\n\n    ****\n  client.id: a"
        ),
        ("sasl.password:\n  hunter2\nthreads: 2", "sasl.password:\n  ****\nthreads: 2"),
        ("sql: |\n  SET 'sasl.password' = 'hunter2';", "sql: |\n  SET 'sasl.password' = '****';"),
    ])
    func linesOfAConfiguration(text: String, shown: String) { #expect(SecretMask.lines(text) == shown) }

    @Test(arguments: [
        ("SET 'sasl.password' = 'hunter2';", ["hunter2"]), ("set sasl.password=hunter2;", ["hunter2"]),
        ("SET 'sasl.password' 'hunter2'", ["hunter2"]), ("-- a\n SET 'ssl.key.pem' =\n 'a\nb';", ["a\nb"]),
        ("SELECT 1; SET 'x.secret'='s1'; SET 'threads'='2';", ["s1"]),
        ("SET 'sasl.password' = 'hunter2", ["hunter2"]), ("SET", []), ("SET 'sasl.password'", []),
        ("CREATE STREAM s (k VARCHAR KEY) WITH (KEY_FORMAT='JSON');", []), ("SELECT offset 'key' 'a';", []),
    ])
    func secretsInPrograms(sql: String, secrets: [String]) { #expect(SecretMask.secrets(inSQL: sql) == secrets) }

    @Test(arguments: [
        ("user=anna password=hunter2-hunter2!", ["hunter2-hunter2"], "user=anna password=****!"),
        ("xhunter2-hunter2x", ["hunter2-hunter2"], "x****x"),
        // A short one is a part of other words, too.
        ("kafka-topics kafka librdkafka", ["kafka"], "****-topics **** librdkafka"), ("a b", ["a"], "a b"),
        ("bad line: MIIEvQIBADAN", ["-----BEGIN KEY-----\nMIIEvQIBADAN\n"], "bad line: ****"),
        ("abcdefgh abcdefghij", ["abcdefgh", "abcdefghij"], "**** ****"), ("none", [], "none"),
    ])
    func whatOthersSay(text: String, secrets: [String], shown: String) {
        #expect(SecretMask.hide(secrets, in: text) == shown)
    }
}
