// SPDX-License-Identifier: Apache-2.0
import MillraceTestKit
import Testing

/// A connection with the test as client and as broker.
private struct Conversation {
    var connection = ProxiedConnection()
    var rules = FaultRules()
    var now = ContinuousClock.now

    init(_ lines: String...) throws {
        for line in lines { rules.arm(try FaultRule(line)) }
    }

    /// Sends requests as a client; returns what the broker gets.
    mutating func ask(_ frames: [UInt8]...) -> [UInt8] {
        connection.receive(fromClient: frames.flatMap { $0 }, &rules, now: now)
        return connection.takeForBroker(now: now)
    }

    /// Sends responses as a broker; returns what the client gets.
    mutating func answer(_ correlationIDs: Int32...) -> [UInt8] {
        connection.receive(fromBroker: correlationIDs.flatMap { Frame.response($0) }, now: now)
        return connection.takeForClient(now: now)
    }

    mutating func sleep(_ milliseconds: Int) { now = now.advanced(by: .milliseconds(milliseconds)) }
}

struct ProxiedConnectionTests {
    private let end = Frame.request("EndTxn", 1, "orders-0")
    private let produce = Frame.request("Produce", 2, "orders-0")

    @Test func withoutRulesEverythingPasses() throws {
        var conversation = try Conversation()
        let requests = conversation.ask(end, produce)
        let responses = conversation.answer(1, 2)
        let news = conversation.connection.takeNews()
        #expect(requests == end + produce && responses == Frame.response(1) + Frame.response(2) && news == [])
        #expect(!conversation.connection.isFinished)
    }

    @Test func aLostRequestIsNeverAnswered() throws {
        var conversation = try Conversation("x request EndTxn 1 lose")
        let requests = conversation.ask(end, produce)
        let responses = conversation.answer(2)
        let news = conversation.connection.takeNews()
        #expect(requests == produce && responses == Frame.response(2) && news == ["fired x"])
    }

    @Test func aLostResponseIsOneThatTheBrokerHasGiven() throws {
        var conversation = try Conversation("x response EndTxn 1 lose")
        let requests = conversation.ask(end, produce)
        let early = conversation.connection.takeNews()
        let responses = conversation.answer(1, 2)
        let news = conversation.connection.takeNews()
        #expect(requests == end + produce && early == [])
        #expect(responses == Frame.response(2) && news == ["fired x"])
    }

    @Test(arguments: [0, 5])
    func aRequestIsCutOff(bytes: Int) throws {
        var conversation = try Conversation("x request EndTxn 1 cut:\(bytes)")
        let requests = conversation.ask(produce, end, produce)
        #expect(requests == produce + end.prefix(bytes))
        #expect(conversation.connection.isCut && conversation.connection.isFinished)
    }

    @Test(arguments: [0, 5])
    func aResponseIsCutOff(bytes: Int) throws {
        var conversation = try Conversation("x response EndTxn 1 cut:\(bytes)")
        _ = conversation.ask(end, produce)
        let responses = conversation.answer(1, 2)
        #expect(responses == Array(Frame.response(1).prefix(bytes)) && conversation.connection.isCut)
    }

    @Test func aBitIsAnother() throws {
        var conversation = try Conversation("x request EndTxn 1+ flip:3", "y response EndTxn 1+ flip:3")
        let requests = conversation.ask(end)
        var flipped = end
        flipped[end.count - 3] ^= 1
        #expect(requests == flipped)
        // The rule of the request has it; the next one meets that of the response, and is long enough for it.
        conversation.rules.disarm("x")
        _ = conversation.answer(1)
        _ = conversation.ask(end)
        var response = Frame.response(1)
        response[response.count - 3] ^= 1
        #expect(conversation.answer(1) == response)
        #expect(conversation.connection.takeNews() == ["fired x", "answered x", "fired y"])
    }

    @Test func whatIsShortIsNotFlipped() throws {
        var conversation = try Conversation("x response EndTxn 1 flip:100")
        _ = conversation.ask(end)
        #expect(conversation.answer(1) == Frame.response(1))
        #expect(conversation.connection.takeNews() == [])
    }

    @Test(arguments: ["garble", "swell"])
    func aResponseIsGarbage(action: String) throws {
        var conversation = try Conversation("x response EndTxn 1 \(action)")
        _ = conversation.ask(end)
        let (sound, found) = (Frame.response(1), conversation.answer(1))
        #expect(found.count == sound.count && found != sound)
        if action == "garble" {
            #expect(found.prefix(8) == sound.prefix(8) && zip(found, sound).dropFirst(8).allSatisfy { $0 != $1 })
        } else {
            #expect(found.prefix(4) == [0x40, 0, 0, 0] && found.dropFirst(4) == sound.dropFirst(4))
        }
        #expect(conversation.connection.takeNews() == ["fired x"])
    }

    /// So many bytes a second, one after the other.
    @Test func aThinLineTakesTime() throws {
        var conversation = try Conversation("x request any 1+ pace:1000")
        #expect(conversation.ask(end, produce) == [])
        conversation.sleep(end.count + 1)
        #expect(conversation.ask() == end)
        conversation.sleep(produce.count + 1)
        #expect(conversation.ask() == produce)
        #expect(conversation.connection.takeNews() == ["fired x", "fired x"])
    }

    @Test func theClientGetsOneResponseToADuplicate() throws {
        var conversation = try Conversation("x request EndTxn 1 duplicate")
        let requests = conversation.ask(end, produce)
        let responses = conversation.answer(1, 1, 2)
        #expect(requests == end + end + produce && responses == Frame.response(1) + Frame.response(2))
    }

    @Test func nothingOvertakesAHeldRequest() throws {
        var conversation = try Conversation("x request EndTxn 1 hold")
        let held = conversation.ask(end, produce)
        conversation.sleep(1_000_000)
        let stillHeld = conversation.connection.takeForBroker(now: conversation.now)
        conversation.connection.release("y")
        conversation.connection.release("x")
        let released = conversation.connection.takeForBroker(now: conversation.now)
        _ = conversation.answer(1)
        let news = conversation.connection.takeNews()
        #expect(held.isEmpty && stillHeld.isEmpty && released == end + produce && news == ["fired x", "answered x"])
    }

    @Test func aDelayEndsByItself() throws {
        var conversation = try Conversation("x response EndTxn 1 hold:100")
        let asked = conversation.now
        _ = conversation.ask(end)
        let early = conversation.answer(1)
        #expect(early.isEmpty && conversation.connection.nextInstant == asked.advanced(by: .milliseconds(100)))
        conversation.sleep(100)
        let late = conversation.connection.takeForClient(now: conversation.now)
        #expect(late == Frame.response(1) && conversation.connection.nextInstant == nil)
    }

    /// What a client sent before it gave up still arrives: this is what makes late requests dangerous.
    @Test func aHeldRequestOutlivesItsClient() throws {
        var conversation = try Conversation("x request EndTxn 1 hold")
        _ = conversation.ask(end)
        conversation.connection.noteClientGone()
        #expect(!conversation.connection.isFinished)
        conversation.connection.release("x")
        let released = conversation.connection.takeForBroker(now: conversation.now)
        #expect(released == end && !conversation.connection.isFinished)
        let responses = conversation.answer(1)
        let news = conversation.connection.takeNews()
        #expect(responses.isEmpty && news == ["fired x", "answered x"] && conversation.connection.isFinished)
    }

    @Test func aBrokerThatGoesEndsIt() throws {
        var conversation = try Conversation()
        _ = conversation.ask(end)
        conversation.connection.noteBrokerGone()
        #expect(conversation.connection.isFinished)
    }

    @Test func whoDoesNotSpeakTheProtocolIsCutOff() throws {
        var conversation = try Conversation()
        _ = conversation.ask(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(conversation.connection.isCut)
        var unasked = try Conversation()
        _ = unasked.answer(7)
        #expect(unasked.connection.isCut)
    }
}
