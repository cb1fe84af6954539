// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceReport

#if canImport(Glibc)
    // For `environ`, which C declares as a variable.
    @preconcurrency import Glibc
#elseif canImport(Darwin)
    @preconcurrency import Darwin
#endif

/// Where a configuration comes from; a later source wins: the file, the environment, the options.
package struct ConfigurationSources: Sendable {
    /// The YAML file's path; nil: the one that `MILLRACE_CONFIG` names, or one at the usual places, or none.
    package var file: String?
    /// By name.
    package var environment: [String: String]
    /// In the order given.
    package var options: [ConfigurationOption]
    /// Tried in order where nobody names a file.
    package var usualPlaces = ["millrace.yaml", "/etc/millrace/millrace.yaml"]

    /// Who runs this process.
    var user: UInt32 = geteuid()

    package init(file: String?, environment: [String: String], options: [ConfigurationOption]) {
        self.file = file
        self.environment = environment
        self.options = options
    }

    /// The environment of this process.
    package static var processEnvironment: [String: String] {
        var variables: [String: String] = [:]
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }

    /// What is read and where from.
    package struct Result: Sendable {
        package var configuration: Configuration
        /// The file that was read; nil: none.
        package var file: String?
        /// Whether nobody named the file.
        package var isUsualFile: Bool
        /// Variables `MILLRACE_…` that say nothing.
        package var ignoredVariables: [String]
    }

    /// Reads all of them.
    /// - Throws: `RunFailure` with the place, the line and the code of the first mistake.
    package func load() throws(RunFailure) -> Result {
        let (path, isUsual) = fileToRead
        if let path, isUsual, !path.hasPrefix("/") { try UnnamedFile.check(path, user: user) }
        var configuration = Configuration()
        if let path { configuration = try readFile(path) }
        let programOfFile = configuration.program
        let environment = try readEnvironment()
        for setting in clientFilesFirst(environment.settings, key: \.key) {
            let origin = ConfigurationOrigin.environment(setting.variable)
            do throws(SourceError) {
                try configuration.read(setting.key, setting.value, origin)
            } catch {
                throw RunFailure(.configuration, error, source: setting.variable)
            }
            if let file = setting.file, SecretMask.isSecret(setting.key) {
                configuration.secretFiles.append(Configuration.SecretFile(name: setting.variable, path: file))
            }
        }
        try readOptions(into: &configuration)
        configuration.leaveOutApplication(of: programOfFile)
        return Result(
            configuration: configuration, file: path, isUsualFile: isUsual, ignoredVariables: environment.ignored)
    }

    /// What the options or the environment say of the log's format, also where the rest cannot be read.
    package var logFormat: LogFormat? {
        let said =
            options.last { $0.key == "log.format" }?.value ?? environment[EnvironmentSettings.variable("log.format")]
        return said.flatMap(LogFormat.init(rawValue:))
    }

    private var fileToRead: (path: String?, isUsual: Bool) {
        if let file { return (file, false) }
        if let named = environment[EnvironmentSettings.configVariable], !named.isEmpty { return (named, false) }
        let found = usualPlaces.first { access($0, F_OK) == 0 }
        return (found, found != nil)
    }

    private func readFile(_ path: String) throws(RunFailure) -> Configuration {
        let text: String
        do throws(FileError) {
            text = try TextFile.read(path)
        } catch {
            throw RunFailure(.inputMissing, .unreadableFile, error.message)
        }
        let variables = environment
        let interpolation = Interpolation(environment: { variables[$0] }, file: Interpolation.process.file)
        do throws(SourceError) {
            return try Configuration.parse(
                text, directory: TextFile.directory(of: path), name: path, interpolation: interpolation)
        } catch {
            throw RunFailure(error, file: path, text: SecretMask.lines(text))
        }
    }

    private func readEnvironment() throws(RunFailure) -> EnvironmentSettings {
        do throws(EnvironmentError) {
            return try EnvironmentSettings(environment) { path throws(FileError) in try TextFile.read(path) }
        } catch {
            throw RunFailure(.configuration, error.error, source: error.variable)
        }
    }

    /// A property beside a Java client's file wins over it, in whichever order they are given.
    private func clientFilesFirst<Entry>(_ entries: [Entry], key: (Entry) -> String) -> [Entry] {
        let name = ConfigurationReader.clientFileKey
        return entries.filter { key($0) == name } + entries.filter { key($0) != name }
    }

    private func readOptions(into configuration: inout Configuration) throws(RunFailure) {
        for option in clientFilesFirst(options, key: \.key) {
            do throws(SourceError) {
                try configuration.read(option.key, option.value, .option(option.option))
            } catch {
                let isProperty = option.key.hasPrefix("kafka.")
                throw RunFailure(isProperty ? .configuration : .usage, error, source: option.option)
            }
        }
    }
}

extension Configuration {
    /// A file's application is that of the file's program. Another one that was named outside of the file does not take
    /// its offsets and its state.
    fileprivate mutating func leaveOutApplication(of programOfFile: Program?) {
        guard let programOfFile, let program, program.isOther(than: programOfFile), let name = application,
            case .file(let file, _)? = values["application"]?.origin
        else { return }
        application = nil
        values["application"] = nil
        notes.append(
            "application: \(name) in \(file) is of the program that is named there, and does not hold for another one; "
                + "--application says which name this one has")
    }

    /// Reads one value that was said outside of the file: taken as it is, relative to the working directory.
    /// `key`: of `ConfigurationKey.all`, or `kafka.` with a client property behind it. Throws without a place.
    mutating func read(_ key: String, _ value: String, _ origin: ConfigurationOrigin) throws(SourceError) {
        let place = SourceLocation(line: 1, column: 1)
        var reader = ConfigurationReader(self, directory: ".", interpolation: nil, origin: { _ in origin })
        let scalar = YAMLNode(content: .scalar(value, isPlain: false), location: place)
        var entry = YAMLNode.Entry(key: key, keyLocation: place, value: scalar)
        if key.hasPrefix("kafka.") {
            entry.key = String(key.dropFirst("kafka.".count))
            entry = YAMLNode.Entry(
                key: "kafka", keyLocation: place, value: YAMLNode(content: .mapping([entry]), location: place))
        }
        do throws(SourceError) {
            try reader.read([entry])
        } catch {
            throw SourceError(error.message, at: nil, hint: error.hint, code: error.code)
        }
        self = reader.configuration
    }

    /// Takes over what the program asks for where nobody else says anything.
    package mutating func adopt(_ settings: ProgramSettings) throws(SourceError) {
        let said = Set(values.keys)
        for setting in settings.settings where !said.contains(setting.key) {
            try read(setting.key, setting.value, .program(setting.location))
        }
    }
}

extension RunFailure {
    /// So many mistakes are shown.
    private static let shownMistakes = 20

    /// Mistakes in a file, one or more.
    package init(_ errors: [SourceError], file: String, text: String) {
        var lines = errors.prefix(Self.shownMistakes).map { $0.coded(.wrongValue).rendered(file: file, text: text) }
        if errors.count > Self.shownMistakes {
            lines.append("\(file): \(errors.count - Self.shownMistakes) more mistakes")
        }
        self.init(
            .configuration, errors.first?.code ?? .wrongValue, lines.joined(separator: "\n"), isRendered: true)
    }

    /// A mistake in a file.
    package init(_ error: SourceError, file: String, text: String) {
        let error = error.coded(.wrongValue)
        self.init(
            .configuration, error.code ?? .wrongValue, error.rendered(file: file, text: text), isRendered: true)
    }

    /// A mistake in a variable or an option.
    init(_ code: ExitCode, _ error: SourceError, source: String) {
        let error = error.coded(.wrongValue)
        self.init(code, error.code ?? .wrongValue, error.rendered(file: source, text: ""), isRendered: true)
    }
}
