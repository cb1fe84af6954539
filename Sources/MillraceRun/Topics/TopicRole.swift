// SPDX-License-Identifier: Apache-2.0

/// What a program does with a topic.
package enum TopicRole: String, Hashable, Sendable, CaseIterable {
    case input
    case output
    case deadLetters = "dead letters"
    case changelog
    case exchange
}
