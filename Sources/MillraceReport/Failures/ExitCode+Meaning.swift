// SPDX-License-Identifier: Apache-2.0

extension ExitCode {
    /// What a process that ends with the code says, in a few words.
    package var meaning: String {
        switch self {
        case .done: "done"
        case .no: "the answer is no: doctor has found errors, results differ"
        case .usage: "wrong usage"
        case .data: "the data do not allow it"
        case .inputMissing: "a file or a topic is missing"
        case .unreachable: "the broker cannot be reached"
        case .internalError: "a mistake of Millrace"
        case .memory: "the state is larger than state.memory.max"
        case .cannotCreate: "a file or a topic cannot be created"
        case .io: "reading or writing failed"
        case .tryAgain: "not possible at the moment: try again"
        case .permission: "no permission"
        case .configuration: "a mistake in the configuration or in the SQL"
        }
    }

    /// Whether the same command ends with the same code until a person has changed something: a service manager need
    /// not start it again.
    package var lasts: Bool {
        switch self {
        case .usage, .data, .inputMissing, .memory, .permission, .configuration: true
        case .done, .no, .unreachable, .internalError, .cannotCreate, .io, .tryAgain: false
        }
    }
}
