// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

struct NearestNameTests {
    @Test(arguments: [
        ("thread", "threads"), ("THREADS", "threads"), ("thraeds", "threads"), ("mdoe", "mode"), ("fromm", "from"),
        ("xyz", nil), ("", nil), ("threadsandmore", nil),
    ])
    func suggestions(name: String, nearest: String?) {
        #expect(NearestName.suggestion(for: name, among: ["mode", "from", "to", "threads"]) == nearest)
    }

    @Test func theFirstOfEquallyNearOnesWins() {
        #expect(NearestName.suggestion(for: "cat", among: ["bat", "hat"]) == "bat")
    }
}
