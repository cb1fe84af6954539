// SPDX-License-Identifier: Apache-2.0

/// One connection of a client to its broker, with what a proxy holds of it. It does no I/O: bytes come in and go out.
///
///     client ── receive(fromClient:) ─► requests ─► takeForBroker ──► broker
///     client ◄── takeForClient ◄─ responses ◄─ receive(fromBroker:) ── broker
package struct ProxiedConnection: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private var requestBytes = FrameSplitter()
    private var responseBytes = FrameSplitter()
    private var requests = PassageQueue()
    private var responses = PassageQueue()
    /// In the order of the requests, which is that of the responses.
    private var owed: [OwedResponse] = []
    private var clientIsGone = false
    private var brokerIsGone = false
    private var hasEnded = false
    private var news: [String] = []

    package init() {}

    /// Whether both sides are to be closed as soon as what was taken is sent: by a rule, or because one of them does
    /// not speak the protocol.
    package var isCut: Bool { hasEnded || requestBytes.isBroken || responseBytes.isBroken }

    /// Whether nothing more can come of it. A client that goes away does not take back what it has sent.
    package var isFinished: Bool {
        isCut || (clientIsGone && (brokerIsGone || (requests.isEmpty && owed.isEmpty)))
            || (brokerIsGone && responses.isEmpty)
    }

    /// When something that is held for a time may pass.
    package var nextInstant: Instant? { [requests.nextInstant, responses.nextInstant].compactMap { $0 }.min() }

    /// What has happened since it was asked last: `fired RULE` when a rule meets its request or response, `answered
    /// RULE` when the broker has answered a request that a rule has met.
    package mutating func takeNews() -> [String] {
        defer { news = [] }
        return news
    }

    // MARK: from the client to the broker

    package mutating func receive(fromClient bytes: some Sequence<UInt8>, _ rules: inout FaultRules, now: Instant) {
        requestBytes.append(bytes)
        while !isCut, let frame = requestBytes.next() {
            guard let request = KafkaRequest(frame: frame) else { return hasEnded = true }
            let rule = rules.next(for: request)
            let owed = OwedResponse(correlationID: request.correlationID, rule: rule)
            if let rule, rule.side == .request {
                let harmed = rule.action.harm(frame)
                if harmed != nil { news.append("fired \(rule.name)") }
                admit(harmed ?? frame, owed, rule, now)
            } else {
                requests.append(Passage(bytes: frame, owed: owed))
            }
        }
    }

    private mutating func admit(_ frame: [UInt8], _ owed: OwedResponse, _ rule: FaultRule, _ now: Instant) {
        switch rule.action {
        case .lose: break
        case .cut(let count): requests.append(Passage(bytes: Array(frame.prefix(count)), cuts: true))
        case .hold: requests.append(Passage(bytes: frame, holder: rule.holder(now), owed: owed))
        case .duplicate:
            let spare = OwedResponse(correlationID: owed.correlationID, rule: nil, isSpare: true)
            requests.append(Passage(bytes: frame, owed: owed))
            requests.append(Passage(bytes: frame, owed: spare))
        case .pace(let rate): requests.append(frame, owed, at: rate, rule: rule.name, now: now)
        case .flip, .garble, .swell: requests.append(Passage(bytes: frame, owed: owed))
        }
    }

    /// What may go to the broker now.
    package mutating func takeForBroker(now: Instant) -> [UInt8] {
        let passed = requests.take(now: now)
        owed += passed.compactMap(\.owed)
        return bytes(passed)
    }

    package mutating func noteClientGone() {
        clientIsGone = true
        responses.removeAll()
    }

    // MARK: from the broker to the client

    package mutating func receive(fromBroker bytes: some Sequence<UInt8>, now: Instant) {
        responseBytes.append(bytes)
        while !isCut, let frame = responseBytes.next() {
            let correlationID = Int32(truncatingIfNeeded: FrameSplitter.integer(frame[4..<8]))
            guard let answered = owed.first, answered.correlationID == correlationID else { return hasEnded = true }
            owed.removeFirst()
            var harmed: [UInt8]?
            if let rule = answered.rule {
                harmed = rule.side == .response ? rule.action.harm(frame) : nil
                if rule.side == .request {
                    news.append("answered \(rule.name)")
                } else if harmed != nil {
                    news.append("fired \(rule.name)")
                }
            }
            guard !answered.isSpare, !clientIsGone else { continue }
            if let rule = answered.rule, rule.side == .response {
                pass(harmed ?? frame, rule, now)
            } else {
                responses.append(Passage(bytes: frame))
            }
        }
    }

    private mutating func pass(_ frame: [UInt8], _ rule: FaultRule, _ now: Instant) {
        switch rule.action {
        // No rule duplicates responses.
        case .lose, .duplicate: break
        case .cut(let count): responses.append(Passage(bytes: Array(frame.prefix(count)), cuts: true))
        case .hold: responses.append(Passage(bytes: frame, holder: rule.holder(now)))
        case .pace(let rate): responses.append(frame, nil, at: rate, rule: rule.name, now: now)
        case .flip, .garble, .swell: responses.append(Passage(bytes: frame))
        }
    }

    /// What may go to the client now.
    package mutating func takeForClient(now: Instant) -> [UInt8] { bytes(responses.take(now: now)) }

    package mutating func noteBrokerGone() { brokerIsGone = true }

    // MARK: both ways

    /// Lets go what a rule holds.
    package mutating func release(_ rule: String) {
        requests.release(rule)
        responses.release(rule)
    }

    private mutating func bytes(_ passed: ArraySlice<Passage>) -> [UInt8] {
        if passed.last?.cuts == true { hasEnded = true }
        return passed.flatMap(\.bytes)
    }
}

extension FaultRule {
    /// What holds back a request or response that it has met now.
    fileprivate func holder(_ now: ProxiedConnection.Instant) -> Passage.Holder? {
        guard case .hold(let time) = action else { return nil }
        return Passage.Holder(rule: name, until: time.map { now.advanced(by: .milliseconds($0)) })
    }
}

extension FaultRule.Action {
    /// A request or response, with its length before it, as this makes it; nil: it leaves this one alone.
    fileprivate func harm(_ frame: [UInt8]) -> [UInt8]? {
        var harmed = frame
        switch self {
        case .lose, .cut, .hold, .duplicate, .pace: break
        case .flip(let bytes):
            guard frame.count >= 2 * bytes else { return nil }
            harmed[frame.count - bytes] ^= 1
        case .garble:
            // Length and correlation id stay.
            for index in harmed.indices.dropFirst(8) { harmed[index] ^= 0xA5 }
        case .swell: harmed.replaceSubrange(..<4, with: [0x40, 0, 0, 0])
        }
        return harmed
    }
}
