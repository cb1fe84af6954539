# SPDX-License-Identifier: Apache-2.0
"""Row-at-a-time reference for the oracle: written from docs/design (sections 2.1-2.5), knowing nothing of the engine."""

import json
import math
import re
import struct
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import avro_bytes

BIGINT, INT, DOUBLE, VARCHAR, BOOLEAN = "BIGINT", "INT", "DOUBLE", "VARCHAR", "BOOLEAN"
NEVER = -(1 << 62)


class Bad(Exception):
    """The record is bad: its text is broken or a column that is read cannot be converted."""


class Raw(str):
    """The text of a JSON number with a fraction or an exponent."""


# ---------------------------------------------------------------- decoding

def _constant(_):
    raise Bad("constant")


def _object(pairs):
    """The last of equal names wins, also in its place: names that differ in case are told apart only later."""
    out = {}
    for name, value in pairs:
        out.pop(name, None)
        out[name] = value
    return out


def parse_json(data):
    try:
        return json.loads(data.decode("utf-8"), parse_float=Raw, parse_constant=_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise Bad("malformed") from None


def parse_avro(data):
    try:
        return avro_bytes.decode(data)
    except ValueError:
        raise Bad("malformed") from None


def compact(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + compact(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def convert(kind, value):
    if value is None:
        return None
    if isinstance(kind, tuple):
        return convert_nested(kind, value)
    if kind in (BIGINT, INT):
        if isinstance(value, bool) or isinstance(value, (dict, list)):
            raise Bad("type")
        if isinstance(value, Raw):
            value = int(Decimal(value))
        elif isinstance(value, str):
            if not re.fullmatch(r"[+-]?\d+", value):
                raise Bad("number")
            value = int(value)
        limit = 1 << (63 if kind == BIGINT else 31)
        if not -limit <= value < limit:
            raise Bad("range")
        return value
    if kind == DOUBLE:
        if isinstance(value, bool) or isinstance(value, (dict, list)):
            raise Bad("type")
        try:
            return float(value)
        except ValueError:
            raise Bad("number") from None
    if kind == BOOLEAN:
        if not isinstance(value, bool):
            raise Bad("type")
        return value
    assert kind == VARCHAR, kind
    return str(value) if isinstance(value, str) else compact(value)


def convert_nested(kind, value):
    if kind[0] == "DECIMAL":
        if isinstance(value, (bool, dict, list)):
            raise Bad("type")
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise Bad("number") from None
        if abs(value) >= Decimal(10) ** (kind[1] - kind[2]):
            raise Bad("range")
        return value.quantize(Decimal(1).scaleb(-kind[2]))
    if kind[0] == "ARRAY":
        if not isinstance(value, list):
            raise Bad("type")
        return [convert(kind[1], v) for v in value]
    if not isinstance(value, dict):
        raise Bad("type")
    if kind[0] == "MAP":
        return {k: convert(kind[1], v) for k, v in value.items()}
    return {name: convert(t, v) for name, (t, v) in by_column(kind[1], value).items()}


def by_column(columns, fields):
    """{column: (type, value)}: the field spelt as the column, else the last one that is the column in upper case."""
    folded = {k.upper(): v for k, v in fields.items()}
    return {name: (t, fields[name] if name in fields else folded.get(name)) for name, t in columns.items()}


def decode_key(kind, form, data):
    if data is None:
        return None
    if form == "JSON":
        return convert(kind, parse_json(data))
    if kind == VARCHAR:
        return data.decode("utf-8")
    pattern = {BIGINT: ">q", INT: ">i", DOUBLE: ">d"}[kind]
    if len(data) != struct.calcsize(pattern):
        raise Bad("key")
    return struct.unpack(pattern, data)[0]


def decode_delimited(columns, data):
    """One line of comma-separated values; a value in double quotes may hold commas and doubled quotes."""
    fields = next(__import__("csv").reader([data.decode("utf-8")]))
    if len(fields) != len(columns):
        raise Bad("columns")
    return dict(zip([c.upper() for c in columns], [f if f != "" else None for f in fields]))


@dataclass
class Event:
    topic: str
    partition: int
    offset: int
    time: int
    before: int  # the partition's watermark before this record
    row: Any     # {column: value}, or None for a null row
    state: str   # "ok", "null" or "bad"
    root: Any = None


def scan(records, columns, key=("K", VARCHAR), key_format="KAFKA", timestamp=None, value_format="JSON", all_columns=None,
         defaults=None):
    """records of one topic -> [Event]; `columns` are the value columns that the query reads; `defaults`: what columns have
    that an Avro record has no field for."""
    watermark, out = defaultdict(lambda: NEVER), []
    wanted = dict(columns)
    for r in records:
        event = Event(r.topic, r.partition, r.offset, r.time, watermark[r.partition], None, "ok")
        try:
            key_value = decode_key(key[1], key_format, r.key) if key else None
            if r.value is None:
                event.state = "null"
            elif value_format == "DELIMITED" and not r.value and len(all_columns) == 1:
                event.state = "null"
            elif value_format == "DELIMITED":
                fields = decode_delimited(all_columns, r.value)
                event.row = {c: convert(t, fields[c]) for c, t in wanted.items()}
            elif value_format == "AVRO":
                fields = {name.upper(): value for name, value in parse_avro(r.value).items()}
                event.row = {c: convert(t, fields.get(c, (defaults or {}).get(c))) for c, t in wanted.items()}
            else:
                tree = parse_json(r.value)
                if tree is None:
                    event.state = "null"
                elif not isinstance(tree, dict):
                    raise Bad("not an object")
                else:
                    event.row = {c: convert(t, v) for c, (t, v) in by_column(wanted, tree).items()}
            if timestamp:
                if event.row is None or event.row[timestamp] is None or event.row[timestamp] < 0:
                    raise Bad("no event time")
                event.time = event.row[timestamp]
            if event.row is not None:
                if key:
                    event.row[key[0]] = key_value
                event.row.update(ROWTIME=event.time, ROWPARTITION=r.partition, ROWOFFSET=r.offset)
            elif key:
                event.root = key_value
            watermark[r.partition] = max(watermark[r.partition], event.time)
        except Bad:
            event.state = "bad"
        out.append(event)
    return out


# ---------------------------------------------------------------- accounts

class Account:
    """used + filtered + late + bad = read, per topic and partition."""

    def __init__(self):
        self.counts = defaultdict(lambda: [0, 0, 0, 0, 0])

    def note(self, event, what):
        row = self.counts[event.topic, event.partition]
        row[0] += 1
        row[1 + ("used", "filtered", "late", "bad").index(what)] += 1

    def rows(self):
        return {k: tuple(v) for k, v in self.counts.items()}


# ---------------------------------------------------------------- rows and queries

class Row(NamedTuple):
    key: Any
    window: Any      # None or (start, end)
    time: int
    value: Any
    final: bool      # every watermark that matters has passed its end and grace
    prefix: Any = None  # of a group in one partition: n -> (value, time) after its first n records


def everything(_):
    return True


def select(events, where, columns, key, account):
    """A stateless query: columns(row) -> value, key(row) -> key. Without a WHERE a null value stays one, as in ksqlDB."""
    out = []
    for e in events:
        if e.state == "bad":
            account.note(e, "bad")
        elif e.state == "null" and where is everything:
            account.note(e, "used")
            out.append(Row(e.root, None, e.time, None, True))
        elif e.state == "null" or where(e.row) is not True:
            account.note(e, "filtered")
        else:
            account.note(e, "used")
            out.append(Row(key(e.row), None, e.time, columns(e.row), True))
    return out


def through(events, where, row, account):
    """A stateless query whose output another query of the program reads: rows keep their root's time and watermark."""
    out = []
    for e in events:
        if e.state == "bad":
            account.note(e, "bad")
        elif e.state == "null" or where(e.row) is not True:
            account.note(e, "filtered")
        else:
            account.note(e, "used")
            out.append(Event(e.topic, e.partition, e.offset, e.time, e.before, dict(row(e.row), ROWTIME=e.time), "ok"))
    return out


def watermarks(roots, partitions):
    """roots: events of the root topics; partitions: {topic: count}."""
    out = {(t, p): NEVER for t, n in partitions.items() for p in range(n)}
    for e in roots:
        if e.state != "bad":
            out[e.topic, e.partition] = max(out[e.topic, e.partition], e.time)
    return out


def wanted(events, where, group, account):
    for e in events:
        if e.state == "bad":
            account.note(e, "bad")
            continue
        if e.state == "null" or where(e.row) is not True:
            account.note(e, "filtered")
            continue
        key = group(e.row)
        if key is None or (isinstance(key, tuple) and any(k is None for k in key)):
            account.note(e, "filtered")
            continue
        yield e, key


def unwindowed(events, where, group, account):
    groups = defaultdict(list)
    for e, key in wanted(events, where, group, account):
        account.note(e, "used")
        groups[key].append(e)
    return [(key, None, rows, max(e.time for e in rows), True) for key, rows in groups.items()]


def time_windows(events, where, group, account, size, advance, grace, affine, marks):
    groups = defaultdict(list)
    for e, key in wanted(events, where, group, account):
        counts, start = False, e.time - e.time % advance
        while start > e.time - size:
            if start >= 0 and start + size + grace > e.before:
                groups[key, (start, start + size)].append(e)
                counts = True
            start -= advance
        account.note(e, "used" if counts else "late")
    lowest = min(marks.values())
    out = []
    for (key, window), rows in groups.items():
        mark = marks[rows[0].topic, rows[0].partition] if affine else lowest
        out.append((key, window, rows, max(e.time for e in rows), mark >= window[1] + grace))
    return out


def sessions_affine(events, where, group, account, gap, grace, marks):
    live, done = defaultdict(list), []   # key -> [[start, end, rows]]
    for e, key in wanted(events, where, group, account):
        mine, rest = [e.time, e.time, [e]], []
        for s in live[key]:
            if e.before > s[1] + gap + grace:
                done.append((key, s, True))
            elif s[0] - gap <= e.time <= s[1] + gap:
                mine = [min(mine[0], s[0]), max(mine[1], s[1]), s[2] + mine[2]]
            else:
                rest.append(s)
        if mine[1] + gap + grace >= e.before:
            account.note(e, "used")
            live[key] = rest + [mine]
        else:
            account.note(e, "late")
            live[key] = rest
    for key, rest in live.items():
        for s in rest:
            mark = marks[s[2][0].topic, s[2][0].partition]
            done.append((key, s, mark > s[1] + gap + grace))
    return [(key, (s[0], s[1]), s[2], s[1], final) for key, s, final in done]


def sessions_regrouped(events, where, group, account, gap, grace, marks):
    groups, out, lowest = defaultdict(list), [], min(marks.values())
    for e, key in wanted(events, where, group, account):
        if e.time + gap + grace >= e.before:
            account.note(e, "used")
            groups[key].append(e)
        else:
            account.note(e, "late")
    for key, rows in groups.items():
        cluster = []
        for e in sorted(rows, key=lambda e: e.time) + [None]:
            if cluster and (e is None or e.time - cluster[-1].time > gap):
                end = cluster[-1].time
                out.append((key, (cluster[0].time, end), cluster, end, lowest > end + 2 * gap + grace))
                cluster = []
            if e is not None:
                cluster.append(e)
    return out


def results(groups, columns, key=lambda k: k, having=None):
    """groups -> [Row]; columns(key, window, rows) -> value or None when HAVING fails."""
    out = []
    for k, window, rows, time, final in groups:
        value = columns(k, window, rows)
        if having is None or having(value, rows) is True:
            out.append(Row(key(k), window, time, value, final, by_prefix(columns, k, window, rows)))
    return out


def by_prefix(columns, key, window, rows):
    if len({(e.topic, e.partition) for e in rows}) > 1:
        return None
    return lambda n: (columns(key, window, rows[:n]), max(e.time for e in rows[:n]))


# ---------------------------------------------------------------- aggregates over [Event]

def values(rows, f):
    return [v for v in (f(e.row) for e in rows) if v is not None]


def agg_sum(rows, f):
    found = values(rows, f)
    if not found:
        return None
    if isinstance(found[0], float):
        return math.fsum(found)
    total = sum(found)
    return total if isinstance(total, Decimal) else fit(total, 63)


def agg_avg(rows, f):
    found = values(rows, f)
    if not found:
        return None
    return (math.fsum(found) if isinstance(found[0], float) else float(sum(found))) / len(found)


def agg_min(rows, f):
    return min(values(rows, f), default=None, key=byte_order)


def agg_max(rows, f):
    return max(values(rows, f), default=None, key=byte_order)


def byte_order(v):
    return v.encode() if isinstance(v, str) else v


def by_offset(rows):
    parts = defaultdict(list)
    for e in rows:
        parts[e.topic, e.partition].append(e)
    return [sorted(p, key=lambda e: e.offset) for p in parts.values()]


def agg_edge(rows, f, latest):
    """EARLIEST/LATEST_BY_OFFSET: by offset within a partition, between partitions by (time, topic, partition, offset)."""
    picks = []
    for part in by_offset(rows):
        part = [e for e in part if f(e.row) is not None]
        if part:
            picks.append(part[-1 if latest else 0])
    if not picks:
        return None
    return f((max if latest else min)(picks, key=lambda e: (e.time, e.topic, e.partition, e.offset)).row)


def agg_list(rows, f):
    parts = by_offset(rows)
    if len(parts) > 1:  # only used where times rise within each partition, so that the two orders agree
        rows = sorted(rows, key=lambda e: (e.time, e.topic, e.partition, e.offset))
    else:
        rows = parts[0]
    return [f(e.row) for e in rows]


def agg_set(rows, f):
    return list(dict.fromkeys(agg_list(rows, f)))


def agg_topk(rows, f, k):
    return sorted(values(rows, f), reverse=True)[:k]


# ---------------------------------------------------------------- scalar rules

def fit(value, bits):
    return value if -(1 << bits) <= value < (1 << bits) else None


def long(value):
    return None if value is None else fit(value, 63)


def nul(f):
    """A function that is NULL when any argument is NULL."""
    return lambda *a: None if any(x is None for x in a) else f(*a)


def compared(f):
    """A comparison, which is false when an operand is NULL."""
    return lambda *a: False if any(x is None for x in a) else f(*a)


@nul
def java_div(a, b):
    if b == 0:
        return None
    q = abs(a) // abs(b)
    return long(q if (a < 0) == (b < 0) else -q)


@nul
def java_mod(a, b):
    return None if b == 0 else long(int(math.copysign(1, a)) * (abs(a) % abs(b)))


def and3(*a):
    return False if any(x is False for x in a) else None if any(x is None for x in a) else True


def or3(*a):
    return True if any(x is True for x in a) else None if any(x is None for x in a) else False


def not3(a):
    return None if a is None else not a


@nul
def like(value, pattern):
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), value, re.S) is not None


def java_double(x):
    """Double.toString."""
    if x == 0:
        return "-0.0" if math.copysign(1, x) < 0 else "0.0"
    sign, digits, exponent = Decimal(repr(x)).as_tuple()
    digits = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(Decimal(repr(x)).as_tuple().digits) + exponent  # value = 0.DIGITS * 10^point
    s = "-" if sign else ""
    if 1e-3 <= abs(x) < 1e7:
        if point <= 0:
            return s + "0." + "0" * -point + digits
        digits = digits.ljust(point, "0")
        return s + digits[:point] + "." + (digits[point:] or "0")
    return s + digits[0] + "." + (digits[1:] or "0") + "E" + str(point - 1)
