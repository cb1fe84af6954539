// SPDX-License-Identifier: Apache-2.0

/// Every option of the command line, declared once: the parser and the help pages read it here.
struct Option: Hashable, Sendable {
    /// Without the two hyphens.
    let name: String
    /// The one letter behind one hyphen, where there is one.
    var short: Character?
    /// What stands for the value in help; nil: the option takes none.
    var valueName: String?
    /// The key of the configuration that its value goes to; nil: it concerns this command alone.
    var key: String?
    let help: String

    static let bootstrap = Option(
        name: "bootstrap", short: "b", valueName: "HOST:PORT,…", key: "kafka.bootstrap.servers",
        help: "the brokers (bootstrap.servers)")
    static let commandConfig = Option(
        name: "command-config", valueName: "FILE", key: "command.config",
        help: "a Java client's client.properties; -X and -b win over it")
    static let schemaRegistry = Option(
        name: "schema-registry", valueName: "URL,…", key: "schema.registry.url",
        help: "the schema registry of AVRO, JSON_SR and PROTOBUF topics; several are tried in turn")
    static let schemas = Option(
        name: "schemas", valueName: "DIR", key: "schemas",
        help: "take schemas from files in this directory (TOPIC-value.avsc, .json, .proto) before the registry's")
    static let config = Option(
        name: "config", short: "c", valueName: "FILE",
        help: "the YAML file; default: ./millrace.yaml or /etc/millrace/millrace.yaml, where there is one")
    static let property = Option(
        name: "property", short: "X", valueName: "KEY=VALUE", help: "a client property of librdkafka; may be repeated")
    static let application = Option(
        name: "application", valueName: "NAME", key: "application",
        help: "the application id (consumer group, transactional ids); default: the program's file name")
    static let instance = Option(
        name: "instance", valueName: "NAME", key: "instance",
        help: "which member of the application this process is, the same after a restart; default: the host name")
    static let from = Option(
        name: "from", valueName: "POSITION", key: "from",
        help: "where to begin: earliest, latest, 2026-11-01T00:00:00Z, epoch milliseconds, -48h, offsets:0=120,1=77")
    static let to = Option(
        name: "to", valueName: "POSITION", key: "to", help: "where to end (exclusive): now or a position as for --from")
    static let margin = Option(
        name: "margin", valueName: "DURATION",
        help: "read so much more around a range by time where a TIMESTAMP column decides; default: the grace")
    static let publish = Option(
        name: "publish", help: "write the results to the output topics instead of printing them")
    static let job = Option(
        name: "job", valueName: "NAME",
        help: "share the slice with all processes that are started with this name; with --publish; started again, the "
            + "job goes on where it stopped")
    static let workers = Option(
        name: "workers", valueName: "N", help: "run so many workers of a job in this process; default: 1")
    static let format = Option(name: "format", valueName: "text|json", help: "how to print results; default: text")
    static let answerFormat = Option(
        name: "format", valueName: "table|json|csv",
        help: "how to print the rows; default: a table on a terminal, else JSON, one object a line")
    static let programFile = Option(
        name: "file", short: "f", valueName: "FILE", key: "program",
        help: "the program whose streams and tables the SELECT may name; it may hold the SELECT itself, at its end")
    static let interim = Option(name: "interim", help: "print every change, not only each result's last value")
    static let batchRows = Option(
        name: "batch-rows", valueName: "N", help: "records handled at a time; with 1 every single update shows")
    static let threads = Option(name: "threads", valueName: "N", key: "threads", help: "compute threads; default: 1")
    static let commitInterval = Option(
        name: "commit-interval", valueName: "DURATION", key: "commit.interval",
        help: "how often to commit, for example 500ms")
    static let stateFlushInterval = Option(
        name: "state-flush-interval", valueName: "DURATION|off", key: "state.flush.interval",
        help: "how often to flush state to changelog topics; default: 30s")
    static let exchange = Option(
        name: "exchange", key: "exchange",
        help: "a program that groups by something else than the record key runs in several processes, which exchange "
            + "partial results through a topic")
    static let newQueries = Option(
        name: "new-queries", valueName: "backfill|live",
        help: "what queries do that were added or changed since the application has committed: run over the history "
            + "first, or begin where the others are; without it such a start is refused")
    static let upgrade = Option(
        name: "upgrade",
        help: "take over from processes of another version of the program, one by one; says first what has changed")
    static let execute = Option(name: "execute", help: "do it; without it the command only says what it would do")
    static let publishAgain = Option(
        name: "publish-again",
        help: "publish although the output topics hold records already and nothing says that they are other results")
    static let deadLetter = Option(
        name: "dead-letter", valueName: "TOPIC", key: "dead.letter.topic",
        help: "keep late and bad records in this topic")
    static let report = Option(name: "report", valueName: "FILE", help: "write the report as JSON to this file")
    static let http = Option(
        name: "http", valueName: "ADDRESS:PORT|unix:PATH|off",
        help: "where the status page is; default: 127.0.0.1:8085, or the next free port")
    static let httpCertificate = Option(
        name: "http-certificate-file", valueName: "FILE", key: "http.certificate.file",
        help: "the page speaks TLS, and shows the certificate in this file (PEM, with its chain)")
    static let httpKey = Option(
        name: "http-key-file", valueName: "FILE", key: "http.key.file",
        help: "the certificate's key (PEM)")
    static let httpToken = Option(
        name: "http-token-file", valueName: "FILE", key: "http.token.file",
        help: "the page, the API and the metrics ask for the token in this file; any other address than this machine's "
            + "needs one")
    static let httpAdminToken = Option(
        name: "http-admin-token-file", valueName: "FILE", key: "http.admin.token.file",
        help: "allows POST /api/v1/pause, resume and drain to those who show the token in this file")
    static let httpProcess = Option(
        name: "http", valueName: "ADDRESS:PORT|unix:PATH",
        help: "where the process serves its status; default: 127.0.0.1:8085")
    static let statusCertificate = Option(
        name: "http-certificate-file", valueName: "FILE", key: "http.certificate.file",
        help: "ask through TLS, and believe whoever shows the certificate in this file, or one that it has signed")
    static let statusToken = Option(
        name: "http-token-file", valueName: "FILE", key: "http.token.file",
        help: "the token to show, where the process asks for one")
    static let reportFormat = Option(
        name: "format", valueName: "text|json", help: "text for people (default), or JSON for machines")
    static let explanationFormat = Option(
        name: "format", valueName: "text|json|dot|mermaid",
        help: "text for people (default), JSON for machines, a drawing for Graphviz or Mermaid")
    static let watch = Option(name: "watch", short: "w", help: "again every second, until stopped")
    static let count = Option(
        name: "count", short: "n", valueName: "N", help: "how many records to show; default: 3")
    static let logLevel = Option(
        name: "log-level", valueName: "LEVEL", key: "log.level",
        help: "what to log on stderr: error, warn, info (default) or debug")
    static let logFormat = Option(
        name: "log-format", valueName: "text|json", key: "log.format",
        help: "how to log; default: text, and json for run where stderr is no terminal")
    static let quiet = Option(
        name: "quiet", short: "q", help: "no progress and no report on stderr: as --log-level error")
    static let brokers = Option(
        name: "brokers", valueName: "N", help: "how many brokers, each with a port of its own; default: 1")
    static let mockTopics = Option(
        name: "topics", valueName: "NAME[:PARTITIONS],…",
        help: "topics to make at the start, of 4 partitions where nothing is said; others are made by writing to them")
    static let help = Option(name: "help", short: "h", help: "print this page")

    /// `-b, --bootstrap HOST:PORT,…`
    var synopsis: String {
        (short.map { "-\($0), " } ?? "    ") + "--\(name)" + (valueName.map { " \($0)" } ?? "")
    }
}
