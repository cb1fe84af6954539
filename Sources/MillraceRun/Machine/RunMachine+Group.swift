// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// What the group gives this process and takes from it.
extension RunMachine {
    /// Answers what the group has said, one event after another; then the work goes on. An event that could not be
    /// answered for now stays at the head of the queue: the group waits for the answer.
    mutating func serve(_ moment: RunMoment) -> [RunAction] {
        while let event = queue.first {
            switch event {
            case .assigned(let partitions): return noteAssigned(partitions, moment) + [.answered]
            case .revoked(let leads):
                let partitions = setup.layout.tasks(leads, among: assigned)
                return suspend(isLost: false) + [.reach(.revoked), .giveUp(partitions), .answered]
            case .lost(let leads):
                let partitions = setup.layout.tasks(leads, among: assigned)
                return suspend(isLost: true) + [.reach(.lost), .giveUp(partitions), .answered]
            case .partitionError, .error:
                // Nobody waits for an answer: what it leads to must not lead to it again.
                queue.removeFirst()
                let actions = note(event, moment)
                if !actions.isEmpty { return actions }
            }
        }
        if isRejoining, assigned.isEmpty { return [.subscribe] }
        return goOn(moment)
    }

    private mutating func noteAssigned(_ partitions: [TopicPartition], _ moment: RunMoment) -> [RunAction] {
        hasBeenAssigned = true
        coverage.noteAssigned(now: moment.now)
        guard !partitions.isEmpty else { return [.acknowledge(isStandby: assigned.isEmpty)] }
        var actions = suspend(isLost: false) + [.reach(.assigned)]
        // Partitions that nobody knew when this process began were added to a topic.
        let added = Set(partitions).subtracting(allPartitions)
        if !added.isEmpty { actions.append(.widen((allPartitions + added).sorted())) }
        return actions + [.take(setup.layout.tasks(partitions, among: allPartitions)), .noteRebalance]
    }

    private mutating func note(_ event: ConsumerEvent, _ moment: RunMoment) -> [RunAction] {
        switch event {
        case .partitionError(let partition, let error) where error.isOffsetOutOfRange:
            // The start of the next assignment sees what is missing.
            guard failures.note(isFenced: false, now: moment.now) else {
                return fail(
                    RunFailure(.data, .committedOffsetLost, "\(partition): \(error.message)", partition: partition))
            }
            return [
                .say(
                    LogLine(
                        .warn, "\(partition): \(error.message)", code: .committedOffsetLost, partition: partition,
                        kind: "\(partition): out of range"))
            ] + suspend(isLost: false)
        case .partitionError(let partition, let error) where error.category == .missingTopic:
            guard inputs.noteMissing(partition.topic, now: moment.now) else { return [] }
            return [
                .say(
                    LogLine(
                        .warn,
                        "\(partition): \(error.message); looking whether the topic \(partition.topic) comes back",
                        code: .missingTopic, partition: partition, topic: partition.topic))
            ]
        // On the way, perhaps: it is read again.
        case .partitionError(_, let error) where error.isDamage:
            return recover(from: .kafka(error.requiringAbort, isUncertain: false), moment)
        case .partitionError(_, let error): return fail(RunFailure(error))
        case .error(let error) where error.isFatal: return leave(error, moment)
        case .error(let error) where error.category == .authentication: return fail(RunFailure(error))
        case .error, .assigned, .revoked, .lost: return []
        }
    }

    /// Stops computing and, unless the partitions are lost, commits what was done.
    mutating func suspend(isLost: Bool) -> [RunAction] {
        guard let work else { return [] }
        if isLost || work.stage == .restoring || inputs.isWaiting { return [.rollBack] }
        return [.commit(work.stage == .backfill ? .backfill : .last), .close]
    }

    // MARK: looks

    /// Partitions without an owner, in two looks of one generation: the group is to share them out again.
    mutating func note(
        _ finding: CoverageWatch.Finding, _ generation: Int32, _ moment: RunMoment
    ) -> [RunAction] {
        guard coverage.note(finding, generation: generation, now: moment.now) else { return [] }
        return [.say(LogLine(.warn, "some partitions belong to no process: joining the group again"))]
            + suspend(isLost: false) + [.unsubscribe]
    }

    /// The group does not hear of partitions that are added to other topics than the lead.
    mutating func noteWidths(_ widths: [String: Int32], _ moment: RunMoment) -> [RunAction] {
        let added = widths.sorted { $0.key < $1.key }.flatMap { topic, width in
            topic == setup.layout.lead
                ? [] : (0..<width).map { TopicPartition(topic, $0) }.filter { !allPartitions.contains($0) }
        }
        guard !added.isEmpty else { return [] }
        let leads = assigned.filter { $0.topic == setup.layout.lead }
        let own = setup.layout.tasks(leads.sorted(), among: added).filter { !assigned.contains($0) }
        let all = (allPartitions + added).sorted()
        if own.isEmpty {
            allPartitions = all
            return []
        }
        return suspend(isLost: false) + [.widen(all), .take(own)]
    }

    mutating func noteInputs(_ found: Set<String>?, _ moment: RunMoment) -> [RunAction] {
        switch inputs.look(setup.topics, found: found, now: moment.now) {
        case .quiet: []
        case .gone(let topic): fail(.deletedInput(topic))
        case .back(let topics): [.identify(topics)]
        }
    }

    /// With a topic the broker deletes what groups have committed for it: there is nothing to go on from, whatever
    /// `input.lost` says.
    mutating func noteIdentity(
        _ topics: [String], _ another: RunFailure?, isAnswered: Bool, _ moment: RunMoment
    ) -> [RunAction] {
        guard isAnswered else {
            for topic in topics { _ = inputs.noteMissing(topic, now: moment.now) }
            return []
        }
        if let another { return fail(another) }
        return [.say(LogLine(.info, "\(topics.joined(separator: ", ")): there again, as before"))]
            + suspend(isLost: true)
    }
}
