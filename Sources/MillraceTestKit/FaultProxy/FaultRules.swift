// SPDX-License-Identifier: Apache-2.0

/// The rules that are armed, each with what it still waits for.
package struct FaultRules: Sendable {
    private struct Armed {
        let rule: FaultRule
        /// How many of its requests have to come until it is its time.
        var left: Int
    }

    private var armed: [Armed] = []

    package init() {}

    /// From now on the rule counts; one of the same name is replaced.
    package mutating func arm(_ rule: FaultRule) {
        disarm(rule.name)
        armed.append(Armed(rule: rule, left: rule.nth))
    }

    package mutating func disarm(_ name: String) { armed.removeAll { $0.rule.name == name } }

    /// The rule whose time has come with this request; where there are several, the one that was armed first. All the
    /// others count the request too.
    package mutating func next(for request: KafkaRequest) -> FaultRule? {
        var found: FaultRule?
        for index in armed.indices where armed[index].rule.isFor(request) {
            armed[index].left -= 1
            if found == nil, armed[index].left <= 0 { found = armed[index].rule }
        }
        if let found, !found.repeats { disarm(found.name) }
        return found
    }
}
