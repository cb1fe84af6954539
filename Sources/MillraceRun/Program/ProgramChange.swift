// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine

/// How a program stands to what its application has committed. Queries are told apart by what they compute; a name only
/// says which of two that differ are versions of one.
///
///     committed          the program now
///     REVENUE  9f3a…     REVENUE  9f3a…     known: goes on
///     TRIPS    77d2…     TRIPS    0b5c…     changed
///     PAGES    3d1e…                        gone
///                        CLICKS   5a6f…     new
struct ProgramChange: Equatable {
    enum State: Equatable {
        /// It was committed, or none of its input was: it goes on, or begins where the program says.
        case known
        case new
        /// Something of the same name was committed.
        case changed([QueryIdentity.Clause])
    }

    /// By query.
    private(set) var states: [State]
    /// The names of what was committed and is not in the program any more.
    private(set) var gone: [String]
    /// Commits that do not say what they are of.
    private(set) var hasUnnamedCommits: Bool
    private let names: [String]

    /// - Parameters:
    ///   - identities: by query.
    ///   - topics: by query: the topics that feed it.
    ///   - commits: of the application, of topics that the program reads or of others.
    init(
        _ identities: [QueryIdentity], topics: [Set<String>], commits: [TopicPartition: CommitMetadata]
    ) {
        names = identities.map { CommittedProgram.committedName($0.name) }
        hasUnnamedCommits = commits.values.contains { $0.program == nil }
        let fingerprints = Set(identities.map(\.fingerprint))
        let entries = commits.sorted { $0.key < $1.key }.flatMap { $0.value.program?.queries ?? [] }.map(\.identity)
        // What was committed, is not in the program, and may be an earlier version of something that is.
        var earlier: [String: QueryIdentity] = [:]
        for entry in entries where !fingerprints.contains(entry.fingerprint) {
            if earlier[entry.name] == nil { earlier[entry.name] = entry }
        }
        states = []
        var versions: Set<String> = []
        for (index, identity) in identities.enumerated() {
            let own = commits.filter { topics[index].contains($0.key.topic) }.values.compactMap(\.program)
            let isKnown = own.allSatisfy { program in
                program.queries.contains { $0.identity.fingerprint == identity.fingerprint }
            }
            if isKnown, !own.isEmpty || earlier[names[index]] == nil {
                states.append(.known)
            } else if let version = earlier[names[index]] {
                states.append(.changed(identity.changes(from: version)))
                versions.insert(version.name)
            } else {
                states.append(.new)
            }
        }
        gone = earlier.keys.filter { !versions.contains($0) }.sorted()
    }

    /// The queries that cannot simply go on, by index.
    var unknown: Set<Int> { Set(states.indices.filter { states[$0] != .known }) }

    var isEmpty: Bool { unknown.isEmpty && gone.isEmpty }

    /// "TRIPS_PER_HOUR is new, REVENUE has changed (its window), PAGES is gone".
    var text: String {
        var parts: [String] = []
        for (name, state) in zip(names, states) {
            switch state {
            case .known: continue
            case .new: parts.append("\(name) is new")
            case .changed(let clauses):
                let what = clauses.map(\.text).joined(separator: ", ")
                parts.append(what.isEmpty ? "\(name) has changed" : "\(name) has changed: \(what)")
            }
        }
        parts += gone.map { "\($0) is gone" }
        return parts.joined(separator: "; ")
    }

    /// The names of the queries that cannot simply go on.
    var unknownNames: String {
        var seen: [String] = []
        for index in unknown.sorted() where !seen.contains(names[index]) { seen.append(names[index]) }
        return seen.joined(separator: ", ")
    }
}
