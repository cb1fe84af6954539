// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// What the queries of a program read, in words: of one that reads what others write, all that is said of those, and so
/// on back to the topics.
///
///     t ─► a ─► b ─► c        c reads [b reads [a reads t …] …]
///
/// What would become long is said by its fingerprint instead: from query to query the text could double, and a program
/// has thousands of queries.
struct InputTexts {
    /// In bytes. It must not change: fingerprints that are stored are made of these texts.
    private static let longest = 16_384

    /// By query that reads from others: what is said of its input.
    private(set) var inputs: [Int: String] = [:]

    /// - Parameter describe: says what a query is; `input` is what is said of its input, nil where that is a topic, and
    ///   `joined` what is said of each table that it is joined with, and behind them of the stream.
    init(
        _ program: ProgramPlan, _ index: ProgramIndex,
        describe: (_ query: Int, _ input: String?, _ joined: [String?]) -> String
    ) {
        var written: [Int: String] = [:]
        var sources: [String: String] = [:]
        // A query stands behind those that it reads from.
        func text(of source: String) -> String? {
            let origins = index.origins(of: source)
            guard !origins.isEmpty else { return nil }
            let text =
                sources[source]
                ?? Self.shortened(
                    origins.map { origin in
                        let text = written[origin.query] ?? "-"
                        return origin.edge.map { "\(text) as \($0.columns.map(StateFingerprint.describe))" } ?? text
                    })
            sources[source] = text
            return text
        }
        for (query, plan) in program.queries.enumerated() {
            inputs[query] = text(of: plan.input)
            written[query] = describe(query, inputs[query], plan.inputs.dropFirst().map(text))
        }
    }

    private static func shortened(_ texts: [String]) -> String {
        let text = texts.map { "[\($0)]" }.joined(separator: "\n")
        return text.utf8.count <= longest ? text : "#\(StateFingerprint.hash(text))"
    }
}
