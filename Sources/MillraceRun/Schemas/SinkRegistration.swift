// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport

/// Registers the schemas of a program's results, before anything is written: all are asked about first, so that one
/// that is refused leaves nothing behind.
struct SinkRegistration {
    private let schemas: [SinkSchema]
    private let registry: any SchemaRegistry

    /// Nil: no result has a schema.
    /// - Throws: `RunFailure` where one has, and there is no registry.
    init?(_ program: ProgramPlan, _ registry: (any SchemaRegistry)?) throws {
        do throws(SourceError) {
            schemas = try program.sinkSchemas()
        } catch {
            throw RunFailure(.configuration, .unusableSchema, error.message, hint: error.hint)
        }
        guard let first = schemas.first else { return nil }
        guard let registry else {
            throw SchemaFetcher.noRegistry("the \(first.part)s of \(first.sink) are registered before they are written")
        }
        self.registry = registry
    }

    /// - Returns: the numbers that records begin with, by subject.
    func register(log: (LogLine) -> Void) throws -> [String: Int32] {
        for schema in schemas {
            let objections = try asking { () throws(SchemaFailure) in
                try registry.objections(to: schema.schema, in: schema.subject)
            }
            guard objections.isEmpty else { throw refusal(schema, objections) }
        }
        var numbers: [String: Int32] = [:]
        for schema in schemas {
            let number = try asking { () throws(SchemaFailure) in
                try registry.register(schema.schema, in: schema.subject)
            }
            numbers[schema.subject] = number
            log(
                LogLine(
                    .info, "the \(schema.part)s of \(schema.topic) have schema \(number) (\(schema.subject))",
                    topic: schema.topic))
        }
        return numbers
    }

    private func asking<Result>(_ body: () throws(SchemaFailure) -> Result) throws -> Result {
        do throws(SchemaFailure) {
            return try body()
        } catch {
            throw error.failure
        }
    }

    private func refusal(_ schema: SinkSchema, _ objections: [String]) -> RunFailure {
        RunFailure(
            .configuration, .incompatibleSchema,
            "the schema of the \(schema.part)s of \(schema.sink) does not fit subject \(schema.subject) in "
                + "\(registry.place): \(objections.joined(separator: "; "))",
            hint: ErrorCode.incompatibleSchema.explanation.step)
    }
}
