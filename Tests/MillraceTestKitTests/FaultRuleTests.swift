// SPDX-License-Identifier: Apache-2.0
import MillraceTestKit
import Testing

struct FaultRuleTests {
    @Test func allPartsAreRead() throws {
        let rule = try FaultRule("late request EndTxn:orders-0 3+ hold:250")
        #expect(rule.name == "late" && rule.side == .request && rule.repeats)
        #expect(rule.apiKey == 26 && rule.text == "orders-0")
        #expect(rule.nth == 3 && rule.action == .hold(milliseconds: 250))
    }

    @Test(arguments: [
        ("lose", FaultRule.Action.lose), ("cut", .cut(bytes: 0)), ("cut:7", .cut(bytes: 7)),
        ("hold", .hold(milliseconds: nil)), ("duplicate", .duplicate), ("pace:125000", .pace(bytes: 125_000)),
        ("flip:7", .flip(bytes: 7)), ("garble", .garble), ("swell", .swell),
    ])
    func actions(word: String, action: FaultRule.Action) throws {
        let side = ["garble", "swell"].contains(word) ? "response" : "request"
        let rule = try FaultRule("x \(side) any 1 \(word)")
        #expect(rule.action == action && rule.apiKey == nil && !rule.repeats)
    }

    @Test(arguments: [
        "x request any 1", "x request any 1 lose now", "x reply any 1 lose", "x request Nothing 1 lose",
        "x request any 0 lose", "x request any + lose", "x request any 1 lose:3", "x request any 1 cut:-1",
        "x request any 1 hold:", "x response any 1 duplicate", "x request any 1 flips",
        "x request any 1 flip", "x request any 1 flip:0", "x request any 1 pace", "x request any 1 pace:0",
        "x request any 1 garble", "x request any 1 swell", "x response any 1 swell:3",
    ])
    func anythingElseIsRefused(line: String) {
        #expect(throws: FaultRule.Malformed.self) { try FaultRule(line) }
    }
}

struct FaultRulesTests {
    private func request(_ api: String, _ names: String = "") throws -> KafkaRequest {
        try #require(KafkaRequest(frame: Frame.request(api, 1, names)))
    }

    @Test func theNthOfItsRequestsAndNoOther() throws {
        var rules = FaultRules()
        rules.arm(try FaultRule("x request EndTxn:orders-0 2 lose"))
        let (mine, others) = (try request("EndTxn", "orders-0"), try request("EndTxn", "orders-1"))
        let found = [mine, others, try request("Produce", "orders-0"), mine, mine].map { rules.next(for: $0)?.name }
        #expect(found == [nil, nil, nil, "x", nil])
    }

    @Test func allFromTheNthOnUntilItIsDisarmed() throws {
        var rules = FaultRules()
        rules.arm(try FaultRule("x response any 2+ lose"))
        var found = try ["Produce", "EndTxn", "Fetch"].map { rules.next(for: try request($0))?.name }
        #expect(found == [nil, "x", "x"])
        rules.disarm("x")
        found = [rules.next(for: try request("Fetch"))?.name]
        #expect(found == [nil])
    }

    /// The one that comes too late counts the request nevertheless.
    @Test func theFirstThatWasArmedHasIt() throws {
        var rules = FaultRules()
        for name in ["a", "b"] { rules.arm(try FaultRule("\(name) request any 1 lose")) }
        let found = try [request("Fetch"), request("Fetch"), request("Fetch")].map { rules.next(for: $0)?.name }
        #expect(found == ["a", "b", nil])
    }

    @Test func namesStandInTheBeginning() throws {
        let names = try request("EndTxn", "orders-0")
        #expect(names.names("orders-0") && names.names("") && names.names("rdkafka") && !names.names("orders-1"))
        let far = try request("Produce", String(repeating: "o", count: 600) + "rders")
        #expect(!far.names("orders"))
    }
}
