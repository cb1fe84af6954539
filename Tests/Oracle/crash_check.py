# SPDX-License-Identifier: Apache-2.0
"""What must hold of a scenario's output, whatever has died: nothing lost, doubled or reordered, no aborted record ever
visible, no transaction left open, no committed offset that went back."""

import time
from collections import Counter, defaultdict

from verify import Difference, canonical, compare, decoded, hashable, last_of_each, row_text


def expected_rows(output):
    return [r for r in output.rows if r.final] if output.kind == "final" else output.rows


def check_content(name, output, records, sql, show):
    """The rows that a reader has seen, against the recomputation."""
    got = decoded(records, name, output, sql)
    rows = expected_rows(output)
    want = [hashable(r) for r in rows]
    changes = output.kind in ("changes", "upsert")
    compare(name, want, last_of_each(got) if changes else got, show)
    if changes:
        check_steps(name, rows, got)
    elif output.ordered:
        check_order(name, want, got)


def check_order(name, want, got):
    """Each key's rows come in the order of the log; those of windows that become final in the order of the windows."""
    def sequences(rows):
        out = defaultdict(list)
        for row in rows:
            out[row[0]].append(row[1:])
        return out

    expected = sequences(sorted(want, key=lambda r: r[1] or (0, 0)))
    for key, rows in sequences(got).items():
        # Records without a key may lie in several partitions, which have no common order.
        if key is not None and rows != expected[key]:
            at = next(i for i, (a, b) in enumerate(zip(rows, expected[key])) if a != b)
            raise Difference(f"{name}: the rows of {row_text((key,))} are out of order: row {at} is {row_text(rows[at])}, "
                             f"expected {row_text(expected[key][at])}")


def check_steps(name, rows, got):
    """Every value that a group has ever had is that of its first N records, and N only grows."""
    groups = {hashable(r)[:2]: r for r in rows if r.prefix}
    reached = {}
    for key, window, time_, value in got:
        row = groups.get((key, window))
        fields = dict(value) if value != canonical(None) else {}
        if row is None or "N" not in fields:
            continue
        n = fields["N"][1]
        if n <= reached.get((key, window), 0):
            raise Difference(f"{name}: {row_text((key, window))} came again with N = {n} after {reached[key, window]}")
        reached[key, window] = n
        value_then, time_then = row.prefix(n)
        if (canonical(value_then), time_then) != (value, time_):
            raise Difference(f"{name}: {row_text((key, window))} was {row_text((value,))} at {time_}, its first {n} records make "
                             f"{row_text((canonical(value_then),))} at {time_then}")


def check_stays(topic, seen, now):
    """What the concurrent reader saw is what the topic holds in the end."""
    seen, now = Counter(seen), Counter(now)
    for text, rows in (("was visible for a while and is gone", seen - now), ("was never shown to the concurrent reader", now - seen)):
        if rows:
            r = min(rows, key=lambda r: (r.partition, r.offset))
            raise Difference(f"{topic}/{r.partition}@{r.offset} {text} ({sum(rows.values())} such records)")


def open_transactions(client):
    """What transactions are open, and where the last stable offset is not the end. Asks for the ends first: a commit is
    answered before its markers are written."""
    found = []
    for topic, partitions in sorted(client.partition_counts().items()):
        ends, stable = client.ends(topic, partitions, False), client.ends(topic, partitions, True)
        for p, (end, last) in enumerate(zip(ends, stable)):
            if last < end:
                found.append(f"{topic}/{p}: last stable offset {last}, end {end}")
    for name, state in client.transactions().items():
        if state not in ("Empty", "CompleteCommit", "CompleteAbort", "Dead"):
            found.append(f"transaction {name}: {state}")
    return found


def check_nothing_open(client, seconds):
    """Every process has ended in peace: what it left open would hold readers back until the broker ends it."""
    began = time.monotonic()
    while found := open_transactions(client):
        if time.monotonic() - began > seconds:
            raise Difference(f"left open {seconds} s after the end: {'; '.join(found[:4])}")
        time.sleep(0.1)


def check_committed(client, offsets, topics):
    """The group has committed all of its input."""
    for topic, partitions in topics.items():
        for p, end in enumerate(client.ends(topic, partitions, False)):
            if end and offsets.get((topic, p)) != end:
                raise Difference(f"{topic}/{p}: committed {offsets.get((topic, p))}, the log ends at {end}")

