// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka

/// Which kind of client a property of librdkafka is for, as the library itself lists it.
enum PropertyScope {
    case consumer, producer, both

    /// Every property that the loaded library knows.
    static let known: [String: PropertyScope] = {
        var text: UnsafeMutablePointer<CChar>?
        var size = 0
        guard let stream = open_memstream(&text, &size) else { return [:] }
        rd_kafka_conf_properties_show(stream)
        fclose(stream)
        defer { free(text) }
        guard let text else { return [:] }
        var known: [String: PropertyScope] = [:]
        // "name   |  C/P | range | default | importance | description"
        for line in String(cString: text).split(separator: "\n") {
            let cells = line.split(separator: "|", maxSplits: 2)
            guard cells.count == 3, let name = cells[0].split(separator: " ").first else { continue }
            switch cells[1].split(separator: " ").first {
            case "C": known[String(name)] = .consumer
            case "P": known[String(name)] = .producer
            case "*": known[String(name)] = .both
            default: continue
            }
        }
        return known
    }()

    /// Whether setting property `name` makes sense for a client of this `kind`. Unknown names do: the library judges.
    static func applies(_ name: String, to kind: ClientKind) -> Bool {
        switch known[name] {
        case .consumer: kind != .producer
        case .producer: kind == .producer
        case .both, nil: true
        }
    }
}
