// SPDX-License-Identifier: Apache-2.0
import MillraceRuntime

/// The words behind a command, split by its options; its methods check and convert the values.
struct ParsedArguments {
    private(set) var positional: [String] = []
    private var values: [Option: [String]] = [:]

    /// `--name value`, `--name=value`, `-n value`, `-nvalue`; `--` ends the options. A value may begin with one hyphen
    /// (`--from -48h`), not with two. Of an option given twice the last value wins; `-X` adds up.
    init(_ words: ArraySlice<String>, for command: CommandDefinition) throws(UsageError) {
        var words = words
        var areOptions = true
        while let word = words.popFirst() {
            if areOptions, word == "--" {
                areOptions = false
            } else if areOptions, word.hasPrefix("-"), word != "-" {
                try take(word, from: &words, command)
            } else {
                positional.append(word)
            }
        }
        let limit = command.argument == nil ? 0 : command.argumentLimit
        guard positional.count <= limit else {
            throw UsageError(
                message: "one argument too many: \(positional[limit])", hint: "see millrace help \(command.name)")
        }
    }

    private mutating func take(
        _ word: String, from words: inout ArraySlice<String>, _ command: CommandDefinition
    ) throws(UsageError) {
        let (option, attached) = try Self.split(word, command)
        guard option.valueName != nil else {
            if attached != nil {
                throw UsageError(message: "--\(option.name) takes no value", hint: "write --\(option.name) alone")
            }
            values[option] = []
            return
        }
        guard let value = attached ?? words.first, attached != nil || !value.hasPrefix("--") else {
            throw UsageError(message: "--\(option.name) needs a value", hint: option.help)
        }
        if attached == nil { words.removeFirst() }
        if option == .property { try Self.checkPair(value) }
        values[option, default: []].append(value)
    }

    private static func checkPair(_ pair: String) throws(UsageError) {
        // Only the name is quoted: the rest may be a secret.
        let name = pair.prefix { $0.isLetter || $0.isNumber || "._-".contains($0) }
        guard !name.isEmpty, pair[name.endIndex...].first == "=" else {
            throw UsageError(
                message: "-X \(name) is not KEY=VALUE", hint: "for example -X security.protocol=ssl")
        }
    }

    /// The option that a word names, and the value that is attached to it.
    private static func split(
        _ word: String, _ command: CommandDefinition
    ) throws(UsageError) -> (option: Option, value: String?) {
        let options = command.options + [.help]
        if word.hasPrefix("--") {
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = options.first(where: { $0.name == name }) else {
                throw .unknown("option of \(command.name)", "--\(name)", among: options.map { "--\($0.name)" })
            }
            return (option, parts.count == 2 ? String(parts[1]) : nil)
        }
        let letter = word.dropFirst().first
        guard let option = options.first(where: { $0.short == letter }) else {
            // What stands behind the letter may be a password.
            throw .unknown(
                "option of \(command.name)", String(word.prefix(2)), among: options.map { "--\($0.name)" })
        }
        let rest = word.dropFirst(2)
        return (option, rest.isEmpty ? nil : String(rest))
    }

    // MARK: Values

    func has(_ option: Option) -> Bool { values[option] != nil }

    private func text(_ option: Option) throws(UsageError) -> String? {
        guard let value = values[option]?.last else { return nil }
        guard !value.isEmpty else { throw UsageError(message: "--\(option.name) needs a value", hint: option.help) }
        return value
    }

    private func wholeNumber(_ option: Option, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = try text(option) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                message: "--\(option.name) must be a whole number, not '\(text)'",
                hint: "from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func duration(_ option: Option) throws(UsageError) -> Int64? {
        guard let text = try text(option) else { return nil }
        guard let milliseconds = DurationText.milliseconds(text) else {
            throw UsageError(
                message: "--\(option.name): '\(text)' is not a duration", hint: "write \(DurationText.examples)")
        }
        return milliseconds
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ option: Option, of type: Choice.Type
    ) throws(UsageError) -> Choice? {
        guard let text = try text(option) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        throw .unknown("value of --\(option.name)", text, among: type.allCases.map(\.rawValue))
    }

    // MARK: Groups of options

    /// What goes to the configuration; its values are judged when it is read.
    /// - Parameter takesProgram: whether the argument is the program.
    func configuration(takesProgram: Bool = true) throws(UsageError) -> ConfigurationArguments {
        var options: [ConfigurationOption] = []
        for pair in values[.property] ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            options.append(ConfigurationOption("kafka.\(parts[0])", String(parts.last ?? ""), option: "-X"))
        }
        for option in values.keys.sorted(by: { $0.name < $1.name }) {
            guard let key = option.key, let value = try option.valueName == nil ? "on" : text(option) else { continue }
            options.append(ConfigurationOption(key, value, option: "--\(option.name)"))
        }
        if let place = try httpPlace(), let path = place.socket {
            options.append(ConfigurationOption("http.socket", path, option: "--http"))
        } else if let place = try httpPlace() {
            if let address = place.address {
                options.append(ConfigurationOption("http.address", address, option: "--http"))
            }
            options.append(ConfigurationOption("http.port", place.portText, option: "--http"))
        }
        if takesProgram, let program = positional.first {
            options.append(ConfigurationOption("program", program, option: "the argument"))
        }
        return ConfigurationArguments(file: try text(.config), options: options)
    }

    private func httpPlace() throws(UsageError) -> HTTPSettings.Place? {
        guard let text = try text(has(.http) ? .http : .httpProcess) else { return nil }
        guard let place = HTTPSettings.place(text), place.port != .off || has(.http) else {
            throw UsageError(
                message: "--http: '\(text)' is no place",
                hint: "write 127.0.0.1:8085, a port, "
                    + (has(.http) ? "[::1]:8085, unix:PATH or off" : "[::1]:8085 or unix:PATH"))
        }
        return place
    }

    func peek() throws(UsageError) -> PeekArguments {
        guard let topic = positional.first else {
            throw UsageError(message: "which topic?", hint: "millrace topics lists what there is")
        }
        return PeekArguments(
            configuration: try configuration(takesProgram: false), topic: topic,
            count: try wholeNumber(.count, in: 1...1000) ?? 3)
    }

    func mock() throws(UsageError) -> MockArguments {
        var arguments = MockArguments()
        arguments.brokers = try wholeNumber(.brokers, in: 1...100) ?? arguments.brokers
        for item in (try text(.mockTopics) ?? "").split(separator: ",") {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard let name = parts.first, parts.count <= 2, KafkaName.isValid(name),
                let partitions = parts.count == 1 ? 4 : Int(parts[1]), (1...1000).contains(partitions)
            else {
                throw UsageError(
                    message: "--topics: '\(item)' is no topic", hint: "write NAME, or NAME:PARTITIONS from 1 to 1000")
            }
            arguments.topics.append(MockArguments.Topic(name: name, partitions: partitions))
        }
        return arguments
    }

    func margin() throws(UsageError) -> Int64? { try duration(.margin) }

    func work() throws(UsageError) -> WorkArguments {
        WorkArguments(
            batchRows: try wholeNumber(.batchRows, in: 1...1_000_000), marginMilliseconds: try margin(),
            report: try text(.report), isQuiet: has(.quiet))
    }

    /// Nil: programs that have changed are refused.
    func newQueries() throws(UsageError) -> NewQueries? {
        guard let value = try text(.newQueries) else { return nil }
        guard let wish = NewQueries(rawValue: value) else {
            throw UsageError(message: "--new-queries is backfill or live, not \(value)", hint: Option.newQueries.help)
        }
        return wish
    }

    /// Nil: the replay is no job.
    func job() throws(UsageError) -> JobArguments? {
        let name = try text(.job)
        let workers = try wholeNumber(.workers, in: 1...64)
        guard name != nil || workers != nil else {
            guard !has(.instance) else {
                throw UsageError(
                    message: "--instance is for a replay with --job", hint: "name the job, or leave it out")
            }
            return nil
        }
        guard has(.publish) else {
            throw UsageError(
                message: "what several processes make of a slice meets in the output topics",
                hint: "add --publish; to print with more than one thread use --threads")
        }
        for option in [Option.interim, .format] where has(option) {
            throw UsageError(
                message: "--\(option.name) does not go with --job and --workers",
                hint: option == .interim
                    ? "how many changes there are depends on how the work is spread" : "nothing is printed")
        }
        return JobArguments(name: name, workers: workers ?? 1)
    }

    func format() throws(UsageError) -> ResultFormat {
        try choice(has(.format) ? .format : .reportFormat, of: ResultFormat.self) ?? .text
    }
}
