// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceSQL
import MillraceTestKit
import Testing

@Suite struct EnginePropertyTests {
    /// MILLRACE_PROPERTY_RUNS=100000 for a long night; MILLRACE_PROPERTY_SEED to repeat one run.
    private static let runs = ProcessInfo.processInfo.environment["MILLRACE_PROPERTY_RUNS"].flatMap { Int($0) } ?? 1000
    private static let seed = ProcessInfo.processInfo.environment["MILLRACE_PROPERTY_SEED"].flatMap { UInt64($0) }

    /// Random programs over random logs in random ways: the engine answers as the reference does.
    @Test func engineMatchesReference() throws {
        try compare { templates, generator, seed in
            let statements = templates.program()
            let log = generator.log(topic: ProgramTemplates.topic)
            return (statements, log, DriverWay.random(for: log, seed: seed))
        }
    }

    /// The same of programs that make several rows of one.
    @Test func explosionsMatchReference() throws {
        try compare { templates, generator, seed in
            let statements = templates.explosion()
            let log = generator.log(topic: ProgramTemplates.topic)
            return (statements, log, DriverWay.random(for: log, seed: seed))
        }
    }

    /// The same of joins, in the ways in which they run.
    @Test func joinsMatchReference() throws {
        try compare { templates, generator, seed in
            let statements = templates.join()
            var log = generator.log(topic: ProgramTemplates.topic)
            log.merge(generator.log(topic: ProgramTemplates.tableTopic, records: 0...30))
            var way = DriverWay.random(for: log, seed: seed)
            (way.processes, way.addsQueries) = (0, false)
            return (statements, log, way)
        }
    }

    /// The same of joins of streams.
    @Test func streamJoinsMatchReference() throws {
        try compare { templates, generator, seed in
            let statements = templates.streamJoin()
            // In every second one no partition is empty, and what is held is soon over.
            let (span, most) = seed % 2 == 0 ? (300, 3) : (3000, 1)
            var log = generator.log(topic: ProgramTemplates.topic, partitions: 1...most, span: span)
            log.merge(generator.log(topic: ProgramTemplates.otherTopic, partitions: 1...most, span: span))
            log.merge(
                generator.log(topic: ProgramTemplates.thirdTopic, partitions: 1...most, records: 0...40, span: span))
            log.merge(
                generator.log(topic: ProgramTemplates.tableTopic, partitions: 1...2, records: 0...20, span: span))
            var way = DriverWay.random(for: log, seed: seed)
            (way.processes, way.addsQueries) = (0, false)
            return (statements, log, way)
        }
    }

    /// - Parameter trial: makes a program, a log, and a way to run the one over the other.
    private func compare(
        _ trial: (inout ProgramTemplates, inout LogGenerator, _ seed: UInt64) throws -> (
            String, SimulatedLog, DriverWay
        )
    ) throws {
        let seeds = Self.seed.map { $0...$0 } ?? 1...UInt64(max(Self.runs, 1))
        var failures = 0
        for seed in seeds {
            var templates = ProgramTemplates(seed: seed)
            var generator = LogGenerator(seed: seed &+ 1_000_000)
            let (statements, log, way) = try trial(&templates, &generator, seed)
            let comparison = try Comparison(try SQL.compile(statements), over: log, way)
            #expect(comparison.isEqual, "seed \(seed)\n\(statements)\(comparison.difference)")
            if !comparison.isEqual { failures += 1 }
            if failures == 5 { return }
        }
    }

    /// The same with values in Avro, record by record by another schema.
    @Test func engineMatchesReferenceInAvro() throws {
        let seeds = Self.seed.map { $0...$0 } ?? 1...UInt64(max(Self.runs / 4, 1))
        var rows = 0
        for seed in seeds {
            var templates = ProgramTemplates(seed: seed)
            var generator = LogGenerator(seed: seed &+ 1_000_000)
            let statements = templates.program(values: "AVRO")
            let log = try generator.log(topic: ProgramTemplates.topic).inAvro(seed: seed &+ 2_000_000)
            let comparison = try Comparison(
                try SQL.compile(statements, hasSchemas: true), over: log, DriverWay.random(for: log, seed: seed))
            #expect(comparison.isEqual, "seed \(seed)\n\(statements)\(comparison.difference)")
            if !comparison.isEqual { return }
            rows += comparison.expected.count
        }
        // Most records can be read.
        if Self.seed == nil { #expect(rows > 5 * seeds.count) }
    }
}
