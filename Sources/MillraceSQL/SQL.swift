// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// The SQL front end: ksqlDB's dialect to a plan.
package enum SQL {
    /// The longest program, in bytes of UTF-8.
    package static let maximumLength = 1024 * 1024

    /// So many mistakes are looked for at most.
    package static let maximumErrors = 100

    /// What a program's text is.
    package struct Outcome: Sendable {
        /// What could be understood; the whole program where there is no mistake.
        package var plan: ProgramPlan
        /// In the order of the text.
        package var errors: [SourceError]
        /// What is understood, but may not be what was meant.
        package var warnings: [SourceError] = []
    }

    /// A program's text as a bound and checked plan. Throws the first mistake, with its place.
    /// - Parameters:
    ///   - keyPartitioning: what is said of it outside of the program, which wins over its SET; nil: nothing.
    ///   - catalogue: where columns come from that a statement does not name; nil: nowhere.
    ///   - hasSchemas: whether there will be schemas for the formats that need them, without a catalogue, too.
    package static func compile(
        _ text: String, keyPartitioning: KeyPartitioning? = nil, catalogue: (any Catalogue)? = nil,
        hasSchemas: Bool = false
    ) throws(SourceError) -> ProgramPlan {
        let outcome = check(
            text, keyPartitioning: keyPartitioning, catalogue: catalogue, hasSchemas: hasSchemas)
        if let first = outcome.errors.first { throw first }
        return outcome.plan
    }

    /// A program's text with every mistake that can be found. A statement with a mistake is left out, and so is what
    /// needs it.
    /// - Parameters:
    ///   - keyPartitioning: as for `compile`.
    ///   - windowsPerRecord: likewise: how many windows a record may fall in.
    ///   - catalogue: as for `compile`.
    ///   - hasSchemas: likewise.
    ///   - asks: whether the text is a question: a SELECT on its own behind the statements that it builds on.
    package static func check(
        _ text: String, keyPartitioning: KeyPartitioning? = nil, windowsPerRecord: Int64? = nil,
        catalogue: (any Catalogue)? = nil, hasSchemas: Bool = false, asks: Bool = false
    ) -> Outcome {
        guard text.utf8.count <= maximumLength else {
            let error = SourceError(
                "the program is longer than \(maximumLength) bytes", at: nil, hint: "split it into several programs")
            return Outcome(plan: ProgramPlan(), errors: [error.coded(.sqlSyntax)])
        }
        var errors: [SourceError] = []
        var lexer = Lexer(text)
        var parser = Parser(tokens: lexer.tokens(&errors), takesQuestion: asks)
        let program = parser.program(&errors)
        var binder = ProgramBinder()
        binder.windowsPerRecord = windowsPerRecord ?? setWindowsPerRecord(program) ?? WindowsPerRecord.byDefault
        binder.catalogue = catalogue ?? NoCatalogue()
        var meaning: [SourceError] = []
        var plan = binder.bind(program, &meaning)
        let set = plan.properties.last { $0.name == KeyPartitioning.setting }
        let said = keyPartitioning ?? set.flatMap { KeyPartitioning(rawValue: $0.value) }
        // A question has one process, and no results of another to agree with: keys may lie where they like.
        if said == .any || asks && said == nil && !plan.hasSessions { plan.regroupKeys() }
        if !hasSchemas, catalogue == nil { refuseSchemas(plan, &meaning) }
        // What is missing may stand in a statement that could not be read.
        if errors.isEmpty, meaning.isEmpty, asks, plan.question == nil {
            meaning.append(
                SourceError("there is no SELECT to answer", at: program.end, hint: "write SELECT … FROM …"))
        } else if errors.isEmpty, meaning.isEmpty, plan.queries.isEmpty {
            meaning.append(
                SourceError(
                    "the program has no query", at: program.end,
                    hint: "add CREATE STREAM … AS SELECT, CREATE TABLE … AS SELECT or INSERT INTO … SELECT"))
        }
        errors = errors.map { $0.coded(.sqlSyntax) } + meaning.map { $0.coded(.sqlMeaning) }
        return Outcome(
            plan: plan, errors: Array(errors.sorted { $0.isBefore($1) }.prefix(maximumErrors)),
            warnings: binder.warnings)
    }

    /// The sources that a question reads and no statement of it makes, as they are named, each once. A text with
    /// mistakes has none.
    package static func unknownSources(_ text: String) -> [String] {
        var errors: [SourceError] = []
        var lexer = Lexer(text)
        var parser = Parser(tokens: lexer.tokens(&errors), takesQuestion: true)
        let program = parser.program(&errors)
        guard errors.isEmpty else { return [] }
        let made = Set(program.statements.compactMap { $0.head?.name.text })
        var names: [String] = []
        for case .select(let select) in program.statements {
            for source in select.query.sources where !made.contains(source.text) && !names.contains(source.text) {
                names.append(source.text)
            }
        }
        return names
    }

    private static func refuseSchemas(_ plan: ProgramPlan, _ errors: inout [SourceError]) {
        for source in plan.sources + plan.queries.map(\.sink) {
            let formats = [source.keyFormat, source.valueFormat].map(\.name)
            guard let format = formats.first(where: { $0.traits.hasSchemas }),
                !errors.contains(where: { $0.location == source.location })
            else { continue }
            errors.append(
                SourceError(
                    "the format \(format.rawValue) needs a schema registry, and none is named", at: source.location,
                    code: .noRegistry))
        }
    }

    /// What a program says itself of how many windows a record may fall in; a value that is none is refused elsewhere.
    private static func setWindowsPerRecord(_ program: ProgramSyntax) -> Int64? {
        var value: Int64?
        for statement in program.statements {
            switch statement {
            case .set(let name, let text) where name.text == WindowsPerRecord.setting:
                value = WindowsPerRecord.parse(text)
            case .unset(let name) where name.text == WindowsPerRecord.setting: value = nil
            default: break
            }
        }
        return value
    }

    /// A name as it is written in SQL: in back quotes where it would be read as something else without them.
    /// - Parameter keepsCase: in back quotes, too, where it has small letters, which a bare name does not keep.
    package static func identifier(_ name: String, keepsCase: Bool = false) -> String {
        let upper = Names.upperCased(name)
        let isPlain =
            upper.utf8.first.map { 0x41...0x5A ~= $0 } ?? false
            && upper.utf8.allSatisfy { 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F }
        if isPlain, !Names.reserved.contains(upper), !isPseudoColumn(upper), !keepsCase || upper == name { return name }
        return "`\(name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``"))`"
    }

    /// Whether every source has a column of this name, so that none can be declared.
    package static func isPseudoColumn(_ name: String) -> Bool { Names.pseudoColumns.contains(name) }
}
