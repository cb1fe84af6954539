// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceReport
import MillraceSettings
import MillraceTestKit
import Testing

/// What README and docs/ quote the program as saying it can say: messages, codes, exit codes.
struct DocumentQuoteTests {
    private let literals = SourceLiterals.ofTheProgram

    /// A block `log` is what the program prints, line by line.
    @Test(arguments: Document.all)
    func logBlocksAreWhatIsPrinted(document: Document) throws {
        for block in try document.blocks() where block.language == "log" {
            for line in block.lines {
                let text = line.trimmingCharacters(in: .whitespaces).replacing(/^millrace: (E\d{4}: )?/, with: "")
                #expect(literals.canPrint(text), "\(document.path):\(block.firstLine): \(line)")
            }
        }
    }

    /// The same for lines of a log in JSON.
    @Test(arguments: Document.all)
    func logObjectsAreWhatIsPrinted(document: Document) throws {
        for block in try document.blocks() where block.language == "json" {
            for line in block.lines where line.contains("\"message\":") {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                for key in ["message", "next"] {
                    guard let text = object?[key] as? String else { continue }
                    #expect(literals.canPrint(text), "\(document.path):\(block.firstLine): \(text)")
                }
            }
        }
    }

    /// Inline code that is a sentence, or has a gap, is a message: `the group … has committed nothing`.
    @Test(arguments: Document.all)
    func quotedMessagesAreWhatIsPrinted(document: Document) throws {
        for text in try quotes(document) { #expect(literals.canPrint(text), "\(document.path): \(text)") }
    }

    private func quotes(_ document: Document) throws -> [String] {
        let prose = try document.text().replacing(/(?s)```.*?```/, with: "")
        return prose.matches(of: /`([^`\n]+)`/).map { String($0.1) }.filter { text in
            guard text.first?.isLowercase == true, text.contains(" ") else { return false }
            // SQL, commands, settings and formulas are no messages.
            guard text.first(where: { "()[]|=<>${}@+".contains($0) }) == nil, !text.contains(" -"),
                !["millrace", "kafka", "docker", "sudo", "swift", "kubectl"].contains(where: text.hasPrefix)
            else { return false }
            return SourceLiterals.words(in: text) >= 3
        }
    }

    @Test(arguments: Document.all)
    func codesExist(document: Document) throws {
        for code in try document.text().matches(of: /\bE\d{4}\b/).map({ String($0.0) }) {
            #expect(ErrorCode(rawValue: code) != nil, "\(document.path): \(code)")
        }
    }

    /// `with code 65`, and in the headings of troubleshooting `(65)`.
    @Test(arguments: Document.all)
    func exitCodesExist(document: Document) throws {
        let text = try document.text()
        var codes = text.matches(of: /(?:exit code|exit code is|code|codes) (\d{1,3})\b/).map { String($0.1) }
        codes += text.matches(of: /\*\*`[^*]*\((\d{2})\)/).map { String($0.1) }
        for code in codes {
            // A signal ends a process with 128 and its number.
            let isSignal = code == "130" || code == "143"
            #expect(
                isSignal || Int32(code).flatMap { ExitCode(rawValue: $0) } != nil, "\(document.path): \(code)")
        }
    }

    /// A command of Kafka's tools in an explanation's next step is whole: without a broker none of them runs.
    @Test(arguments: ErrorCode.allCases)
    func stepsRunAsTheyStand(code: ErrorCode) {
        let step = code.explanation.step
        for command in step.matches(of: /kafka-[a-z-]+(?:\.sh)?(?: \S+){1,2}/).map({ String($0.0) }) {
            #expect(command.contains(".sh --bootstrap-server HOST:PORT"), "\(code): \(command)")
        }
    }

    /// The settings that the migration page says are taken are.
    @Test func namesOfKafkaStreamsAreTaken() throws {
        for (line, isTaken) in [
            ("num.stream.threads: 2", true), ("auto.offset.reset: latest", true), ("state.dir: /tmp", false),
        ] {
            let text = "application: a\n\(line)\n"
            let interpolation = Interpolation(environment: { _ in "value" }, file: { _ in "value" })
            let isRead = (try? Configuration.parse(text, interpolation: interpolation)) != nil
            #expect(isRead == isTaken, "\(line)")
        }
    }

    /// The test itself: a text that nobody prints is found.
    @Test func aTextThatNobodyPrintsIsFound() {
        let literals = SourceLiterals.literals(
            in: #"""
                // "a comment that is no literal at all"
                throw Failure("the group \(options.name("x")) has committed \(answer), "
                    + "though there are records in \(trace.topic): look at them", hint: "stop one of them")
                """#)
        #expect(literals.map(\.pieces.count) == [4, 1])
        let own = SourceLiterals(literals)
        #expect(own.canPrint("the group … has committed …, though there are records in …"))
        #expect(own.canPrint("the group orders has committed nothing, though there are records in out"))
        #expect(!own.canPrint("the group … has lost …, though there are records in …: look at it"))
        #expect(!own.canPrint("a comment that is no literal at all"))
        #expect(!self.literals.canPrint("state … changed query"))
        #expect(!self.literals.canPrint("stop one of them, or write a letter to the other one"))
        #expect(!self.literals.canPrint("no such sentence was ever printed by this program"))
    }
}
