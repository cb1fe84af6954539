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
            "A join that is to run live",
            "Joins of streams with tables run over bounded history so far: `millrace replay`, in one process. "
                + "`millrace run` and `millrace replay --job` refuse a program with a join before they make anything.",
            step: "use millrace replay, with --publish to write the result to its topic; docs/joins.md says what a row "
                + "is joined with"),
    ]
}
