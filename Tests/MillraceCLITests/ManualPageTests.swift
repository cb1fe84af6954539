// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceReport
import MillraceSettings
import Testing
@testable import MillraceCLI

struct ManualPageTests {
    private static let man = "/usr/bin/man"

    @Test func everyCommandAndOptionIsThere() throws {
        let page = ManualPage.millrace.text.replacing("\\-", with: "-")
        for command in CommandDefinition.all {
            #expect(page.contains(".SS millrace \(command.usage)\n"))
            for option in command.options { #expect(page.contains("--\(option.name)")) }
        }
        for code in ExitCode.allCases { #expect(page.contains(".B \"\(code.rawValue)\"\n\(code.meaning)")) }
    }

    @Test func everyKeyIsThere() {
        let page = ManualPage.configuration.text
        for key in ConfigurationKey.all {
            #expect(page.contains(".B \"\(key.name)\"\n"))
            #expect(page.contains(key.variable))
        }
    }

    /// Nothing of Markdown is left, and nothing of the text is taken for a request.
    @Test func textsAreRoff() {
        var page = RoffText(title: "x", section: 1, source: "y")
        page.paragraph(".first, `a-b`, the [page](page.md) \\ and a [bracket")
        page.example(["'quoted", "a\\b"])
        #expect(
            page.text.hasSuffix(
                ".PP\n\\&.first, \\fBa\\-b\\fR, the page \\e and a [bracket\n"
                    + ".PP\n.EX\n\\&'quoted\na\\eb\n.EE\n"))
    }

    /// man's own opinion, where it is installed.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: man)), arguments: ManualPage.allCases)
    func manHasNothingToSay(page: ManualPage) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.man)
        process.arguments = ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "-"]
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"]
        let (input, warnings) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = warnings
        try process.run()
        input.fileHandleForWriting.write(Data(page.text.utf8))
        try input.fileHandleForWriting.close()
        let said = try warnings.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(String(decoding: said, as: UTF8.self) == "")
    }

    /// The unit is started again after all codes but those that would come again.
    @Test(arguments: ["packaging/millrace@.service", "docs/operations.md"])
    func theUnitKnowsTheCodes(path: String) throws {
        let text = try Document(path: path).text()
        let line = try #require(text.firstMatch(of: /RestartPreventExitStatus=([0-9 ]+)/)).output.1
        #expect(
            line.split(separator: " ").compactMap { Int32($0) } == ExitCode.allCases.filter(\.lasts).map(\.rawValue))
    }
}
