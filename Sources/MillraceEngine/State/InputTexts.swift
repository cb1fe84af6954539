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

    /// - Parameter describe: says what a query is; `input` is what is said of its input, nil where that is a topic.
    init(_ program: ProgramPlan, _ index: ProgramIndex, describe: (_ query: Int, _ input: String?) -> String) {
        var written: [Int: String] = [:]
        var sources: [String: String] = [:]
        // A query stands behind those that it reads from.
        for (query, plan) in program.queries.enumerated() {
            let writers = index.writers(of: plan.input)
            if !writers.isEmpty {
                let text = sources[plan.input] ?? Self.shortened(writers.map { written[$0] ?? "-" })
                sources[plan.input] = text
                inputs[query] = text
            }
            written[query] = describe(query, inputs[query])
        }
    }

    private static func shortened(_ texts: [String]) -> String {
        let text = texts.map { "[\($0)]" }.joined(separator: "\n")
        return text.utf8.count <= longest ? text : "#\(StateFingerprint.hash(text))"
    }
}
