// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceEngine

/// What a YAML file says (`-c millrace.yaml`), checked. A nil: the file does not say it.
package struct Configuration: Hashable, Sendable {
    package enum Program: Hashable, Sendable {
        /// `program`: the path of an SQL file, resolved against the YAML file's directory.
        case file(String, at: SourceLocation)
        /// `sql`: the text itself. A place in it counts from the text's own first line.
        case text(String, at: SourceLocation)
    }

    package enum Mode: String, Hashable, Sendable, CaseIterable {
        case batch, stream, hybrid
    }

    /// A client property as it was written below `kafka`, for librdkafka to judge.
    package struct Property: Hashable, Sendable {
        package var name: String
        package var value: String
        package var location: SourceLocation
    }

    package static let threadLimits = 1...256
    /// In milliseconds.
    package static let commitIntervalLimits: ClosedRange<Int64> = 1...600_000

    /// Consumer group, prefix of transactional ids and internal topics.
    package var application: String?
    package var program: Program?
    package var kafka: [Property] = []
    package var mode: Mode?
    package var from: SlicePosition?
    package var to: SlicePosition?
    /// Within `threadLimits`.
    package var threads: Int?
    /// Within `commitIntervalLimits`.
    package var commitIntervalMilliseconds: Int64?
    package var guarantee: ProcessingGuarantee?
    /// `state.flush.interval`, within `ChangelogPlan.intervalLimits`; 0: off.
    package var stateFlushIntervalMilliseconds: Int64?
    package var deadLetterTopic: String?
    /// `errors.decode` and so on, as far as they are said.
    package var errorPolicies: [Rejection.Cause: ErrorPolicy] = [:]
    /// `errors.max`.
    package var errorLimit: ErrorLimit?
    package var inputLost: InputLossPolicy?
    /// `state.memory.max`.
    package var stateMemory: MemoryLimit?
    /// `decode: strict`: columns that no query reads are converted too, and a record is bad where that fails.
    package var decodesStrictly: Bool?
    /// `future.limit`: a record is bad whose TIMESTAMP column lies further than this ahead of its Kafka timestamp (ms).
    package var futureLimitMilliseconds: Int64?
    /// `http.address`: an IP address.
    package var httpAddress: String?
    /// `http.port`: a number, or `off`.
    package var httpPort: HTTPSettings.Port?
    /// `http.token.file`, resolved against the YAML file's directory.
    package var httpTokenFile: String?
    /// `http.admin.token.file`, resolved likewise.
    package var httpAdminTokenFile: String?

    package init() {}

    /// Reads and checks a YAML text. `directory`: where relative paths in it start. Throws the first mistake.
    package static func parse(
        _ text: String, directory: String = ".", interpolation: Interpolation = .process
    ) throws(SourceError) -> Configuration {
        guard let root = try YAMLDocument.parse(text) else { return Configuration() }
        guard case .mapping(let entries) = root.content else {
            if root.isNull { return Configuration() }
            throw SourceError("a configuration is a mapping of keys, not \(root.kind)", at: root.location)
        }
        var reader = ConfigurationReader(directory: directory, interpolation: interpolation)
        for entry in entries { try reader.read(entry) }
        return reader.configuration
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
