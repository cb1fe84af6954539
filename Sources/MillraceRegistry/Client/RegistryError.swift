// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceReport

/// Why a schema registry did not do what it was asked for.
package struct RegistryError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Nobody answers, not in time, or the answer is that it cannot just now.
        case unreachable
        /// Name, password or token are not accepted.
        case loginRefused
        /// Who has logged in may not do this.
        case forbidden
        /// The certificate of either side.
        case certificate
        /// What answers is no schema registry, or says what cannot be understood.
        case unexpectedAnswer
        case unknownSubject
        /// An id, or a version of a subject.
        case unknownSchema
        case incompatible
        /// The registry does not take it as a schema.
        case refusedSchema
    }

    package var kind: Kind
    /// What was being done, e.g. `get schema 7`.
    package var operation: String
    /// What is wrong; the registry's own words where it has any.
    package var message: String
    /// Whom it is about, without a log-in; nil: several, which the message names.
    package var address: String?
    /// What to do, where it is not what the code says anyway.
    package var hint: String?

    init(_ kind: Kind, _ operation: String, _ message: String, at address: String?, hint: String? = nil) {
        self.kind = kind
        self.operation = operation
        self.message = message
        self.address = address
        self.hint = hint
    }

    /// Whether it may be otherwise in a moment.
    package var isTransient: Bool { kind == .unreachable }

    package var errorCode: ErrorCode {
        switch kind {
        case .unreachable: .registryUnreachable
        case .loginRefused: .registryLoginRefused
        case .forbidden: .registryForbidden
        case .certificate: .registryCertificate
        case .unexpectedAnswer: .registryUnexpectedAnswer
        case .unknownSubject: .unknownSubject
        case .unknownSchema: .unknownSchema
        case .incompatible: .incompatibleSchema
        case .refusedSchema: .refusedSchema
        }
    }

    /// One sentence: what was being done, where, and what came of it.
    package var text: String {
        "cannot \(operation)" + (address.map { " (schema registry \($0))" } ?? "") + ": \(message)"
    }

    /// The same as the end of a run.
    package var failure: RunFailure {
        let code: ExitCode =
            switch kind {
            case .unreachable: .unreachable
            case .loginRefused, .forbidden: .permission
            case .certificate, .incompatible, .refusedSchema: .configuration
            case .unexpectedAnswer: .io
            case .unknownSubject, .unknownSchema: .inputMissing
            }
        return RunFailure(code, errorCode, text, hint: hint ?? errorCode.explanation.step)
    }
}
