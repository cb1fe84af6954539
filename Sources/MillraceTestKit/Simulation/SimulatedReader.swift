// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceLog

/// A reader of a simulated cluster.
package final class SimulatedReader: GroupReader {
    let cluster: SimulatedCluster
    let options: ReaderOptions
    /// Its number among all readers of the cluster.
    let number: Int
    /// By slot; nil where one is free.
    var fetches: [SimulatedFetch?] = []
    private var slotOf: [TopicPartition: Int] = [:]
    /// Errors of partitions.
    private var events: [ConsumerEvent] = []
    private var isClosed = false
    private var nextFetch = 0

    package private(set) var bytesRead = 0
    package var drainByteLimit = 16 << 20

    init(_ cluster: SimulatedCluster, _ options: ReaderOptions) {
        self.cluster = cluster
        self.options = options
        number = cluster.openReader(options)
    }

    deinit { close(timeoutMilliseconds: 0) }

    package var lastConnectionFailure: ConnectionFailure? { nil }

    package var fatalError: KafkaError? {
        options.group.flatMap { cluster.snapshot.groups[$0.groupID]?.clients[number]?.fatal }
    }

    package var knownClusterID: String? { SimulatedCluster.identifier }

    // MARK: Events and records

    package func poll(timeoutMilliseconds: Int32) -> [ConsumerEvent] {
        let own = events
        events = []
        let group = options.group?.groupID
        let told = cluster.waitQuietly(milliseconds: own.isEmpty ? timeoutMilliseconds : 0) { [number] state in
            let told = group.flatMap { state.changeGroup($0) { $0.poll(number, now: $1) } } ?? []
            return told.isEmpty ? nil : told
        }
        return own + (told ?? [])
    }

    package func drain(timeoutMilliseconds: Int32, maximumRecords: Int) throws(KafkaError) -> Int {
        let group = options.group?.groupID
        // Brokers that are away are no error: nothing comes.
        let count = cluster.waitQuietly(milliseconds: timeoutMilliseconds) { state in
            if let group { _ = state.changeGroup(group) { $0.touch(number, now: $1) } }
            return fetch(state, maximumRecords)
        }
        return count ?? 0
    }

    /// Takes in what there is; nil: nothing has happened.
    private func fetch(_ state: SimulatedState, _ maximumRecords: Int) -> Int? {
        var (records, bytes) = (0, 0)
        var hasHeard = false
        if !fetches.isEmpty { nextFetch = (nextFetch + 1) % fetches.count }
        for place in fetches.indices {
            let slot = (nextFetch + place) % fetches.count
            guard records < max(1, maximumRecords), bytes < max(1, drainByteLimit), var fetch = fetches[slot] else {
                continue
            }
            let answer = fetch.take(
                from: state.partition(fetch.partition), options, records: max(1, maximumRecords) - records,
                bytes: max(1, drainByteLimit) - bytes)
            fetches[slot] = fetch
            switch answer {
            case .nothing: break
            case .end: hasHeard = true
            case .records(let count, let size):
                records += count
                bytes += size
            case .failed(let error):
                hasHeard = true
                events.append(.partitionError(fetch.partition, error))
            }
        }
        bytesRead += bytes
        return records > 0 || hasHeard ? records : nil
    }

    package func batch(_ slot: Int) -> RawRecords? {
        guard let fetch = active(slot), fetch.records.count > 0 else { return nil }
        return fetch.records
    }

    package func takeBatch(_ slot: Int) -> RawRecords? {
        guard let records = batch(slot) else { return nil }
        fetches[slot]?.records = SimulatedFetch.newBatch()
        return records
    }

    package func recycle(_ records: RawRecords) {}

    package func forEachNonEmptyBatch<Failure: Error>(
        _ body: (_ slot: Int, _ partition: TopicPartition, _ records: RawRecords) throws(Failure) -> Void
    ) throws(Failure) {
        for slot in fetches.indices {
            guard let records = batch(slot), let partition = partition(ofSlot: slot) else { continue }
            try body(slot, partition, records)
        }
    }

    // MARK: Slots

    package var assignment: [TopicPartition] { slotOf.keys.sorted() }

    package func slot(of partition: TopicPartition) -> Int? { slotOf[partition] }

    package func partition(ofSlot slot: Int) -> TopicPartition? { active(slot)?.partition }

    package func position(slot: Int) -> Int64? {
        guard let fetch = active(slot), fetch.known >= 0, !fetch.isBroken else { return nil }
        return fetch.known
    }

    package func positions() throws(KafkaError) -> [TopicPartition: Int64] {
        var positions: [TopicPartition: Int64] = [:]
        for case let fetch? in fetches where fetch.hasTaken && !fetch.isBroken {
            positions[fetch.partition] = fetch.known
        }
        return positions
    }

    package func endOfPartitionReached(slot: Int) -> Int64? { active(slot)?.end }

    package func pause(slots: [Int]) throws(KafkaError) { setPaused(true, slots) }

    package func resume(slots: [Int]) throws(KafkaError) { setPaused(false, slots) }

    private func setPaused(_ isPaused: Bool, _ slots: [Int]) {
        for slot in slots where active(slot) != nil { fetches[slot]?.isPaused = isPaused }
    }

    private func active(_ slot: Int) -> SimulatedFetch? { fetches.indices.contains(slot) ? fetches[slot] : nil }

    func makeSlots(_ positions: [TopicPartition: Int64]) {
        for (partition, offset) in positions.sorted(by: { $0.key < $1.key }) {
            releaseSlot(partition)
            let slot = fetches.firstIndex { $0 == nil } ?? fetches.count
            if slot == fetches.count { fetches.append(nil) }
            fetches[slot] = SimulatedFetch(partition, from: offset)
            slotOf[partition] = slot
        }
    }

    func releaseSlot(_ partition: TopicPartition) {
        guard let slot = slotOf.removeValue(forKey: partition) else { return }
        fetches[slot] = nil
    }

    package func assign(positions: [TopicPartition: Int64]) throws(KafkaError) {
        for partition in assignment { releaseSlot(partition) }
        makeSlots(positions)
    }

    // MARK: The end

    @discardableResult
    package func close(timeoutMilliseconds: Int32) -> Bool {
        end(isKilled: false)
        return true
    }

    /// Ends it as a crash of its process does: the group hears nothing of it.
    package func kill() { end(isKilled: true) }

    private func end(isKilled: Bool) {
        guard !isClosed else { return }
        isClosed = true
        for partition in assignment { releaseSlot(partition) }
        guard let group = options.group?.groupID else { return }
        cluster.change { [number] state in
            _ = state.changeGroup(group) { $0.close(number, isKilled: isKilled, now: $1) }
        }
    }
}
