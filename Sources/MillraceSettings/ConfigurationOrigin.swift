// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Where a value of the configuration was said.
package enum ConfigurationOrigin: Hashable, Sendable {
    /// `SET` in the program.
    case program(SourceLocation)
    case file(String, SourceLocation)
    /// A Java client's file (`command.config`); the line.
    case clientFile(String, line: Int)
    /// The variable's name.
    case environment(String)
    /// As it is written: `--threads`, `-X`.
    case option(String)

    /// As `config show` prints it.
    package var text: String {
        switch self {
        case .program(let place): "SET, line \(place.line)"
        case .file(let path, let place): "\(path):\(place.line)"
        case .clientFile(let path, let line): "\(path):\(line)"
        case .environment(let name): name
        case .option(let name): name
        }
    }
}

/// A value as it was said, after references in it were replaced.
package struct ConfiguredValue: Hashable, Sendable {
    package var text: String
    package var origin: ConfigurationOrigin
}

/// A value that an option of the command line gives.
package struct ConfigurationOption: Hashable, Sendable {
    /// Of `ConfigurationKey.all`, or `kafka.` with a client property behind it.
    package var key: String
    package var value: String
    /// As it is written: `--threads`, `-X`.
    package var option: String

    package init(_ key: String, _ value: String, option: String) {
        self.key = key
        self.value = value
        self.option = option
    }
}
