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
                news.append("fired \(rule.name)")
                admit(frame, owed, rule, now)
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
            if let rule = answered.rule {
                news.append(rule.side == .request ? "answered \(rule.name)" : "fired \(rule.name)")
            }
            guard !answered.isSpare, !clientIsGone else { continue }
            if let rule = answered.rule, rule.side == .response {
                pass(frame, rule, now)
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
