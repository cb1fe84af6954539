// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// One thing that the process has to say.
package struct LogLine: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case number(Int64)
        /// JSON as it is.
        case json(String)
    }

    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: Value

        package init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    package var level: LogLevel
    package var code: ErrorCode?
    package var message: String
    /// What people read, where that is not the message.
    package var text: String?
    /// What machines read beside the message, in this order.
    package var fields: [Field]
    /// Lines of one kind are limited in number (see `isLimited`); nil: lines of the same message are.
    package var kind: String?

    /// What goes wrong may go wrong for a whole night. What a run does is told whole: where it goes on, where it hands
    /// over, that it is live. Who asks for debug lines wants them all.
    var isLimited: Bool { level != .debug && (level != .info || kind != nil) }

    /// - Parameters:
    ///   - partition: the one that it is about, and `offset` in it.
    ///   - topic: the one that it is about, where it is about no single partition.
    ///   - kind: what it has in common with lines that say the same of another moment; nil: the message.
    package init(
        _ level: LogLevel, _ message: String, code: ErrorCode? = nil, partition: TopicPartition? = nil,
        topic: String? = nil, offset: Int64? = nil, kind: String? = nil, fields: [Field] = []
    ) {
        self.level = level
        self.message = message
        self.code = code
        self.kind = kind
        var places: [Field] = []
        if let topic = partition?.topic ?? topic { places.append(Field("topic", .text(topic))) }
        if let partition { places.append(Field("partition", .number(Int64(partition.partition)))) }
        if let offset { places.append(Field("offset", .number(offset))) }
        self.fields = places + fields
    }
}

extension LogLine {
    /// As a terminal shows it. Control characters, which texts from the network may hold, cannot act on it.
    var plain: String {
        (text ?? message).unicodeScalars.reduce(into: "") { result, scalar in
            let acts = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            if acts {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    /// One JSON object.
    /// - Parameters:
    ///   - milliseconds: when it was said.
    ///   - context: fields that all lines have, behind its own.
    func json(at milliseconds: Int64, context: [Field] = []) -> String {
        var members = [
            ("time", JSONPieces.string(TimeDisplay.timestamp(milliseconds))),
            ("level", JSONPieces.string(level.rawValue)),
        ]
        if let code { members.append(("code", JSONPieces.string(code.rawValue))) }
        members.append(("message", JSONPieces.string(message)))
        for field in fields + context {
            switch field.value {
            case .text(let text): members.append((field.name, JSONPieces.string(text)))
            case .number(let number): members.append((field.name, "\(number)"))
            case .json(let json): members.append((field.name, json))
            }
        }
        return JSONPieces.object(members)
    }
}
