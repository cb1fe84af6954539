// SPDX-License-Identifier: Apache-2.0

/// One fault: what happens to which request, or to the response to it.
///
///     NAME request|response API[:TEXT] NTH[+] lose|cut[:BYTES]|hold[:MILLISECONDS]|duplicate|
///                                             pace:BYTES|flip:BYTES|garble|swell
///
///     late request EndTxn:orders-0 1 hold       the next EndTxn of orders-0, until the rule is released
///     gone response Produce 3 cut               the third response to a Produce, and its connection
///     slow request any 1+ hold:100              every request arrives 100 ms later
///     thin request any 1+ pace:125000           requests arrive at 1 Mbit/s
///     worn response Fetch 1+ flip:100           a bit of each longer response to a Fetch is another
package struct FaultRule: Equatable, Sendable {
    package enum Side: String, Sendable {
        case request, response
    }

    package enum Action: Equatable, Sendable {
        /// It never arrives; its connection goes on.
        case lose
        /// The connection ends after so many bytes of it.
        case cut(bytes: Int)
        /// It arrives later, and with it what comes behind it on its connection; nil: when the rule is released.
        case hold(milliseconds: Int?)
        /// The broker gets it twice, the client gets the first response.
        case duplicate
        /// It arrives as it would over a line of so many bytes a second.
        case pace(bytes: Int)
        /// A bit of the byte that is so far from its end is another; of what is less than twice as long none is.
        /// Records stand at the end of what holds records, and have a checksum.
        case flip(bytes: Int)
        /// All of its bytes are others, but those that say how long it is and what it answers.
        case garble
        /// It says that it is 1 GiB long.
        case swell
    }

    /// A text that is no rule.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let name: String
    package let side: Side
    /// Nil: requests of every kind.
    package let apiKey: Int16?
    /// What the request has to name: a group, a transactional id, a topic. Empty: nothing.
    package let text: String
    /// The first of the requests after arming that it is for, counted from 1.
    package let nth: Int
    /// Whether it is for all later ones too.
    package let repeats: Bool
    package let action: Action

    /// Reads the form above.
    package init(_ line: String) throws(Malformed) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 5 else {
            throw Malformed(description: "not of the form NAME request|response API[:TEXT] NTH[+] ACTION[:NUMBER]")
        }
        guard let side = Side(rawValue: words[1]) else {
            throw Malformed(description: "\(words[1]) is neither request nor response")
        }
        let api = words[2].split(separator: ":", maxSplits: 1).map(String.init)
        guard let kind = api.first, kind == "any" || KafkaRequest.apiKeys[kind] != nil else {
            let known = KafkaRequest.apiKeys.keys.sorted().joined(separator: ", ")
            throw Malformed(description: "\(words[2]) is no API; there are any, \(known)")
        }
        let digits = words[3].hasSuffix("+") ? String(words[3].dropLast()) : words[3]
        guard let nth = Int(digits), nth > 0 else {
            throw Malformed(description: "\(words[3]) is not a count from 1 on")
        }
        guard let action = Action(words[4], side) else {
            throw Malformed(description: "nothing can \(words[4]) a \(side)")
        }
        name = words[0]
        self.side = side
        apiKey = KafkaRequest.apiKeys[kind]
        text = api.count > 1 ? api[1] : ""
        self.nth = nth
        repeats = words[3].hasSuffix("+")
        self.action = action
    }

    /// Whether it counts a request.
    func isFor(_ request: KafkaRequest) -> Bool {
        (apiKey == nil || apiKey == request.apiKey) && request.names(text)
    }
}

extension FaultRule.Action {
    fileprivate init?(_ word: String, _ side: FaultRule.Side) {
        let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let number = parts.count > 1 ? Int(parts[1]) : nil
        guard parts.count == 1 || number.map({ $0 >= 0 }) == true else { return nil }
        switch parts[0] {
        case "lose" where number == nil: self = .lose
        case "cut": self = .cut(bytes: number ?? 0)
        case "hold": self = .hold(milliseconds: number)
        case "duplicate" where number == nil && side == .request: self = .duplicate
        case "pace":
            guard let number, number > 0 else { return nil }
            self = .pace(bytes: number)
        case "flip":
            guard let number, number > 0 else { return nil }
            self = .flip(bytes: number)
        case "garble" where number == nil && side == .response: self = .garble
        case "swell" where number == nil && side == .response: self = .swell
        default: return nil
        }
    }
}
