// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceSQL
import Testing
@testable import MillraceAdvisor
@testable import MillraceRun
@testable import MillraceSettings

/// `future.limit`: a day unless something else is said.
struct FutureLimitTests {
    private let place = SourceLocation(line: 3, column: 15)

    @Test func whatMayBeWritten() throws {
        #expect(try FutureLimit.parse("off", at: place) == .off)
        #expect(try FutureLimit.parse("1h", at: place).milliseconds == 3_600_000)
        #expect(try FutureLimit.parse("1d", at: place) == .byDefault)
        let error = #expect(throws: SourceError.self) { try FutureLimit.parse("soon", at: place) }
        #expect(error?.location == place)
        #expect(error?.message == "future.limit is off or a duration, not 'soon'")
    }

    private func options(_ limit: FutureLimit?) -> RunOptions {
        var configuration = Configuration()
        configuration.futureLimit = limit
        var options = RunOptions(application: "app", cluster: KafkaCluster(KafkaProperties()), from: .earliest)
        options.apply(configuration)
        return options
    }

    @Test func theEngineIsToldOfIt() {
        #expect(options(nil).pipelineOptions.futureLimit == 86_400_000)
        #expect(options(FutureLimit(milliseconds: 5)).pipelineOptions.futureLimit == 5)
        #expect(options(.off).pipelineOptions.futureLimit == nil)
    }

    @Test func explainSaysIt() throws {
        let graph = try QueryGraph(
            try SQL.compile(
                """
                CREATE STREAM s (k VARCHAR KEY, at BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='at');
                CREATE STREAM n (k VARCHAR KEY, at BIGINT) WITH (KAFKA_TOPIC='n', VALUE_FORMAT='JSON');
                CREATE STREAM a AS SELECT k, at FROM s;
                CREATE STREAM b AS SELECT k, at FROM n;
                """))
        func text(_ limit: FutureLimit?) -> String {
            Explanation(graph, options: options(limit), cluster: nil).text(.text)
        }
        let line = "  future   bad where it is more than 1d ahead of the Kafka timestamp (future.limit)\n"
        #expect(text(nil).components(separatedBy: line).count == 2, "for the one with a TIMESTAMP column")
        #expect(text(FutureLimit(milliseconds: 3_600_000)).contains("more than 1h ahead"))
        #expect(text(.off).contains("  future   any time is taken (future.limit is off)\n"))
    }
}
