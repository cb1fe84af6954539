// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

struct ExpressionBinderTests {
    @Test(arguments: [
        ("12", "INTEGER"), ("3000000000", "BIGINT"), ("-2147483648", "INTEGER"), ("-9223372036854775808", "BIGINT"),
        ("1.50", "DECIMAL(3, 2)"), ("0.05", "DECIMAL(2, 2)"), (".5", "DECIMAL(1, 1)"), ("1e3", "DOUBLE"),
        ("'x'", "STRING"), ("TRUE", "BOOLEAN"), ("NULL", "STRING"),
        ("id + 1", "INTEGER"), ("id + amount", "BIGINT"), ("amount + rate", "DOUBLE"), ("price + rate", "DOUBLE"),
        ("price + 1", "DECIMAL(13, 2)"), ("price + amount", "DECIMAL(22, 2)"), ("price - 1.5", "DECIMAL(11, 2)"),
        ("price * price", "DECIMAL(21, 4)"), ("price / 2", "DECIMAL(21, 13)"), ("price % 7", "DECIMAL(10, 2)"),
        ("price * amount", "DECIMAL(30, 2)"), ("price * price * price * price", "DECIMAL(38, 6)"),
        ("-price", "DECIMAL(10, 2)"), ("region || 'x'", "STRING"), ("tags || tags", "ARRAY<STRING>"),
        ("tags[1]", "STRING"), ("tags[amount]", "STRING"), ("props['a']", "INTEGER"), ("item->n", "INTEGER"),
        ("ARRAY[1, 2.5]", "ARRAY<DECIMAL(11, 1)>"), ("ARRAY[id, '7']", "ARRAY<INTEGER>"),
        ("MAP('a' := 1, 'b' := 1e0)", "MAP<STRING, DOUBLE>"),
        ("STRUCT(a := id, b := 'x')", "STRUCT<A INTEGER, B STRING>"),
        ("CASE WHEN ok THEN id ELSE amount END", "BIGINT"), ("CASE region WHEN 'a' THEN 1 END", "INTEGER"),
        ("CASE WHEN ok THEN NULL ELSE rate END", "DOUBLE"), ("CAST(region AS DOUBLE)", "DOUBLE"),
        ("CAST(NULL AS DATE)", "DATE"), ("id BETWEEN 1 AND 2", "BOOLEAN"), ("region LIKE 'a%'", "BOOLEAN"),
        ("ABS(price)", "DECIMAL(10, 2)"), ("UCASE(region)", "STRING"), ("ucase(NULL)", "STRING"),
        ("ROWPARTITION", "INTEGER"), ("ROWOFFSET", "BIGINT"),
    ])
    func types(_ text: String, _ expected: String) throws {
        #expect(try Fixtures.value(text).0.type.sqlName == expected)
    }

    @Test func literalsTakeTheOtherSidesType() throws {
        #expect(
            try Fixtures.value("id = '7'").0 == .compare(.equal, .column(0, .integer), .literal(.integer(7), .integer)))
        #expect(
            try Fixtures.value("rate > 1").0
                == .compare(.greater, .column(1, .double), .literal(.double(1), .double)))
        #expect(
            try Fixtures.value("rate <> 1.25").0
                == .compare(.notEqual, .column(1, .double), .literal(.double(1.25), .double)))
        #expect(
            try Fixtures.value("ok = 'true'").0
                == .compare(.equal, .column(1, .boolean), .literal(.boolean(true), .boolean)))
        #expect(
            try Fixtures.value("amount IS DISTINCT FROM NULL").0
                == .isDistinct(.column(1, .bigint), .literal(.null, .bigint)))
        #expect(
            try Fixtures.value("price = 1.234").0
                == .compare(
                    .equal, .column(1, .decimal(precision: 10, scale: 2)),
                    .literal(
                        .decimal(Decimal128(unscaled: 1234, scale: 3)), .decimal(precision: 4, scale: 3))))
        #expect(
            try Fixtures.value("id IN (1, '2', NULL)").0
                == .inList(
                    .column(0, .integer),
                    [.literal(.integer(1), .integer), .literal(.integer(2), .integer), .literal(.null, .integer)]))
    }

    @Test func wideningIsWrittenOut() throws {
        #expect(
            try Fixtures.value("id < amount").0
                == .compare(.less, .cast(.column(0, .integer), to: .bigint), .column(1, .bigint)))
        #expect(
            try Fixtures.value("tags[amount]").0
                == .element(
                    .column(1, .array(.varchar)), .cast(.column(2, .bigint), to: .integer), .varchar))
        #expect(
            try Fixtures.value("price + id").0
                == .arithmetic(
                    .add, .column(1, .decimal(precision: 10, scale: 2)),
                    .cast(.column(0, .integer), to: .decimal(precision: 10, scale: 0)),
                    .decimal(precision: 13, scale: 2)))
    }

    @Test func betweenAndSimpleCaseAreWrittenOut() throws {
        let id = Expression.column(0, .integer)
        func number(_ value: Int32) -> Expression { .literal(.integer(value), .integer) }
        #expect(
            try Fixtures.value("id NOT BETWEEN 1 AND 2").0
                == .not(.and(.compare(.greaterOrEqual, id, number(1)), .compare(.lessOrEqual, id, number(2)))))
        #expect(
            try Fixtures.value("CASE id WHEN 1 THEN 'a' ELSE 'b' END").0
                == .conditional(
                    [.init(condition: .compare(.equal, id, number(1)), result: .literal(.text("a"), .varchar))],
                    otherwise: .literal(.text("b"), .varchar), .varchar))
        #expect(
            try Fixtures.value("id IS NOT DISTINCT FROM NULL").0 == .not(.isDistinct(id, .literal(.null, .integer))))
    }
}
