// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceKafka

/// Exit codes, as sysexits has them.
package enum ExitCode: Int32, CaseIterable, Sendable {
    case done = 0
    case no = 1
    case usage = 64
    case data = 65
    case inputMissing = 66
    case unreachable = 69
    case internalError = 70
    /// The state is larger than it may be.
    case memory = 71
    case cannotCreate = 73
    case io = 74
    case tryAgain = 75
    case permission = 77
    case configuration = 78
}

/// Why a run ended before its work was done: what is wrong, where, and what to do.
package struct RunFailure: Error, Sendable {
    package var code: ExitCode
    package var message: String
    /// The next step; may be nil where the message says it.
    package var hint: String?
    /// What `millrace help` explains; nil: the message says all there is.
    package var errorCode: ErrorCode?

    /// Whether the message is a whole error text with its place (file:line:column) already.
    package var isRendered: Bool

    package init(
        _ code: ExitCode, _ message: String, hint: String? = nil, errorCode: ErrorCode? = nil,
        isRendered: Bool = false
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.errorCode = errorCode
        self.isRendered = isRendered
    }

    /// As a terminal shows it.
    package var rendered: String {
        let code = errorCode.map { "\($0.rawValue): " } ?? ""
        return (isRendered ? message : "millrace: \(code)\(message)") + (hint.map { "\n  \($0)" } ?? "")
    }

    /// A failed call to Kafka as the end of a run.
    package init(_ error: KafkaError) {
        let code: ExitCode
        var hint: String?
        var errorCode: ErrorCode?
        switch error.category {
        case .unreachable:
            code = .unreachable
            errorCode = .unreachable
            hint = "check -b/--bootstrap and that the broker is up"
        case .authentication:
            code = .permission
            errorCode = .loginRefused
            hint = "check the security.protocol, sasl.* and ssl.* properties"
        case .authorization:
            code = .permission
            hint = "millrace doctor tries what may be done; millrace explain prints every ACL that the program needs"
        case .missingTopic:
            code = .inputMissing
            errorCode = .missingTopic
            hint = "check the topic's name"
        case .configuration: code = .configuration
        case .tooLarge:
            code = .data
            hint =
                "let the topic take more (max.message.bytes), or grant DescribeConfigs on it, so that errors.too.large "
                + "can decide about each record"
        case .other: code = error.isRetriable ? .tryAgain : .io
        }
        self.init(code, error.description, hint: hint, errorCode: errorCode)
    }
}
