// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of the SQL.
    static let sql: [ErrorCode: Self] = [
        .sqlSyntax: Self(
            "The SQL cannot be read",
            "A statement is not of a form that Millrace knows.",
            step: "look at the caret; docs/sql.md shows every statement"),
        .sqlMeaning: Self(
            "The SQL does not fit together",
            "A name is unknown, types do not fit, or the combination is not supported.",
            step: "look at the caret and the suggestion below it"),
        .sqlSetting: Self(
            "A SET that is not honoured",
            "SET names a property that Millrace does not know, or gives it a value that it cannot take. "
                + "What would change a result and cannot be honoured is refused; what changes none is left out with "
                + "a warning.",
            step: "take one of the names that the message lists"),
        .joinNotLive: Self(
            "A join that cannot run this way",
            "Joins of streams with tables run in one process, over bounded history and live. What has no exact answer "
                + "live yet is refused before anything is made: `millrace replay --job`, --exchange, tables WITH "
                + "(VERSIONS='start') in `millrace run`, a topic that is a table of a join and a stream, and "
                + "queries that are added to a running program with their history.",
            step:
                "do what the message says, or use millrace replay, which writes results with --publish; "
                + "docs/joins.md says what a row is joined with"),
        .supersededRows: Self(
            "Records that came too late for a join",
            "A record of a joined topic came when rows that it belongs before had been joined: a new version of a key "
                + "of a table behind rows of its time, or a row behind a later version. It counts from then on, and a "
                + "replay, which has all records at hand, gives other rows. Each such record is counted as superseded "
                + "in the report, the status and the metrics; without them live results equal those of a replay.",
            step:
                "raise join.wait above the delay of the slower topic, or correct clocks that differ; replay the range "
                + "where the results have to be exact"),
    ]
}
