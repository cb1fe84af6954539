// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceSettings

/// What a command compiles: a program, and behind it perhaps a question, whose places count from its own first line.
struct ProgramText {
    /// Of the program, for messages.
    let file: String
    private let program: String
    /// Statements that were guessed, and the question, in one line of their own each; nil: the program is all.
    private var question: String?
    private var guesses = ""
    /// Whether a SELECT may stand on its own.
    private(set) var asks = false

    /// Nil where the configuration names no program.
    init?(_ loaded: LoadedConfiguration) throws {
        switch loaded.configuration.program {
        case .file(let path, _)?:
            do {
                (file, program) = (path, try TextFile.read(path))
            } catch {
                throw RunFailure(.inputMissing, .unreadableFile, error.message)
            }
        // Places in it count from its own first line.
        case .text(let sql, _)?: (file, program) = (loaded.file ?? "sql", sql)
        case nil: return nil
        }
    }

    /// - Parameters:
    ///   - loaded: its program stands before the question, if it names one.
    ///   - question: nil: the program has it.
    init(_ loaded: LoadedConfiguration, question: String?) throws {
        if let program = try ProgramText(loaded) { self = program } else { self.init() }
        self.question = question
        asks = true
    }

    private init() { (file, program) = ("sql", "") }

    /// Puts statements between the program and the question.
    mutating func add(guess: String) { guesses += guess + "\n" }

    private var beforeQuestion: String { program + "\n;" + guesses }

    var whole: String {
        guard asks else { return program }
        return beforeQuestion + (question.map { "\n" + $0 } ?? "")
    }

    // MARK: places

    /// How many lines stand before the question.
    private var linesBefore: Int { beforeQuestion.utf8.count { $0 == 0x0A } + 1 }

    private func isOfQuestion(_ error: SourceError) -> Bool {
        question != nil && (error.location.map { $0.line > linesBefore } ?? true)
    }

    /// The error as one of the question.
    private func moved(_ error: SourceError) -> SourceError {
        var moved = error
        moved.location = error.location.map { SourceLocation(line: $0.line - linesBefore, column: $0.column) }
        return moved
    }

    func failure(_ errors: [SourceError]) -> RunFailure {
        let secrets = SecretMask.secrets(inSQL: whole)
        let shown = errors.sorted { $0.isBefore($1) }.map { error in
            var shown = error.coded(.sqlMeaning)
            shown.message = SecretMask.hide(secrets, in: shown.message)
            return shown
        }
        // What is wrong with the program comes first.
        let ofProgram = shown.filter { !isOfQuestion($0) }
        if ofProgram.isEmpty, let question {
            return RunFailure(shown.map(moved), file: "sql", text: SecretMask.hide(secrets, in: question))
        }
        return RunFailure(ofProgram, file: file, text: SecretMask.hide(secrets, in: program))
    }

    func rendered(warning: SourceError) -> String {
        if let question, isOfQuestion(warning) { return moved(warning).renderedAsWarning(file: "sql", text: question) }
        return warning.renderedAsWarning(file: file, text: program)
    }

    func locating<Result>(_ body: () throws(SourceError) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw failure([error])
        }
    }
}
