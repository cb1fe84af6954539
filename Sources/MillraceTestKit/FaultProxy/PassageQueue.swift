// SPDX-License-Identifier: Apache-2.0

/// A request or response on its way to the other side.
struct Passage: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// A rule that holds it back.
    struct Holder: Sendable {
        let rule: String
        /// Nil: until it is released.
        let until: Instant?
    }

    var bytes: [UInt8]
    var holder: Holder?
    /// Whether it is the last one that passes.
    var cuts = false
    /// What the broker owes when it has got it.
    var owed: OwedResponse?

    func isHeld(_ now: Instant) -> Bool {
        guard let holder else { return false }
        return holder.until.map { $0 > now } ?? true
    }
}

/// A response that the broker owes.
struct OwedResponse: Sendable {
    let correlationID: Int32
    /// The rule that the request has met.
    let rule: FaultRule?
    /// Whether the client gets the response to the request's twin instead.
    var isSpare = false
}

/// One direction of a connection. As with TCP nothing overtakes what is held.
struct PassageQueue: Sendable {
    private var passages: [Passage] = []

    var isEmpty: Bool { passages.isEmpty }

    /// When the first one may pass, if it is held for a time.
    var nextInstant: Passage.Instant? { passages.first?.holder?.until }

    mutating func append(_ passage: Passage) { passages.append(passage) }

    /// It passes when those before it have, over a line of so many bytes a second.
    mutating func append(_ bytes: [UInt8], _ owed: OwedResponse?, at rate: Int, rule: String, now: Passage.Instant) {
        let begin = max(passages.last?.holder?.until ?? now, now)
        let until = begin.advanced(by: .milliseconds(bytes.count * 1000 / rate))
        append(Passage(bytes: bytes, holder: Passage.Holder(rule: rule, until: until), owed: owed))
    }

    mutating func removeAll() { passages = [] }

    /// Lets go what a rule holds.
    mutating func release(_ rule: String) {
        for index in passages.indices where passages[index].holder?.rule == rule { passages[index].holder = nil }
    }

    /// Those that may pass now; nothing follows one that cuts.
    mutating func take(now: Passage.Instant) -> ArraySlice<Passage> {
        var count = passages.firstIndex { $0.isHeld(now) } ?? passages.count
        if let cut = passages[..<count].firstIndex(where: \.cuts) { count = cut + 1 }
        defer { passages.removeFirst(count) }
        return passages[..<count]
    }
}
