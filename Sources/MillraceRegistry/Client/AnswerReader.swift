// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Says what an answer means, and shows no secret in doing so.
struct AnswerReader {
    let operation: String
    let address: RegistryAddress
    let secrets: [String]

    /// So much of a text that is no answer of a registry's is shown.
    private static let shownLength = 200

    func unreachable(_ message: String) -> RegistryError { error(.unreachable, message) }

    func unexpected(_ message: String, hint: String? = nil) -> RegistryError {
        error(.unexpectedAnswer, message, hint: hint)
    }

    private func error(_ kind: RegistryError.Kind, _ message: String, hint: String? = nil) -> RegistryError {
        RegistryError(kind, operation, SecretMask.hide(secrets, in: message), at: address.text, hint: hint)
    }

    func error(of fault: HTTPFault) -> RegistryError {
        switch fault.kind {
        case .unreachable: unreachable(fault.message)
        case .stopped: unreachable("the process is to stop")
        case .certificate: error(.certificate, fault.message)
        case .unusableAnswer: unexpected(fault.message)
        }
    }

    /// Throws unless the answer is what was asked for.
    func read(_ answer: HTTPAnswer) throws(RegistryError) -> RegistryAnswer {
        let content = RegistryAnswer(answer.body)
        if 200...299 ~= answer.status {
            guard let content else {
                throw unexpected("what answers there is no schema registry: \(excerpt(answer.body))")
            }
            return content
        }
        let code = content?["error_code"]?.integer
        let words = content?["message"]?.string
        let message = words.map(Self.oneLine) ?? "status \(answer.status): \(excerpt(answer.body))"
        throw error(kind(answer.status, code), message)
    }

    private func kind(_ status: Int, _ code: Int32?) -> RegistryError.Kind {
        switch (status, code) {
        case (401, _): .loginRefused
        case (403, _): .forbidden
        case (404, 40401): .unknownSubject
        // Apicurio and others know less numbers than Confluent.
        case (404, 40402), (404, 40403): .unknownSchema
        case (404, .some): operation.contains("subject") ? .unknownSubject : .unknownSchema
        case (409, _): .incompatible
        case (422, _): .refusedSchema
        // Not now: too many requests, or a registry that is starting or has no leader.
        case (408, _), (425, _), (429, _), (500...599, _): .unreachable
        default: .unexpectedAnswer
        }
    }

    private func excerpt(_ body: [UInt8]) -> String {
        guard !body.isEmpty else { return "an empty answer" }
        // A secret that is cut in two would not be found.
        let whole = SecretMask.hide(secrets, in: String(decoding: body.prefix(16 * Self.shownLength), as: UTF8.self))
        let text = Self.oneLine(whole)
        return "'\(text.prefix(Self.shownLength))'" + (text.count > Self.shownLength ? " …" : "")
    }

    /// Of what somebody else has written: no ends of lines, nothing that moves a terminal's cursor.
    private static func oneLine(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar in
            scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value ? UnicodeScalar(" ") : scalar
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view).split(separator: " ").joined(separator: " ")
    }
}
