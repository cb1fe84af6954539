// SPDX-License-Identifier: Apache-2.0

/// Buckets of time, each with a number of its owner's: a count, or the first of a list. Finding the bucket of a time
/// and the earliest bucket take the same time however many there are; only the passing of time costs, a little a
/// bucket.
///
///     time    0       8       16      24      32           width 8
///     bucket  |   0   |       |   2   |   3   |            only those that were asked for
///     heap    0 ─ 2, 3                                     by number, the earliest first
///     recent  0 → a   2 → b   3 → c                        by number mod 256; a bucket that another one has pushed
///                                                          out of here may get a second one of its number
struct TimeBuckets: ~Copyable {
    struct Bucket {
        /// Its times are number << shift ..< (number + 1) << shift.
        var number: Int64
        /// The owner's; 0: empty.
        var value: Int32
    }

    private struct Recent {
        var number: Int64
        var bucket: Int32
    }

    private static let recentCount = 256
    /// No time has this number.
    private static let noNumber = Int64.min

    /// The width of a bucket is 1 << shift ms.
    let shift: Int64
    private var buckets: [Bucket] = []
    private var freeBuckets: [Int32] = []
    private var heap: [Int32] = []
    private var recent: [Recent]

    /// - Parameter width: of a bucket at the most, in ms; the highest power of two that is not above is taken.
    init(width: Int64) {
        shift = Int64(63 - max(width, 1).leadingZeroBitCount)
        recent = Array(repeating: Recent(number: Self.noNumber, bucket: -1), count: Self.recentCount)
    }

    /// Number of buckets.
    var count: Int { heap.count }

    /// Bytes of memory.
    var heldBytes: Int {
        (buckets.capacity + recent.count) * MemoryLayout<Bucket>.stride
            + (freeBuckets.capacity + heap.capacity) * MemoryLayout<Int32>.stride
    }

    /// The start of the earliest bucket; nil: there is none.
    var earliest: Int64? { heap.first.map { buckets[Int($0)].number << shift } }

    /// The value of a bucket; 0: it is empty.
    subscript(bucket: Int32) -> Int32 {
        get { buckets[Int(bucket)].value }
        set { buckets[Int(bucket)].value = newValue }
    }

    /// Whether a time lies before a bucket.
    func isBefore(_ time: Int64, _ bucket: Int32) -> Bool { time >> shift < buckets[Int(bucket)].number }

    /// The bucket of a time, made if there is none.
    mutating func bucket(of time: Int64) -> Int32 {
        let number = time >> shift
        let place = Self.place(number)
        if recent[place].number == number { return recent[place].bucket }
        let bucket = make(number)
        recent[place] = Recent(number: number, bucket: bucket)
        return bucket
    }

    private static func place(_ number: Int64) -> Int { Int(truncatingIfNeeded: number & Int64(recentCount - 1)) }

    private mutating func make(_ number: Int64) -> Int32 {
        let new = Bucket(number: number, value: 0)
        let bucket: Int32
        if let free = freeBuckets.popLast() {
            bucket = free
            buckets[Int(bucket)] = new
        } else {
            bucket = Int32(buckets.count)
            buckets.append(new)
        }
        heap.append(bucket)
        siftUp(heap.count - 1)
        return bucket
    }

    private mutating func release(_ bucket: Int32) {
        let place = Self.place(buckets[Int(bucket)].number)
        if recent[place].bucket == bucket { recent[place] = Recent(number: Self.noNumber, bucket: -1) }
        freeBuckets.append(bucket)
    }

    /// Removes the earliest bucket and returns its value, if it begins before `time`.
    mutating func removeFirst(before time: Int64) -> Int32? {
        guard let first = heap.first, buckets[Int(first)].number << shift < time else { return nil }
        let value = buckets[Int(first)].value
        removeTop()
        return value
    }

    private mutating func removeTop() {
        release(heap[0])
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(0)
    }

    /// Removes the earliest buckets as long as they are empty, so that `earliest` is one that is not.
    mutating func removeEmptyFirst() {
        while let first = heap.first, buckets[Int(first)].value == 0 { removeTop() }
    }

    /// Removes all empty buckets.
    mutating func removeEmpty() {
        var kept = 0
        for place in heap.indices {
            let bucket = heap[place]
            if buckets[Int(bucket)].value == 0 {
                release(bucket)
            } else {
                heap[kept] = bucket
                kept += 1
            }
        }
        heap.removeSubrange(kept...)
        for place in stride(from: kept / 2 - 1, through: 0, by: -1) { siftDown(place) }
    }

    // MARK: heap

    private func number(_ place: Int) -> Int64 { buckets[Int(heap[place])].number }

    private mutating func siftUp(_ start: Int) {
        var place = start
        while place > 0, number(place) < number((place - 1) / 2) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func siftDown(_ start: Int) {
        var place = start
        while true {
            var child = 2 * place + 1
            if child >= heap.count { return }
            if child + 1 < heap.count, number(child + 1) < number(child) { child += 1 }
            if number(place) <= number(child) { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}
