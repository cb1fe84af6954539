// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceReport

/// What `doctor` says, in the end.
package struct DoctorReport: Sendable {
    package let findings: [Finding]
    /// What was not looked at.
    package let gaps: [String]

    /// What the checks say of a cluster.
    package init(_ subject: DoctorSubject, _ snapshot: ClusterSnapshot) {
        findings = DoctorCheck.examine(subject, snapshot)
        gaps = DoctorReport.gaps(subject, snapshot)
    }

    /// Nothing could be looked at, because of this.
    package init(_ failure: RunFailure) {
        gaps = ["everything else, because of that"]
        findings = [
            Finding(
                severity: .error, code: failure.errorCode, message: failure.message,
                step: failure.errorCode.explanation.step)
        ]
    }

    /// Whether something will fail or give another answer than the one meant.
    package var hasErrors: Bool { findings.contains { $0.severity == .error } }

    package var text: String {
        let lines = findings.map { finding -> String in
            let subject = finding.subject.map { "\($0): " } ?? ""
            let code = finding.code.map { "\($0.rawValue) " } ?? ""
            let step = finding.step.map { "\n      → \($0)" } ?? ""
            return "\(DoctorReport.mark(finding.severity))  \(code)\(subject)\(finding.message)\(step)"
        }
        return (lines + ["not looked at: \(gaps.joined(separator: "; "))", summary]).joined(separator: "\n") + "\n"
    }

    private static func mark(_ severity: Finding.Severity) -> String {
        switch severity {
        case .sound: "[ok]"
        case .unseen: "[--]"
        case .warning: "[! ]"
        case .error: "[!!]"
        }
    }

    private var summary: String {
        func count(_ severity: Finding.Severity, _ word: String) -> String {
            let number = findings.count { $0.severity == severity }
            return "\(number) \(number == 1 ? word : word + "s")"
        }
        let isSound = findings.allSatisfy { $0.severity == .sound || $0.severity == .unseen }
        return isSound
            ? "all is well"
            : "\(count(.error, "error")), \(count(.warning, "warning")); millrace help CODE explains each of them"
    }

    package var json: String {
        let items = findings.map { finding in
            JSONPieces.object([
                ("severity", JSONPieces.string(finding.severity.rawValue)),
                ("code", JSONPieces.string(finding.code?.rawValue)),
                ("subject", JSONPieces.string(finding.subject)), ("message", JSONPieces.string(finding.message)),
                ("step", JSONPieces.string(finding.step)),
            ])
        }
        return JSONPieces.object([
            ("sound", hasErrors ? "false" : "true"), ("findings", JSONPieces.array(items)),
            ("notLookedAt", JSONPieces.array(gaps.map(JSONPieces.string))),
        ])
    }
}
