// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan
package import MillraceReport

/// What the options, the environment, the file (`-c millrace.yaml`) and the program say, checked. A nil: nobody does.
package struct Configuration: Hashable, Sendable {
    package enum Program: Hashable, Sendable {
        /// `program`: the path of an SQL file, resolved against the YAML file's directory.
        case file(String, at: SourceLocation)
        /// `sql`: the text itself. A place in it counts from the text's own first line.
        case text(String, at: SourceLocation)

        /// Whether they are two programs: a place in a configuration makes no difference.
        func isOther(than other: Program) -> Bool {
            switch (self, other) {
            case (.file(let own, _), .file(let others, _)): TextFile.canonical(own) != TextFile.canonical(others)
            case (.text(let own, _), .text(let others, _)): own != others
            case (.file, .text), (.text, .file): true
            }
        }
    }

    package enum Mode: String, Hashable, Sendable, CaseIterable {
        case batch, stream, hybrid
    }

    /// A client property that users may set, to a value that librdkafka accepts.
    package struct Property: Hashable, Sendable {
        package var name: String
        package var value: String
        package var origin: ConfigurationOrigin
    }

    package static let threadLimits = 1...256
    /// In milliseconds.
    package static let commitIntervalLimits: ClosedRange<Int64> = 1...600_000

    /// Consumer group, prefix of transactional ids and internal topics.
    package var application: String?
    /// Which member of the group a process is.
    package var instance: String?
    package var program: Program?
    /// Each name once.
    package private(set) var kafka: [Property] = []
    package var mode: Mode?
    package var from: SlicePosition?
    package var to: SlicePosition?
    /// Within `threadLimits`.
    package var threads: Int?
    /// Within `commitIntervalLimits`.
    package var commitIntervalMilliseconds: Int64?
    package var guarantee: ProcessingGuarantee?
    /// `join.wait`, within `JoinWait.limits`.
    package var joinWaitMilliseconds: Int64?
    /// `state.flush.interval`, within `StateFlushInterval.limits`; 0: off.
    package var stateFlushIntervalMilliseconds: Int64?
    /// `exchange`: whether queries that group by something else than the record key run in several processes.
    package var exchangesPartials: Bool?
    package var deadLetterTopic: String?
    /// `errors.decode` and so on, as far as they are said.
    package var errorPolicies: [RejectionCause: ErrorPolicy] = [:]
    /// `errors.max`.
    package var errorLimit: ErrorLimit?
    package var inputLost: InputLossPolicy?
    /// `state.memory.max`.
    package var stateMemory: MemoryLimit?
    /// `keys.partitioning`.
    package var keyPartitioning: KeyPartitioning?
    /// `windows.per.record.max`.
    package var windowsPerRecord: Int64?
    /// `decode: strict`: columns that no query reads are converted too, and a record is bad where that fails.
    package var decodesStrictly: Bool?
    package var futureLimit: FutureLimit?
    /// `http.address`: an IP address.
    package var httpAddress: String?
    /// `http.port`: a number, or `off`.
    package var httpPort: HTTPSettings.Port?
    /// `http.socket`: the path of a Unix socket, resolved against the YAML file's directory.
    package var httpSocket: String?
    /// `http.socket.mode`.
    package var httpSocketMode: UInt16?
    /// `http.certificate.file`, resolved likewise.
    package var httpCertificateFile: String?
    /// `http.key.file`, resolved likewise.
    package var httpKeyFile: String?
    /// `http.token.file`, resolved against the YAML file's directory.
    package var httpTokenFile: String?
    /// `http.admin.token.file`, resolved likewise.
    package var httpAdminTokenFile: String?
    /// `schema.registry.…`.
    package var registry = RegistrySettings()
    /// `schemas`, resolved against the YAML file's directory.
    package var schemaDirectory: String?
    package var logLevel: LogLevel?
    package var logFormat: LogFormat?

    /// A file that a secret was read from.
    package struct SecretFile: Hashable, Sendable {
        /// What it is for: a property, a variable.
        package var name: String
        package var path: String
    }

    /// A secret that was said as it is, and not by a reference.
    package struct InlineSecret: Hashable, Sendable {
        package var name: String
        package var origin: ConfigurationOrigin
    }

    package var secretFiles: [SecretFile] = []
    package var inlineSecrets: [InlineSecret] = []

    /// By key: what was said, and where.
    package var values: [String: ConfiguredValue] = [:]
    /// What the reader should know, for example properties of a Java client that were left out.
    package var notes: [String] = []

    package init() {}

    /// Reads and checks a YAML text. `directory`: where relative paths in it start; `name`: of the file, for people.
    /// Throws the first mistake.
    package static func parse(
        _ text: String, directory: String = ".", name: String = "millrace.yaml",
        interpolation: Interpolation = .process
    ) throws(SourceError) -> Configuration {
        let document: YAMLNode?
        do throws(SourceError) {
            document = try YAMLDocument.parse(text)
        } catch {
            throw error.coded(.malformedFile)
        }
        guard let root = document else { return Configuration() }
        guard case .mapping(let entries) = root.content else {
            if root.isNull { return Configuration() }
            throw SourceError(
                "a configuration is a mapping of keys, not \(root.kind)", at: root.location, code: .malformedFile)
        }
        var reader = ConfigurationReader(
            Configuration(), directory: directory, interpolation: interpolation, origin: { .file(name, $0) })
        try reader.read(entries)
        return reader.configuration
    }

    /// Where a program begins that runs for the first time.
    package var startingPosition: SlicePosition { from ?? (mode == .stream ? .latest : .earliest) }

    /// The last one of a name wins.
    mutating func setProperty(_ name: String, _ value: String, _ origin: ConfigurationOrigin) {
        kafka.removeAll { $0.name == name }
        kafka.append(Property(name: name, value: value, origin: origin))
    }

    /// The application id of a program that names none: its file's name without the ending. Throws where that name
    /// cannot be one.
    package static func applicationID(program path: String) throws(SourceError) -> String {
        let name = TextFile.baseName(of: path)
        do throws(SourceError) {
            try KafkaName.check(name, as: "application", at: nil)
        } catch {
            throw SourceError(error.message, at: nil, hint: "name it with --application NAME")
        }
        return name
    }
}
