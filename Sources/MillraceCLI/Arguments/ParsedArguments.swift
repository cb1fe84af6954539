// SPDX-License-Identifier: Apache-2.0
import MillraceCore
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
        let limit = command.argument == nil ? 0 : 1
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
        if let attached {
            values[option, default: []].append(attached)
        } else if let next = words.first, !next.hasPrefix("--") {
            words.removeFirst()
            values[option, default: []].append(next)
        } else {
            throw UsageError(message: "--\(option.name) needs a value", hint: option.help)
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
            throw .unknown("option of \(command.name)", word, among: options.map { "--\($0.name)" })
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

    private func duration(_ option: Option, in range: ClosedRange<Int64>? = nil) throws(UsageError) -> Int64? {
        guard let text = try text(option) else { return nil }
        guard let milliseconds = DurationText.milliseconds(text) else {
            throw UsageError(
                message: "--\(option.name): '\(text)' is not a duration", hint: "write \(DurationText.examples)")
        }
        if let range, !range.contains(milliseconds) {
            throw UsageError(
                message: "--\(option.name): \(text) is out of range",
                hint: "from \(range.lowerBound)ms to \(range.upperBound)ms")
        }
        return milliseconds
    }

    private func position(_ option: Option, as bound: SlicePosition.Bound) throws(UsageError) -> SlicePosition? {
        guard let text = try text(option) else { return nil }
        do throws(SourceError) {
            return try SlicePosition.parse(text, as: bound)
        } catch {
            throw UsageError(message: "--\(option.name): \(error.message)", hint: error.hint ?? option.help)
        }
    }

    private func kafkaName(_ option: Option) throws(UsageError) -> String? {
        guard let name = try text(option) else { return nil }
        do throws(SourceError) {
            try KafkaName.check(name, as: "--\(option.name)", at: nil)
        } catch {
            throw UsageError(message: error.message, hint: error.hint ?? option.help)
        }
        return name
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ option: Option, of type: Choice.Type
    ) throws(UsageError) -> Choice? {
        guard let text = try text(option) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        throw .unknown("value of --\(option.name)", text, among: type.allCases.map(\.rawValue))
    }

    // MARK: Groups of options

    func program() throws(UsageError) -> ProgramArguments {
        let config = try text(.config)
        guard config != nil || !positional.isEmpty else {
            throw UsageError(message: "which program?", hint: "name an SQL file, or a configuration with -c FILE")
        }
        return ProgramArguments(
            program: positional.first, config: config, application: try kafkaName(.application))
    }

    func connection() throws(UsageError) -> ConnectionArguments {
        var properties: [ConnectionArguments.Property] = []
        for pair in values[.property] ?? [] {
            guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
                throw UsageError(
                    message: "-X \(pair) is not KEY=VALUE", hint: "for example -X security.protocol=ssl")
            }
            properties.append(
                ConnectionArguments.Property(
                    name: String(pair[..<equals]), value: String(pair[pair.index(after: equals)...])))
        }
        return ConnectionArguments(bootstrap: try text(.bootstrap), properties: properties)
    }

    func slice() throws(UsageError) -> SliceArguments {
        SliceArguments(
            from: try position(.from, as: .from), to: try position(.to, as: .to),
            marginMilliseconds: try duration(.margin))
    }

    func http() throws(UsageError) -> HTTPArguments {
        var arguments = HTTPArguments(
            tokenFile: try text(.httpToken), adminTokenFile: try text(.httpAdminToken))
        guard let place = try text(.http) else { return arguments }
        arguments.place = HTTPSettings.place(place)
        guard arguments.place != nil else {
            throw UsageError(
                message: "--http: '\(place)' is no place", hint: "write 127.0.0.1:8085, a port, [::1]:8085 or off")
        }
        return arguments
    }

    func status() throws(UsageError) -> StatusArguments {
        var arguments = StatusArguments(config: try text(.config), isRepeated: has(.watch))
        arguments.http.tokenFile = try text(.statusToken)
        arguments.format = try choice(.statusFormat, of: ResultFormat.self) ?? .text
        guard let place = try text(.httpProcess) else { return arguments }
        arguments.http.place = HTTPSettings.place(place)
        guard let found = arguments.http.place, found.port != .off else {
            throw UsageError(
                message: "--http: '\(place)' is no place", hint: "write 127.0.0.1:8085, a port or [::1]:8085")
        }
        return arguments
    }

    func stateFlushInterval() throws(UsageError) -> Int64? {
        guard let text = try text(.stateFlushInterval) else { return nil }
        guard let milliseconds = ChangelogPlan.interval(text) else {
            throw UsageError(
                message: "--state-flush-interval: '\(text)' is neither off nor a duration from 100ms to 24h",
                hint: "write \(DurationText.examples)")
        }
        return milliseconds
    }

    func work() throws(UsageError) -> WorkArguments {
        WorkArguments(
            batchRows: try wholeNumber(.batchRows, in: 1...1_000_000),
            threads: try wholeNumber(.threads, in: Configuration.threadLimits),
            commitIntervalMilliseconds: try duration(.commitInterval, in: Configuration.commitIntervalLimits),
            deadLetterTopic: try kafkaName(.deadLetter), report: try text(.report), isQuiet: has(.quiet))
    }
}
