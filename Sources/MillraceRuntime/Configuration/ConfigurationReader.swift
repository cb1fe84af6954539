// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine

/// Fills a configuration from the entries of a YAML mapping.
struct ConfigurationReader {
    private(set) var configuration = Configuration()
    private let directory: String
    private let interpolation: Interpolation

    /// The keys and what reads them: the one list of what a configuration can say.
    private static let keys:
        [(name: String, read: @Sendable (inout Self, YAMLNode.Entry) throws(SourceError) -> Void)] =
            [
                ("application", { reader, entry throws(SourceError) in try reader.readApplication(entry) }),
                ("program", { reader, entry throws(SourceError) in try reader.readProgram(entry) }),
                ("sql", { reader, entry throws(SourceError) in try reader.readSQL(entry) }),
                ("kafka", { reader, entry throws(SourceError) in try reader.readKafka(entry) }),
                ("mode", { reader, entry throws(SourceError) in try reader.readMode(entry) }),
                ("from", { reader, entry throws(SourceError) in try reader.readPosition(entry, .from, to: \.from) }),
                ("to", { reader, entry throws(SourceError) in try reader.readPosition(entry, .to, to: \.to) }),
                ("threads", { reader, entry throws(SourceError) in try reader.readThreads(entry) }),
                ("commit.interval", { reader, entry throws(SourceError) in try reader.readCommitInterval(entry) }),
                (
                    "processing.guarantee",
                    { reader, entry throws(SourceError) in
                        reader.configuration.guarantee = try ProcessingGuarantee.parse(
                            try reader.scalar(entry), at: entry.value.location)
                    }
                ),
                ("state.flush.interval", { reader, entry throws(SourceError) in try reader.readFlushInterval(entry) }),
                (
                    "state.memory.max",
                    { reader, entry throws(SourceError) in
                        reader.configuration.stateMemory = try MemoryLimit.parse(
                            try reader.scalar(entry), at: entry.value.location)
                    }
                ),
                ("decode", { reader, entry throws(SourceError) in try reader.readDecode(entry) }),
                ("future.limit", { reader, entry throws(SourceError) in try reader.readFutureLimit(entry) }),
                ("dead.letter.topic", { reader, entry throws(SourceError) in try reader.readDeadLetterTopic(entry) }),
                ("errors.decode", { reader, entry throws(SourceError) in try reader.readErrorPolicy(entry, .decode) }),
                (
                    "errors.null.key",
                    { reader, entry throws(SourceError) in try reader.readErrorPolicy(entry, .nullKey) }
                ),
                ("errors.future", { reader, entry throws(SourceError) in try reader.readErrorPolicy(entry, .future) }),
                ("errors.late", { reader, entry throws(SourceError) in try reader.readErrorPolicy(entry, .late) }),
                (
                    "errors.too.large",
                    { reader, entry throws(SourceError) in try reader.readErrorPolicy(entry, .tooLarge) }
                ),
                (
                    "errors.max",
                    { reader, entry throws(SourceError) in
                        reader.configuration.errorLimit = try ErrorLimit.parse(
                            try reader.scalar(entry), at: entry.value.location)
                    }
                ),
                (
                    "input.lost",
                    { reader, entry throws(SourceError) in
                        reader.configuration.inputLost = try InputLossPolicy.parse(
                            try reader.scalar(entry), at: entry.value.location)
                    }
                ),
                ("http.address", { reader, entry throws(SourceError) in try reader.readHTTPAddress(entry) }),
                ("http.port", { reader, entry throws(SourceError) in try reader.readHTTPPort(entry) }),
                (
                    "http.token.file",
                    { reader, entry throws(SourceError) in
                        reader.configuration.httpTokenFile = try reader.path(entry)
                    }
                ),
                (
                    "http.admin.token.file",
                    { reader, entry throws(SourceError) in
                        reader.configuration.httpAdminTokenFile = try reader.path(entry)
                    }
                ),
            ]

    init(directory: String, interpolation: Interpolation) {
        self.directory = directory
        self.interpolation = interpolation
    }

    mutating func read(_ entry: YAMLNode.Entry) throws(SourceError) {
        guard let key = Self.keys.first(where: { $0.name == entry.key }) else {
            throw SourceError("unknown key \(entry.key)", at: entry.keyLocation, hint: Self.hint(for: entry.key))
        }
        try key.read(&self, entry)
    }

    private static func hint(for key: String) -> String {
        let names = keys.map(\.name)
        if let nearest = NearestName.suggestion(for: key, among: names) { return "did you mean \(nearest)?" }
        let list = "the keys are \(names.joined(separator: ", "))"
        return key.contains(".") ? "client properties go below kafka:; \(list)" : list
    }

    // MARK: Values

    private func scalar(_ entry: YAMLNode.Entry) throws(SourceError) -> String {
        guard case .scalar(let text, _) = entry.value.content, !entry.value.isNull else {
            throw SourceError("\(entry.key) must be a single value, not \(entry.value.kind)", at: place(of: entry))
        }
        return try interpolation.expand(text, at: entry.value.location)
    }

    /// Where its value stands; for a value that is not there, its key.
    private func place(of entry: YAMLNode.Entry) -> SourceLocation {
        entry.value.isNull ? entry.keyLocation : entry.value.location
    }

    private mutating func readApplication(_ entry: YAMLNode.Entry) throws(SourceError) {
        let name = try scalar(entry)
        try KafkaName.check(name, as: entry.key, at: entry.value.location)
        configuration.application = name
    }

    private mutating func readProgram(_ entry: YAMLNode.Entry) throws(SourceError) {
        try refuseSecondProgram(entry)
        let path = try scalar(entry)
        guard !path.isEmpty else { throw SourceError("program is empty", at: entry.value.location) }
        configuration.program = .file(TextFile.resolve(path, in: directory), at: entry.value.location)
    }

    private mutating func readSQL(_ entry: YAMLNode.Entry) throws(SourceError) {
        try refuseSecondProgram(entry)
        let text = try scalar(entry)
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw SourceError("sql is empty", at: entry.value.location)
        }
        configuration.program = .text(text, at: entry.value.location)
    }

    private func refuseSecondProgram(_ entry: YAMLNode.Entry) throws(SourceError) {
        guard configuration.program == nil else {
            throw SourceError("program and sql exclude each other", at: entry.keyLocation, hint: "keep one of them")
        }
    }

    private mutating func readKafka(_ entry: YAMLNode.Entry) throws(SourceError) {
        guard case .mapping(let properties) = entry.value.content else {
            throw SourceError(
                "kafka must be a mapping of client properties, not \(entry.value.kind)", at: place(of: entry),
                hint: "for example  bootstrap.servers: localhost:9092")
        }
        for property in properties {
            if case .mapping = property.value.content {
                throw SourceError(
                    "\(property.key) must be a single value, not a mapping", at: property.value.location,
                    hint: "client properties are written with dots: bootstrap.servers")
            }
            configuration.kafka.append(
                Configuration.Property(
                    name: property.key, value: try scalar(property), location: property.keyLocation))
        }
    }

    private mutating func readMode(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let mode = Configuration.Mode(rawValue: text) else {
            let names = Configuration.Mode.allCases.map(\.rawValue)
            let nearest = NearestName.suggestion(for: text, among: names)
            throw SourceError(
                "unknown mode '\(text)'", at: entry.value.location,
                hint: nearest.map { "did you mean \($0)?" } ?? "the modes are \(names.joined(separator: ", "))")
        }
        configuration.mode = mode
    }

    private mutating func readPosition(
        _ entry: YAMLNode.Entry, _ bound: SlicePosition.Bound,
        to property: WritableKeyPath<Configuration, SlicePosition?>
    ) throws(SourceError) {
        configuration[keyPath: property] = try SlicePosition.parse(
            try scalar(entry), as: bound, at: entry.value.location)
    }

    private mutating func readThreads(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let threads = Int(text), Configuration.threadLimits.contains(threads) else {
            throw SourceError("threads must be a whole number from 1 to 256, not '\(text)'", at: entry.value.location)
        }
        configuration.threads = threads
    }

    private mutating func readCommitInterval(_ entry: YAMLNode.Entry) throws(SourceError) {
        let milliseconds = try duration(entry)
        guard Configuration.commitIntervalLimits.contains(milliseconds) else {
            throw SourceError("commit.interval must be between 1ms and 10m", at: entry.value.location)
        }
        configuration.commitIntervalMilliseconds = milliseconds
    }

    private mutating func readFlushInterval(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let milliseconds = ChangelogPlan.interval(text) else {
            throw SourceError(
                "state.flush.interval is off, or a duration from 100ms to 24h, not '\(text)'", at: entry.value.location)
        }
        configuration.stateFlushIntervalMilliseconds = milliseconds
    }

    private mutating func readFutureLimit(_ entry: YAMLNode.Entry) throws(SourceError) {
        configuration.futureLimitMilliseconds = try duration(entry)
    }

    private func duration(_ entry: YAMLNode.Entry) throws(SourceError) -> Int64 {
        let text = try scalar(entry)
        guard let milliseconds = DurationText.milliseconds(text) else {
            throw SourceError(
                "'\(text)' is not a duration", at: entry.value.location, hint: "write \(DurationText.examples)")
        }
        return milliseconds
    }

    private mutating func readDecode(_ entry: YAMLNode.Entry) throws(SourceError) {
        switch try scalar(entry) {
        case "strict": configuration.decodesStrictly = true
        case "lazy": configuration.decodesStrictly = false
        default: throw SourceError("decode is strict or lazy", at: entry.value.location)
        }
    }

    private mutating func readHTTPAddress(_ entry: YAMLNode.Entry) throws(SourceError) {
        let address = try scalar(entry)
        guard HTTPListener.isAddress(address) else {
            throw SourceError(
                "'\(address)' is not an IP address", at: entry.value.location,
                hint: "write 127.0.0.1 for this machine only, or 0.0.0.0 (with http.token.file) for everybody")
        }
        configuration.httpAddress = address
    }

    private mutating func readHTTPPort(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        if text == "off" { return configuration.httpPort = .off }
        guard let port = UInt16(text) else {
            throw SourceError("http.port is a number up to 65535, or off, not '\(text)'", at: entry.value.location)
        }
        configuration.httpPort = .exactly(port)
    }

    private func path(_ entry: YAMLNode.Entry) throws(SourceError) -> String {
        let path = try scalar(entry)
        guard !path.isEmpty else { throw SourceError("\(entry.key) is empty", at: entry.value.location) }
        return TextFile.resolve(path, in: directory)
    }

    private mutating func readErrorPolicy(_ entry: YAMLNode.Entry, _ cause: Rejection.Cause) throws(SourceError) {
        configuration.errorPolicies[cause] = try ErrorPolicy.parse(
            try scalar(entry), key: entry.key, at: entry.value.location)
    }

    private mutating func readDeadLetterTopic(_ entry: YAMLNode.Entry) throws(SourceError) {
        let name = try scalar(entry)
        try KafkaName.check(name, as: entry.key, at: entry.value.location)
        configuration.deadLetterTopic = name
    }
}
