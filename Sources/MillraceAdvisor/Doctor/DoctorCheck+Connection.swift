// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import MillraceRun

/// The way to the cluster: brokers, library, security, the brokers' limits.
extension DoctorCheck {
    static let connection = [connected, library, encryption, transactions, sessions]

    private static let connected = DoctorCheck("connected") { subject, snapshot in
        let count = snapshot.brokers.count
        let cluster = snapshot.clusterID.map { ", cluster \($0)" } ?? ""
        let brokers = "\(count == 1 ? "broker" : "brokers") (\(snapshot.brokers.joined(separator: ", ")))"
        return [.sound("connected to \(count) \(brokers)\(cluster), in \(snapshot.answeredInMilliseconds) ms")]
    }

    private static let library = DoctorCheck("librdkafka has what the configuration needs") { subject, snapshot in
        let properties = subject.options.properties
        let protocolName = (properties["security.protocol"] ?? "plaintext").lowercased()
        var needed: [String] = protocolName.hasSuffix("ssl") ? ["ssl"] : []
        if protocolName.hasPrefix("sasl") {
            switch (properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] ?? "GSSAPI").uppercased() {
            case "PLAIN": needed.append("sasl_plain")
            case "OAUTHBEARER": needed.append("oidc")
            case "GSSAPI": needed.append("sasl_gssapi")
            default: needed.append("sasl_scram")
            }
        }
        let missing = needed.filter { !snapshot.libraryFeatures.contains($0) }
        guard missing.isEmpty else {
            return [
                .error(
                    .unknownToLibrary, nil,
                    "librdkafka \(snapshot.libraryVersion) was built without \(missing.joined(separator: ", "))",
                    step: "install a librdkafka that has it; millrace version prints what this one has")
            ]
        }
        return [.sound("librdkafka \(snapshot.libraryVersion)")]
    }

    private static let encryption = DoctorCheck("the log-in is encrypted and the brokers' identity checked") {
        subject, _ in
        let properties = subject.options.properties
        let protocolName = (properties["security.protocol"] ?? "plaintext").lowercased()
        guard protocolName != "plaintext" else { return nil }
        var findings: [Finding] = []
        let mechanism = (properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] ?? "GSSAPI").uppercased()
        if protocolName == "sasl_plaintext", mechanism == "PLAIN" {
            findings.append(.warning(.passwordInClear, "security.protocol", "the password travels unencrypted"))
        }
        if protocolName.hasSuffix("ssl"), properties.skipsVerification {
            findings.append(
                .warning(.uncheckedIdentity, "enable.ssl.certificate.verification", "certificates are not verified"))
        }
        return findings
    }

    private static let transactions = DoctorCheck("transactions may be as long as needed") { subject, snapshot in
        guard let needed = subject.transactionTimeout else { return nil }
        let limit = snapshot.brokerSettings?["transaction.max.timeout.ms"].flatMap { Int64($0) }
        guard snapshot.refusals.contains(.transactionTimeout) || limit.map({ $0 < Int64(needed) }) ?? false else {
            return limit == nil ? nil : []
        }
        let allowed = limit.map { "\($0)" } ?? "less"
        return [
            .error(
                .transactionTimeoutTooLong, "transaction.max.timeout.ms",
                "the program needs transactions of \(needed) ms, the brokers allow \(allowed)")
        ]
    }

    private static let sessions = DoctorCheck("the group's session timeout is allowed") { subject, snapshot in
        guard subject.graph != nil, let settings = snapshot.brokerSettings else { return nil }
        let wanted = Int64(GroupMembership.defaultSessionTimeout)
        let least = settings["group.min.session.timeout.ms"].flatMap { Int64($0) } ?? 0
        let most = settings["group.max.session.timeout.ms"].flatMap { Int64($0) } ?? .max
        guard !(least...max(least, most)).contains(wanted) else { return [] }
        return [
            .error(
                .sessionTimeoutNotAllowed, "group.max.session.timeout.ms",
                "the brokers allow session timeouts from \(least) to \(most) ms, and \(wanted) is needed")
        ]
    }
}
