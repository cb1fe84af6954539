// SPDX-License-Identifier: Apache-2.0

/// What becomes of queries that an application has not committed anything of, where it has committed others of the same
/// input (`run --new-queries`).
package enum NewQueries: String, CaseIterable, Sendable {
    /// They run over the history first, from where the program begins to where the others are, and go on with them.
    case backfill
    /// They begin where the others are, and know nothing of what is before.
    case live
}
