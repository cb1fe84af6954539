# SPDX-License-Identifier: Apache-2.0
"""The oracle's programs that make several rows of one record: what was made keeps the order of the elements, also where values are
chosen by offset."""

import json
from dataclasses import replace

import generate as g
from programs import SECOND, Account, Output, key_is, program
from reference import BIGINT, INT, VARCHAR, Row, agg_edge, agg_list, agg_sum, everything, results, scan, time_windows, unwindowed, watermarks

BASKETS = """CREATE STREAM baskets (user VARCHAR KEY, id BIGINT, items ARRAY<STRUCT<sku VARCHAR, n INT>>, marks ARRAY<VARCHAR>)
  WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
"""


def basket(rng, i, k, t):
    def item():
        return rng.choice((None, {})) if rng.random() < 0.05 else {"SKU": f"s{rng.randrange(12)}", "N": rng.choice((None, 1, 2, -3, i))}
    items = rng.choice((None, [])) if rng.random() < 0.1 else [item() for _ in range(rng.randrange(1, 7))]
    fields = {"ID": i, "ITEMS": items, "MARKS": rng.choice((None, [], ["a"], ["b", None, "c"]))}
    return json.dumps({name: value for name, value in fields.items() if value is not None or rng.random() < 0.5}).encode()


def baskets(seed, count, partitions, **more):
    return lambda factor=1: g.rows(seed, "in", int(count * factor), partitions, basket, null_keys=0.01, null_values=0.02, broken=0.02, **more)


def exploded(logs, account, where, made):
    """The rows that `made` makes of each record, as lists that go side by side; used are the records of which there is one."""
    item = ("STRUCT", {"SKU": VARCHAR, "N": INT})
    out = []
    for e in scan(logs["in"], {"ID": BIGINT, "ITEMS": ("ARRAY", item), "MARKS": ("ARRAY", VARCHAR)}, key=("USER", VARCHAR)):
        lists = [made_of or [] for made_of in made(e.row)] if e.state == "ok" and where(e.row) is True else []
        length = max(map(len, lists), default=0)
        account.note(e, "bad" if e.state == "bad" else "used" if length else "filtered")
        for place in range(length):
            values = [made_of[place] if place < len(made_of) else None for made_of in lists]
            # Sorting by offset keeps the order of what is in the list, so that siblings stay as they were made.
            out.append(replace(e, row=dict(e.row, MADE=values)))
    return out


def field(value, name):
    return None if value is None else value[name]


@program(BASKETS + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT user, id, EXPLODE(items)->sku AS sku, EXPLODE(items)->n + 1 AS n, EXPLODE(marks) AS mark FROM baskets WHERE id % 5 <> 0 EMIT CHANGES;""",
         {"in": 4}, baskets(81, 6000, 4))
def explode_side_by_side(logs):
    account = Account()
    rows = exploded(logs, account, lambda r: r["ID"] % 5 != 0, lambda r: (r["ITEMS"], r["MARKS"]))
    return {"out": Output([Row(e.row["USER"], None, e.time, {
        "ID": e.row["ID"], "SKU": field(e.row["MADE"][0], "SKU"), "MARK": e.row["MADE"][1],
        "N": None if field(e.row["MADE"][0], "N") is None else e.row["MADE"][0]["N"] + 1}, True) for e in rows], "stream", partitions=3)}, \
        [account]


@program(BASKETS + """CREATE STREAM e WITH (KAFKA_TOPIC='$T.made', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT user, EXPLODE(items)->sku AS sku, EXPLODE(items)->n AS n FROM baskets EMIT CHANGES;
CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT user, COUNT(*) AS c, SUM(n) AS s, LATEST_BY_OFFSET(sku) AS last, EARLIEST_BY_OFFSET(n) AS first, COLLECT_LIST(n) AS ns FROM e
  WINDOW TUMBLING (SIZE 8 SECONDS, GRACE PERIOD 6 SECONDS) GROUP BY user EMIT FINAL;""",
         {"in": 4}, baskets(82, 8000, 4), killed=True)
def explode_then_windows(logs):
    first, second = Account(), Account()
    rows = exploded(logs, first, everything, lambda r: (r["ITEMS"],))
    marks = watermarks(scan(logs["in"], {"ITEMS": ("ARRAY", ("STRUCT", {"SKU": VARCHAR, "N": INT}))}, key=("USER", VARCHAR)), {"in": 4})
    made = [replace(e, row={"USER": e.row["USER"], "SKU": field(e.row["MADE"][0], "SKU"), "N": field(e.row["MADE"][0], "N")}) for e in rows]
    groups = time_windows(made, everything, key_is("USER"), second, 8 * SECOND, 8 * SECOND, 6 * SECOND, True, marks)
    n = key_is("N")
    return {"made": Output([Row(e.row["USER"], None, e.time, {c: e.row[c] for c in ("SKU", "N")}, True) for e in made], "stream"),
            "out": Output(results(groups, lambda k, w, rows: {
                "C": len(rows), "S": agg_sum(rows, n), "LAST": agg_edge(rows, key_is("SKU"), True), "FIRST": agg_edge(rows, n, False),
                "NS": agg_list(rows, n)}), "final", partitions=3)}, [first, second]


@program(BASKETS + """CREATE STREAM e WITH (KAFKA_TOPIC='$T.made', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT user, EXPLODE(items)->sku AS sku, EXPLODE(items)->n AS n FROM baskets PARTITION BY EXPLODE(items)->sku EMIT CHANGES;
CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT sku, COUNT(*) AS c, SUM(n) AS s, LATEST_BY_OFFSET(n) AS last FROM e GROUP BY sku EMIT CHANGES;""",
         {"in": 3}, baskets(83, 6000, 3), killed=True, regroups=True)
def explode_rekeyed_and_counted(logs):
    first, second = Account(), Account()
    made = [replace(e, row={"USER": e.row["USER"], "SKU": field(e.row["MADE"][0], "SKU"), "N": field(e.row["MADE"][0], "N")})
            for e in exploded(logs, first, everything, lambda r: (r["ITEMS"],))]
    groups = unwindowed(made, everything, key_is("SKU"), second)
    n = key_is("N")
    return {"made": Output([Row(e.row["SKU"], None, e.time, {c: e.row[c] for c in ("USER", "N")}, True) for e in made], "stream", partitions=2),
            "out": Output(results(groups, lambda k, w, rows: {"C": len(rows), "S": agg_sum(rows, n), "LAST": agg_edge(rows, n, True)}),
                          "changes", partitions=3)}, [first, second]
