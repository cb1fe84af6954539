// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceRegistry

extension ConfigurationReader {
    /// What a Java client's file says of a schema registry.
    mutating func readClientSetting(
        _ setting: ClientFileTranslation.Property, _ path: String, at place: SourceLocation
    ) throws(SourceError) {
        guard let key = ConfigurationKey.named(setting.name) else { return }
        var reader = ConfigurationReader(
            configuration, directory: ".", interpolation: nil,
            origin: { _ in .clientFile(path, line: setting.line) })
        let value = YAMLNode(content: .scalar(setting.value, isPlain: false), location: place)
        do throws(SourceError) {
            try key.read(&reader, YAMLNode.Entry(key: key.name, keyLocation: place, value: value))
        } catch {
            throw SourceError(
                "\(path):\(setting.line): \(error.message)", at: place, hint: error.hint,
                code: error.code ?? .malformedClientFile)
        }
        configuration = reader.configuration
    }

    mutating func readRegistryAddresses(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        var addresses: [RegistryAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bare = String(part).trimmingBlanks
            do throws(RegistryAddress.Malformed) {
                addresses.append(try RegistryAddress(bare))
            } catch {
                throw SourceError(
                    "'\(SecretMask.value(bare, of: entry.key))' is no URL of a schema registry: \(error.reason)",
                    at: entry.value.location, hint: "for example http://localhost:8081")
            }
        }
        configuration.registry.addresses = addresses
        if addresses.contains(where: { $0.password?.isEmpty == false }) { noteSecret(entry, text) }
    }

    mutating func readRegistryLogin(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        let name = text.prefix { $0 != ":" }
        guard !name.isEmpty, name.endIndex < text.endIndex else {
            throw SourceError("\(entry.key) is NAME:PASSWORD", at: entry.value.location)
        }
        configuration.registry.login = RegistrySettings.Login(
            user: String(name), password: String(text[text.index(after: name.endIndex)...]))
        noteSecret(entry, text)
    }

    /// A text that is not empty.
    mutating func readRegistryText(
        _ entry: YAMLNode.Entry, to property: WritableKeyPath<RegistrySettings, String?>
    ) throws(SourceError) {
        let text = try scalar(entry)
        guard !text.isEmpty else { throw SourceError("\(entry.key) is empty", at: entry.value.location) }
        configuration.registry[keyPath: property] = text
        noteSecret(entry, text)
    }

    mutating func readRegistryProxy(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        do throws(RegistryAddress.Malformed) {
            _ = try RegistryAddress(text)
        } catch {
            throw SourceError(
                "\(entry.key) is no URL of a proxy: \(error.reason)", at: entry.value.location,
                hint: "for example http://proxy:3128")
        }
        configuration.registry.proxy = text
        noteSecret(entry, text)
    }

    mutating func readRegistryTime(
        _ entry: YAMLNode.Entry, to property: WritableKeyPath<RegistrySettings, Int64?>
    ) throws(SourceError) {
        let milliseconds = try duration(entry)
        guard RegistrySettings.timeLimits.contains(milliseconds) else {
            throw SourceError("\(entry.key) must be between 1ms and 10m", at: entry.value.location)
        }
        configuration.registry[keyPath: property] = milliseconds
    }

    mutating func readRegistryRetries(_ entry: YAMLNode.Entry) throws(SourceError) {
        let text = try scalar(entry)
        guard let count = Int(text), RegistrySettings.retryLimits.contains(count) else {
            throw SourceError("\(entry.key) is a number from 0 to 100, not '\(text)'", at: entry.value.location)
        }
        configuration.registry.retries = count
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
