// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A .proto file as it is written: names are not looked up yet.
struct ProtobufFile {
    enum Syntax {
        case proto2, proto3
        /// `edition = "2023"`: fields say whether they are there, as in proto2; enums are open.
        case edition
    }

    enum Label {
        case none, optional, required, repeated
    }

    indirect enum OptionValue {
        case word(String)
        case text([UInt8])
        case list([OptionValue])
        case message([(name: String, value: OptionValue)])
    }

    struct Field {
        var label = Label.none
        /// As it is written.
        var type: String
        /// Of a map: the type of its keys; `type` is that of its values.
        var mapKey: String?
        /// proto2's group, whose message is the last one of those around it.
        var isGroup = false
        var name: String
        var number: Int32
        var options: [(name: String, value: OptionValue)] = []
        var oneof: Int?
        var location: SourceLocation
    }

    struct Message {
        var name: String
        var location: SourceLocation
        var fields: [Field] = []
        var oneofs: [String] = []
        var messages: [Message] = []
        var enumerations: [Enumeration] = []
        /// `option map_entry = true`, as descriptors have it.
        var isMapEntry = false
    }

    struct Enumeration {
        var name: String
        var location: SourceLocation
        var symbols: [ProtobufEnumeration.Symbol] = []
    }

    var syntax = Syntax.proto2
    var space = ""
    /// Paths; `isPublic`: who imports this file sees what that one defines.
    var imports: [(path: String, isPublic: Bool, location: SourceLocation)] = []
    var messages: [Message] = []
    var enumerations: [Enumeration] = []
}

extension ProtobufFile.OptionValue {
    /// A word, a number or a text.
    var bytes: [UInt8]? {
        switch self {
        case .word(let text): Array(text.utf8)
        case .text(let bytes): bytes
        case .list, .message: nil
        }
    }

    /// The members of this name, those of lists one by one.
    subscript(name: String) -> [ProtobufFile.OptionValue] {
        guard case .message(let members) = self else { return [] }
        return members.filter { $0.name == name }.flatMap { member in
            if case .list(let values) = member.value { values } else { [member.value] }
        }
    }
}
