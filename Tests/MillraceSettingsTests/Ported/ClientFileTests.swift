// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import Testing
@testable import MillraceSettings

/// Java clients' files, read and translated.
struct ClientFileTests {
    // MARK: the file's form

    @Test func propertiesAreReadAsJavaReadsThem() throws {
        let text = """
            # comment
            ! comment too
            a=1
              b : 2
            c 3
            d
            e\\=f = x\\ty\\u0041
            long = one, \\
                   two, \\
                 three
            path=C:\\\\tmp
            a = again\r
            """
        let file = try JavaProperties.parse(text)
        let pairs = file.properties.map { "\($0.name)|\($0.value)|\($0.line)" }
        #expect(
            pairs == [
                "b|2|4", "c|3|5", "d||6", "e=f|x\tyA|7", "long|one, two, three|8", "path|C:\\tmp|11", "a|again|12",
            ])
        #expect(throws: SourceError.self) { try JavaProperties.parse("x=\\u12") }
        #expect(throws: SourceError.self) { try JavaProperties.parse("x=\\u+041") }
    }

    /// Java reads character by character: an accent over a sign does not hide it.
    @Test func signsUnderAccents() throws {
        let file = try JavaProperties.parse("a=\u{301}b\r\nc=1\\\r\n2\r#\u{301}d=e")
        #expect(file.properties.map { "\($0.name)|\($0.value)|\($0.line)" } == ["a|\u{301}b|1", "c|12|2"])
    }

    /// A file costs what it is long: each of these took minutes.
    @Test func longFiles() throws {
        let count = 40_000
        let start = ContinuousClock.now
        let many = try JavaProperties.parse((0..<count).map { "k\($0)=v\n" }.joined())
        #expect(many.properties.count == count && many["k7"]?.line == 8)
        let continued = try JavaProperties.parse("a=" + String(repeating: "\\\nx", count: count))
        #expect(continued["a"]?.value.utf8.count == count)
        let escaped = try JavaProperties.parse("a=" + String(repeating: "\\u0041", count: count))
        #expect(escaped["a"]?.value.utf8.count == count)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func loginModules() {
        let module = LoginModule(
            #"org.apache.kafka.common.security.plain.PlainLoginModule required username="a b" password="x\"y;=";"#)
        #expect(module?.name == "PlainLoginModule")
        #expect(module?.options == ["username": "a b", "password": "x\"y;="])
        for broken in ["", "x", "a.B required username", "a.B required u=\"x", "a.B required ="] {
            #expect(LoginModule(broken) == nil, "\(broken)")
        }
    }

    // MARK: the translation

    private func translate(_ text: String) throws -> ClientFileTranslation {
        try ClientFileTranslation(try JavaProperties.parse(text))
    }

    private func pairs(_ text: String) throws -> [String] {
        try translate(text).properties.map { "\($0.name)=\($0.value)" }.sorted()
    }

    private static let plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
    private static let scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
    private static let bearer = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"

    @Test func plainOverTLS() throws {
        let found = try translate(
            """
            bootstrap.servers=kafka:9093
            security.protocol=SASL_SSL
            sasl.mechanism=PLAIN
            sasl.jaas.config=\(Self.plain) required username="orders" password="p w";
            ssl.truststore.type=PEM
            ssl.truststore.location=/etc/ca.pem
            key.deserializer=org.apache.kafka.common.serialization.StringDeserializer
            group.id=x
            fetch.max.wait.ms=200
            """)
        #expect(
            found.properties.map { "\($0.name)=\($0.value)" }.sorted() == [
                "bootstrap.servers=kafka:9093", "fetch.wait.max.ms=200", "sasl.mechanism=PLAIN",
                "sasl.password=p w", "sasl.username=orders", "security.protocol=sasl_ssl",
                "ssl.ca.location=/etc/ca.pem",
            ])
        #expect(found.properties.first { $0.name == "sasl.username" }?.line == 4)
        #expect(found.notes == ["left out: key.deserializer, group.id"])
    }

    @Test func scramAndTokens() throws {
        #expect(
            try pairs(
                "sasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=\(Self.scram) required username='u' password='p';")
                == ["sasl.mechanism=SCRAM-SHA-512", "sasl.password=p", "sasl.username=u"])
    }

    /// Tokens need a librdkafka that was built with OIDC, which Debian's 2.0.2 is not.
    @Test func tokens() throws {
        let file = """
            sasl.mechanism=OAUTHBEARER
            sasl.login.callback.handler.class=org.apache.kafka.common.OAuthBearerLoginCallbackHandler
            sasl.oauthbearer.token.endpoint.url=https://id/token
            sasl.jaas.config=\(Self.bearer) required clientId="c" clientSecret="s" \\
                scope="kafka" extension_logicalCluster="l";
            """
        guard LibraryVersion.features.contains("oidc") else {
            let error = #expect(throws: SourceError.self) { try translate(file) }
            #expect(error?.message.contains("sasl.oauthbearer.method") == true, "\(error as Any)")
            #expect(error?.location?.line == 4)
            return
        }
        #expect(
            try pairs(file) == [
                "sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.client.id=c", "sasl.oauthbearer.client.secret=s",
                "sasl.oauthbearer.extensions=logicalCluster=l", "sasl.oauthbearer.method=oidc",
                "sasl.oauthbearer.scope=kafka", "sasl.oauthbearer.token.endpoint.url=https://id/token",
            ])
    }

    @Test func keystores() throws {
        #expect(
            try pairs("ssl.keystore.location=k.p12\nssl.keystore.password=p\nssl.key.password=p")
                == ["ssl.keystore.location=k.p12", "ssl.keystore.password=p"])
        #expect(
            try pairs("ssl.keystore.type=PEM\nssl.keystore.location=k.pem\nssl.key.password=p")
                == ["ssl.certificate.location=k.pem", "ssl.key.location=k.pem", "ssl.key.password=p"])
        #expect(
            try pairs("ssl.endpoint.identification.algorithm=") == ["ssl.endpoint.identification.algorithm=none"])
    }

    /// Text, line, code, parts of message and hint.
    static let obstacles: [(String, Int, ErrorCode, String, String)] = [
        (
            "a=b\nssl.truststore.location=/etc/trust.jks", 2, .untranslatedStore, "Java truststore",
            "keytool -importkeystore -srckeystore /etc/trust.jks"
        ),
        (
            "ssl.truststore.location=it's.p12", 1, .untranslatedStore, "PKCS#12 truststore",
            #"openssl pkcs12 -in 'it'\''s.p12' -nokeys -out ca.pem"#
        ),
        ("ssl.keystore.location=k.jks", 1, .untranslatedStore, "Java keystore", "-deststoretype PKCS12"),
        ("sasl.jaas.config=nonsense", 1, .untranslatedLogin, "cannot be read", "PlainLoginModule required"),
        ("sasl.jaas.config=\(plain) required username=u;", 1, .untranslatedLogin, "without username and password", ""),
        ("sasl.jaas.config=com.acme.Login required;", 1, .untranslatedLogin, "module Login is Java code", "PLAIN"),
        ("sasl.jaas.config=\(bearer) required;", 1, .untranslatedLogin, "OAUTHBEARER without", "OIDC"),
        ("sasl.login.callback.handler.class=com.acme.Handler", 1, .untranslatedLogin, "Java code", "OAUTHBEARER"),
        ("security.protocol=TLS", 1, .wrongPropertyValue, "security.protocol", ""),
    ]

    @Test(arguments: obstacles)
    func whatCannotBeTranslatedIsNamed(text: String, line: Int, code: ErrorCode, message: String, hint: String) {
        let error = #expect(throws: SourceError.self) { try translate(text) }
        #expect(error?.location?.line == line)
        #expect(error?.code == code)
        #expect(error?.message.contains(message) == true, "\(error as Any)")
        #expect(hint.isEmpty || error?.hint?.contains(hint) == true, "\(error as Any)")
    }
}
