// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import MillraceReport
import Testing
@testable import MillraceRun

struct FaultPointTests {
    @Test func itHappensOnceAtTheNthTime() throws {
        let fault = try #require(ArmedFault("sent:3:error"))
        for round in 1...5 {
            try fault.reach(.flushed)
            if round == 3 {
                let error = #expect(throws: KafkaError.self) { try fault.reach(.sent) }
                #expect(error?.requiresAbort == true)
            } else {
                try fault.reach(.sent)
            }
        }
    }

    /// What a shell has left behind does not kill a run that is no test.
    @Test func onlyTestsArmFaults() {
        #expect(FaultPoint.isAllowed("in-this-test"))
        for value in [nil, "", "1", "yes", "true"] { #expect(!FaultPoint.isAllowed(value)) }
        let failure = #expect(throws: RunFailure.self) { try FaultPoint.check("sent:1:kill", isAllowed: false) }
        #expect(failure?.errorCode == .contradiction)
        #expect(throws: Never.self) { try FaultPoint.check("sent:1:kill", isAllowed: true) }
        #expect(throws: Never.self) { try FaultPoint.check(nil, isAllowed: false) }
        #expect(throws: RunFailure.self) { try FaultPoint.check("nowhere:1:kill", isAllowed: true) }
    }

    @Test func namesAreWrittenWithHyphens() {
        #expect(ArmedFault("offsets-sent:1:kill")?.point == .offsetsSent)
        #expect(FaultPoint.allCases.allSatisfy { ArmedFault("\($0.rawValue):1:stall")?.point == $0 })
        #expect(FaultPoint.allCases.allSatisfy { $0.rawValue.allSatisfy { $0.isLowercase || $0 == "-" } })
    }

    @Test(arguments: [
        "", "sent", "sent:1", "sent:0:kill", "sent:-1:kill", "sent:x:kill", "sent:1:die", "gone:1:kill",
        "sent:1:kill:", " sent:1:kill",
    ])
    func anythingElseArmsNothing(text: String) { #expect(ArmedFault(text) == nil) }
}
