// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A value of a YAML document and where it stands.
struct YAMLNode: Equatable {
    enum Content: Equatable {
        /// Its text, quotes and escapes resolved. `isPlain`: written without quotes, not as a block.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    /// `key: value`, in the order of the document; equal keys do not occur.
    struct Entry: Equatable {
        var key: String
        var keyLocation: SourceLocation
        var value: YAMLNode
    }

    var content: Content
    var location: SourceLocation

    /// What it is, for messages.
    var kind: String {
        switch content {
        case .scalar where isNull: "nothing"
        case .scalar: "a scalar"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// Whether it is YAML's null: nothing at all, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
