// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillracePlan

/// Fills a configuration from entries, whoever says them: the file, the environment, the options. What comes later
/// wins.
struct ConfigurationReader {
    var configuration: Configuration
    /// Where relative paths start.
    private let directory: String
    /// What replaces references in values; nil: values are taken as they are.
    private let interpolation: Interpolation?
    /// Who says what is read now, given the place of a value.
    private let origin: @Sendable (SourceLocation) -> ConfigurationOrigin
    /// Whether this reader has seen a program: of two places the later wins, in one place two of them contradict.
    private var hasProgram = false
    /// By key: the name under which this reader has seen it.
    private var names: [String: String] = [:]

    init(
        _ configuration: Configuration, directory: String, interpolation: Interpolation?,
        origin: @escaping @Sendable (SourceLocation) -> ConfigurationOrigin
    ) {
        self.configuration = configuration
        self.directory = directory
        self.interpolation = interpolation
        self.origin = origin
    }

    /// Reads a mapping's entries. A client file comes first, so that properties beside it win over it.
    mutating func read(_ entries: [YAMLNode.Entry]) throws(SourceError) {
        for entry in entries where entry.key == ConfigurationReader.clientFileKey { try read(entry) }
        for entry in entries where entry.key != ConfigurationReader.clientFileKey { try read(entry) }
    }

    static let clientFileKey = "command.config"
    /// The one key whose value is a mapping.
    private static let propertiesKey = "kafka"

    private mutating func read(_ entry: YAMLNode.Entry) throws(SourceError) {
        if entry.key == ConfigurationReader.propertiesKey { return try readProperties(entry) }
        if let key = ConfigurationKey.named(entry.key) { return try read(entry, of: key, as: entry.key) }
        guard let ported = try translated(entry) else { return }
        if let key = ConfigurationKey.named(ported.key) { return try read(ported, of: key, as: entry.key) }
        throw SourceError(
            "unknown key \(entry.key)", at: entry.keyLocation, hint: Self.hint(for: entry.key), code: .unknownKey)
    }

    /// - Parameter name: what the key is called where it is said.
    private mutating func read(
        _ entry: YAMLNode.Entry, of key: ConfigurationKey, as name: String
    ) throws(SourceError) {
        if let other = names.updateValue(name, forKey: key.name) {
            throw SourceError(
                "\(name) says the same as \(other)", at: entry.keyLocation, hint: "keep one of them",
                code: .wrongValue)
        }
        do throws(SourceError) {
            try key.read(&self, entry)
        } catch {
            throw error.coded(.wrongValue)
        }
    }

    /// A property of Kafka Streams or ksqlDB as the key that means the same; nil: it says what holds anyway. What is
    /// none of theirs stays as it is.
    private func translated(_ entry: YAMLNode.Entry) throws(SourceError) -> YAMLNode.Entry? {
        guard case .scalar = entry.value.content, !entry.value.isNull else { return entry }
        do throws(SourceError) {
            let value = try expanded(entry)
            switch try PortedProperty.translation(of: entry.key, value, at: entry.keyLocation) {
            case .setting(let key, let value)?:
                // It was expanded above, and once is enough.
                let text = interpolation == nil ? value : Interpolation.escaped(value)
                let content = YAMLNode.Content.scalar(text, isPlain: false)
                return YAMLNode.Entry(
                    key: key, keyLocation: entry.keyLocation,
                    value: YAMLNode(content: content, location: entry.value.location))
            case .nothing?: return nil
            case .harmless(let reason)?:
                throw SourceError(
                    "\(entry.key) has no meaning here", at: entry.keyLocation, hint: reason, code: .unknownKey)
            case nil: return entry
            }
        } catch {
            throw error.coded(.wrongValue)
        }
    }

    private static func hint(for key: String) -> String {
        let names = [propertiesKey] + ConfigurationKey.all.map(\.name)
        let others = PortedProperty.all.map(\.name)
        if let nearest = NearestName.suggestion(for: key, among: names + others) {
            return "did you mean \(nearest)?"
        }
        let list = "the keys are \(names.joined(separator: ", "))"
        return key.contains(".") ? "client properties go below kafka:; \(list)" : list
    }

    // MARK: Values

    /// The value's text, noted for `config show`.
    mutating func scalar(_ entry: YAMLNode.Entry) throws(SourceError) -> String {
        let text = try expanded(entry)
        note(entry, text)
        return text
    }

    private func expanded(_ entry: YAMLNode.Entry) throws(SourceError) -> String {
        guard case .scalar(let text, _) = entry.value.content, !entry.value.isNull else {
            throw SourceError("\(entry.key) must be a single value, not \(entry.value.kind)", at: place(of: entry))
        }
        return try interpolation?.expand(text, at: entry.value.location) ?? text
    }

    private mutating func note(_ entry: YAMLNode.Entry, _ text: String) {
        configuration.values[entry.key] = ConfiguredValue(text: text, origin: origin(entry.value.location))
    }

    /// Where its value stands; for a value that is not there, its key.
    private func place(of entry: YAMLNode.Entry) -> SourceLocation {
        entry.value.isNull ? entry.keyLocation : entry.value.location
    }

    mutating func readApplication(_ entry: YAMLNode.Entry) throws(SourceError) {
        let name = try scalar(entry)
        try KafkaName.check(name, as: entry.key, at: entry.value.location)
        configuration.application = name
    }

    mutating func readInstance(_ entry: YAMLNode.Entry) throws(SourceError) {
        let name = try scalar(entry)
        try KafkaName.check(name, as: "instance", at: entry.value.location)
        configuration.instance = name
    }

    mutating func readProgram(_ entry: YAMLNode.Entry) throws(SourceError) {
        try refuseSecondProgram(entry)
        let path = try scalar(entry)
        guard !path.isEmpty else { throw SourceError("program is empty", at: entry.value.location) }
        configuration.values["sql"] = nil
        configuration.program = .file(TextFile.resolve(path, in: directory), at: entry.value.location)
    }

    mutating func readSQL(_ entry: YAMLNode.Entry) throws(SourceError) {
        try refuseSecondProgram(entry)
        let text = try scalar(entry)
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw SourceError("sql is empty", at: entry.value.location)
        }
        configuration.values["program"] = nil
        configuration.program = .text(text, at: entry.value.location)
    }

    private mutating func refuseSecondProgram(_ entry: YAMLNode.Entry) throws(SourceError) {
        guard !hasProgram else {
            throw SourceError("program and sql exclude each other", at: entry.keyLocation, hint: "keep one of them")
        }
        hasProgram = true
    }

    mutating func readChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ entry: YAMLNode.Entry, to property: WritableKeyPath<Configuration, Choice?>
    ) throws(SourceError) {
        let text = try scalar(entry)
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue)
            let nearest = NearestName.suggestion(for: text, among: names)
            throw SourceError(
                "unknown \(entry.key) '\(text)'", at: entry.value.location,
                hint: nearest.map { "did you mean \($0)?" } ?? "write one of \(names.joined(separator: ", "))")
        }
        configuration[keyPath: property] = choice
    }

    mutating func readPosition(
        _ entry: YAMLNode.Entry, _ bound: SlicePosition.Bound,
        to property: WritableKeyPath<Configuration, SlicePosition?>
    ) throws(SourceError) {
        configuration[keyPath: property] = try SlicePosition.parse(
            try scalar(entry), as: bound, at: entry.value.location)
    }

    mutating func readThreads(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let threads = Int(text), Configuration.threadLimits.contains(threads) else {
            throw SourceError("threads must be a whole number from 1 to 256, not '\(text)'", at: entry.value.location)
        }
        configuration.threads = threads
    }

    mutating func readCommitInterval(_ entry: YAMLNode.Entry) throws(SourceError) {
        let milliseconds = try duration(entry)
        guard Configuration.commitIntervalLimits.contains(milliseconds) else {
            throw SourceError("commit.interval must be between 1ms and 10m", at: entry.value.location)
        }
        configuration.commitIntervalMilliseconds = milliseconds
    }

    mutating func readGuarantee(_ entry: YAMLNode.Entry) throws(SourceError) {
        configuration.guarantee = try ProcessingGuarantee.parse(try scalar(entry), at: entry.value.location)
    }

    mutating func readFlushInterval(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let milliseconds = StateFlushInterval.parse(text) else {
            throw SourceError(
                "state.flush.interval is off, or a duration from 100ms to 24h, not '\(text)'", at: entry.value.location)
        }
        configuration.stateFlushIntervalMilliseconds = milliseconds
    }

    mutating func readJoinWait(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let milliseconds = DurationText.milliseconds(text), JoinWait.limits.contains(milliseconds) else {
            throw SourceError("join.wait is a duration up to 10m, not '\(text)'", at: entry.value.location)
        }
        configuration.joinWaitMilliseconds = milliseconds
    }

    mutating func readExchange(_ entry: YAMLNode.Entry) throws(SourceError) {
        switch try scalar(entry) {
        case "on": configuration.exchangesPartials = true
        case "off": configuration.exchangesPartials = false
        default: throw SourceError("exchange is on or off", at: entry.value.location)
        }
    }

    mutating func readFutureLimit(_ entry: YAMLNode.Entry) throws(SourceError) {
        configuration.futureLimit = try FutureLimit.parse(try scalar(entry), at: entry.value.location)
    }

    mutating func duration(_ entry: YAMLNode.Entry) throws(SourceError) -> Int64 {
        let text = try scalar(entry)
        guard let milliseconds = DurationText.milliseconds(text) else {
            throw SourceError(
                "'\(text)' is not a duration", at: entry.value.location, hint: "write \(DurationText.examples)")
        }
        return milliseconds
    }

    mutating func readDecode(_ entry: YAMLNode.Entry) throws(SourceError) {
        switch try scalar(entry) {
        case "strict": configuration.decodesStrictly = true
        case "lazy": configuration.decodesStrictly = false
        default: throw SourceError("decode is strict or lazy", at: entry.value.location)
        }
    }

    mutating func readErrorPolicy(_ entry: YAMLNode.Entry, _ cause: RejectionCause) throws(SourceError) {
        configuration.errorPolicies[cause] = try ErrorPolicy.parse(
            try scalar(entry), key: entry.key, at: entry.value.location)
    }

    mutating func readErrorLimit(_ entry: YAMLNode.Entry) throws(SourceError) {
        configuration.errorLimit = try ErrorLimit.parse(try scalar(entry), at: entry.value.location)
    }

    mutating func readInputLost(_ entry: YAMLNode.Entry) throws(SourceError) {
        configuration.inputLost = try InputLossPolicy.parse(try scalar(entry), at: entry.value.location)
    }

    mutating func readStateMemory(_ entry: YAMLNode.Entry) throws(SourceError) {
        configuration.stateMemory = try MemoryLimit.parse(try scalar(entry), at: entry.value.location)
    }

    mutating func readWindowsPerRecord(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let count = WindowsPerRecord.parse(text) else {
            throw SourceError(
                "\(WindowsPerRecord.setting) is a number from 1 on, not '\(text)'", at: entry.value.location)
        }
        configuration.windowsPerRecord = count
    }

    mutating func readDeadLetterTopic(_ entry: YAMLNode.Entry) throws(SourceError) {
        let name = try scalar(entry)
        try KafkaName.check(name, as: entry.key, at: entry.value.location)
        configuration.deadLetterTopic = name
    }

    mutating func readHTTPAddress(_ entry: YAMLNode.Entry) throws(SourceError) {
        let address = try scalar(entry)
        guard NetworkAddress.isAddress(address) else {
            throw SourceError(
                "'\(address)' is not an IP address", at: entry.value.location,
                hint: "write 127.0.0.1 for this machine only, or 0.0.0.0 (with http.token.file) for everybody")
        }
        configuration.httpAddress = address
        try takePlace(of: "http.socket", for: entry)
        configuration.httpSocket = nil
    }

    mutating func readHTTPPort(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        try takePlace(of: "http.socket", for: entry)
        configuration.httpSocket = nil
        if text == "off" { return configuration.httpPort = .off }
        guard let port = UInt16(text) else {
            throw SourceError("http.port is a number up to 65535, or off, not '\(text)'", at: entry.value.location)
        }
        configuration.httpPort = .exactly(port)
    }

    mutating func readHTTPSocket(_ entry: YAMLNode.Entry) throws(SourceError) {
        configuration.httpSocket = try path(entry)
        for key in ["http.address", "http.port"] { try takePlace(of: key, for: entry) }
        configuration.httpAddress = nil
        configuration.httpPort = nil
    }

    /// Of a port and a socket the one that is said later wins; in one place they contradict each other.
    private mutating func takePlace(of other: String, for entry: YAMLNode.Entry) throws(SourceError) {
        guard names[other] == nil else {
            throw SourceError(
                "\(entry.key) and \(other) exclude each other", at: entry.keyLocation, hint: "keep one of them")
        }
        configuration.values[other] = nil
    }

    mutating func readHTTPSocketMode(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let mode = UInt16(text, radix: 8), mode <= 0o777, mode & 0o600 == 0o600 else {
            throw SourceError(
                "http.socket.mode is a file's mode that lets this user in, as 0600 or 0660, not '\(text)'",
                at: entry.value.location)
        }
        configuration.httpSocketMode = mode
    }

    mutating func readPath(
        _ entry: YAMLNode.Entry, to property: WritableKeyPath<Configuration, String?>
    ) throws(SourceError) {
        configuration[keyPath: property] = try path(entry)
    }

    private mutating func path(_ entry: YAMLNode.Entry) throws(SourceError) -> String {
        let path = try scalar(entry)
        guard !path.isEmpty else { throw SourceError("\(entry.key) is empty", at: entry.value.location) }
        return TextFile.resolve(path, in: directory)
    }

    // MARK: Client properties

    private mutating func readProperties(_ entry: YAMLNode.Entry) throws(SourceError) {
        guard case .mapping(let properties) = entry.value.content else {
            throw SourceError(
                "kafka must be a mapping of client properties, not \(entry.value.kind)", at: place(of: entry),
                hint: "for example  bootstrap.servers: localhost:9092", code: .wrongValue)
        }
        for property in properties {
            if case .mapping = property.value.content {
                throw SourceError(
                    "\(property.key) must be a single value, not a mapping", at: property.value.location,
                    hint: "client properties are written with dots: bootstrap.servers", code: .wrongValue)
            }
            do throws(SourceError) {
                let value = try expanded(property)
                try ClientProperty.check(property.key, value, at: property.keyLocation)
                configuration.setProperty(property.key, value, origin(property.keyLocation))
                noteSecret(property, value)
            } catch {
                throw error.coded(.wrongValue)
            }
        }
    }

    /// Remembers where a secret comes from.
    mutating func noteSecret(_ property: YAMLNode.Entry, _ value: String) {
        let isSecret = SecretMask.isSecret(property.key) || SecretMask.value(value, of: property.key) != value
        guard isSecret, !value.isEmpty, case .scalar(let text, _) = property.value.content else { return }
        let references = interpolation == nil ? [] : Interpolation.references(in: text)
        let said = origin(property.keyLocation)
        for case .file(let path) in references {
            configuration.secretFiles.append(Configuration.SecretFile(name: property.key, path: path))
        }
        // Other processes of other users do not see the environment.
        if case .environment = said { return }
        if references.isEmpty {
            configuration.inlineSecrets.append(Configuration.InlineSecret(name: property.key, origin: said))
        }
    }

    mutating func readClientFile(_ entry: YAMLNode.Entry) throws(SourceError) {
        let path = try path(entry)
        let place = entry.value.location
        let text: String
        do throws(FileError) {
            text = try TextFile.read(path)
        } catch {
            throw SourceError(error.message, at: place, code: .unreadableFile)
        }
        let translation: ClientFileTranslation
        do throws(SourceError) {
            translation = try ClientFileTranslation(try JavaProperties.parse(text))
        } catch {
            throw SourceError(
                "\(path):\(error.location?.line ?? 1): \(error.message)", at: place, hint: error.hint,
                code: error.code ?? .malformedClientFile)
        }
        for property in translation.properties {
            let origin = ConfigurationOrigin.clientFile(path, line: property.line)
            configuration.setProperty(property.name, property.value, origin)
            guard SecretMask.isSecret(property.name) else { continue }
            configuration.inlineSecrets.append(Configuration.InlineSecret(name: property.name, origin: origin))
        }
        for setting in translation.settings {
            try readClientSetting(setting, path, at: place)
        }
        configuration.notes += translation.notes.map { "\(path): \($0)" }
    }
}
