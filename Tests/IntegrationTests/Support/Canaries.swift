// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Secrets that are found wherever they come out: each place that takes one gets a text of its own.
final class Canaries {
    private var names: [String: String] = [:]

    /// A new secret.
    /// - Parameter place: where it is put, for the failure that finds it.
    func make(_ place: String) -> String {
        let secret = "canary\(UInt64.random(in: 1 << 60...UInt64.max))"
        names[secret] = place
        return secret
    }

    /// Fails where a text has one of them, or a large part of one.
    func check(_ text: String, from source: String, _ location: SourceLocation = #_sourceLocation) {
        for (secret, place) in names where text.contains(secret.dropLast(6)) || text.contains(secret.dropFirst(6)) {
            let line = text.split(whereSeparator: \.isNewline).first { $0.contains(secret.dropFirst(6)) } ?? ""
            Issue.record("\(source) shows the secret of \(place): \(line.prefix(400))", sourceLocation: location)
        }
        // In base64 a log-in could travel, too.
        for (secret, place) in names {
            let encoded = Data(secret.utf8).base64EncodedString().prefix(20)
            if text.contains(encoded) {
                Issue.record("\(source) shows the secret of \(place) in base64", sourceLocation: location)
            }
        }
    }

    /// Looks at all that a process has said.
    func check(_ process: MillraceProcess, from source: String, _ location: SourceLocation = #_sourceLocation) {
        check(process.output, from: "\(source), stdout", location)
        check(process.error, from: "\(source), stderr", location)
    }
}
