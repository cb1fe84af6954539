// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog

/// What is wrong with a client property, as a mistake in the configuration.
enum ClientProperty {
    /// Throws, at `location`, unless users may set this property to this value.
    static func check(_ name: String, _ value: String, at location: SourceLocation?) throws(SourceError) {
        do throws(KafkaError) {
            try KafkaProperties.validate(name: name, value: value)
        } catch {
            let code: ErrorCode
            var hint: String?
            switch KafkaProperties.verdict(on: name) {
            case .allowed where error.message.contains("not supported in this build"):
                code = .unknownToLibrary
                hint = "install a librdkafka that was built with it; millrace version prints what this one has"
            case .allowed: code = .wrongPropertyValue
            case .owned:
                code = .ownedProperty
                hint = "leave \(name) out"
            case .refused:
                code = .refusedProperty
                hint = "leave \(name) out"
            case .unknown: code = .unknownProperty
            }
            throw SourceError(
                "\(name): \(error.message)", at: location, hint: hint ?? "millrace help \(code.rawValue)", code: code)
        }
    }
}
