// SPDX-License-Identifier: Apache-2.0
package import MillracePlan

/// The global result of EMIT CHANGES: the last value of each key and window; deleted ones are not there.
package struct ChangeReduction {
    /// By query: whether its output says only in its last value what the result is.
    private let isReduced: [Bool]

    package init(_ program: ProgramPlan) {
        var reduced: [Bool] = []
        let index = ProgramIndex(program)
        for query in program.queries {
            let readsReduced = index.writers(of: query.input).contains { reduced[$0] }
            if case .aggregate = query.operation {
                reduced.append(query.emit == .changes)
            } else {
                reduced.append(readsReduced)
            }
        }
        isReduced = reduced
    }

    /// The lines without those that a later line of the same query, key and window replaces.
    package func reduced(_ lines: [(query: Int, text: String)]) -> [String] {
        struct Place: Hashable {
            var query: Int
            var key: String
            var window: String
        }
        var last: [Place: Int] = [:]
        var parsed: [(place: Place, isDeleted: Bool)] = []
        for (index, line) in lines.enumerated() {
            let members = ResultLine.members(line.text)
            let place = Place(query: line.query, key: members["key"] ?? "", window: members["window"] ?? "")
            parsed.append((place, members["value"] == "null"))
            last[place] = index
        }
        return lines.indices.filter { index in
            guard isReduced[lines[index].query] else { return true }
            return last[parsed[index].place] == index && !parsed[index].isDeleted
        }.map { lines[$0].text }
    }
}
