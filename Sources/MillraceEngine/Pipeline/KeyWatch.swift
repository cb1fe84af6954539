// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The keys of one query's groups that came from one source partition: each is looked at once, when its first group is
/// made, for whether Kafka's own partitioner (murmur2) would have put it there.
///
///     new group ─► known key? ─ yes ─► its windows, nothing else
///                      └ no ─► murmur2 of the record's key = this partition? ─ no ─► misplaced: counted, remembered
///
/// A misplaced key is a suspicion only: a producer with another partitioner puts every key elsewhere, and yet each into
/// one partition. Whether one lies in two is found by comparing the watches of a query's partitions (`KeyComparison`).
///
/// One thread at a time owns a watch. Keys are known by a hash of 64 bits.
final class KeyWatch {
    struct Entry {
        /// Never 0.
        var hash: UInt64
        /// The first and the last window (start) that the key has been in; 0 without windows.
        var first: Int64
        var last: Int64
        /// Misplaced, or of a state that was loaded, whose records nobody has seen here.
        var isDoubtful: Bool
        /// Another partition has it, too: each new window is to be compared.
        var isTwin = false
    }

    /// A key that murmur2 would have put elsewhere.
    struct Misplaced {
        var key: [UInt8]
        var home: Int32
    }

    /// So many keys are looked at; more would take memory that the state needs.
    static let limit = 1 << 18
    /// So many misplaced keys are remembered by name.
    private static let namesKept = 1024

    private let partition: Int32
    private let partitions: Int32
    private var entries: UnsafeMutablePointer<Entry>
    private var mask = 63
    private(set) var count = 0
    private(set) var misplacedCount = 0
    private(set) var example: Misplaced?
    private(set) var hasDoubtful = false
    /// New since the watches were compared last.
    private(set) var fresh: [UInt64] = []
    /// Twins with new windows since then.
    private(set) var touched: [UInt64] = []
    private var names: [UInt64: [UInt8]] = [:]

    /// - Parameter partitions: how many the topic has.
    init(partition: Int32, partitions: Int32) {
        self.partition = partition
        self.partitions = partitions
        entries = .allocate(capacity: 64)
        entries.initialize(repeating: Self.empty, count: 64)
    }

    deinit { entries.deallocate() }

    private static let empty = Entry(hash: 0, first: 0, last: 0, isDoubtful: false)

    /// Bytes of memory.
    var heldBytes: Int { (mask + 1) * MemoryLayout<Entry>.stride + (fresh.count + touched.count + names.count * 8) * 8 }

    /// Whether keys have come behind the limit, which nobody has looked at.
    private(set) var isCut = false

    /// The place of a hash, or of the free entry where it belongs.
    @inline(__always)
    private func place(_ hash: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash) & mask
        while entries[place].hash != hash, entries[place].hash != 0 { place = (place &+ 1) & mask }
        return place
    }

    private static func nonzero(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }

    func entry(_ hash: UInt64) -> Entry? {
        let entry = entries[place(hash)]
        return entry.hash == 0 ? nil : entry
    }

    func name(_ hash: UInt64) -> [UInt8]? { names[hash] }

    /// A group was made.
    /// - Parameters:
    ///   - hash: of the group's key.
    ///   - first, last: the windows (starts) that it is in.
    ///   - key: of the record that it was made for; nil: the record had none.
    func note(hash: UInt64, first: Int64, last: Int64, key: UnsafeRawBufferPointer?) {
        let hash = Self.nonzero(hash)
        let place = place(hash)
        guard entries[place].hash == 0 else { return widen(place, first, last) }
        guard let key else { return }
        let home = Murmur2.partition(ofKey: key, partitions: partitions)
        guard add(Entry(hash: hash, first: first, last: last, isDoubtful: home != partition), place) else { return }
        fresh.append(hash)
        guard home != partition else { return }
        hasDoubtful = true
        misplacedCount += 1
        if names.count < Self.namesKept { names[hash] = Array(key) }
        if example == nil { example = Misplaced(key: Array(key), home: home) }
    }

    /// A group was loaded.
    func noteLoaded(hash: UInt64, first: Int64, last: Int64) {
        let hash = Self.nonzero(hash)
        let place = place(hash)
        guard entries[place].hash == 0 else { return widen(place, first, last) }
        if add(Entry(hash: hash, first: first, last: last, isDoubtful: true), place) { hasDoubtful = true }
    }

    private func widen(_ place: Int, _ first: Int64, _ last: Int64) {
        let entry = entries[place]
        guard first < entry.first || last > entry.last else { return }
        entries[place].first = min(first, entry.first)
        entries[place].last = max(last, entry.last)
        if entry.isTwin { touched.append(entry.hash) }
    }

    private func add(_ entry: Entry, _ place: Int) -> Bool {
        guard count < Self.limit else {
            isCut = true
            return false
        }
        entries[place] = entry
        count += 1
        if count * 2 > mask { grow() }
        return true
    }

    private func grow() {
        let (old, oldCount) = (entries, mask + 1)
        mask = oldCount * 2 - 1
        entries = .allocate(capacity: mask + 1)
        entries.initialize(repeating: Self.empty, count: mask + 1)
        for index in 0..<oldCount where old[index].hash != 0 { entries[place(old[index].hash)] = old[index] }
        old.deallocate()
    }

    /// Another partition has the key, too.
    func noteTwin(_ hash: UInt64) {
        let place = place(hash)
        if entries[place].hash != 0 { entries[place].isTwin = true }
    }

    /// What is new was compared.
    func noteCompared() {
        fresh.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
    }
}

/// Where the groups of a batch come from, for the watch.
struct KeyOrigin {
    let watch: KeyWatch
    let records: RawRecords
    /// The record of row 0.
    let firstRecord: Int
    /// By row: what leads to its record; nil: rows are records.
    let parents: UnsafePointer<Int32>?

    /// Shows the watch the keys of new groups, which are numbered in the order of their first rows.
    /// - Parameters:
    ///   - known: how many groups there were before the batch.
    ///   - groups, rows: the group of each row, and the row in the batch.
    ///   - windows: the first and the last window (start) that the groups are in.
    @inline(never)
    func noteNew(
        _ index: GroupIndex, from known: Int, _ groups: UnsafePointer<some FixedWidthInteger>,
        rows: UnsafePointer<Int32>, count: Int, windows: (first: Int64, last: Int64)
    ) {
        var next = known
        for place in 0..<count where Int(groups[place]) == next {
            let row = Int(rows[place])
            watch.note(
                hash: index.hash(next), first: windows.first, last: windows.last,
                key: records.key(firstRecord + (parents.map { Int($0[row]) } ?? row)))
            next &+= 1
            if next == index.count { return }
        }
    }
}

/// Finds keys that lie in two partitions, of one query: with nothing under way, before results go out.
///
/// A key whose windows in one partition end before those in the other begin is in two partitions, and none of its
/// results is a part (the topic was widened in between).
struct KeyComparison {
    struct Split {
        var key: [UInt8]?
        var first: Int
        var second: Int

        /// What is shown of several does not depend on hashes: the one whose key is known, and comes first.
        func precedes(_ other: Split) -> Bool {
            guard let key, let otherKey = other.key else {
                return key != nil || other.key == nil && (first, second) < (other.first, other.second)
            }
            if key == otherKey { return (first, second) < (other.first, other.second) }
            return key.lexicographicallyPrecedes(otherKey)
        }
    }

    /// Keys that are in several sources.
    private var twins: [UInt64: [Int]] = [:]
    private var found: Set<UInt64> = []

    /// How many keys have results that are parts.
    var count: Int { found.count }

    /// - Parameter watches: of all sources of the query.
    /// - Returns: a key that was not found before.
    mutating func compare(_ watches: [(source: Int, watch: KeyWatch)]) -> Split? {
        let changed = watches.filter { !$0.watch.fresh.isEmpty || !$0.watch.touched.isEmpty }
        defer { for (_, watch) in changed { watch.noteCompared() } }
        guard !changed.isEmpty, watches.contains(where: { $0.watch.hasDoubtful }) else { return nil }
        var candidates: Set<UInt64> = []
        for (source, watch) in changed {
            for hash in watch.fresh where findTwins(of: hash, source, watch, in: watches) { candidates.insert(hash) }
            candidates.formUnion(watch.touched)
        }
        guard !candidates.isEmpty else { return nil }
        let all = Dictionary(uniqueKeysWithValues: watches)
        var first: Split?
        for hash in candidates where !found.contains(hash) {
            guard let split = split(hash, all) else { continue }
            found.insert(hash)
            if first.map({ split.precedes($0) }) ?? true { first = split }
        }
        return first
    }

    /// - Returns: whether there are any.
    private mutating func findTwins(
        of hash: UInt64, _ source: Int, _ watch: KeyWatch, in watches: [(source: Int, watch: KeyWatch)]
    ) -> Bool {
        var hasFound = false
        let isDoubtful = watch.entry(hash)?.isDoubtful ?? false
        for (other, otherWatch) in watches where other != source && (isDoubtful || otherWatch.hasDoubtful) {
            guard let entry = otherWatch.entry(hash), isDoubtful || entry.isDoubtful else { continue }
            hasFound = true
            for (place, twin) in [(source, watch), (other, otherWatch)] where twins[hash]?.contains(place) != true {
                twins[hash, default: []].append(place)
                twin.noteTwin(hash)
            }
        }
        return hasFound
    }

    private func split(_ hash: UInt64, _ watches: [Int: KeyWatch]) -> Split? {
        let sources = (twins[hash] ?? []).sorted()
        for (position, left) in sources.enumerated() {
            for right in sources[(position + 1)...] {
                guard let one = watches[left]?.entry(hash), let other = watches[right]?.entry(hash),
                    one.first <= other.last, other.first <= one.last
                else { continue }
                let key = watches[left]?.name(hash) ?? watches[right]?.name(hash)
                return Split(key: key, first: left, second: right)
            }
        }
        return nil
    }
}
