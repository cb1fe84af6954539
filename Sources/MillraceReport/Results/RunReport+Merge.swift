// SPDX-License-Identifier: Apache-2.0

/// Reports of several workers that share one slice.
extension RunReport {
    /// Adds what another worker has done beside this one: its stages are further ones, over slices of their own, and
    /// what both have counted adds up.
    package mutating func add(_ other: RunReport) {
        stages += other.stages
        for account in other.accounts {
            if let place = accounts.firstIndex(where: { $0.isOfSamePlace(account) }) {
                accounts[place].add(account)
            } else {
                accounts.append(account)
            }
        }
        for rejection in other.rejections {
            let place = rejections.firstIndex {
                ($0.query, $0.kind, $0.reason, $0.subject)
                    == (rejection.query, rejection.kind, rejection.reason, rejection.subject)
            }
            guard let place else {
                rejections.append(rejection)
                continue
            }
            rejections[place].count += rejection.count
            if let first = rejection.samples.first, first < rejections[place].samples.first ?? first {
                rejections[place].example = rejection.example
            }
            rejections[place].samples = Array((rejections[place].samples + rejection.samples).sorted().prefix(3))
        }
        // What one worker had no rows of another may have.
        let filled = Set(stages.filter { $0.rows > 0 }.map(\.query))
        notes = (notes + other.notes.filter { !notes.contains($0) }).filter { !filled.contains($0.subject) }
        for key in other.keys {
            if let place = keys.firstIndex(where: { ($0.query, $0.topic) == (key.query, key.topic) }) {
                keys[place].misplaced += key.misplaced
                keys[place].split = max(keys[place].split, key.split)
            } else {
                keys.append(key)
            }
        }
        for failure in other.failures {
            if let place = failures.firstIndex(where: { $0.isOfSamePlace(failure) }) {
                failures[place].count += failure.count
            } else {
                failures.append(failure)
            }
        }
    }
}

extension FailureReport {
    fileprivate func isOfSamePlace(_ other: FailureReport) -> Bool {
        var moved = other
        moved.count = count
        return self == moved
    }
}

extension AccountReport {
    fileprivate func isOfSamePlace(_ other: AccountReport) -> Bool {
        (query, topic, partition) == (other.query, other.topic, other.partition)
    }

    fileprivate mutating func add(_ other: AccountReport) {
        read += other.read
        used += other.used
        filtered += other.filtered
        late += other.late
        bad += other.bad
        superseded += other.superseded
    }
}
