// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine

@testable import MillraceReport
@testable import MillraceSettings
@testable import MillraceRun

/// Texts that people and commits say.
enum TextFuzzing {
    /// Metadata of a commit: what was understood is written as a text that means the same.
    static func runCommit(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        guard let metadata = CommitMetadata(text) else { return }
        let written = metadata.text
        guard let again = CommitMetadata(written) else { throw Violation("\(written) cannot be read again") }
        // A long name is cut, and clauses are left out where there are many.
        guard written.utf8.count < 2000 else { return }
        let names = metadata.program?.queries.map(\.identity.name) ?? []
        guard names.allSatisfy({ CommittedProgram.committedName($0) == $0 }) else { return }
        try require(again.text == written, "\(written) is written the second time as \(again.text)")
        try require(metadata == again, "\(text) is written as \(written), which is something else")
    }

    static func runYAML(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        let outcome = configuration(text)
        try require(configuration(text) == outcome, "read twice it is something else")
    }

    /// Its values, or the mistake.
    private static func configuration(_ text: String) -> [String] {
        let interpolation = Interpolation(
            environment: { $0 == "HOME" ? "/root" : nil },
            file: { path throws(FileError) in String(path.reversed()) })
        do throws(SourceError) {
            let configuration = try Configuration.parse(text, directory: "/nowhere", interpolation: interpolation)
            return configuration.values.map { "\($0.key)=\($0.value)" }.sorted()
                + configuration.kafka.map { "\($0.name)=\($0.value)" } + configuration.notes
        } catch {
            return [error.rendered(file: "millrace.yaml", text: text)]
        }
    }

    /// A Java client's file; what was read is written plainly and read again.
    static func runProperties(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        do {
            let file = try JavaProperties.parse(text)
            let written = file.properties.map { "\(escaped($0.name))=\(escaped($0.value))" }.joined(separator: "\n")
            let again = try JavaProperties.parse(written)
            try require(
                again.properties.map(\.name) == file.properties.map(\.name)
                    && again.properties.map(\.value) == file.properties.map(\.value),
                "written plainly it is something else: \(written)")
            _ = try ClientFileTranslation(file)
        } catch let error as SourceError {
            _ = error.rendered(file: "client.properties", text: text)
        }
    }

    /// Every character that means something as \uXXXX.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            guard scalar.isASCII, !scalar.properties.isAlphabetic else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    /// `--from` and `--to`; times and durations, too.
    static func runPositions(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        for bound in [SlicePosition.Bound.from, .to] {
            do {
                let position = try SlicePosition.parse(text, as: bound)
                try require(isSound(position), "\(text) is read as \(position)")
            } catch let error as SourceError {
                _ = error.rendered(file: "--from", text: text)
            }
        }
        if let milliseconds = DurationText.milliseconds(text) { try require(milliseconds >= 0, "a negative duration") }
    }

    private static func isSound(_ position: SlicePosition) -> Bool {
        switch position {
        case .earliest, .latest: true
        case .time(let time): time >= 0
        case .ago(let milliseconds): milliseconds >= 0
        case .offsets(let offsets): !offsets.isEmpty && offsets.allSatisfy { $0.partition >= 0 && $0.offset >= 0 }
        }
    }
}
