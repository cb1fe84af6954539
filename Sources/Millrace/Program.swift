// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL

/// A SQL program in ksqlDB's dialect, compiled and checked.
public struct Program: Sendable {
    let graph: QueryGraph

    /// Compiles a program.
    /// - Throws: `ProgramError` with the place of the first mistake.
    public init(sql: String) throws(ProgramError) {
        do throws(SourceError) {
            graph = try QueryGraph(try SQL.compile(sql, hasSchemas: true))
        } catch {
            throw ProgramError(error, file: "program", text: sql)
        }
    }

    /// The plan as text: what is read, how it is computed, what is written, with every default spelled out.
    public var explanation: String { PlanDiagram(graph.program).text }

    /// The topics that the program reads, in byte order.
    public var inputTopics: [String] { graph.topics }
}

/// A mistake in a program: what is wrong, where, and what to do about it.
public struct ProgramError: Error, Sendable, CustomStringConvertible {
    public let message: String
    /// Counted from 1; nil where the mistake has no place.
    public let line: Int?
    public let column: Int?
    public let hint: String?
    let text: String

    init(_ error: SourceError, file: String, text: String) {
        message = error.message
        line = error.location?.line
        column = error.location?.column
        hint = error.hint
        self.text = error.rendered(file: file, text: text)
    }

    /// With the line and a caret under the mistake.
    public var description: String { text }
}
