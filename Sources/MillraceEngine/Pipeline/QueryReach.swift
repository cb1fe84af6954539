// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What is on the way from the topics to the rows of a query.
struct QueryReach: Sendable {
    /// A root that a query reads, and as which of its inputs.
    struct Origin {
        var root: Int
        var port: Int
    }

    /// The roots whose rows reach it, directly or through other queries.
    var feeding: Set<Int>
    /// Those of them whose watermarks count: rows of a joined table have no part in the result's time.
    var timing: Set<Int>
    /// Whether it stands behind an aggregation.
    var isBehindAggregation = false
    /// How many queries on the way, with itself, make several rows of one: by table functions, or by pairing them with
    /// those of another stream.
    var explosions = 0
    /// A sink with a TIMESTAMP of its own, whose rows reach it directly or through other queries.
    var retimed: String?
    /// Whether its rows are, or are made of, pairs of rows of two streams.
    var isPaired: Bool
    /// How far behind the watermarks rows may come that it reads, because joins of streams make them (ms).
    var delay: Int64 = 0
    /// How much earlier than a row of its result the rows may be that it is made of, because of joins of streams (ms).
    var spread: Int64 = 0

    /// - Parameter earlier: of the queries before it, among which are all that it reads from.
    init(
        _ query: QueryPlan, _ origins: [Origin], _ program: ProgramPlan, _ names: ProgramIndex, earlier: [QueryReach]
    ) {
        feeding = Set(origins.map(\.root))
        timing = Set(origins.filter { !query.isLookedUp(inInput: $0.port) }.map(\.root))
        isPaired = query.streamJoin != nil
        for join in query.joins {
            for writer in names.writers(of: join.table) { feeding.formUnion(earlier[writer].feeding) }
        }
        for writer in query.streams.flatMap({ names.writers(of: $0) }) {
            let (maker, reach) = (program.queries[writer], earlier[writer])
            feeding.formUnion(reach.feeding)
            timing.formUnion(reach.timing)
            if case .aggregate = maker.operation { isBehindAggregation = true }
            isBehindAggregation = isBehindAggregation || reach.isBehindAggregation
            explosions = max(explosions, reach.explosions)
            retimed = retimed ?? (maker.sink.timestamp == nil ? reach.retimed : maker.sink.name)
            isPaired = isPaired || reach.isPaired
            delay = max(delay, reach.delay +| (maker.streamJoin?.finality ?? 0))
            spread = max(spread, reach.spread)
        }
        explosions += [!query.tableCalls.isEmpty, query.streamJoin != nil].count { $0 }
        spread = spread +| (query.streamJoin?.length ?? 0)
    }
}
