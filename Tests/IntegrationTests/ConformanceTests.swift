// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceKafka
import MillraceLog
import MillraceTestKit
import Testing

/// Brokers do what the simulated cluster does: the same cases as `SimulatedConformanceTests`.
@Suite(.enabled(if: Environment.isReady && Environment.asksForConformance)) struct ConformanceTests {
    @Test(arguments: ConformanceCase.all) func holds(_ conformance: ConformanceCase) throws {
        var properties = KafkaProperties()
        properties.store(
            KafkaProperties.Property(name: "bootstrap.servers", value: try #require(Environment.bootstrap)))
        try conformance.run(on: KafkaCluster(properties), prefix: "conformance-\(UUID().uuidString.prefix(8))")
    }
}
