// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif
import MillraceCore

/// `${env:NAME}`, `${env:NAME:-default}` and `${file:/path}` in a configuration's values. It takes place behind the
/// parser, inside one scalar, so that no variable's value can add keys. `$${` stands for `${`.
package struct Interpolation: Sendable {
    package var environment: @Sendable (String) -> String?
    package var file: @Sendable (String) throws(FileError) -> String

    package init(
        environment: @escaping @Sendable (String) -> String?,
        file: @escaping @Sendable (String) throws(FileError) -> String
    ) {
        self.environment = environment
        self.file = file
    }

    /// From this process's environment and the file system.
    package static let process = Interpolation(
        environment: { name in getenv(name).map { String(cString: $0) } },
        file: { path throws(FileError) in try TextFile.read(path) })

    enum Reference: Equatable {
        case environment
        case file(String)
    }

    /// What a text refers to, whether it is there or not.
    static func references(in text: String) -> [Reference] {
        var references: [Reference] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            let isEscaped = rest[..<start.lowerBound].hasSuffix("$")
            rest = rest[start.upperBound...]
            guard !isEscaped, let end = rest.firstIndex(of: "}") else { continue }
            let reference = rest[..<end]
            references.append(
                reference.hasPrefix("file:") ? .file(String(reference.dropFirst("file:".count))) : .environment)
            rest = rest[rest.index(after: end)...]
        }
        return references
    }

    /// The text that expands to this one.
    static func escaped(_ text: String) -> String {
        text.split(separator: "${", omittingEmptySubsequences: false).joined(separator: "$${")
    }

    /// The text with its references replaced. Throws, at `location`, what cannot be.
    func expand(_ text: String, at location: SourceLocation) throws(SourceError) -> String {
        do throws(SourceError) {
            return try replaceReferences(text, at: location)
        } catch {
            throw error.coded(.unresolvedReference)
        }
    }

    private func replaceReferences(_ text: String, at location: SourceLocation) throws(SourceError) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    throw SourceError("'${' without its '}'", at: location, hint: "write $${ for the characters ${")
                }
                result += try value(of: rest[rest.index(dollar, offsetBy: 2)..<end], at: location)
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private func value(of reference: Substring, at location: SourceLocation) throws(SourceError) -> String {
        if reference.hasPrefix("file:") {
            do throws(FileError) {
                var text = try file(String(reference.dropFirst("file:".count)))
                // Editors end files with a newline that is no part of a secret.
                while let last = text.last, last.isNewline { text.removeLast() }
                return text
            } catch {
                throw SourceError(error.message, at: location)
            }
        }
        guard reference.hasPrefix("env:") else {
            throw SourceError(
                "unknown reference ${\(reference)}", at: location,
                hint: "write ${env:NAME}, ${env:NAME:-default} or ${file:/path}; $${ for the characters ${")
        }
        let body = reference.dropFirst("env:".count)
        let parts = body.split(separator: ":-", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.first ?? "")
        guard !name.isEmpty else { throw SourceError("${env:} without a name", at: location) }
        let value = environment(name)
        if parts.count == 2 { return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(parts[1]) }
        guard let value else {
            throw SourceError(
                "the environment variable \(name) is not set", at: location,
                hint: "set it, or give a default: ${env:\(name):-value}")
        }
        return value
    }
}
