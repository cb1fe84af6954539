# SPDX-License-Identifier: Apache-2.0
"""Input for the oracle: seeded generators of keyed, out-of-order, late, null, broken records."""

import json
import random
import time
from wire import partition_of

EPOCH = (int(time.time()) // 86400 - 4) * 86_400_000  # recent, so that no topic's retention eats it
PAGES = ["/home", "/cart", "/häuser", "/日本", "/a_b", "/a%b", "/Élan", "/straße", "/😀", "/x,y", "/q\"r"]
NOTES = ["", " ", "a", "ab", "  two words ", "Ärger", "naïve café", "日本語テキスト", "x'y", "a,b", "12", "-7", "3.5",
         "tab\tstop", "line\nbreak", "UPPER lower", "%", "_", "back\\slash", "9223372036854775807", "1e3", "true"]


def times(rng, count, step, jitter, late=0.03, reach=20_000, edges=None, edge_share=0.0, partitions=1):
    """Yields (partition or None, time): mostly rising with jitter, some late, some on the edges that `edges` names."""
    marks, made, now = [0] * partitions, 0, EPOCH
    while made < count:
        now += rng.randrange(2 * step)
        partition = rng.randrange(partitions)
        if edges and rng.random() < edge_share:
            for t in edges(rng, now, marks[partition]):
                if t >= EPOCH - 2 * 86_400_000:
                    marks[partition] = max(marks[partition], t)
                    made += 1
                    yield partition, t
            continue
        t = now - (rng.randrange(jitter) if jitter else 0)
        if rng.random() < late:
            t = now - rng.randrange(reach)
        marks[partition] = max(marks[partition], t)
        made += 1
        yield partition, t


def window_edges(size, grace, advance=None):
    """A record that puts the watermark 1 ms before, on or after end + grace of a window, then one inside that window."""
    advance = advance or size

    def edges(rng, now, mark):
        base = max(now, mark) + 1
        start = -(-(base - size - grace) // advance) * advance
        end = start + size
        yield end + grace + rng.choice((-1, 0, 1))
        yield rng.choice((start, end - 1, end - 1 - rng.randrange(size)))
    return edges


def session_edges(gap, grace):
    """Records whose session would end 1 ms before, on or after the moment when the watermark closes it, or at gap +- 1."""
    def edges(rng, now, mark):
        if mark == 0:
            return
        if rng.random() < 0.5:
            yield mark - gap - grace + rng.choice((-1, 0, 1))
        else:
            yield mark - grace + rng.choice((-1, 0, 1)) - gap * rng.randrange(3)
    return edges


def rows(seed, topic, count, partitions, make, *, keys=40, placement="murmur2", key=None, step=40, jitter=3000, late=0.03,
         reach=20_000, edges=None, edge_share=0.0, null_keys=0.0, null_values=0.0, broken=0.0):
    """[(topic, partition, time, key, value)]; make(rng, i, key index, time) -> bytes."""
    rng = random.Random(seed)
    key = key or (lambda k: f"user-{k}".encode())
    by_partition = {p: [] for p in range(partitions)}
    for k in range(keys):
        by_partition[partition_of(key(k), partitions)].append(k)
    out = []
    for i, (partition, t) in enumerate(times(rng, count, step, jitter, late, reach, edges, edge_share, partitions)):
        if placement == "murmur2":
            # skewed: low key numbers come more often
            mine = by_partition[partition] or [0]
            k = mine[min(int(rng.expovariate(4) * len(mine)), len(mine) - 1)]
            if not by_partition[partition]:
                partition = partition_of(key(k), partitions)
        else:
            k = min(int(rng.expovariate(4) * keys), keys - 1)
        key_bytes, value = key(k), make(rng, i, k, t)
        if rng.random() < null_keys:
            key_bytes = None
        if rng.random() < null_values:
            value = rng.choice((None, None, b"null", b" null "))
        elif value is not None and rng.random() < broken:
            value = rng.choice((value[:-1], value + b"}", value + b"x", b"", b"{", b"[1,2]", b"7", b'"text"', b"{'a':1}",
                                value[:len(value) // 2], b"\xff\xfe", b'{"ID":1,}', b'{"ID" 1}', b'{ID:1}', b'{"ID":1]'))
        out.append((topic, partition, t, key_bytes, value))
    return out


def dump(rng, fields, ascii_share=0.3):
    """JSON text; now and then escaped, spaced, with names in other case, with fields that no query reads."""
    fields = dict(fields)
    if rng.random() < 0.1:
        fields = {rng.choice((k.lower(), k.upper(), k.title())): v for k, v in fields.items()}
    if rng.random() < 0.1:
        fields["unread"] = {"deep": [1, {"x": "}"}], "amount": "no"}
    items = list(fields.items())
    rng.shuffle(items)
    spaced = rng.random() < 0.1
    return json.dumps(dict(items), ensure_ascii=rng.random() < ascii_share,
                      separators=(" ,\t", " :") if spaced and not any(isinstance(v, (dict, list)) for n, v in items if n != "unread") else (",", ":")).encode()


def order(dirty=0.0, stamp=False):
    """An order: id BIGINT, amount DOUBLE (cents), qty INT, page VARCHAR, note VARCHAR, flag BOOLEAN and, if asked, ts BIGINT."""
    def make(rng, i, k, t):
        fields = {
            "id": rng.choice((i, i, i, -i, 0, 2**53 + i, 2**63 - 1, -2**63)) if rng.random() < 0.3 else i,
            "amount": rng.choice((0, -1.5, rng.randrange(100))) if rng.random() < 0.1 else rng.randrange(10_000) / 100,
            "qty": rng.randrange(-3, 12),
            "page": rng.choice(PAGES),
            "note": rng.choice(NOTES),
            "flag": rng.random() < 0.5,
        }
        if stamp:
            fields["ts"] = t
        if rng.random() < 0.15:
            fields[rng.choice(("amount", "qty", "page", "note", "flag", "id"))] = None
        if rng.random() < 0.1:
            fields.pop(rng.choice(("amount", "qty", "page", "note", "flag", "id")))
        if rng.random() < dirty:
            field, wrong = rng.choice((
                ("id", "12"), ("id", str(2**62)), ("id", 12.9), ("id", -3.7), ("id", True), ("id", "abc"), ("id", 2**63),
                ("id", {"a": 1}), ("amount", "2.25"), ("amount", "x"), ("amount", False), ("amount", [1]), ("qty", 2**31),
                ("qty", "5"), ("qty", 2.5), ("page", 5), ("page", 2.5), ("page", True), ("page", {"a": [1]}),
                ("page", [1]), ("flag", 1), ("flag", {}), ("note", -12), ("note", False)))
            fields[field] = wrong
        if stamp and rng.random() < dirty / 3:
            fields["ts"] = rng.choice((None, -1, "x", str(t), 1.5))
            if fields["ts"] == 1.5:
                del fields["ts"]
        text = dump(rng, fields)
        if rng.random() < dirty / 2 and fields.get("qty") not in (2**31,):  # program equal_names has that case
            text = text.rstrip(b"} ") + b',"QTY":7,"qty":8}'
        return text
    return make
