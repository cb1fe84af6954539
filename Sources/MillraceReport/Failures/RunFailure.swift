// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

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
package struct RunFailure: Error, Hashable, Sendable {
    package var code: ExitCode
    /// What `millrace help` explains.
    package var errorCode: ErrorCode
    package var message: String
    /// The next step; may be nil where the message says it.
    package var hint: String?
    /// The input that it is about, where it is about a single one, and the offset in it.
    package var partition: TopicPartition?
    package var offset: Int64?

    /// Whether the message is a whole error text with its place (file:line:column) already.
    package var isRendered: Bool

    package init(
        _ code: ExitCode, _ errorCode: ErrorCode, _ message: String, hint: String? = nil,
        partition: TopicPartition? = nil, offset: Int64? = nil, isRendered: Bool = false
    ) {
        self.code = code
        self.errorCode = errorCode
        self.message = message
        self.hint = hint
        self.partition = partition
        self.offset = offset
        self.isRendered = isRendered
    }

    /// As a terminal shows it.
    package var rendered: String {
        (isRendered ? message : "millrace: \(errorCode.rawValue): \(message)") + (hint.map { "\n  \($0)" } ?? "")
    }

    /// As the log has it.
    package var logLine: LogLine {
        var line = LogLine(
            .error, message, code: errorCode, partition: partition, offset: offset,
            fields: hint.map { [LogLine.Field("next", .text($0))] } ?? [])
        line.text = rendered
        return line
    }
}
