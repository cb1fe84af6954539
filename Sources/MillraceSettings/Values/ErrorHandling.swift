// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillraceReport

/// What a run does about records that do not reach the results: one policy a cause, and how many bad ones it bears.
package struct ErrorHandling: Hashable, Sendable {
    private var policies: [RejectionCause: ErrorPolicy] = [:]
    /// Nil: any number.
    package var limit: ErrorLimit?

    /// What holds where nothing is said.
    package init() {}

    /// Where the configuration says nothing, what was rejected is kept where there is a topic for it, records without a
    /// key are filtered, and a result that cannot be written ends the run.
    package init(_ configuration: Configuration) {
        if configuration.deadLetterTopic != nil {
            for cause in [RejectionCause.decode, .future, .late] { self[cause] = .deadLetter }
        }
        policies.merge(configuration.errorPolicies) { $1 }
        limit = configuration.errorLimit
    }

    /// Throws where a policy needs a dead-letter topic and there is none.
    package func check(deadLetterTopic: String?) throws {
        guard deadLetterTopic == nil, let cause = RejectionCause.allCases.first(where: { self[$0] == .deadLetter })
        else { return }
        throw RunFailure(
            .configuration, .contradiction, "\(cause.key) is dead-letter, but there is no dead-letter topic",
            hint: "name one: --dead-letter, or dead.letter.topic in the configuration")
    }

    package subscript(cause: RejectionCause) -> ErrorPolicy {
        get { policies[cause] ?? (cause == .tooLarge || cause == .refused ? .fail : .skip) }
        set { policies[cause] = newValue }
    }

    /// For `explain` and the status: all keys with their values.
    package var settings: [(key: String, value: String)] {
        RejectionCause.allCases.map { ($0.key, self[$0].rawValue) } + [("errors.max", limit?.text ?? "off")]
    }

    /// For `explain`.
    package var explanation: String { "errors\n" + settings.map { "  \($0.key): \($0.value)\n" }.joined() }
}
