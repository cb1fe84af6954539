// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceCLI

struct GuessedSourcesTests {
    /// SQL has bare names in capitals.
    @Test(arguments: [
        ("CLICKS", "clicks"), ("clicks", "clicks"), ("Clicks", nil), ("MY_TOPIC_1", "my-topic.1"),
        ("my-topic.1", "my-topic.1"), ("ORDERS", "ORDERS"), ("orders", "orders"), ("NOTHING", nil),
    ]) func theTopicThatANameMeans(_ name: String, _ topic: String?) {
        #expect(
            GuessedSources.topic(called: name, among: ["ORDERS", "clicks", "my-topic.1", "orders"]) == topic)
    }
}
