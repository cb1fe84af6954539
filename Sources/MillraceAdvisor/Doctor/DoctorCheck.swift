// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// One thing that `doctor` looks at: a pure function of what is wanted and what was found.
struct DoctorCheck: Sendable {
    /// What holds where it finds nothing.
    let title: String
    /// Nil: the question does not arise. Empty: it is sound.
    let findings: @Sendable (DoctorSubject, ClusterSnapshot) -> [Finding]?

    init(_ title: String, findings: @escaping @Sendable (DoctorSubject, ClusterSnapshot) -> [Finding]?) {
        self.title = title
        self.findings = findings
    }

    /// In the order of the report.
    static let all: [DoctorCheck] = connection + permissions + inputs + records + schemas + outputs + state

    /// What all checks say.
    static func examine(_ subject: DoctorSubject, _ snapshot: ClusterSnapshot) -> [Finding] {
        all.flatMap { check -> [Finding] in
            guard let findings = check.findings(subject, snapshot) else { return [] }
            return findings.isEmpty ? [.sound(check.title)] : findings
        }
    }
}

extension ClusterSnapshot.Topic {
    /// A setting that is a number; nil where it is none, or may not be seen.
    func number(_ name: String) -> Int64? { settings?[name].flatMap { Int64($0) } }

    var policies: Set<String> { Set((settings?["cleanup.policy"] ?? "").split(separator: ",").map(String.init)) }

    /// How long it keeps records, in ms; nil: for ever, or it may not be seen.
    var retention: Int64? {
        guard policies.contains("delete"), let retention = number("retention.ms"), retention >= 0 else { return nil }
        return retention
    }

    var replacesTimestamps: Bool { settings?["message.timestamp.type"] == "LogAppendTime" }

    /// The time of the oldest record of all partitions.
    var oldest: EventTime? { partitions.compactMap(\.oldest).min() }
}
