// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// One thing that can be configured. The list of all of them drives the file, the environment, the options, `config
/// show` and the table in docs/configuration.md. Client properties are no keys: they lie below `kafka`.
package struct ConfigurationKey: Sendable {
    package let name: String
    /// What can be written, in Markdown.
    package let values: String
    /// What holds where nobody says anything; nil: nothing in particular.
    package let standard: String?
    /// The option that says the same, as it is written; nil: none.
    package let option: String?
    let read: @Sendable (inout ConfigurationReader, YAMLNode.Entry) throws(SourceError) -> Void

    init(
        _ name: String, _ values: String, standard: String? = nil, option: String? = nil,
        read: @escaping @Sendable (inout ConfigurationReader, YAMLNode.Entry) throws(SourceError) -> Void
    ) {
        self.name = name
        self.values = values
        self.standard = standard
        self.option = option
        self.read = read
    }

    /// `MILLRACE_COMMIT_INTERVAL` for `commit.interval`.
    package var variable: String { EnvironmentSettings.variable(name) }

    /// In the order in which `config show` prints them.
    package static let all = work + registry + RejectionCause.allCases.map(errorPolicy) + limits + serving + logging

    private static let work: [ConfigurationKey] = [
        ConfigurationKey(
            "application", "consumer group, transactional ids: letters, digits, `.`, `_`, `-`",
            standard: "the program file's name without its ending", option: "--application",
            read: { reader, entry throws(SourceError) in try reader.readApplication(entry) }),
        ConfigurationKey(
            "instance", "which member of the application this process is, the same after a restart, and no other's",
            standard: "the host name, with a number for further processes on the host", option: "--instance",
            read: { reader, entry throws(SourceError) in try reader.readInstance(entry) }),
        ConfigurationKey(
            "program", "the path of an SQL file", option: "the argument",
            read: { reader, entry throws(SourceError) in try reader.readProgram(entry) }),
        ConfigurationKey(
            "sql", "the program's text itself, in place of `program`",
            read: { reader, entry throws(SourceError) in try reader.readSQL(entry) }),
        ConfigurationKey(
            "command.config", "the path of a Java client's `client.properties`, which is translated",
            option: "--command-config",
            read: { reader, entry throws(SourceError) in try reader.readClientFile(entry) }),
        ConfigurationKey(
            "mode", "`batch`, `stream` or `hybrid`, for `run`", standard: "hybrid",
            read: { reader, entry throws(SourceError) in try reader.readChoice(entry, to: \.mode) }),
        ConfigurationKey(
            "from", "a position: where a slice begins, or a program that runs for the first time",
            standard: "earliest", option: "--from",
            read: { reader, entry throws(SourceError) in try reader.readPosition(entry, .from, to: \.from) }),
        ConfigurationKey(
            "to", "a position: where a slice ends, for `replay`", standard: "now", option: "--to",
            read: { reader, entry throws(SourceError) in try reader.readPosition(entry, .to, to: \.to) }),
        ConfigurationKey(
            "threads", "1 to 256", standard: "1", option: "--threads",
            read: { reader, entry throws(SourceError) in try reader.readThreads(entry) }),
        ConfigurationKey(
            "commit.interval", "a duration from `1ms` to `10m`", standard: "1s", option: "--commit-interval",
            read: { reader, entry throws(SourceError) in try reader.readCommitInterval(entry) }),
        ConfigurationKey(
            "processing.guarantee", "`exactly_once_v2` or `at_least_once`, for `run`",
            standard: "exactly_once_v2",
            read: { reader, entry throws(SourceError) in try reader.readGuarantee(entry) }),
        ConfigurationKey(
            "state.flush.interval", "`off`, or a duration from `100ms` to `24h`, for `run`",
            standard: "30s", option: "--state-flush-interval",
            read: { reader, entry throws(SourceError) in try reader.readFlushInterval(entry) }),
        ConfigurationKey(
            "join.wait",
            "a duration up to `10m`: how long a row waits for the tables it is [joined](joins.md#live) with",
            standard: "100ms",
            read: { reader, entry throws(SourceError) in try reader.readJoinWait(entry) }),
        ConfigurationKey(
            KeyPartitioning.setting,
            "`murmur2`: each key lies in one partition, which is [looked at](operations.md#keys-in-two-partitions); "
                + "`any`: keys may lie anywhere, and queries that group by the record key regroup; "
                + "`trusted`: a key in two partitions is named, and its results are published all the same",
            standard: "murmur2",
            read: { reader, entry throws(SourceError) in try reader.readChoice(entry, to: \.keyPartitioning) }),
        ConfigurationKey(
            "exchange", "`on` or `off`, for `run`", standard: "off", option: "--exchange",
            read: { reader, entry throws(SourceError) in try reader.readExchange(entry) }),
        ConfigurationKey(
            "state.memory.max",
            "a size (`500MB`, `2GiB`), a share of the machine's or container's memory, or `off`",
            standard: "50%", read: { reader, entry throws(SourceError) in try reader.readStateMemory(entry) }),
        ConfigurationKey(
            WindowsPerRecord.setting,
            "a number: a program with a hopping window whose records each fall in more windows is refused",
            standard: "\(WindowsPerRecord.byDefault)",
            read: { reader, entry throws(SourceError) in try reader.readWindowsPerRecord(entry) }),
        ConfigurationKey(
            "decode",
            "`lazy`: columns that no query reads are skipped over; `strict`: they are converted too, and a record is "
                + "bad where that fails", standard: "lazy",
            read: { reader, entry throws(SourceError) in try reader.readDecode(entry) }),
        ConfigurationKey(
            "future.limit",
            "`off`, or a duration: a record is bad whose TIMESTAMP column lies further than this ahead of its Kafka "
                + "timestamp", standard: "1d",
            read: { reader, entry throws(SourceError) in try reader.readFutureLimit(entry) }),
        ConfigurationKey(
            "dead.letter.topic", "a topic for late and bad records", option: "--dead-letter",
            read: { reader, entry throws(SourceError) in try reader.readDeadLetterTopic(entry) }),
    ]

    /// `errors.decode` and so on.
    private static func errorPolicy(_ cause: RejectionCause) -> ConfigurationKey {
        let standard =
            switch cause {
            case .decode, .future, .late: "dead-letter where there is such a topic, else skip"
            case .nullKey: "skip"
            case .tooLarge, .refused: "fail"
            }
        return ConfigurationKey(
            cause.key, "`fail`, `skip` or `dead-letter`", standard: standard,
            read: { reader, entry throws(SourceError) in try reader.readErrorPolicy(entry, cause) })
    }

    private static let limits: [ConfigurationKey] = [
        ConfigurationKey(
            "errors.max", "how many bad records of a query a run bears: a number, or a share of those read (`0.1%`)",
            standard: "any number", read: { reader, entry throws(SourceError) in try reader.readErrorLimit(entry) }),
        ConfigurationKey(
            "input.lost", "`fail` or `skip`", standard: "fail",
            read: { reader, entry throws(SourceError) in try reader.readInputLost(entry) }),
    ]

    private static let serving: [ConfigurationKey] = [
        ConfigurationKey(
            "http.address", "an IP address, for the [status page](status.md)", standard: "127.0.0.1", option: "--http",
            read: { reader, entry throws(SourceError) in try reader.readHTTPAddress(entry) }),
        ConfigurationKey(
            "http.port", "a port, or `off`", standard: "the first free one from 8085 on", option: "--http",
            read: { reader, entry throws(SourceError) in try reader.readHTTPPort(entry) }),
        ConfigurationKey(
            "http.socket", "the path of a Unix socket, in place of an address and a port", option: "--http unix:PATH",
            read: { reader, entry throws(SourceError) in try reader.readHTTPSocket(entry) }),
        ConfigurationKey(
            "http.socket.mode", "who may connect to it, as of a file: `0600`, `0660`, `0666`", standard: "0600",
            read: { reader, entry throws(SourceError) in try reader.readHTTPSocketMode(entry) }),
        ConfigurationKey(
            "http.certificate.file",
            "the path of a file (PEM) with the certificate that the page shows, and its chain: the page speaks TLS",
            option: "--http-certificate-file",
            read: { reader, entry throws(SourceError) in try reader.readPath(entry, to: \.httpCertificateFile) }),
        ConfigurationKey(
            "http.key.file", "the path of a file (PEM) with its key", option: "--http-key-file",
            read: { reader, entry throws(SourceError) in try reader.readPath(entry, to: \.httpKeyFile) }),
        ConfigurationKey(
            "http.token.file", "the path of a file with the token that readers of the page show",
            option: "--http-token-file",
            read: { reader, entry throws(SourceError) in
                try reader.readPath(entry, to: \.httpTokenFile)
            }),
        ConfigurationKey(
            "http.admin.token.file", "the path of a file with the token for pause, resume and drain",
            option: "--http-admin-token-file",
            read: { reader, entry throws(SourceError) in
                try reader.readPath(entry, to: \.httpAdminTokenFile)
            }),
    ]

    private static let logging: [ConfigurationKey] = [
        ConfigurationKey(
            "log.level", "`error`, `warn`, `info` or `debug`: what matters less is not [logged](operations.md#logs)",
            standard: "info; debug where kafka: debug is set", option: "--log-level",
            read: { reader, entry throws(SourceError) in try reader.readChoice(entry, to: \.logLevel) }),
        ConfigurationKey(
            "log.format", "`text`, or `json`: an object a line", standard: "text; json for run without a terminal",
            option: "--log-format",
            read: { reader, entry throws(SourceError) in try reader.readChoice(entry, to: \.logFormat) }),
    ]

    static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }
}
