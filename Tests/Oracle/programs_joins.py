# SPDX-License-Identifier: Apache-2.0
"""The oracle's programs with joins of a stream with a table: each row sees the table as of its merge time, which is the highest
time of its partition so far; of records of one time those of tables come first."""

import json
import random

import generate as g
from programs import Account, Output, program
from reference import BIGINT, INT, VARCHAR, Row, scan
from wire import partition_of

SOURCES = """SET 'join.wait' = '2s';
CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR, level INT) WITH (KAFKA_TOPIC='$T.users', VALUE_FORMAT='JSON');
CREATE STREAM orders (user VARCHAR KEY, id BIGINT, qty INT, page VARCHAR) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
"""
TOPICS = {"in": 4, "users": 3}


def both(seed, count, disorder=0):
    """Rows of both topics in the order of their times, but for those that are up to `disorder` ms too early."""
    def rows(factor=1):
        rng, now, made = random.Random(seed), g.EPOCH, []
        for i in range(int(count * factor)):
            now += rng.randrange(1, 30)
            time = now - (rng.randrange(disorder) if disorder and rng.random() < 0.3 else 0)
            key = None if rng.random() < 0.01 else b"u%d" % rng.randrange(60)
            topic, value = "in", {"ID": i, "QTY": rng.choice((None, rng.randrange(-5, 50))), "PAGE": "u%d" % rng.randrange(70)}
            if rng.random() < 0.15:
                topic, value = "users", {"NAME": rng.choice(g.NOTES), "LEVEL": rng.randrange(4)}
            data = json.dumps(value).encode()
            if rng.random() < 0.03:
                data = rng.choice((None, None, b"{", b"[1]"))
            made.append((topic, partition_of(key, TOPICS[topic]) if key else rng.randrange(TOPICS[topic]), time, key, data))
        return made
    return rows


def in_merge_order(logs):
    """[(event, whether it is the table's)]: the records of both topics as a join takes them."""
    columns = {"users": {"NAME": VARCHAR, "LEVEL": INT}, "in": {"ID": BIGINT, "QTY": INT, "PAGE": VARCHAR}}
    merged = []
    for topic, is_table in (("users", True), ("in", False)):
        highest = {}
        for event in scan(logs[topic], columns[topic], key=("ID" if is_table else "USER", VARCHAR)):
            highest[event.partition] = max(highest.get(event.partition, event.time), event.time)
            merged.append((highest[event.partition], not is_table, event.partition, event.offset, event, is_table))
    return [(event, is_table) for *_, event, is_table in sorted(merged, key=lambda entry: entry[:4])]


def joined(logs, account, of, is_left):
    """[(event of the stream, the table's row or None)] of the rows that have a partner or need none."""
    table, out = {}, []
    for event, is_table in in_merge_order(logs):
        key = event.root if event.state == "null" else (event.row or {}).get("ID" if is_table else of)
        if event.state == "bad":
            account.note(event, "bad")
        elif key is None or (event.state == "null" and not is_table):
            account.note(event, "filtered")
        elif is_table:
            account.note(event, "used")
            table.pop(key, None) if event.state == "null" else table.update({key: event.row})
        elif is_left or key in table:
            account.note(event, "used")
            out.append((event, table.get(key)))
        else:
            account.note(event, "filtered")
    return out


@program(SOURCES + """CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=5) AS
  SELECT o.user AS user, u.name AS name, u.level AS level, o.id AS id, o.qty AS qty
  FROM orders o LEFT JOIN users u ON o.user = u.id EMIT CHANGES;""",
         TOPICS, both(71, 8000), killed=True, most=1)
def join_enrich(logs):
    account, rows = Account(), []
    for event, user in joined(logs, account, "USER", True):
        rows.append(Row(event.row["USER"], None, event.time, {
            "NAME": user and user["NAME"], "LEVEL": user and user["LEVEL"], "ID": event.row["ID"], "QTY": event.row["QTY"]}, True))
    return {"out": Output(rows, "stream", partitions=5)}, [account]


@program(SOURCES + """CREATE TABLE t WITH (KAFKA_TOPIC='$T.out', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT u.level AS level, COUNT(*) AS n, SUM(o.qty) AS q
  FROM orders o JOIN users u ON o.page = u.id GROUP BY u.level EMIT CHANGES;""",
         TOPICS, both(72, 8000), killed=True, most=1)
def join_totals(logs):
    return totals(logs)


@program(SOURCES.replace("2s", "100ms") + """CREATE TABLE t
  WITH (KAFKA_TOPIC='$T.out', KEY_FORMAT='JSON', VALUE_FORMAT='JSON', PARTITIONS=2) AS
  SELECT u.level AS level, COUNT(*) AS n, SUM(o.qty) AS q
  FROM orders o JOIN users u ON o.page = u.id GROUP BY u.level EMIT CHANGES;""",
         TOPICS, both(73, 8000, disorder=3000), most=1)
def join_of_late_rows(logs):
    return totals(logs)


def totals(logs):
    account, groups = Account(), {}
    for event, user in joined(logs, account, "PAGE", False):
        groups.setdefault(user["LEVEL"], []).append(event)
    rows = [Row(level, None, max(e.time for e in events), {
        "N": len(events), "Q": sum_of(e.row["QTY"] for e in events)}, True) for level, events in groups.items()]
    return {"out": Output(rows, "changes", key="JSON", partitions=2)}, [account]


def sum_of(numbers):
    found = [n for n in numbers if n is not None]
    return sum(found) if found else None


@program("""SET 'join.wait' = '1s';
CREATE STREAM changes (id VARCHAR KEY, name VARCHAR, level INT) WITH (KAFKA_TOPIC='$T.users', VALUE_FORMAT='JSON');
CREATE STREAM orders (user VARCHAR KEY, id BIGINT, qty INT, page VARCHAR) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
CREATE STREAM by_page WITH (KAFKA_TOPIC='$T.pages', VALUE_FORMAT='JSON', PARTITIONS=3) AS
  SELECT 'u' || CAST(level AS VARCHAR) AS page, name, id FROM changes WHERE level IS NOT NULL
  PARTITION BY 'u' || CAST(level AS VARCHAR);
CREATE TABLE pages (page VARCHAR PRIMARY KEY, id VARCHAR, name VARCHAR) WITH (KAFKA_TOPIC='$T.pages', VALUE_FORMAT='JSON');
CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=5) AS
  SELECT o.page AS page, p.name AS name, p.id AS user, o.id AS id FROM orders o LEFT JOIN pages p ON o.page = p.page;""",
         TOPICS, both(74, 8000), killed=True, most=1)
def join_own_topic(logs):
    pages, orders, table, keyed, rows = Account(), Account(), {}, [], []
    for event, is_table in in_merge_order(logs):
        key = None if event.row is None or event.state == "null" else event.row.get("PAGE")
        if is_table:
            is_used = event.state not in ("bad", "null") and event.row["LEVEL"] is not None
            pages.note(event, "bad" if event.state == "bad" else "used" if is_used else "filtered")
            # The reader of the table sees what its writer makes.
            if is_used:
                orders.note(event, "used")
                page = "u%d" % event.row["LEVEL"]
                table[page] = {"NAME": event.row["NAME"], "ID": event.row["ID"]}
                keyed.append(Row(page, None, event.time, dict(table[page]), True))
        elif event.state == "bad" or key is None:
            orders.note(event, "bad" if event.state == "bad" else "filtered")
        else:
            orders.note(event, "used")
            found = table.get(key, {"NAME": None, "ID": None})
            rows.append(Row(key, None, event.time, {"NAME": found["NAME"], "USER": found["ID"], "ID": event.row["ID"]}, True))
    return {"pages": Output(keyed, "stream", partitions=3), "out": Output(rows, "stream", partitions=5)}, [pages, orders]


# ---------------------------------------------------------------- two streams

BEFORE, AFTER, GRACE = 2000, 5000, 1000


def clicks_and_buys(seed, count):
    """Rows of both topics; of one partition up to three seconds out of order, so that some are late."""
    def rows(factor=1):
        rng, now, made = random.Random(seed), g.EPOCH, []
        for i in range(int(count * factor)):
            now += rng.randrange(1, 60)
            time = now - (rng.randrange(12_000) if rng.random() < 0.2 else 0)
            key = None if rng.random() < 0.01 else b"u%d" % rng.randrange(150)
            topic = "in" if rng.random() < 0.6 else "buys"
            data = json.dumps({"ID": i, "QTY": rng.choice((None, rng.randrange(50)))}).encode()
            if rng.random() < 0.03:
                data = rng.choice((None, None, b"{", b"[1]"))
            made.append((topic, partition_of(key, STREAMS[topic]) if key else rng.randrange(STREAMS[topic]), time, key, data))
        return made
    return rows


STREAMS = {"in": 3, "buys": 2}


def counting(events, account, reach):
    """Those that a join of streams takes, with the watermarks behind them all."""
    rows, watermarks = [], {}
    for event in events:
        if event.state != "bad":
            watermarks[event.partition] = max(watermarks.get(event.partition, event.time), event.time)
        if event.state == "bad":
            account.note(event, "bad")
        elif event.state == "null":
            account.note(event, "filtered")
        elif event.time + reach + GRACE < event.before:
            account.note(event, "late")
        elif event.row["USER"] is None:
            account.note(event, "filtered")
        else:
            account.note(event, "used")
            rows.append(event)
    return rows, watermarks


@program("""CREATE STREAM clicks (user VARCHAR KEY, id BIGINT) WITH (KAFKA_TOPIC='$T.in', VALUE_FORMAT='JSON');
CREATE STREAM buys (user VARCHAR KEY, id BIGINT, qty INT) WITH (KAFKA_TOPIC='$T.buys', VALUE_FORMAT='JSON');
CREATE STREAM o WITH (KAFKA_TOPIC='$T.out', VALUE_FORMAT='JSON', PARTITIONS=4) AS
  SELECT JOINKEY(c.user, b.user) AS user, c.id AS click, b.id AS buy, b.qty AS qty
  FROM clicks c FULL JOIN buys b WITHIN (2 SECONDS, 5 SECONDS) GRACE PERIOD 1 SECOND ON c.user = b.user EMIT CHANGES;""",
         STREAMS, clicks_and_buys(75, 8000), killed=True, most=1)
def join_streams(logs):
    account = Account()
    lefts, left_marks = counting(scan(logs["in"], {"ID": BIGINT}, key=("USER", VARCHAR)), account, AFTER)
    rights, right_marks = counting(scan(logs["buys"], {"ID": BIGINT, "QTY": INT}, key=("USER", VARCHAR)), account, BEFORE)
    everywhere = len(left_marks) == STREAMS["in"] and len(right_marks) == STREAMS["buys"]
    lowest = min([*left_marks.values(), *right_marks.values()]) if everywhere else None
    by_user, met, rows = {}, set(), []
    for right in rights:
        by_user.setdefault(right.row["USER"], []).append(right)

    def add(left, right, time, final):
        some = left or right
        rows.append(Row(some.row["USER"], None, time, {
            "CLICK": left and left.row["ID"], "BUY": right and right.row["ID"], "QTY": right and right.row["QTY"]}, final))

    for left in lefts:
        for right in by_user.get(left.row["USER"], ()):
            if -BEFORE <= right.time - left.time <= AFTER:
                met |= {id(left), id(right)}
                add(left, right, max(left.time, right.time), True)
    for event in (*lefts, *rights):
        if id(event) not in met:
            final = lowest is not None and event.time + BEFORE + AFTER + GRACE < lowest
            add(event if event.topic == lefts[0].topic else None, None if event.topic == lefts[0].topic else event, event.time, final)
    # Rows without a partner come out among pairs that are later.
    return {"out": Output(rows, "final", partitions=4, ordered=False)}, [account]
