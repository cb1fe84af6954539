// SPDX-License-Identifier: Apache-2.0

/// A program over a data set whose speed is measured against the raw reader's on the same topic.
struct Workload {
    /// How Millrace runs it.
    enum Way: String {
        /// `millrace run` in mode batch: published exactly once, a transaction a second.
        case run
        /// The same, but going on from a commit, so that every commit publishes what has changed.
        case changes
        /// `millrace replay --publish`: one transaction.
        case replay
        /// `millrace run` again after a run to the end: all records are read again for the state.
        case recovery
    }

    /// What the results must add up to, beyond being equal in every round.
    enum Sum {
        /// The column N of all results, last ones by key: each used record once.
        case everyRecord
        /// The column N of all results: each record that a final window holds.
        case finalWindows(sizeMilliseconds: Int, advanceMilliseconds: Int)
        /// Nothing to say but that it is equal in every round.
        case equal
        /// No results are published.
        case nothing
    }

    let name: String
    /// A name for several; nil: it stands for itself and in the table of a run without names.
    var family: String?
    let summary: String
    var data = DataSet.orders
    var way = Way.run
    var threads = 1
    /// The query with its sink's name and `WITH`: `$IN` and `$OUT` stand for the topics.
    let sql: String
    var sum = Sum.equal

    func program(input: String, output: String) -> String {
        let wanted = [("$IN", input), ("$OUT", output)]
        return wanted.reduce(sql) { $0.replacing($1.0, with: $1.1) }
    }
}
