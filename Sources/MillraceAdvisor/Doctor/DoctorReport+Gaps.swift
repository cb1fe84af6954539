// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import MillraceRun

extension DoctorReport {
    /// What was not looked at, and why: whoever reads that all is well should know of what.
    static func gaps(_ subject: DoctorSubject, _ snapshot: ClusterSnapshot) -> [String] {
        guard subject.graph != nil else { return ["topics, permissions and state, because no program is named"] }
        var gaps: [String] = []
        for input in subject.inputs {
            guard let topic = snapshot.topics[input.topic] else {
                gaps.append("the records of \(input.topic), which is not there or may not be seen")
                continue
            }
            let held = topic.partitions.compactMap(\.range).reduce(Int64(0)) { $0 + $1.upperBound - $1.lowerBound }
            let looked = Int64(snapshot.glance?.records[input.topic] ?? 0)
            if topic.partitions.contains(where: { $0.range == nil }) {
                gaps.append("partitions of \(input.topic) whose ends could not be asked for")
            }
            if held > looked {
                let of = "\(NumberDisplay.count(held - looked)) of \(NumberDisplay.count(held))"
                gaps.append("the values of \(of) records of \(input.topic)")
            }
        }
        let hidden = snapshot.topics.filter { $0.value.settings == nil }.keys.sorted()
        if !hidden.isEmpty {
            gaps.append("settings of \(hidden.joined(separator: ", ")) (DescribeConfigs is not allowed)")
        }
        if snapshot.brokerSettings == nil { gaps.append("the brokers' limits (DescribeConfigs is not allowed)") }
        let absent = subject.written.map(\.name).filter { snapshot.topics[$0] == nil }
        if !absent.isEmpty {
            gaps.append("whether \(absent.joined(separator: ", ")) may be written once made")
        }
        gaps.append("permissions of other users than \(subject.options.properties["sasl.username"] ?? "this one")")
        return gaps
    }
}
