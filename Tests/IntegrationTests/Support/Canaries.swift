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

    /// Fails where a text has one of them, a large part of one, or one in base64, as which a log-in travels.
    func check(_ text: String, from source: String, _ location: SourceLocation = #_sourceLocation) {
        let bytes = Data(text.utf8)
        for (secret, place) in names {
            let encoded = Data(secret.utf8).base64EncodedString()
            for part in [secret.dropLast(6), secret.dropFirst(6), encoded.prefix(20)] {
                guard let found = bytes.range(of: Data(part.utf8)) else { continue }
                let around = bytes[max(found.lowerBound - 200, 0)..<min(found.upperBound + 50, bytes.count)]
                Issue.record(
                    "\(source) shows the secret of \(place): …\(String(decoding: around, as: UTF8.self))",
                    sourceLocation: location)
                break
            }
        }
    }

    /// Looks at all that a process has said.
    func check(_ process: MillraceProcess, from source: String, _ location: SourceLocation = #_sourceLocation) {
        check(process.output, from: "\(source), stdout", location)
        check(process.error, from: "\(source), stderr", location)
    }
}
