// SPDX-License-Identifier: Apache-2.0

/// Completion scripts for shells, made from the declarations of commands and options.
enum ShellCompletion: String, CaseIterable {
    case bash, zsh, fish

    var script: String {
        switch self {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// What the value of an option, or an argument, can be completed with.
    private enum Values {
        case files(ending: String?)
        case words([String])
        case nothing

        init(_ description: String) {
            if description == "FILE" {
                self = .files(ending: nil)
            } else if description.hasSuffix(".sql") {
                self = .files(ending: "sql")
            } else if description == "COMMAND|CODE" {
                self = .words(CommandDefinition.all.map(\.name))
            } else {
                let words = description.split(separator: "|").map(String.init)
                let areLiteral = words.allSatisfy { $0 == $0.lowercased() }
                self = areLiteral && words.count > 1 ? .words(words) : .nothing
            }
        }
    }

    /// The first words of commands, and for each what may stand behind it.
    private var families: [(word: String, second: [String])] {
        var families: [(word: String, second: [String])] = []
        for command in CommandDefinition.all {
            let words = command.name.split(separator: " ").map(String.init)
            if !families.contains(where: { $0.word == words[0] }) { families.append((words[0], [])) }
            if words.count == 2, let index = families.firstIndex(where: { $0.word == words[0] }) {
                families[index].second.append(words[1])
            }
        }
        return families
    }

    private func options(_ command: CommandDefinition) -> [Option] { command.options + [.help] }

    private func switches(_ option: Option) -> [String] {
        (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
    }

    // MARK: bash

    private var bash: String {
        let valued = CommandDefinition.all.flatMap(\.options).filter { $0.valueName != nil }
        var seen: Set<String> = []
        let values = valued.filter { seen.insert($0.name).inserted }.compactMap { option -> String? in
            let names = switches(option).joined(separator: "|")
            switch Values(option.valueName ?? "") {
            case .files: return "    \(names)) COMPREPLY=($(compgen -f -- \"$current\")); return ;;"
            case .words(let words):
                let list = words.joined(separator: " ")
                return "    \(names)) COMPREPLY=($(compgen -W '\(list)' -- \"$current\")); return ;;"
            case .nothing: return "    \(names)) return ;;"
            }
        }
        let pairs = CommandDefinition.all.map(\.name).filter { $0.contains(" ") }
        let commands = CommandDefinition.all.map { command in
            let words = options(command).flatMap(switches).joined(separator: " ")
            return "    '\(command.name)') options='\(words)'\(bashArguments(command)) ;;"
        }
        let seconds = families.filter { !$0.second.isEmpty }.map { family in
            "    \(family.word)) [ \"$COMP_CWORD\" = 2 ] && words='\(family.second.joined(separator: " "))' ;;"
        }
        return """
            # bash completion for millrace:  source <(millrace completion bash)
            _millrace() {
                local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
                local command="${COMP_WORDS[1]}" options='' files='' words=''
                if [ "$COMP_CWORD" = 1 ]; then
                    COMPREPLY=($(compgen -W '\(families.map(\.word).joined(separator: " "))' -- "$current"))
                    return
                fi
                case "$previous" in
            \(values.joined(separator: "\n"))
                esac
                case "$command" in
            \(seconds.joined(separator: "\n"))
                esac
                case "$command ${COMP_WORDS[2]}" in
                \(pairs.map { "'\($0)'" }.joined(separator: "|"))) command="$command ${COMP_WORDS[2]}" ;;
                esac
                case "$command" in
            \(commands.joined(separator: "\n"))
                esac
                case "$current" in
                -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
                *)
                    COMPREPLY=($(compgen -W "$words" -- "$current"))
                    [ -z "$files" ] || COMPREPLY+=($(compgen $files -- "$current"))
                    ;;
                esac
            }
            complete -o filenames -o bashdefault -F _millrace millrace
            """
    }

    private func bashArguments(_ command: CommandDefinition) -> String {
        switch command.argument.map({ Values($0) }) {
        case .files(ending: let ending?)?: " files='-f -X !*.\(ending)'"
        case .files(ending: nil)?: " files=-f"
        case .words(let words)?: " words=\"$words \(words.joined(separator: " "))\""
        case .nothing?, nil: ""
        }
    }

    // MARK: zsh

    private var zsh: String {
        let commands = families.map { family in
            let summary = CommandDefinition.all.first { $0.name.hasPrefix(family.word) }?.summary ?? ""
            return "        '\(family.word):\(escaped(summary))'"
        }
        let cases = CommandDefinition.all.sorted { $0.name.count > $1.name.count }.map { command in
            let words = command.name.split(separator: " ").count
            let lines = options(command).map { "            \(zshOption($0)) \\" } + zshArgument(command)
            return """
                    '\(command.name)'*)
                        shift \(words) words; (( CURRENT -= \(words) ))
                        _arguments -s \\
                \(lines.joined(separator: "\n"))
                        ;;
                """
        }
        return """
            #compdef millrace
            # zsh completion for millrace:  millrace completion zsh > "${fpath[1]}/_millrace"
            _millrace() {
                local -a commands
                commands=(
            \(commands.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )); then
                    _describe command commands
                    return
                fi
                case "$words[2] $words[3]" in
            \(cases.joined(separator: "\n"))
                esac
            }
            _millrace "$@"
            """
    }

    private func zshOption(_ option: Option) -> String {
        let value = option.valueName.map { ":\(escaped($0)):\(zshAction($0))" } ?? ""
        let repeats = option == .property ? "*" : ""
        return switches(option).map { "'\(repeats)\($0)[\(escaped(option.help))]\(value)'" }.joined(separator: " ")
    }

    private func zshArgument(_ command: CommandDefinition) -> [String] {
        command.argument.map { ["            '*:\(escaped($0)):\(zshAction($0))'"] } ?? ["            ':'"]
    }

    private func zshAction(_ description: String) -> String {
        switch Values(description) {
        case .files(ending: let ending?): "_files -g \"*.\(ending)\""
        case .files(ending: nil): "_files"
        case .words(let words): "(\(words.flatMap { $0.split(separator: " ") }.joined(separator: " ")))"
        case .nothing: " "
        }
    }

    /// Inside single quotes, in a part that ends with a colon or a bracket.
    private func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "'": result += "'\\''"
            case ":", "[", "]": result += "\\\(character)"
            default: result.append(character)
            }
        }
    }

    // MARK: fish

    private var fish: String {
        var lines = [
            "# fish completion for millrace:  millrace completion fish > ~/.config/fish/completions/millrace.fish",
            "complete -c millrace -f",
        ]
        for family in families {
            let summary = CommandDefinition.all.first { $0.name.hasPrefix(family.word) }?.summary ?? ""
            lines.append(
                "complete -c millrace -n __fish_use_subcommand -a \(family.word) -d '\(fishQuoted(summary))'")
            if !family.second.isEmpty {
                lines.append(
                    "complete -c millrace -n '__fish_seen_subcommand_from \(family.word)' "
                        + "-a '\(family.second.joined(separator: " "))'")
            }
        }
        for command in CommandDefinition.all {
            let condition = command.name.split(separator: " ")
                .map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            let start = "complete -c millrace -n '\(condition)'"
            for option in options(command) {
                let short = option.short.map { " -s \($0)" } ?? ""
                let value = option.valueName.map { fishValue($0) } ?? ""
                lines.append("\(start)\(short) -l \(option.name)\(value) -d '\(fishQuoted(option.help))'")
            }
            if let argument = command.argument { lines.append("\(start)\(fishArgument(argument))") }
        }
        return lines.joined(separator: "\n")
    }

    private func fishValue(_ description: String) -> String {
        switch Values(description) {
        case .files: " -r -F"
        case .words(let words): " -x -a '\(words.joined(separator: " "))'"
        case .nothing: " -x"
        }
    }

    private func fishArgument(_ description: String) -> String {
        switch Values(description) {
        case .files(ending: let ending?): " -a '(__fish_complete_suffix .\(ending))'"
        case .files(ending: nil): " -F"
        case .words(let words): " -a '\(words.joined(separator: " "))'"
        case .nothing: ""
        }
    }

    private func fishQuoted(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "'" || character == "\\" { result += "\\" }
            result.append(character)
        }
    }
}
