// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Shares partitions out among the members of a group: evenly, and so that as few as possible move.
struct StickyAssignor {
    /// One member, as its request to join tells.
    struct Claim: Sendable {
        var topics: Set<String>
        var owned: Set<TopicPartition>
    }

    /// - Parameters:
    ///   - claims: by member; of equal loads the lowest member is served first.
    ///   - withholds: what has an owner is given to another one only once the owner has given it up (cooperative).
    static func assign(
        _ partitions: [TopicPartition], _ claims: [Int: Claim], withholds: Bool
    ) -> [Int: Set<TopicPartition>] {
        let members = claims.keys.sorted()
        var shares = Dictionary(uniqueKeysWithValues: members.map { ($0, Set<TopicPartition>()) })
        var owners: [TopicPartition: Int] = [:]
        for member in members {
            for partition in claims[member]?.owned ?? [] where owners[partition] == nil { owners[partition] = member }
        }
        func takers(_ partition: TopicPartition) -> [Int] {
            members.filter { claims[$0]?.topics.contains(partition.topic) == true }
        }
        func load(_ member: Int) -> Int { shares[member]?.count ?? 0 }
        func least(_ members: [Int]) -> Int? { members.min { (load($0), $0) < (load($1), $1) } }

        for partition in partitions {
            if let owner = owners[partition], takers(partition).contains(owner) {
                shares[owner]?.insert(partition)
            }
        }
        for partition in partitions where !shares.values.contains(where: { $0.contains(partition) }) {
            if let taker = least(takers(partition)) { shares[taker]?.insert(partition) }
        }
        var moves = true
        while moves {
            moves = false
            for partition in partitions.reversed() {
                guard let holder = members.first(where: { shares[$0]?.contains(partition) == true }),
                    let taker = least(takers(partition)), load(holder) > load(taker) + 1
                else { continue }
                shares[holder]?.remove(partition)
                shares[taker]?.insert(partition)
                moves = true
            }
        }
        guard withholds else { return shares }
        for (partition, owner) in owners {
            for member in members where member != owner { shares[member]?.remove(partition) }
        }
        return shares
    }
}
