// SPDX-License-Identifier: Apache-2.0

/// Why brokers do not talk to a client, where more is known than that they do not.
package enum ConnectionCause: Hashable, Sendable {
    /// The log-in by SCRAM was refused, and this librdkafka cannot do it as Kafka 4.0 wants it.
    case oldScram
    /// The broker's certificate was not accepted.
    case brokerCertificate(CertificateProblem)
    /// The brokers want a certificate of the client's, or do not take this one.
    case clientCertificate
    /// The port seems to speak another `security.protocol`: it hangs up on what it does not understand.
    case otherProtocol
    /// The brokers do not offer the mechanism of the log-in.
    case otherMechanism
    /// The token endpoint gave no token.
    case noToken
}

/// What is wrong with a broker's certificate.
package enum CertificateProblem: Hashable, Sendable {
    /// Nobody that this machine trusts has issued it.
    case notTrusted
    case expired, notYetValid
    /// It is for other names or addresses than the one that was connected to.
    case otherName
    case revoked
}
