// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import MillraceCLI

struct ShellCompletionTests {
    @Test(arguments: ShellCompletion.allCases)
    func everyCommandAndOptionIsThere(shell: ShellCompletion) {
        let script = shell.script
        for command in CommandDefinition.all {
            for word in command.name.split(separator: " ") { #expect(script.contains(word)) }
            for option in command.options {
                #expect(script.contains(shell == .fish ? "-l \(option.name)" : "--\(option.name)"))
            }
        }
    }

    /// The words on the line, the last one to be completed, and what is offered.
    @Test(arguments: [
        (["rep"], ["replay"]), (["config", ""], ["show"]), (["config", "show", "--form"], ["--format"]),
        (["replay", "--format", "j"], ["json"]), (["completion", ""], ["bash", "zsh", "fish"]),
        (["topics", "p"], ["peek"]), (["topics", "peek", "orders", "--cou"], ["--count"]),
        (["run", "--boot"], ["--bootstrap"]), (["run", "-b", ""], []), (["validate", "--from"], []),
    ])
    func bashOffersThem(words: [String], offered: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        let line = (["millrace"] + words).map { "'\($0)'" }.joined(separator: " ")
        process.arguments = [
            "--norc", "-euc",
            "\(ShellCompletion.bash.script)\nCOMP_WORDS=(\(line)); COMP_CWORD=\(words.count); COMPREPLY=()\n"
                + "_millrace || true; printf '%s\\n' \"${COMPREPLY[@]+\"${COMPREPLY[@]}\"}\"",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init) == offered)
    }

    /// Each shell that is here reads its script without complaint.
    @Test(arguments: ShellCompletion.allCases)
    func shellsReadTheirScripts(shell: ShellCompletion) throws {
        let places = ["/bin/\(shell.rawValue)", "/usr/bin/\(shell.rawValue)"]
        guard let path = places.first(where: FileManager.default.isExecutableFile) else { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-n", "-c", shell.script]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
