// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The command line of this process, as messages may show it.
enum CommandText {
    /// Its words, the program's name first, without the values of secrets.
    static var words: [String] { shown(CommandLine.arguments) }

    static func shown(_ arguments: [String]) -> [String] {
        var words = arguments
        if let first = words.first { words[0] = String(first.split(separator: "/").last ?? "millrace") }
        let secretOptions = CommandDefinition.all.flatMap(\.options).filter { option in
            option.key.map(SecretMask.isSecret) ?? false
        }.map { "--\($0.name)" }
        for index in words.indices.dropFirst() {
            if secretOptions.contains(words[index - 1]) { words[index] = SecretMask.mask }
            for prefix in ["", "-X", "--property="] + secretOptions.map({ $0 + "=" })
            where words[index].hasPrefix(prefix) {
                let pair = words[index].dropFirst(prefix.count).split(separator: "=", maxSplits: 1)
                guard pair.count == 2, SecretMask.isSecret(String(pair[0])) else { continue }
                words[index] = "\(prefix)\(pair[0])=\(SecretMask.mask)"
            }
            for option in secretOptions where words[index].hasPrefix(option + "=") {
                words[index] = "\(option)=\(SecretMask.mask)"
            }
        }
        return words
    }
}
