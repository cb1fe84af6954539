// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

extension Pipeline {
    /// What has become of the records so far, by query and source partition.
    var recordAccounts: [AccountKey: RecordAccount] {
        var result: [AccountKey: RecordAccount] = [:]
        for (query, plan) in graph.program.queries.enumerated() where !graph.isBehindAggregation(query) {
            for source in sources where !graph.feedingRoots[query].isDisjoint(with: source.roots) {
                let account = source.accounts[query]
                result[AccountKey(query: plan.name, place: source.topicPartition)] = RecordAccount(
                    used: account.used, filtered: account.filtered, late: account.late, bad: account.bad)
            }
        }
        return result
    }
}

extension [AccountKey: RecordAccount] {
    /// Adds what came between two looks.
    mutating func add(_ now: Self, since before: Self) {
        for (key, now) in now {
            let base = before[key] ?? RecordAccount()
            self[key, default: RecordAccount()].used += now.used - base.used
            self[key, default: RecordAccount()].filtered += now.filtered - base.filtered
            self[key, default: RecordAccount()].late += now.late - base.late
            self[key, default: RecordAccount()].bad += now.bad - base.bad
        }
    }
}
