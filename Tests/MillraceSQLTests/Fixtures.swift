// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

/// Declarations on one line each, so that a query under test begins at a known line.
enum Fixtures {
    static let orders =
        "CREATE STREAM orders (id INT KEY, region STRING, amount BIGINT, price DECIMAL(10,2), rate DOUBLE, "
        + "ok BOOLEAN, day DATE, tags ARRAY<STRING>, props MAP<STRING, INT>, item STRUCT<sku STRING, n INT>) "
        + "WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=4);\n"
    static let users =
        "CREATE TABLE users (uid STRING PRIMARY KEY, name STRING, age INT) WITH (kafka_topic='users', FORMAT='JSON');\n"

    static func plan(_ query: String) throws -> ProgramPlan { try SQL.compile(orders + users + query) }

    /// The only query of a program.
    static func query(_ text: String) throws -> QueryPlan {
        let plan = try plan(text)
        return try #require(plan.queries.first)
    }

    static func aggregation(_ text: String) throws -> Aggregation {
        guard case .aggregate(let aggregation) = try query(text).operation else {
            throw SourceError("no aggregation", at: nil)
        }
        return aggregation
    }

    static func projection(_ text: String) throws -> Projection {
        guard case .project(let projection) = try query(text).operation else {
            throw SourceError("no projection", at: nil)
        }
        return projection
    }

    /// The value of `SELECT id, <text> AS x FROM orders`, and the scan.
    static func value(_ text: String) throws -> (Expression, [ScanColumn]) {
        let query = try query("CREATE STREAM o AS SELECT id, \(text) AS x FROM orders;")
        guard case .project(let projection) = query.operation else { throw SourceError("no projection", at: nil) }
        return (projection.values[0], query.scan)
    }
}
