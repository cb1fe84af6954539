// SPDX-License-Identifier: Apache-2.0
import MillraceReport

/// The commands that messages show, to be pasted into a shell.
extension RunOptions {
    /// Another name for the application, for messages.
    var otherApplication: String { application + "-2" }

    /// What can be done about new queries, as commands.
    func choices(_ names: String) -> String {
        "nothing was read or written. Say what \(names) shall do:\n"
            + "    \(command(with: ["--new-queries", "backfill"]))\n"
            + "      runs over the history first, then goes on with the others\n"
            + "    \(command(with: ["--new-queries", "live"]))\n"
            + "      begins where the others are, without the history\n"
            + "    \(command(without: ["--application"], with: ["--application", otherApplication]))\n"
            + "      computes everything from the beginning, under another name"
    }

    /// Another command of the same program.
    func command(as name: String) -> String {
        var other = self
        if let place = command.firstIndex(of: "run") ?? command.firstIndex(of: "replay") { other.command[place] = name }
        let taken: Set = [
            "--new-queries", "--from", "--margin", "--instance", "--threads", "--batch-rows", "--commit-interval",
            "--report",
        ]
        return other.command(without: taken, with: [])
    }

    /// The command line with other options, to be pasted into a shell.
    /// - Parameter left: options with a value that are left out, as are those that are added.
    func command(without left: Set<String> = [], with added: [String]) -> String {
        let dropped = left.union(added.filter { $0.hasPrefix("--") })
        var words: [String] = []
        var skipsNext = false
        for word in command.isEmpty ? ["millrace", "run", "PROGRAM.sql"] : command {
            if skipsNext {
                skipsNext = false
            } else if dropped.contains(word) {
                skipsNext = word != "--upgrade" && word != "--publish-again"
            } else if !dropped.contains(where: { word.hasPrefix($0 + "=") }) {
                words.append(word)
            }
        }
        return (words + added).map(ShellWord.quoted).joined(separator: " ")
    }
}
