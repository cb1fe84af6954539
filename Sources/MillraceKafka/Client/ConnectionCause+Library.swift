// SPDX-License-Identifier: Apache-2.0

internal import MillraceLog

extension ConnectionCause {
    /// What a failure to connect means.
    /// - Parameters:
    ///   - message: librdkafka's, 2.0.2 to 2.16.
    ///   - certificate: what was wrong with the broker's certificate, if something was.
    init?(_ message: String, certificate: CertificateProblem?) {
        if message.contains("certificate verify failed") {
            self = .brokerCertificate(certificate ?? .notTrusted)
        } else if ConnectionCause.refusesCertificate(message) {
            self = .clientCertificate
        } else if message.contains("Unsupported SASL mechanism") {
            self = .otherMechanism
        } else if message.contains("Failed to acquire SASL OAUTHBEARER token") {
            self = .noToken
        } else if ConnectionCause.namesAnotherProtocol(message) || ConnectionCause.hangsUpAtOnce(message) {
            self = .otherProtocol
        } else {
            return nil
        }
    }

    /// What a broker that wants a client certificate says of it is an alert of TLS, which librdkafka takes for a lost
    /// connection.
    private static func refusesCertificate(_ message: String) -> Bool {
        let alerts = [
            "certificate required", "handshake failure", "bad certificate", "certificate unknown", "unknown ca",
            "certificate expired", "certificate revoked", "unsupported certificate", "access denied",
        ]
        return alerts.contains { message.contains("alert \($0)") }
    }

    /// librdkafka's own guesses, and what can be nothing else.
    private static func namesAnotherProtocol(_ message: String) -> Bool {
        let signs = [
            "incorrect security.protocol", "verify that security.protocol", "connecting to a PLAINTEXT broker listener",
            "connecting to a SSL listener", "Request not valid in current SASL state", "wrong version number",
        ]
        return signs.contains { message.contains($0) }
    }

    /// A port of another kind ends the connection at the first word.
    private static func hangsUpAtOnce(_ message: String) -> Bool {
        guard isLostConnection(message) else { return false }
        if message.contains("in state SSL_HANDSHAKE") || message.contains("in state APIVERSION_QUERY") { return true }
        // "(after 12ms in state UP": a broker that wants a log-in answers which requests it knows, and nothing else.
        guard let start = message.firstRange(of: "(after ")?.upperBound else { return false }
        let digits = message[start...].prefix { $0.isWholeNumber }
        return message[digits.endIndex...].hasPrefix("ms in state UP") && Int(digits).map { $0 < 100 } == true
    }

    /// The other side has hung up. Over TLS without the farewell that belongs to it, which librdkafka before 2.2 takes
    /// for a failure of TLS.
    static func isLostConnection(_ message: String) -> Bool {
        message.contains("Disconnected") || message.contains("unexpected eof while reading")
    }

    /// Whether the connection cannot come about by itself later. A broker that stops hangs up at once, too.
    var lasts: Bool { self != .otherProtocol }

    /// More than the library says about it.
    var advice: String? {
        switch self {
        case .oldScram:
            "the name or the password is wrong, or the brokers are Kafka 4.0 or newer, to which librdkafka "
                + "\(LibraryVersion.text) cannot log in by SCRAM (fixed in 2.6.1): then use a newer library, PLAIN "
                + "over TLS or client certificates"
        case .clientCertificate:
            "the brokers want a client certificate (ssl.certificate.location and ssl.key.location, or "
                + "ssl.keystore.location), or do not take this one"
        case .otherProtocol:
            "this port seems to speak another security.protocol (plaintext, ssl, sasl_plaintext, sasl_ssl)"
        case .brokerCertificate(let problem): problem.text
        case .otherMechanism, .noToken: nil
        }
    }
}

extension CertificateProblem {
    /// - Parameter code: OpenSSL's (`X509_V_ERR_…`), not 0.
    init(_ code: Int32) {
        switch code {
        case 9: self = .notYetValid
        case 10: self = .expired
        case 23: self = .revoked
        case 62, 64: self = .otherName
        default: self = .notTrusted
        }
    }

    var text: String {
        switch self {
        case .notTrusted: "nobody whom ssl.ca.location names, or this machine trusts, has issued the certificate"
        case .expired: "the certificate has expired, by this machine's clock"
        case .notYetValid: "the certificate is not valid yet, by this machine's clock"
        case .otherName: "the certificate is for another name than the one that was connected to"
        case .revoked: "the certificate was revoked"
        }
    }
}
