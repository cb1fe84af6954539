// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// One SELECT as written.
struct QuerySyntax {
    enum Item {
        case expression(ExpressionSyntax, alias: NameSyntax?)
        /// `*`, or `alias.*`.
        case all(qualifier: NameSyntax?, location: SourceLocation)
    }

    enum PartitionBy {
        case null
        case expressions([ExpressionSyntax])
    }

    struct Emit {
        var mode: QueryPlan.Emit
        var location: SourceLocation
    }

    /// `JOIN source alias [WITHIN …] ON condition`.
    struct Join {
        var kind: StreamJoin.Kind
        var source: NameSyntax
        var alias: NameSyntax?
        var within: WithinSyntax?
        var condition: ExpressionSyntax
        var location: SourceLocation
    }

    /// Of the word SELECT.
    var location: SourceLocation
    var items: [Item]
    var source: NameSyntax
    var alias: NameSyntax?
    var joins: [Join] = []
    var window: WindowSyntax?
    var filter: ExpressionSyntax?
    var groupBy: [ExpressionSyntax] = []
    var partitionBy: PartitionBy?
    /// Of the word PARTITION.
    var partitionByLocation: SourceLocation?
    var having: ExpressionSyntax?
    /// Of the word HAVING.
    var havingLocation: SourceLocation?
    var emit: Emit?

    /// The sources that it reads, as written.
    var sources: [NameSyntax] { [source] + joins.map(\.source) }
}

/// `WITHIN 1 HOUR` or `WITHIN (1 HOUR, 2 HOURS)`, with a GRACE PERIOD; not negative.
struct WithinSyntax {
    var before: WindowSyntax.Duration
    var after: WindowSyntax.Duration
    var grace: WindowSyntax.Duration?
    /// Of the word WITHIN.
    var location: SourceLocation
}

/// The WINDOW clause as written; all times in milliseconds, checked to be positive (grace: not negative).
struct WindowSyntax {
    struct Duration {
        var milliseconds: Int64
        var location: SourceLocation
    }

    var kind: Window.Kind
    var grace: Duration?
    var retention: Duration?
    var location: SourceLocation
}
