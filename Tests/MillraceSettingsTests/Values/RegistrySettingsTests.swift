// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceRegistry
import MillraceReport
import Testing

@testable import MillraceSettings

struct RegistrySettingsTests {
    private func parse(_ text: String) throws(SourceError) -> Configuration {
        try Configuration.parse(
            text, directory: "/etc/x",
            interpolation: Interpolation(
                environment: { _ in "from-outside" },
                file: { path throws(FileError) in throw FileError(path: path, code: 2, reason: "none") }))
    }

    private func options(_ text: String) throws -> RegistryOptions {
        try #require(try parse("schema.registry.url: http://a:1\n" + text).registryOptions())
    }

    @Test func everyKeyIsRead() throws {
        let configuration = try parse(
            """
            schema.registry.url: https://one:8081, https://two/x
            schema.registry.basic.auth.user.info: ann:pa:ss
            schema.registry.ssl.ca.location: ca.pem
            schema.registry.ssl.certificate.location: me.crt
            schema.registry.ssl.key.location: me.key
            schema.registry.ssl.key.password: word-of-key
            schema.registry.ssl.endpoint.identification.algorithm: none
            schema.registry.proxy: http://proxy:3128
            schema.registry.connect.timeout: 2s
            schema.registry.timeout: 7s
            schema.registry.retries: 9
            schemas: s
            """)
        let options = try #require(try configuration.registryOptions())
        #expect(options.addresses.map(\.text) == ["https://one:8081", "https://two/x"])
        #expect(options.login == .basic(user: "ann", password: "pa:ss"))
        #expect(options.authority == .file("/etc/x/ca.pem"))
        #expect(options.certificate == .file("/etc/x/me.crt"))
        #expect(options.key == .file("/etc/x/me.key"))
        #expect(options.keyPassword == "word-of-key" && !options.checksHostName)
        #expect(options.proxy == "http://proxy:3128")
        #expect(options.connectMilliseconds == 2_000 && options.requestMilliseconds == 7_000 && options.retries == 9)
        #expect(configuration.schemaDirectory == "/etc/x/s")
        #expect(try parse("threads: 1").registryOptions() == nil)
    }

    @Test func whoLogsIn() throws {
        #expect(try options("").login == .ofAddress)
        #expect(try options("schema.registry.bearer.token: abc").login == .bearer(token: "abc"))
        let sasl = """
            schema.registry.basic.auth.credentials.source: SASL_INHERIT
            kafka:
              sasl.username: u
              sasl.password: ${env:P}
            """
        #expect(try options(sasl).login == .basic(user: "u", password: "from-outside"))
        let pem = try options("schema.registry.ssl.certificate.pem: CERT\nschema.registry.ssl.ca.pem: CA")
        #expect(pem.certificate == .text("CERT") && pem.key == .text("CERT") && pem.authority == .text("CA"))
    }

    @Test(arguments: [
        ("schema.registry.bearer.token: a\nschema.registry.basic.auth.user.info: a:b", "exclude each other"),
        ("schema.registry.ssl.ca.pem: a\nschema.registry.ssl.ca.location: b", "exclude each other"),
        ("schema.registry.ssl.key.pem: a", "no certificate"),
        ("schema.registry.basic.auth.credentials.source: SASL_INHERIT", "no sasl.username"),
        ("schema.registry.basic.auth.credentials.source: USER_INFO", "nobody says who that is"),
    ])
    func contradictionsAreSaid(text: String, words: String) {
        let error = #expect(throws: RunFailure.self) { try options(text) }
        #expect(error?.message.contains(words) == true)
        #expect(error?.errorCode == .contradiction)
    }

    @Test(arguments: [
        ("schema.registry.url: registry:8081", "'registry:8081' is no URL"),
        ("schema.registry.url: http://a,,http://b", "'' is no URL"),
        ("schema.registry.url: http://me:secret@h:x", "'http://****@h:x' is no URL"),
        ("schema.registry.basic.auth.user.info: nobody", "NAME:PASSWORD"),
        ("schema.registry.bearer.token: ''", "is empty"), ("schema.registry.proxy: p", "no URL of a proxy"),
        ("schema.registry.timeout: 1h", "between 1ms and 10m"), ("schema.registry.retries: 101", "from 0 to 100"),
        ("schema.registry.basic.auth.credentials.source: FILE", "unknown schema.registry.basic"),
        ("schema.registry.ur: http://a", "unknown key schema.registry.ur"),
        ("ksql.schema.registry.ssl.truststore.location: t.jks", "is a PEM file"),
        ("schema.registry.ssl.keystore.type: JKS", "is PEM, not 'JKS'"),
        ("bearer.auth.credentials.source: OAUTHBEARER", "is STATIC_TOKEN"),
    ])
    func wrongValuesAreSaid(text: String, words: String) {
        let error = #expect(throws: SourceError.self) { try parse(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func ksqlDBsNames() throws {
        let configuration = try parse(
            """
            ksql.schema.registry.url: http://r:8081
            ksql.schema.registry.basic.auth.credentials.source: USER_INFO
            ksql.schema.registry.basic.auth.user.info: u:p
            ksql.schema.registry.ssl.truststore.location: ca.pem
            ksql.schema.registry.ssl.keystore.key: KEY
            ksql.schema.registry.ssl.keystore.certificate.chain: CHAIN
            ksql.schema.registry.ssl.endpoint.identification.algorithm: ''
            """)
        let options = try #require(try configuration.registryOptions())
        #expect(options.addresses.map(\.text) == ["http://r:8081"])
        #expect(options.login == .basic(user: "u", password: "p"))
        #expect(options.authority == .file("/etc/x/ca.pem"))
        #expect(options.key == .text("KEY") && options.certificate == .text("CHAIN") && !options.checksHostName)
    }

    @Test func aClientsFile() throws {
        let file = try JavaProperties.parse(
            """
            bootstrap.servers=b:9092
            schema.registry.url=https://r:443
            basic.auth.credentials.source=USER_INFO
            basic.auth.user.info=KEY:SECRET
            schema.registry.ssl.truststore.location=/x/ca.pem
            schema.registry.ssl.truststore.password=none
            """)
        let translation = try ClientFileTranslation(file)
        #expect(
            translation.settings.map { "\($0.line) \($0.name)=\($0.value)" } == [
                "2 schema.registry.url=https://r:443",
                "3 schema.registry.basic.auth.credentials.source=USER_INFO",
                "4 schema.registry.basic.auth.user.info=KEY:SECRET",
                "5 schema.registry.ssl.ca.location=/x/ca.pem",
            ])
        #expect(translation.notes == ["left out: schema.registry.ssl.truststore.password"])
        let store = try JavaProperties.parse("\nschema.registry.ssl.truststore.location=/x/trust store.jks")
        let error = #expect(throws: SourceError.self) { try ClientFileTranslation(store) }
        #expect(error?.location?.line == 2)
        #expect(error?.hint?.contains("-srckeystore '/x/trust store.jks'") == true)
    }

    /// A program does not decide whom a log-in is sent to.
    @Test func noSettingOfAProgram() {
        let place = SourceLocation(line: 1, column: 1)
        let plan = ProgramPlan(properties: [
            .init(name: "ksql.schema.registry.url", value: "http://evil", location: place)
        ])
        let error = #expect(throws: SourceError.self) { try ProgramSettings(plan) }
        #expect(error?.message == "ksql.schema.registry.url is no setting of a program")
    }

    @Test func secretsAreNotShown() throws {
        let configuration = try parse(
            "schema.registry.url: http://u:hidden-1@h\nschema.registry.basic.auth.user.info: u:hidden-2\n"
                + "schema.registry.bearer.token: hidden-3\nschema.registry.ssl.key.password: hidden-4")
        let listing = ConfigurationListing(configuration, application: nil, ignoredVariables: [])
        #expect(!listing.text.contains("hidden") && !listing.json.contains("hidden"))
        #expect(listing.text.contains("http://****@h"))
        let names = configuration.inlineSecrets.map(\.name)
        #expect(
            Set(names) == [
                "schema.registry.url", "schema.registry.basic.auth.user.info", "schema.registry.bearer.token",
                "schema.registry.ssl.key.password",
            ])
        let lines = SecretMask.lines("schema.registry.url: 'http://u:hidden-1@h,http://v:hidden-2@g'\nthreads: 1")
        #expect(lines == "schema.registry.url: 'http://****@h,http://****@g'\nthreads: 1")
    }
}
