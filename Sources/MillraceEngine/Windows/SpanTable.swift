// SPDX-License-Identifier: Apache-2.0

/// Spans of time by group: which a group has, the latest end first.
///
///     heads[group] ─► span ─► span ─► −1       linked by `next`; `previous` goes back, the first one's to the last
///     spans[i] = start, end                    apart from the links: most look-ups need nothing else
///
/// A span keeps its number for life; numbers are dense and used again.
///
/// A group may have very many spans, and be asked for one anywhere among them. So `first(of:endingAtOrBefore:)` leaves
/// guides behind where it has to pass over many: numbers of spans to begin at, in the order of the list.
///
///     list      ─ ○ ─ ○ ─ ○ ─ ● ─ ○ ─ ○ ─ ○ ─ ● ─ ○ ─        ● guides, at most `stride` spans apart at first
///
/// Every span that is passed over without need then has a guide near it: however the spans come, and go, the time of
/// all searches grows with their number, not with the product of searches and spans.
struct SpanTable: ~Copyable {
    struct Span {
        var start: Int64
        var end: Int64
    }

    struct Links {
        var next: Int32
        var previous: Int32
        /// −1: the span was removed.
        var group: Int32
    }

    private(set) var heads: UnsafeMutablePointer<Int32>
    private(set) var spans: UnsafeMutablePointer<Span>
    private(set) var links: UnsafeMutablePointer<Links>
    /// Groups, with and without spans.
    private(set) var groupCount = 0
    private(set) var emptyGroups = 0
    /// Spans that groups have.
    private(set) var liveCount = 0
    /// Numbers given out so far: all are below.
    private(set) var numberCount = 0
    private var groupCapacity = 64
    private var capacity = 64
    /// Numbers to use again, linked by `next`.
    private var firstFree: Int32 = -1
    /// By group, those that need them.
    private var guides: [Int: [Int32]] = [:]
    /// Spans from guide to guide.
    private static let stride = 32

    init() {
        heads = .allocate(capacity: groupCapacity)
        spans = .allocate(capacity: capacity)
        links = .allocate(capacity: capacity)
    }

    deinit {
        heads.deallocate()
        spans.deallocate()
        links.deallocate()
    }

    /// Bytes of memory for a group with one span.
    static let spanBytes =
        MemoryLayout<Int32>.stride + MemoryLayout<Span>.stride + MemoryLayout<Links>.stride

    /// Bytes of memory.
    var heldBytes: Int {
        groupCapacity * MemoryLayout<Int32>.stride
            + capacity * (MemoryLayout<Span>.stride + MemoryLayout<Links>.stride)
            + guides.values.reduce(0) { $0 + $1.capacity * MemoryLayout<Int32>.stride }
    }

    private static func grow<Element>(_ old: inout UnsafeMutablePointer<Element>, used: Int, capacity: Int) {
        let new = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        new.update(from: old, count: used)
        old.deallocate()
        old = new
    }

    /// Makes groups 0 ..< count; new ones have no spans.
    mutating func reserveGroups(_ count: Int) {
        guard count > groupCount else { return }
        if count > groupCapacity {
            groupCapacity = max(count, groupCapacity + groupCapacity / 2)
            Self.grow(&heads, used: groupCount, capacity: groupCapacity)
        }
        (heads + groupCount).initialize(repeating: -1, count: count - groupCount)
        emptyGroups += count - groupCount
        groupCount = count
    }

    /// Adds a span to a group in front of `next` (−1: behind the last), where its end belongs.
    /// - Returns: its number.
    mutating func insert(_ span: Span, group: Int, before next: Int32) -> Int32 {
        let number = takeNumber()
        spans[Int(number)] = span
        let head = heads[group]
        var link = Links(next: next, previous: number, group: Int32(truncatingIfNeeded: group))
        if head < 0 {
            emptyGroups -= 1
            heads[group] = number
        } else {
            // The one that follows, or the head, which knows the last.
            let follower = Int(next < 0 ? head : next)
            link.previous = links[follower].previous
            links[follower].previous = number
            if next == head { heads[group] = number } else { links[Int(link.previous)].next = number }
        }
        links[Int(number)] = link
        liveCount += 1
        return number
    }

    private mutating func takeNumber() -> Int32 {
        if firstFree >= 0 {
            let number = firstFree
            firstFree = links[Int(number)].next
            return number
        }
        if numberCount == capacity {
            let newCapacity = capacity + capacity / 2
            Self.grow(&spans, used: numberCount, capacity: newCapacity)
            Self.grow(&links, used: numberCount, capacity: newCapacity)
            capacity = newCapacity
        }
        numberCount += 1
        return Int32(numberCount - 1)
    }

    /// Takes a span from its group. Its number is not used again before `release`.
    mutating func remove(_ number: Int32) {
        let link = links[Int(number)]
        let group = Int(link.group)
        if !guides.isEmpty { removeGuide(number, of: group) }
        let head = heads[group]
        if head == number { heads[group] = link.next } else { links[Int(link.previous)].next = link.next }
        if link.next >= 0 {
            links[Int(link.next)].previous = link.previous
        } else if head != number {
            links[Int(head)].previous = link.previous
        }
        if heads[group] < 0 { emptyGroups += 1 }
        links[Int(number)].group = -1
        liveCount -= 1
    }

    /// The number of a removed span may be used again.
    mutating func release(_ number: Int32) {
        links[Int(number)].next = firstFree
        firstFree = number
    }

    /// The last span of a group, with the earliest end; −1: it has none.
    func last(_ group: Int) -> Int32 {
        let head = heads[group]
        return head < 0 ? -1 : links[Int(head)].previous
    }

    /// The span in front of one, with the next later end; −1: it is the first.
    func before(_ number: Int32) -> Int32 {
        let link = links[Int(number)]
        return heads[Int(link.group)] == number ? -1 : link.previous
    }

    // MARK: searching

    /// The first span of a group, in the order of the list, that ends at `time` or before; −1: all end later.
    mutating func first(of group: Int, endingAtOrBefore time: Int64) -> Int32 {
        var number = heads[group]
        guard number >= 0, spans[Int(number)].end > time else { return number }
        if spans[Int(links[Int(number)].previous)].end > time { return -1 }
        var place = 0
        if !guides.isEmpty, let known = guides[group] {
            // The last guide that ends later, if any does, else the head.
            place = count(of: known, endingAfter: time)
            if place > 0 { number = known[place - 1] }
        }
        var walked = 0
        var new: [Int32] = []
        while spans[Int(number)].end > time {
            walked += 1
            if walked % Self.stride == 0 { new.append(number) }
            number = links[Int(number)].next
        }
        if !new.isEmpty { guides[group, default: []].insert(contentsOf: new, at: place) }
        return number
    }

    /// As `first(of:endingAtOrBefore:)`, but at most two spans further to the front: where spans of a group touch each
    /// other, one in front may reach further back.
    mutating func twoBefore(firstOf group: Int, endingAtOrBefore time: Int64) -> Int32 {
        let first = first(of: group, endingAtOrBefore: time)
        let one = first < 0 ? last(group) : before(first)
        if one < 0 { return first }
        let two = before(one)
        return two < 0 ? one : two
    }

    /// How many of some guides, in their order, end after `time`.
    private func count(of guides: [Int32], endingAfter time: Int64) -> Int {
        var (low, high) = (0, guides.count)
        while low < high {
            let middle = (low + high) / 2
            if spans[Int(guides[middle])].end > time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func removeGuide(_ number: Int32, of group: Int) {
        guard let place = guides[group].flatMap({ self.place(of: number, in: $0) }) else { return }
        // In its place: a second reference would copy all of them.
        guides[group]?.remove(at: place)
        if guides[group]?.isEmpty == true { guides[group] = nil }
    }

    /// Where a span is among some guides; nil: it is none of them.
    private func place(of number: Int32, in guides: [Int32]) -> Int? {
        // Guides that end together lie next to each other.
        let end = spans[Int(number)].end
        var place = count(of: guides, endingAfter: end)
        while place < guides.count, spans[Int(guides[place])].end == end {
            if guides[place] == number { return place }
            place += 1
        }
        return nil
    }

    /// Whether most groups have no spans, and are so many that it matters.
    var isMostlyEmpty: Bool { groupCount > 1024 && emptyGroups * 2 > groupCount }

    /// Gives the groups that have spans new numbers, in their order, and forgets the others.
    /// - Returns: an index that has only their keys.
    mutating func renumberGroups(_ index: GroupIndex) -> GroupIndex {
        let newIndex = GroupIndex(expectedGroups: groupCount - emptyGroups)
        guides = [:]
        var kept = 0
        for group in 0..<groupCount where heads[group] >= 0 {
            let key = index.key(group)
            guard let base = key.baseAddress else { continue }
            let new = newIndex.intern(base, count: key.count, hash: index.hash(group))
            heads[new] = heads[group]
            kept = new + 1
            var number = heads[new]
            while number >= 0 {
                links[Int(number)].group = Int32(truncatingIfNeeded: new)
                number = links[Int(number)].next
            }
        }
        groupCount = kept
        emptyGroups = 0
        return newIndex
    }
}
