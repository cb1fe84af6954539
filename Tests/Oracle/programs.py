# SPDX-License-Identifier: Apache-2.0
"""The oracle's programs: SQL, input, and the same computation by hand in Python.

In the SQL, $T is the prefix of every topic's name. `Program.compute(logs)` gets {topic without prefix: [Record]} and returns
({output topic: Output}, [account per query in program order])."""

import json
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Callable

import generate as g
from reference import *  # noqa: F403

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
PROGRAMS = {}


@dataclass
class Output:
    rows: list
    kind: str              # "stream", "final" (each row once), "changes" (last value per key) or "upsert" (changes, with deletes)
    key: Any = VARCHAR     # how to read the published key: VARCHAR, BIGINT, INT or "JSON"
    partitions: int = 4
    form: str = "JSON"     # of the published values; or "AVRO"
    ordered: bool = True   # whether the rows of a key come in one order, that of the log


@dataclass
class Program:
    name: str
    sql: str
    topics: dict           # name -> partitions
    rows: Callable         # () -> [(topic, partition, time, key, value)]; (factor) -> so many times as many, where `killed`
    compute: Callable
    unclear: str = ""      # what the design leaves open here; a difference is still a difference
    killed: bool = False   # among the programs of mode "killed" by default, and those of scripts/crash
    regroups: bool = False  # groups by something else than the record key: several processes need --exchange
    most: int = 9          # processes that can share it
    extra: dict = field(default_factory=dict)  # schemas: those of the values of topic `in`, the newest last (stand_in.adopted)


def program(sql, topics, rows, **more):
    def register(compute):
        PROGRAMS[compute.__name__] = Program(compute.__name__, sql, topics, rows, compute, **more)
        return compute
    return register


def key_is(column):
    return lambda row: row[column]


ORDERS = """CREATE STREAM orders (user VARCHAR KEY, id BIGINT, amount DOUBLE, qty INT, page VARCHAR, note VARCHAR, flag BOOLEAN)
  WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
"""
ORDERS_TS = ORDERS.replace("flag BOOLEAN", "flag BOOLEAN, ts BIGINT").replace("'JSON')", "'JSON', TIMESTAMP='ts')")
COLUMNS = {"ID": BIGINT, "AMOUNT": DOUBLE, "QTY": INT, "PAGE": VARCHAR, "NOTE": VARCHAR, "FLAG": BOOLEAN, "TS": BIGINT}
USER = ("USER", VARCHAR)


def orders(logs, *columns, topic="in", **more):
    return scan(logs[topic], [(c, COLUMNS[c]) for c in columns], key=USER, **more)


def dirty(seed, count, partitions, *, stamp=False, share=0.06, **more):
    options = dict(null_keys=0.01, null_values=0.02, broken=0.02)
    options.update(more)
    return lambda factor=1: g.rows(seed, "in", int(count * factor), partitions, g.order(share, stamp), **options)


def clean(seed, count, partitions, *, stamp=False, **more):
    return lambda: g.rows(seed, "in", count, partitions, g.order(0.0, stamp), **more)


# ---------------------------------------------------------------- stateless

@program(ORDERS + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=5) AS
  SELECT user, id + qty AS s, id - qty * 2 AS d, id * 3 AS triple, amount * qty AS cost, amount / 4 AS q, id / qty AS iq,
         id % 7 AS m, -id AS neg, qty * 1000000000 AS wide, (id + 1) * (qty - 1) AS p, ROWPARTITION AS rp, ROWOFFSET AS ro,
         ROWTIME AS rt
  FROM orders WHERE amount > 10 AND qty <> 3 EMIT CHANGES;""",
         {"in": 4}, dirty(1, 12000, 4), killed=True)
def filter_arithmetic(logs):
    account = Account()
    add, mul = nul(lambda a, b: fit(a + b, 63)), nul(lambda a, b: fit(a * b, 63))
    sub = nul(lambda a, b: fit(a - b, 63))
    rows = select(
        orders(logs, "ID", "AMOUNT", "QTY"),
        lambda r: and3(compared(lambda a: a > 10)(r["AMOUNT"]), compared(lambda q: q != 3)(r["QTY"])),
        lambda r: {
            "S": add(r["ID"], r["QTY"]),
            "D": sub(r["ID"], r["QTY"] * 2),
            "TRIPLE": mul(r["ID"], 3),
            "COST": r["AMOUNT"] * r["QTY"],
            "Q": r["AMOUNT"] / 4,
            "IQ": java_div(r["ID"], r["QTY"]),
            "M": java_mod(r["ID"], 7),
            "NEG": None if r["ID"] is None else fit(-r["ID"], 63),
            "WIDE": fit(r["QTY"] * 1000000000, 31),
            "P": mul(add(r["ID"], 1), r["QTY"] - 1),
            "RP": r["ROWPARTITION"], "RO": r["ROWOFFSET"], "RT": r["ROWTIME"],
        }, key_is("USER"), account)
    return {"out": Output(rows, "stream", partitions=5)}, [account]


@program(ORDERS + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON') AS
  SELECT user,
         CASE WHEN amount > 50 THEN 'high' WHEN amount > 20 THEN 'middle' ELSE 'low' END AS level,
         CASE WHEN qty < 0 THEN qty * -1 END AS back,
         CASE page WHEN '/home' THEN 1 WHEN '/cart' THEN 2 ELSE 0 END AS code,
         page LIKE '/%a%' AS la, page NOT LIKE '/_a%' AS lb, page LIKE '/日_' AS lc, note LIKE '%' AS ld, page LIKE '/h%r' AS le,
         qty IN (1, 2, 5) AS ia, page NOT IN ('/home', '/日本', '/q"r') AS ib, qty BETWEEN 2 AND 6 AS ba,
         amount NOT BETWEEN 10.5 AND 80 AS bb, note IS NULL AS na, note IS NOT NULL AS nb,
         flag AND qty > 2 AS a3, flag OR qty > 2 AS o3, NOT flag AS n3, qty IS DISTINCT FROM 4 AS df,
         id AS id, ROWOFFSET AS ro, ROWPARTITION AS rp
  FROM orders WHERE (qty > 0 OR flag) AND page IS NOT NULL EMIT CHANGES;""",
         {"in": 3}, dirty(2, 8000, 3))
def case_like(logs):
    account = Account()
    more = compared(lambda a, b: a > b)
    rows = select(
        orders(logs, "ID", "AMOUNT", "QTY", "PAGE", "NOTE", "FLAG"),
        lambda r: and3(or3(more(r["QTY"], 0), r["FLAG"]), r["PAGE"] is not None),
        lambda r: {
            "LEVEL": "high" if more(r["AMOUNT"], 50) else "middle" if more(r["AMOUNT"], 20) else "low",
            "BACK": -r["QTY"] if r["QTY"] is not None and r["QTY"] < 0 else None,
            "CODE": {"/home": 1, "/cart": 2}.get(r["PAGE"], 0),
            "LA": like(r["PAGE"], "/%a%"), "LB": not3(like(r["PAGE"], "/_a%")), "LC": like(r["PAGE"], "/日_"),
            "LD": like(r["NOTE"], "%"), "LE": like(r["PAGE"], "/h%r"),
            "IA": compared(lambda q: q in (1, 2, 5))(r["QTY"]), "IB": r["PAGE"] not in ("/home", "/日本", '/q"r'),
            "BA": compared(lambda q: 2 <= q <= 6)(r["QTY"]), "BB": not compared(lambda a: 10.5 <= a <= 80)(r["AMOUNT"]),
            "NA": r["NOTE"] is None, "NB": r["NOTE"] is not None,
            "A3": and3(r["FLAG"], more(r["QTY"], 2)), "O3": or3(r["FLAG"], more(r["QTY"], 2)), "N3": not3(r["FLAG"]),
            "DF": r["QTY"] != 4, "ID": r["ID"], "RO": r["ROWOFFSET"], "RP": r["ROWPARTITION"],
        }, key_is("USER"), account)
    return {"out": Output(rows, "stream", partitions=3)}, [account]


@program(ORDERS + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON') AS
  SELECT user, UCASE(note) AS u, LCASE(page) AS l, SUBSTRING(note, 2) AS s2, SUBSTRING(note, 2, 3) AS s23,
         SUBSTRING(note, -3) AS sn, CONCAT(page, '-', user) AS c, page || ':' || note AS cc, TRIM(note) AS t, LEN(note) AS n,
         REPLACE(note, 'a', '<A>') AS r, UCASE(SUBSTRING(TRIM(note), 1, 2)) AS nest, ROWOFFSET AS ro, ROWPARTITION AS rp
  FROM orders WHERE LEN(note) >= 0 EMIT CHANGES;""",
         {"in": 3}, dirty(3, 6000, 3))
def strings(logs):
    account = Account()

    def substring(s, start, length=None):
        begin = start - 1 if start > 0 else max(len(s) + start, 0)
        return s[begin:] if length is None else s[begin:begin + length]

    rows = select(
        orders(logs, "PAGE", "NOTE"), lambda r: None if r["NOTE"] is None else True,
        lambda r: {
            "U": r["NOTE"].upper(), "L": nul(str.lower)(r["PAGE"]), "S2": substring(r["NOTE"], 2),
            "S23": substring(r["NOTE"], 2, 3), "SN": substring(r["NOTE"], -3),
            "C": (r["PAGE"] or "") + "-" + (r["USER"] or ""),
            "CC": nul(lambda p, n: p + ":" + n)(r["PAGE"], r["NOTE"]), "T": r["NOTE"].strip(), "N": len(r["NOTE"]),
            "R": r["NOTE"].replace("a", "<A>"), "NEST": substring(r["NOTE"].strip(), 1, 2).upper(),
            "RO": r["ROWOFFSET"], "RP": r["ROWPARTITION"],
        }, key_is("USER"), account)
    return {"out": Output(rows, "stream", partitions=3)}, [account]


@program(ORDERS + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON') AS
  SELECT user, CAST(id AS VARCHAR) AS a, CAST(amount AS VARCHAR) AS b, CAST(amount * 1e7 AS VARCHAR) AS b7,
         CAST(amount / 1e6 AS VARCHAR) AS b6, CAST(note AS INT) AS c, CAST(note AS BIGINT) AS d, CAST(amount AS BIGINT) AS e,
         CAST(amount AS INT) AS f, CAST(qty AS DOUBLE) AS h, CAST(flag AS VARCHAR) AS i, CAST(qty AS DECIMAL(12, 2)) AS j,
         CAST(id AS INT) AS k, COALESCE(page, note, '?') AS co, IFNULL(qty, -99) AS ni, NULLIF(qty, 2) AS nu,
         ABS(qty) AS ab, GREATEST(qty, 3) AS gr, LEAST(qty, 3) AS le, FLOOR(amount) AS fl, CEIL(amount) AS ce,
         ROWOFFSET AS ro, ROWPARTITION AS rp
  FROM orders EMIT CHANGES;""",
         {"in": 1}, dirty(4, 6000, 1),
         unclear="CAST(BIGINT AS INT) beyond the range: NULL by 2.5 (overflow never wraps)")
def casts(logs):
    account = Account()

    def number(text, bits):
        return fit(int(text), bits) if text is not None and re.fullmatch(r"[+-]?\d+", text) else None

    rows = select(
        orders(logs, "ID", "AMOUNT", "QTY", "PAGE", "NOTE", "FLAG"), everything,
        lambda r: {
            "A": nul(str)(r["ID"]), "B": nul(java_double)(r["AMOUNT"]),
            "B7": nul(lambda a: java_double(a * 1e7))(r["AMOUNT"]), "B6": nul(lambda a: java_double(a / 1e6))(r["AMOUNT"]),
            "C": number(r["NOTE"], 31), "D": number(r["NOTE"], 63), "E": nul(int)(r["AMOUNT"]), "F": nul(int)(r["AMOUNT"]),
            "H": nul(float)(r["QTY"]), "I": nul(lambda f: str(f).lower())(r["FLAG"]), "J": nul(Decimal)(r["QTY"]),
            "K": nul(lambda i: fit(i, 31))(r["ID"]),
            "CO": next(v for v in (r["PAGE"], r["NOTE"], "?") if v is not None),
            "NI": -99 if r["QTY"] is None else r["QTY"], "NU": None if r["QTY"] == 2 else r["QTY"], "AB": nul(abs)(r["QTY"]),
            "GR": 3 if r["QTY"] is None else max(r["QTY"], 3), "LE": 3 if r["QTY"] is None else min(r["QTY"], 3),
            "FL": nul(lambda a: float(math.floor(a)))(r["AMOUNT"]), "CE": nul(lambda a: float(math.ceil(a)))(r["AMOUNT"]),
            "RO": r["ROWOFFSET"], "RP": r["ROWPARTITION"],
        }, key_is("USER"), account)
    return {"out": Output(rows, "stream", partitions=1)}, [account]


@program(ORDERS + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT id, user AS who, page, qty FROM orders WHERE qty > 1 PARTITION BY id EMIT CHANGES;""",
         {"in": 4}, dirty(5, 6000, 4, placement="random"))
def partition_by(logs):
    account = Account()
    rows = select(orders(logs, "ID", "PAGE", "QTY"), lambda r: compared(lambda q: q > 1)(r["QTY"]),
                  lambda r: {"WHO": r["USER"], "PAGE": r["PAGE"], "QTY": r["QTY"]}, key_is("ID"), account)
    return {"out": Output(rows, "stream", key=BIGINT, partitions=3)}, [account]


# ---------------------------------------------------------------- tumbling and hopping windows

@program(ORDERS_TS + """CREATE TABLE revenue WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT user, COUNT(*) AS n, SUM(amount) AS total, MIN(amount) AS low, MAX(amount) AS top, AVG(amount) AS mean,
         COUNT(note) AS notes, WINDOWSTART AS ws, WINDOWEND AS we
  FROM orders WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS)
  WHERE amount > 0 GROUP BY user EMIT FINAL;""",
         {"in": 4}, dirty(6, 15000, 4, stamp=True, edges=g.window_edges(10 * SECOND, 5 * SECOND), edge_share=0.01), killed=True)
def tumbling_affine_final(logs):
    account = Account()
    events = orders(logs, "AMOUNT", "NOTE", "TS", timestamp="TS")
    groups = time_windows(events, lambda r: compared(lambda a: a > 0)(r["AMOUNT"]), key_is("USER"), account,
                          10 * SECOND, 10 * SECOND, 5 * SECOND, True, watermarks(events, {"in": 4}))
    a = key_is("AMOUNT")
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "TOTAL": agg_sum(rows, a), "LOW": agg_min(rows, a), "TOP": agg_max(rows, a), "MEAN": agg_avg(rows, a),
        "NOTES": len(values(rows, key_is("NOTE"))), "WS": w[0], "WE": w[1]}), "final")}, [account]


@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT user, COUNT(*) AS n, SUM(qty) AS q, MIN(note) AS first, MAX(note) AS last
  FROM orders WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY user EMIT CHANGES;""",
         {"in": 3}, dirty(7, 8000, 3, step=30 * SECOND, jitter=2 * HOUR, late=0.03, reach=30 * HOUR,
                          edges=g.window_edges(HOUR, 24 * HOUR), edge_share=0.003), killed=True,
         unclear="the default grace of EMIT CHANGES: 24 hours, not 24 hours less the size")
def tumbling_changes_default_grace(logs):
    account = Account()
    events = orders(logs, "QTY", "NOTE")
    groups = time_windows(events, everything, key_is("USER"), account, HOUR, HOUR, DAY, True, watermarks(events, {"in": 3}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "Q": agg_sum(rows, key_is("QTY")), "FIRST": agg_min(rows, key_is("NOTE")),
        "LAST": agg_max(rows, key_is("NOTE"))}), "changes", partitions=3)}, [account]


@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT page, COUNT(*) AS n, SUM(id) AS ids, AVG(qty) AS mean, COUNT_DISTINCT(user) AS users
  FROM orders WINDOW TUMBLING (SIZE 5 SECONDS) WHERE qty >= 0 GROUP BY page EMIT FINAL;""",
         {"in": 4}, dirty(8, 12000, 4, placement="random", edges=g.window_edges(5 * SECOND, 0), edge_share=0.01))
def tumbling_regroup_final_default_grace(logs):
    account = Account()
    events = orders(logs, "ID", "QTY", "PAGE")
    groups = time_windows(events, lambda r: compared(lambda q: q >= 0)(r["QTY"]), key_is("PAGE"), account,
                          5 * SECOND, 5 * SECOND, 0, False, watermarks(events, {"in": 4}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "IDS": agg_sum(rows, key_is("ID")), "MEAN": agg_avg(rows, key_is("QTY")),
        "USERS": len(set(values(rows, key_is("USER"))))}), "final", partitions=2)}, [account]


@program(ORDERS_TS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT user, COUNT(*) AS n, SUM(amount) AS total, MAX(qty) AS top, WINDOWSTART AS ws
  FROM orders WINDOW HOPPING (SIZE 30 SECONDS, ADVANCE BY 10 SECONDS, GRACE PERIOD 3 SECONDS)
  WHERE flag GROUP BY user EMIT FINAL;""",
         {"in": 4}, dirty(9, 10000, 4, stamp=True, edges=g.window_edges(30 * SECOND, 3 * SECOND, 10 * SECOND), edge_share=0.01))
def hopping_affine_final(logs):
    account = Account()
    events = orders(logs, "AMOUNT", "QTY", "FLAG", "TS", timestamp="TS")
    groups = time_windows(events, key_is("FLAG"), key_is("USER"), account, 30 * SECOND, 10 * SECOND, 3 * SECOND, True,
                          watermarks(events, {"in": 4}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "TOTAL": agg_sum(rows, key_is("AMOUNT")), "TOP": agg_max(rows, key_is("QTY")), "WS": w[0]}),
        "final")}, [account]


@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT page, COUNT(*) AS n, SUM(qty) AS q, MIN(amount) AS low, WINDOWEND AS we
  FROM orders WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 4 SECONDS, GRACE PERIOD 2 SECONDS)
  GROUP BY page EMIT CHANGES;""",
         {"in": 3}, dirty(10, 10000, 3, placement="random", edges=g.window_edges(10 * SECOND, 2 * SECOND, 4 * SECOND),
                          edge_share=0.01), killed=True, regroups=True)
def hopping_uneven_regroup_changes(logs):
    account = Account()
    events = orders(logs, "AMOUNT", "QTY", "PAGE")
    groups = time_windows(events, everything, key_is("PAGE"), account, 10 * SECOND, 4 * SECOND, 2 * SECOND, False,
                          watermarks(events, {"in": 3}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "Q": agg_sum(rows, key_is("QTY")), "LOW": agg_min(rows, key_is("AMOUNT")), "WE": w[1]}),
        "changes", partitions=3)}, [account]


@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT user, COUNT(*) AS n, SUM(amount) AS total FROM orders
  WINDOW HOPPING (SIZE 7 SECONDS, ADVANCE BY 3 SECONDS, GRACE PERIOD 1 SECOND) WHERE qty > 0 GROUP BY user EMIT FINAL;""",
         {"in": 3}, dirty(11, 8000, 3, edges=g.window_edges(7 * SECOND, SECOND, 3 * SECOND), edge_share=0.01))
def hopping_uneven_affine_final(logs):
    account = Account()
    events = orders(logs, "AMOUNT", "QTY")
    groups = time_windows(events, lambda r: compared(lambda q: q > 0)(r["QTY"]), key_is("USER"), account, 7 * SECOND, 3 * SECOND,
                          SECOND, True, watermarks(events, {"in": 3}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "TOTAL": agg_sum(rows, key_is("AMOUNT"))}), "final", partitions=3)}, [account]


# ---------------------------------------------------------------- sessions

def session_program(emit, group, grace):
    return ORDERS + f"""CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT {group}, COUNT(*) AS n, SUM(amount) AS total, MIN(id) AS low, WINDOWSTART AS ws, WINDOWEND AS we
  FROM orders WINDOW SESSION (3 SECONDS{grace}) WHERE qty <> 0 GROUP BY {group} EMIT {emit};"""


def sessions(logs, rule, group, gap, grace, kind, partitions):
    account = Account()
    events = orders(logs, "ID", "AMOUNT", "QTY", *(["PAGE"] if group == "PAGE" else []))
    groups = rule(events, lambda r: compared(lambda q: q != 0)(r["QTY"]), key_is(group), account, gap, grace,
                  watermarks(events, {"in": partitions}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "TOTAL": agg_sum(rows, key_is("AMOUNT")), "LOW": agg_min(rows, key_is("ID")), "WS": w[0], "WE": w[1]}),
        kind, partitions=3)}, [account]


@program(session_program("FINAL", "user", ", GRACE PERIOD 2 SECONDS"), {"in": 4},
         dirty(12, 10000, 4, step=60, edges=g.session_edges(3000, 2000), edge_share=0.05), killed=True)
def session_affine_final(logs):
    return sessions(logs, sessions_affine, "USER", 3000, 2000, "final", 4)


@program(session_program("CHANGES", "user", ", GRACE PERIOD 4 SECONDS"), {"in": 3},
         dirty(13, 8000, 3, step=60, edges=g.session_edges(3000, 4000), edge_share=0.05))
def session_affine_changes(logs):
    return sessions(logs, sessions_affine, "USER", 3000, 4000, "changes", 3)


@program(session_program("FINAL", "page", ""), {"in": 3},
         dirty(14, 5000, 3, placement="random", step=1500, jitter=9000, edges=g.session_edges(3000, 0), edge_share=0.05))
def session_regroup_final(logs):
    return sessions(logs, sessions_regrouped, "PAGE", 3000, 0, "final", 3)


@program(session_program("CHANGES", "page", ", GRACE PERIOD 1 SECOND"), {"in": 4},
         dirty(15, 5000, 4, placement="random", step=1500, jitter=9000, edges=g.session_edges(3000, 1000), edge_share=0.05),
         killed=True, regroups=True)
def session_regroup_changes(logs):
    return sessions(logs, sessions_regrouped, "PAGE", 3000, 1000, "changes", 4)


# ---------------------------------------------------------------- HAVING

@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT user, COUNT(*) AS n, AVG(amount) AS mean FROM orders
  WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 20 SECONDS) GROUP BY user
  HAVING AVG(amount) > 48 AND COUNT(*) >= 2 EMIT CHANGES;""",
         {"in": 4}, dirty(16, 10000, 4), killed=True)
def having_changes(logs):
    account = Account()
    events = orders(logs, "AMOUNT")
    groups = time_windows(events, everything, key_is("USER"), account, 10 * SECOND, 10 * SECOND, 20 * SECOND, True,
                          watermarks(events, {"in": 4}))
    return {"out": Output(results(groups, lambda k, w, rows: {"N": len(rows), "MEAN": agg_avg(rows, key_is("AMOUNT"))},
                                  having=lambda v, rows: and3(compared(lambda m: m > 48)(v["MEAN"]), v["N"] >= 2)),
                          "upsert")}, [account]


@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=1) AS
  SELECT page, MAX(amount) AS top FROM orders
  WINDOW TUMBLING (SIZE 2 SECONDS, GRACE PERIOD 500 MILLISECONDS) WHERE NOT flag GROUP BY page
  HAVING SUM(qty) > 10 OR MIN(id) < 0 EMIT FINAL;""",
         {"in": 3}, dirty(17, 8000, 3, placement="random", edges=g.window_edges(2000, 500), edge_share=0.02))
def having_final(logs):
    account = Account()
    events = orders(logs, "ID", "AMOUNT", "QTY", "PAGE", "FLAG")
    groups = time_windows(events, lambda r: not3(r["FLAG"]), key_is("PAGE"), account, 2000, 2000, 500, False,
                          watermarks(events, {"in": 3}))

    def having(value, rows):
        return or3(compared(lambda s: s > 10)(agg_sum(rows, key_is("QTY"))), compared(lambda m: m < 0)(agg_min(rows, key_is("ID"))))

    return {"out": Output(results(groups, lambda k, w, rows: {"TOP": agg_max(rows, key_is("AMOUNT"))}, having=having),
                          "final", partitions=1)}, [account]


# ---------------------------------------------------------------- aggregates

@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON') AS
  SELECT user, COUNT(*) AS n, COUNT(id) AS ids, COUNT(note) AS notes, SUM(id) AS total, SUM(qty) AS q, MIN(id) AS low,
         MAX(id) AS top, AVG(id) AS mean, COUNT_DISTINCT(page) AS pages, COUNT_DISTINCT(qty) AS qs, MAX(page) AS mp
  FROM orders GROUP BY user EMIT CHANGES;""",
         {"in": 3}, dirty(18, 10000, 3, keys=400), killed=True,
         unclear="SUM(BIGINT) beyond 64 bits: NULL (2.5: overflow of a result), later back in range: the value")
def counts_and_big_sums(logs):
    account = Account()
    groups = unwindowed(orders(logs, "ID", "QTY", "PAGE", "NOTE"), everything, key_is("USER"), account)
    i = key_is("ID")
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "IDS": len(values(rows, i)), "NOTES": len(values(rows, key_is("NOTE"))), "TOTAL": agg_sum(rows, i),
        "Q": agg_sum(rows, key_is("QTY")), "LOW": agg_min(rows, i), "TOP": agg_max(rows, i), "MEAN": agg_avg(rows, i),
        "PAGES": len(set(values(rows, key_is("PAGE")))), "QS": len(set(values(rows, key_is("QTY")))),
        "MP": agg_max(rows, key_is("PAGE"))}), "changes", partitions=3)}, [account]


def price(rng, i, k, t):
    amount = rng.choice(("%d.%02d" % (rng.randrange(-50, 1000), rng.randrange(100)), "%d" % rng.randrange(1000),
                         '"%d.5"' % rng.randrange(9), "null", "12345678.99"))
    return b'{"item":"i%d","price":%s}' % (rng.randrange(30), amount.encode())


@program("""CREATE STREAM prices (shop VARCHAR KEY, item VARCHAR, price DECIMAL(12, 2)) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT item, SUM(price) AS total, MIN(price) AS low, MAX(price) AS top, COUNT(price) AS n
  FROM prices WINDOW TUMBLING (SIZE 20 SECONDS, GRACE PERIOD 1 SECOND) GROUP BY item EMIT FINAL;""",
         {"in": 3}, lambda: g.rows(19, "in", 8000, 3, price, placement="random", null_values=0.02, broken=0.01))
def decimals(logs):
    account = Account()
    events = scan(logs["in"], {"ITEM": VARCHAR, "PRICE": ("DECIMAL", 12, 2)}, key=("SHOP", VARCHAR))
    groups = time_windows(events, everything, key_is("ITEM"), account, 20 * SECOND, 20 * SECOND, SECOND, False,
                          watermarks(events, {"in": 3}))
    p = key_is("PRICE")
    return {"out": Output(results(groups, lambda k, w, rows: {
        "TOTAL": agg_sum(rows, p), "LOW": agg_min(rows, p), "TOP": agg_max(rows, p), "N": len(values(rows, p))}),
        "final", partitions=2)}, [account]


def wild(rng, i, k, t):
    x = rng.choice((1e16, -1e16, 1.0, 0.1, 1e-9, 1e300, -1e300, 3.0, 2 ** -1074, rng.uniform(-1, 1), rng.uniform(-1e9, 1e9)))
    return json.dumps({"g": rng.randrange(50), "x": x}).encode()


@program("""CREATE STREAM xs (k VARCHAR KEY, g INT, x DOUBLE) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT g, SUM(x) AS total, AVG(x) AS mean, MIN(x) AS low, MAX(x) AS top FROM xs GROUP BY g EMIT CHANGES;""",
         {"in": 4}, lambda: g.rows(20, "in", 10000, 4, wild, placement="random"))
def exact_double_sums(logs):
    account = Account()
    groups = unwindowed(scan(logs["in"], {"G": INT, "X": DOUBLE}), everything, key_is("G"), account)
    x = key_is("X")
    return {"out": Output(results(groups, lambda k, w, rows: {
        "TOTAL": agg_sum(rows, x), "MEAN": agg_avg(rows, x), "LOW": agg_min(rows, x), "TOP": agg_max(rows, x)}),
        "changes", key=INT, partitions=3)}, [account]


COLLECT = ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT {0}, COLLECT_LIST(id) AS l, COLLECT_SET(qty) AS s, EARLIEST_BY_OFFSET(id) AS e, LATEST_BY_OFFSET(id) AS z,
         EARLIEST_BY_OFFSET(note) AS en, LATEST_BY_OFFSET(note) AS zn, TOPK(amount, 3) AS t3, TOPK(qty, 2) AS q2
  FROM orders WINDOW TUMBLING (SIZE 8 SECONDS, GRACE PERIOD 6 SECONDS) GROUP BY {0} EMIT FINAL;"""


def collected(logs, group, partitions, affine):
    account = Account()
    events = orders(logs, "ID", "AMOUNT", "QTY", "NOTE", *(["PAGE"] if group == "PAGE" else []))
    groups = time_windows(events, everything, key_is(group), account, 8 * SECOND, 8 * SECOND, 6 * SECOND, affine,
                          watermarks(events, {"in": partitions}))
    i, n = key_is("ID"), key_is("NOTE")
    return {"out": Output(results(groups, lambda k, w, rows: {
        "L": agg_list(rows, i), "S": agg_set(rows, key_is("QTY")), "E": agg_edge(rows, i, False), "Z": agg_edge(rows, i, True),
        "EN": agg_edge(rows, n, False), "ZN": agg_edge(rows, n, True), "T3": agg_topk(rows, key_is("AMOUNT"), 3),
        "Q2": agg_topk(rows, key_is("QTY"), 2)}), "final", partitions=3)}, [account]


@program(COLLECT.format("user"), {"in": 4}, dirty(21, 8000, 4), unclear="COLLECT_LIST and _SET keep NULLs (as ksqlDB's code does)")
def collect_affine(logs):
    return collected(logs, "USER", 4, True)


@program(COLLECT.format("page"), {"in": 3}, dirty(22, 6000, 3, placement="random", jitter=0, late=0.0), killed=True, regroups=True,
         unclear="times rise within each partition: by offset and by (time, topic, partition, offset) agree")
def collect_regroup(logs):
    return collected(logs, "PAGE", 3, False)


@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT page, EARLIEST_BY_OFFSET(id) AS e, LATEST_BY_OFFSET(id) AS z, LATEST_BY_OFFSET(note) AS zn, TOPK(id, 5) AS t5
  FROM orders WINDOW TUMBLING (SIZE 8 SECONDS, GRACE PERIOD 6 SECONDS) GROUP BY page EMIT CHANGES;""",
         {"in": 3}, dirty(23, 6000, 3, placement="random"),
         unclear="out of order: by offset within a partition, then between the partitions' picks by event time")
def edges_by_offset_regroup(logs):
    account = Account()
    events = orders(logs, "ID", "PAGE", "NOTE")
    groups = time_windows(events, everything, key_is("PAGE"), account, 8 * SECOND, 8 * SECOND, 6 * SECOND, False,
                          watermarks(events, {"in": 3}))
    i = key_is("ID")
    return {"out": Output(results(groups, lambda k, w, rows: {
        "E": agg_edge(rows, i, False), "Z": agg_edge(rows, i, True), "ZN": agg_edge(rows, key_is("NOTE"), True),
        "T5": agg_topk(rows, i, 5)}), "changes", partitions=3)}, [account]


# ---------------------------------------------------------------- grouping

@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT page, qty, COUNT(*) AS n, SUM(amount) AS total FROM orders
  WINDOW TUMBLING (SIZE 30 SECONDS, GRACE PERIOD 2 SECONDS) GROUP BY page, qty EMIT FINAL;""",
         {"in": 4}, dirty(24, 10000, 4, placement="random"))
def group_by_several(logs):
    account = Account()
    events = orders(logs, "AMOUNT", "QTY", "PAGE")
    groups = time_windows(events, everything, lambda r: (r["PAGE"], r["QTY"]), account, 30 * SECOND, 30 * SECOND, 2 * SECOND,
                          False, watermarks(events, {"in": 4}))
    return {"out": Output(results(groups, lambda k, w, rows: {"N": len(rows), "TOTAL": agg_sum(rows, key_is("AMOUNT"))},
                                  key=lambda k: {"PAGE": k[0], "QTY": k[1]}), "final", key="JSON", partitions=3)}, [account]


@program(ORDERS + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT CASE WHEN amount > 50 THEN UCASE(SUBSTRING(page, 1, 3)) WHEN flag THEN note END AS g, COUNT(*) AS n, SUM(qty) AS q
  FROM orders WINDOW HOPPING (SIZE 20 SECONDS, ADVANCE BY 5 SECONDS, GRACE PERIOD 1 SECOND)
  GROUP BY CASE WHEN amount > 50 THEN UCASE(SUBSTRING(page, 1, 3)) WHEN flag THEN note END EMIT CHANGES;""",
         {"in": 4}, dirty(25, 6000, 4, placement="random"))
def group_by_expression(logs):
    account = Account()
    events = orders(logs, "AMOUNT", "QTY", "PAGE", "NOTE", "FLAG")

    def group(r):
        if r["AMOUNT"] is not None and r["AMOUNT"] > 50:
            return nul(lambda p: p[:3].upper())(r["PAGE"])
        return r["NOTE"] if r["FLAG"] else None

    groups = time_windows(events, everything, group, account, 20 * SECOND, 5 * SECOND, SECOND, False,
                          watermarks(events, {"in": 4}))
    return {"out": Output(results(groups, lambda k, w, rows: {"N": len(rows), "Q": agg_sum(rows, key_is("QTY"))}),
                          "changes")}, [account]


# ---------------------------------------------------------------- several queries

@program(ORDERS.replace("orders", "a").replace("$T.in", "$T.a") + ORDERS.replace("orders", "b").replace("$T.in", "$T.b") + """
CREATE STREAM both (page VARCHAR KEY, amount DOUBLE, side VARCHAR) WITH (KAFKA_TOPIC='$T.both', VALUE_FORMAT='JSON', PARTITIONS=3);
INSERT INTO both SELECT page, amount, 'a' AS side FROM a WHERE amount > 5 PARTITION BY page;
INSERT INTO both SELECT page, amount * 2 AS amount, 'b' AS side FROM b WHERE flag PARTITION BY page;
CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT page, COUNT(*) AS n, SUM(amount) AS total, COUNT_DISTINCT(side) AS sides FROM both
  WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 1 SECOND) GROUP BY page EMIT FINAL;""",
         {"a": 3, "b": 1},
         lambda: interleave(g.rows(26, "a", 6000, 3, g.order(0.05), null_values=0.01, broken=0.01, null_keys=0.01),
                            g.rows(27, "b", 4000, 1, g.order(0.05), null_values=0.01, broken=0.01, step=60)))
def insert_from_two(logs):
    first, second, third = Account(), Account(), Account()
    a, b = orders(logs, "AMOUNT", "PAGE", topic="a"), orders(logs, "AMOUNT", "PAGE", "FLAG", topic="b")
    from_a = through(a, lambda r: compared(lambda x: x > 5)(r["AMOUNT"]),
                     lambda r: {"PAGE": r["PAGE"], "AMOUNT": r["AMOUNT"], "SIDE": "a"}, first)
    from_b = through(b, key_is("FLAG"),
                     lambda r: {"PAGE": r["PAGE"], "AMOUNT": nul(lambda x: x * 2)(r["AMOUNT"]), "SIDE": "b"}, second)
    both = [Row(e.row["PAGE"], None, e.time, {"AMOUNT": e.row["AMOUNT"], "SIDE": e.row["SIDE"]}, True) for e in from_a + from_b]
    groups = time_windows(from_a + from_b, everything, key_is("PAGE"), third, 10 * SECOND, 10 * SECOND, SECOND, False,
                          watermarks(a + b, {"a": 3, "b": 1}))
    out = results(groups, lambda k, w, rows: {"N": len(rows), "TOTAL": agg_sum(rows, key_is("AMOUNT")),
                                              "SIDES": len(set(values(rows, key_is("SIDE"))))})
    return {"both": Output(both, "stream", partitions=3), "out": Output(out, "final", partitions=2)}, [first, second, third]


def interleave(a, b):
    rng, out = random.Random(99), []
    a, b = a[::-1], b[::-1]
    while a or b:
        out.append((a if a and (not b or rng.random() < 0.6) else b).pop())
    return out


@program(ORDERS + """
CREATE STREAM good WITH (KAFKA_TOPIC='$T.good', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT user, amount * qty AS cost, page FROM orders WHERE qty > 0 AND amount > 0 EMIT CHANGES;
CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT user, COUNT(*) AS n, SUM(cost) AS total, LATEST_BY_OFFSET(page) AS page FROM good
  WINDOW TUMBLING (SIZE 5 SECONDS, GRACE PERIOD 3 SECONDS) WHERE cost < 400 GROUP BY user EMIT FINAL;""",
         {"in": 4}, dirty(28, 10000, 4, edges=g.window_edges(5 * SECOND, 3 * SECOND), edge_share=0.01), killed=True)
def chain_of_two(logs):
    first, second = Account(), Account()
    events = orders(logs, "AMOUNT", "QTY", "PAGE")
    more = compared(lambda a: a > 0)
    good = through(events, lambda r: and3(more(r["QTY"]), more(r["AMOUNT"])),
                   lambda r: {"USER": r["USER"], "COST": r["AMOUNT"] * r["QTY"], "PAGE": r["PAGE"]}, first)
    rows = [Row(e.row["USER"], None, e.time, {"COST": e.row["COST"], "PAGE": e.row["PAGE"]}, True) for e in good]
    groups = time_windows(good, lambda r: r["COST"] < 400, key_is("USER"), second, 5 * SECOND, 5 * SECOND, 3 * SECOND, True,
                          watermarks(events, {"in": 4}))
    out = results(groups, lambda k, w, rows: {"N": len(rows), "TOTAL": agg_sum(rows, key_is("COST")),
                                              "PAGE": agg_edge(rows, key_is("PAGE"), True)})
    return {"good": Output(rows, "stream"), "out": Output(out, "final")}, [first, second]


# ---------------------------------------------------------------- tables

def person(rng, i, k, t):
    if rng.random() < 0.15:
        return None
    return dump_person(rng, i)


def dump_person(rng, i):
    return json.dumps({"name": rng.choice(("Ann", "Böb", None, "李")), "age": rng.choice((None, rng.randrange(80))), "n": i},
                      ensure_ascii=False).encode()


USERS = """CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR, age INT, n BIGINT) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
"""


@program(USERS + """CREATE TABLE adults WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT id, UCASE(name) AS name, age + 1 AS next, n FROM users WHERE age >= 18 EMIT CHANGES;""",
         {"in": 3}, lambda factor=1: g.rows(29, "in", int(5000 * factor), 3, person, keys=900, key=lambda k: f"u{k}".encode(),
                                            null_keys=0.01, broken=0.01), killed=True)
def table_projection(logs):
    account, last = Account(), {}
    for e in scan(logs["in"], {"NAME": VARCHAR, "AGE": INT, "N": BIGINT}, key=("ID", VARCHAR)):
        key = e.root if e.state == "null" else e.row["ID"] if e.row else None
        if e.state == "bad":
            account.note(e, "bad")
        elif key is None:
            account.note(e, "filtered")
        elif e.state == "null" or not (e.row["AGE"] is not None and e.row["AGE"] >= 18):
            account.note(e, "used" if e.state == "null" or key in last else "filtered")
            last.pop(key, None)
        else:
            account.note(e, "used")
            last[key] = Row(key, None, e.time, {"NAME": nul(str.upper)(e.row["NAME"]), "NEXT": e.row["AGE"] + 1,
                                                "N": e.row["N"]}, True)
    return {"out": Output(list(last.values()), "upsert", partitions=3)}, [None]


# ---------------------------------------------------------------- formats

def delimited(rng, i, k, t):
    name = rng.choice(("plain", "with space", '"a,b"', '"say ""hi"""', "ü", "", "\t"))
    line = f"{rng.choice((i, -i, '', 2**40))},{name},{rng.choice(('1.5', '2', '', '-0.25', '1e3'))},{rng.choice(('true', 'false', ''))}"
    if rng.random() < 0.02:
        line = rng.choice((line + ",more", "x," + line.split(",", 1)[1], line.rsplit(",", 1)[0]))
    return line.encode()


@program("""CREATE STREAM d (k BIGINT KEY, i BIGINT, name VARCHAR, x DOUBLE, b BOOLEAN) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='DELIMITED');
CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT k, COUNT(*) AS n, SUM(i) AS s, SUM(x) AS xs, MAX(name) AS name, COUNT(b) AS bs FROM d
  WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 2 SECONDS) GROUP BY k EMIT FINAL;""",
         {"in": 3}, lambda: g.rows(30, "in", 6000, 3, delimited, key=lambda k: struct.pack(">q", k * k - 7), null_keys=0.01,
                                   null_values=0.01))
def delimited_bigint_key(logs):
    account = Account()
    columns = {"I": BIGINT, "NAME": VARCHAR, "X": DOUBLE, "B": "BOOLEAN TEXT"}

    def lenient(records):
        return scan_delimited(records, columns)

    events = lenient(logs["in"])
    groups = time_windows(events, everything, key_is("K"), account, 10 * SECOND, 10 * SECOND, 2 * SECOND, True,
                          watermarks(events, {"in": 3}))
    return {"out": Output(results(groups, lambda k, w, rows: {
        "N": len(rows), "S": agg_sum(rows, key_is("I")), "XS": agg_sum(rows, key_is("X")), "NAME": agg_max(rows, key_is("NAME")),
        "BS": len(values(rows, key_is("B")))}), "final", key=BIGINT, partitions=3)}, [account]


def scan_delimited(records, columns):
    kinds = [(c, VARCHAR if t == "BOOLEAN TEXT" else t) for c, t in columns.items()]
    return scan(records, kinds, key=("K", BIGINT), value_format="DELIMITED", all_columns=list(columns))


def reading(rng, i, k, t):
    return json.dumps({"c": round(rng.uniform(-20, 120), 2), "tags": [rng.choice("abc") for _ in range(rng.randrange(4))],
                       "m": {"x": rng.randrange(9), "ü": 1} if rng.random() < 0.9 else None,
                       "pos": {"lat": rng.randrange(90), "Lon": rng.choice((None, 1.25))}}, ensure_ascii=False).encode()


@program("""CREATE STREAM r (id INT KEY, c DOUBLE, tags ARRAY<VARCHAR>, m MAP<VARCHAR, BIGINT>, pos STRUCT<lat INT, lon DOUBLE>)
  WITH (KAFKA_TOPIC='$T.in', KEY_FORMAT='JSON', VALUE_FORMAT='JSON');
CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT id, c, tags[1] AS t1, tags, m['x'] AS x, m['none'] AS none, pos->lat AS lat, pos->lon + 1 AS lon, pos
  FROM r WHERE c > 0 EMIT CHANGES;
CREATE TABLE t WITH (KAFKA_TOPIC='$T.sum', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT id, COUNT(*) AS n, MAX(m['x']) AS x, SUM(pos->lat) AS lat FROM r
  WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 2 SECONDS) GROUP BY id EMIT FINAL;""",
         {"in": 3}, lambda: g.rows(31, "in", 5000, 3, reading, key=lambda k: b"%d" % (k - 5), null_values=0.01, broken=0.01))
def json_key_nested(logs):
    first, second = Account(), Account()
    pos = ("STRUCT", {"LAT": INT, "LON": DOUBLE})
    key = dict(key=("ID", INT), key_format="JSON")
    one = scan(logs["in"], {"C": DOUBLE, "TAGS": ("ARRAY", VARCHAR), "M": ("MAP", BIGINT), "POS": pos}, **key)
    rows = select(one, lambda r: compared(lambda c: c > 0)(r["C"]), lambda r: {
        "C": r["C"], "T1": r["TAGS"][0] if r["TAGS"] else None, "TAGS": r["TAGS"], "X": nul(lambda m: m.get("x"))(r["M"]),
        "NONE": None, "LAT": r["POS"]["LAT"], "LON": nul(lambda x: x + 1)(r["POS"]["LON"]), "POS": r["POS"]}, key_is("ID"), first)
    two = scan(logs["in"], {"M": ("MAP", BIGINT), "POS": pos}, **key)
    groups = time_windows(two, everything, key_is("ID"), second, 10 * SECOND, 10 * SECOND, 2 * SECOND, True,
                          watermarks(two, {"in": 3}))
    out = results(groups, lambda k, w, rows: {
        "N": len(rows), "X": agg_max(rows, lambda r: nul(lambda m: m.get("x"))(r["M"])),
        "LAT": agg_sum(rows, lambda r: r["POS"]["LAT"])})
    return {"out": Output(rows, "stream", key="JSON", partitions=2), "sum": Output(out, "final", key="JSON", partitions=2)}, \
        [first, second]


# ---------------------------------------------------------------- small hand-made cases

def listed(*texts):
    return lambda: [("in", 0, g.EPOCH + i, b"k%d" % i, t if t is None else t.encode()) for i, t in enumerate(texts)]


SMALL = """CREATE STREAM s (k VARCHAR KEY, q INT, t VARCHAR, x DOUBLE) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON') AS SELECT k, q, t, x FROM s EMIT CHANGES;"""


def copied(logs):
    account = Account()
    rows = select(scan(logs["in"], {"Q": INT, "T": VARCHAR, "X": DOUBLE}), everything,
                  lambda r: {c: r[c] for c in "QTX"}, key_is("K"), account)
    return {"out": Output(rows, "stream", partitions=1)}, [account]


@program(SMALL, {"in": 1}, listed('{"q":2147483648,"q":8}', '{"q":"x","Q":1}', '{"q":1,"Q":"x"}', '{"q":[1],"q":null}', '{"q":1,"q":2}',
                                  '{"Q":1,"q":7}', '{"q":7,"Q":1}', '{"Q":1,"q":"x"}', '{"q":"x","Q":null,"q":[]}'),
         unclear="the field spelt as the column wins, then the last of equal names: what gives way is not converted")
def equal_names(logs):
    return copied(logs)


@program(SMALL, {"in": 1}, listed('{"t":[1 , 2]}', '{"t":{"a":"\\u00fc" }}', '{"t":1.50}', '{"t":1e3}', '{"t":{"b":1, "a":1.50}}', '{"t":true}'),
         unclear="objects and arrays for VARCHAR become their text: ksqlDB writes them anew, without spaces and escapes")
def nested_as_text(logs):
    return copied(logs)


@program(SMALL, {"in": 1}, listed('{"x":"1.5"}', '{"x":" 2"}', '{"x":"1e3"}', '{"x":1e308}', '{"x":-0.0}', '{"x":5e-324}', '{"x":123456789012345678}',
                                  '{"q":-2147483648}', '{"q":2147483647.9}', '{"q":-0.5}', '{"q":1e2}', '{"q":"-7"}', '{"q":""}', '{"x":""}', '{"q":null,"x":null}', '{}', '{"other":1}'),
         unclear="spaces in a text with a number in it")
def numbers(logs):
    return copied(logs)
