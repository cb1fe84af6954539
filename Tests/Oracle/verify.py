# SPDX-License-Identifier: Apache-2.0
"""Compares millrace with an independent recomputation. See scripts/verify."""

import argparse
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from decimal import Decimal

import programs_avro  # noqa: F401 - adds its programs
import programs_explode  # noqa: F401 - adds its programs
import programs_joins  # noqa: F401 - adds its programs
import stand_in
import wire
from programs import PROGRAMS
from reference import BIGINT, INT, VARCHAR

DECODERS = {VARCHAR: lambda b: b.decode(), BIGINT: lambda b: struct.unpack(">q", b)[0], INT: lambda b: struct.unpack(">i", b)[0],
            "JSON": lambda b: parsed(b)}


def parsed(text):
    return json.loads(text, parse_float=Decimal)


def canonical(value):
    """A hashable form in which equal JSON is equal: numbers by value, names sorted."""
    if isinstance(value, dict):
        return tuple(sorted((k, canonical(v)) for k, v in value.items()))
    if isinstance(value, list):
        return tuple(map(canonical, value))
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return ("const", value)
    if isinstance(value, float):
        value = Decimal(repr(value))
    # Whole numbers by all their digits; others (at most 17 digits here) as the double that they stand for.
    return ("number", int(value) if value == int(value) else float(value))


def plain(value):
    return json.dumps(value, ensure_ascii=False, default=lambda d: (int(d) if d == d.to_integral_value() else float(d)) if isinstance(d, Decimal) else str(d))


class Difference(Exception):
    pass


def compare(label, expected, actual, show):
    """expected, actual: lists of hashable rows; as multisets."""
    want, have = Counter(expected), Counter(actual)
    if want == have:
        return
    missing, extra = want - have, have - want
    text = f"{label}: {len(expected)} rows expected, {len(actual)} got, {sum(missing.values())} missing, {sum(extra.values())} extra"
    for name, rows in (("expected", missing), ("got", extra)):
        for row in sorted(rows, key=repr)[:show]:
            text += f"\n      {name} {row_text(row)}" + (f" (x{rows[row]})" if rows[row] > 1 else "")
    raise Difference(text)


def row_text(row):
    def back(c):
        if isinstance(c, tuple) and len(c) == 2 and c[0] == "const":
            return c[1]
        if isinstance(c, tuple) and len(c) == 2 and c[0] == "number":
            return c[1]
        if isinstance(c, tuple) and c and all(isinstance(x, tuple) and len(x) == 2 and isinstance(x[0], str) and
                                              isinstance(x[1], tuple) for x in c):
            return {k: back(v) for k, v in c}
        return [back(x) for x in c] if isinstance(c, tuple) else c
    return plain(dict(row=[back(part) for part in row]))[8:-1]


class Session:
    def __init__(self, arguments):
        self.arguments = arguments
        self.binary = os.environ.get("MILLRACE_BINARY") or os.path.join(os.path.dirname(__file__), "../../.build/release/millrace")
        self.bootstrap = arguments.bootstrap
        self.client = wire.Client(self.bootstrap)
        self.directory = tempfile.mkdtemp(prefix="millrace-verify-")
        self.stamp = f"{int(time.time()) % 1_000_000:06d}{os.getpid() % 1000:03d}"

    def command(self, name, program_file, *more):
        return [self.binary, name, program_file, "-b", self.bootstrap, *self.options, *more]

    def execute(self, command, what):
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        except subprocess.TimeoutExpired:
            raise Difference(f"{what}: did not end in 60 s") from None
        if done.returncode:
            raise Difference(f"{what}: exit code {done.returncode}: {last_words(done.stderr)}")
        return done.stdout

    def write_program(self, program, prefix):
        path = os.path.join(self.directory, f"{prefix}.sql")
        with open(path, "w", encoding="utf-8") as out:
            out.write(program.sql.replace("$T", prefix))
        return path

    def prepare(self, program, tag):
        prefix = f"{program.name.replace('_', '-')}-{self.stamp}-{tag}"
        self.client.create_topics({f"{prefix}.{t}": n for t, n in program.topics.items()})
        rows = stand_in.adopted(program, prefix, program.rows())
        return prefix, [(f"{prefix}.{t}", *rest) for t, *rest in rows]

    def logs(self, program, prefix):
        return {t: [r._replace(topic=t) for r in wire.read(self.bootstrap, f"{prefix}.{t}")] for t in program.topics}

    # ------------------------------------------------------------ modes

    def printed(self, program, prefix, expected, accounts, *more):
        report = os.path.join(self.directory, f"{prefix}.json")
        text = self.execute(self.command("replay", self.write_program(program, prefix), "--from", "earliest", "--to", "now",
                                         "--format", "json", "--report", report, *more), "replay")
        got = defaultdict(list)
        for line in text.decode().splitlines():
            row = parsed(line)
            got[row["topic"]].append(row)
        unknown = set(got) - {f"{prefix}.{t}" for t in expected}
        if unknown:
            raise Difference(f"replay: rows of topics that no query writes: {unknown}")
        for name, output in expected.items():
            rows = got[f"{prefix}.{name}"]
            if output.kind == "upsert":
                rows = list(last(rows, lambda r: (canonical(r["key"]), plain(r.get("window"))), lambda r: r["value"]))
            compare(name, [(canonical(r.key), r.window and tuple(r.window), r.time, canonical(r.value),
                            r.window is not None and not r.final) for r in output.rows],
                    [(canonical(r["key"]), (r["window"]["start"], r["window"]["end"]) if "window" in r else None, r["timestamp"],
                      canonical(r["value"]), r.get("open", False)) for r in rows], self.arguments.show)
        self.check_report(report, prefix, accounts)

    def check_report(self, path, prefix, accounts):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        by_query = defaultdict(dict)
        for a in report["accounts"]:
            numbers = tuple(a[k] for k in ("read", "used", "filtered", "late", "bad"))
            if numbers[0] != sum(numbers[1:]):
                raise Difference(f"account of {a['query']} {a['topic']}/{a['partition']} does not add up: {numbers}")
            if numbers[0]:
                by_query[a["query"]][a["topic"], a["partition"]] = numbers
        if len(by_query) != len(accounts):
            raise Difference(f"accounts: {len(by_query)} queries, {len(accounts)} expected")
        for (query, got), account in zip(by_query.items(), accounts):
            if account is None:
                continue
            want = {(f"{prefix}.{topic}", partition): row for (topic, partition), row in account.rows().items()}
            for place in sorted(set(want) | set(got)):
                if want.get(place) != got.get(place):
                    raise Difference(f"account of {query} {place[0]}/{place[1]} (read, used, filtered, late, bad): "
                                     f"expected {want.get(place)}, got {got.get(place)}")

    def published(self, program, prefix, expected):
        self.execute(self.command("replay", self.write_program(program, prefix), "--from", "earliest", "--to", "now", "--publish"),
                     "replay --publish")
        self.settle(lambda: [self.compare_topic(f"{prefix}.{name}", name, output, output.rows, output.kind == "upsert")
                             for name, output in expected.items()])

    @staticmethod
    def settle(check, seconds=4):
        """The broker writes a transaction's markers after it has acknowledged the commit: a reader may have to wait a little."""
        deadline = time.time() + seconds
        while True:
            try:
                return check()
            except Difference:
                if time.time() > deadline:
                    raise
            time.sleep(0.2)

    def compare_topic(self, topic, name, output, rows, only_last):
        got = decoded(wire.read(self.bootstrap, topic), name, output, self.sql)
        if only_last:
            got = last_of_each(got)
        compare(name, [hashable(r) for r in rows], got, self.arguments.show)

    def killed(self, program, compute, kills):
        """run, killed at random moments while records arrive; then until caught up, stopped by SIGTERM."""
        prefix, rows = self.prepare(program, "c")
        rng = random.Random(self.arguments.seed)
        head = len(rows) // 4
        self.client.produce_all(rows[:head])
        path = self.write_program(program, prefix)
        command = self.command("run", path, "--commit-interval", "100ms", *self.arguments.run_option)
        trouble, crashes = [], []
        seconds = 0.6 * kills + 1.5

        def feed():
            try:
                client, rest, parts = wire.Client(self.bootstrap), rows[head:], 60
                for i in range(parts):
                    client.produce_all(rest[len(rest) * i // parts:len(rest) * (i + 1) // parts])
                    time.sleep(seconds / parts)
            except Exception as error:  # noqa: BLE001 - told to the main thread
                trouble.append(error)

        feeder = threading.Thread(target=feed)
        feeder.start()
        log = open(os.path.join(self.directory, f"{prefix}.log"), "wb")
        for _ in range(kills):
            process = subprocess.Popen(command, stdout=log, stderr=log)
            time.sleep(rng.uniform(0.1, 1.0))
            if process.poll() is not None:
                crashes.append(process.returncode)
            process.kill()
            process.wait()
        process = subprocess.Popen(command, stdout=log, stderr=log)
        feeder.join()
        if trouble:
            process.kill()
            raise trouble[0]
        expected, _ = compute(self.logs(program, prefix))
        deadline, difference = time.time() + 15, None
        while True:
            if process.poll() is not None:
                break
            try:
                self.compare_run(prefix, expected)
                difference = None
                break
            except Difference as error:
                difference = error
                if time.time() > deadline:
                    break
            time.sleep(0.3)
        code = process.poll()
        if code is None:
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise Difference("run: SIGTERM did not end it in 20 s") from difference
        log.close()
        with open(log.name, "rb") as file:
            words = last_words(file.read())
        if code or crashes:
            raise Difference(f"run: exit code {code}, ended by itself before the kill {crashes}: {words}")
        self.settle(lambda: self.compare_run(prefix, expected))

    def compare_run(self, prefix, expected):
        for name, output in expected.items():
            rows = [r for r in output.rows if r.final] if output.kind == "final" else output.rows
            self.compare_topic(f"{prefix}.{name}", name, output, rows, output.kind in ("changes", "upsert"))


def decoded(records, name, output, sql):
    """Published records as comparable rows: (key, window, time, value)."""
    windowed, session, out = any(r.window for r in output.rows), "SESSION" in sql, []
    for r in records:
        window, body = None, r.key
        if windowed:
            if session:
                end, start = struct.unpack(">qq", r.key[-16:])
                body, window = r.key[:-16], (start, end)
            else:
                (start,) = struct.unpack(">q", r.key[-8:])
                size = output.rows[0].window[1] - output.rows[0].window[0]
                body, window = r.key[:-8], (start, start + size)
        if body is not None and r.partition != wire.partition_of(body, output.partitions):
            raise Difference(f"{name}: key {body!r} lies in partition {r.partition}, "
                             f"expected {wire.partition_of(body, output.partitions)}")
        out.append((None if body is None else canonical(DECODERS[output.key](body)), window, r.time,
                    canonical(None if r.value is None else published_value(output, r.value))))
    return out


def published_value(output, data):
    return stand_in.StandIn.one().decode(data) if output.form == "AVRO" else parsed(data)


def hashable(row):
    """An expected row in the form of `decoded`."""
    return (None if row.key is None else canonical(row.key), row.window and tuple(row.window), row.time, canonical(row.value))


def last_of_each(rows):
    return list(last(rows, lambda r: r[:2], lambda r: None if r[3] == canonical(None) else r[3]))


def last(rows, key, value):
    """The last row of each key, without those that a tombstone ended."""
    out = {}
    for row in rows:
        out.pop(key(row), None)
        out[key(row)] = row
    return [row for row in out.values() if value(row) is not None]


def last_words(data):
    lines = [line for line in data.decode(errors="replace").splitlines() if line.strip()]
    for line in lines:
        if "Fatal" in line or "runtime failure" in line or "error" in line.lower():
            return line.strip()[:300]
    return " | ".join(lines[-3:])[:300] if lines else ""


def main():
    parser = argparse.ArgumentParser(prog="scripts/verify", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs (default: all)")
    parser.add_argument("--bootstrap", default=os.environ.get("MILLRACE_TEST_BOOTSTRAP"), help="the broker")
    parser.add_argument("--modes", default="printed,published,killed", help="some of printed,published,killed")
    parser.add_argument("--kills", type=int, help="kill -9 so often, in every program (default: 5, in some programs)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments of the kills")
    parser.add_argument("--show", type=int, default=2, help="differing rows to show")
    parser.add_argument("--replay-option", action="append", default=[], help="one more argument for replay (printed)")
    parser.add_argument("--run-option", action="append", default=[], help="one more argument for run")
    parser.add_argument("--list", action="store_true", help="list the programs")
    arguments = parser.parse_args()
    if arguments.list:
        for p in PROGRAMS.values():
            print(p.name + (f": {p.unclear}" if p.unclear else ""))
        return 0
    unknown = [n for n in arguments.names if n not in PROGRAMS]
    if unknown:
        parser.error(f"no program {', '.join(unknown)}")
    modes, different, count = arguments.modes.split(","), 0, 0
    session = Session(arguments)
    print(f"{session.binary} at {session.bootstrap}; programs and logs in {session.directory}", file=sys.stderr)
    for name in arguments.names or PROGRAMS:
        p = PROGRAMS[name]
        session.sql, session.options = p.sql, stand_in.options(p)
        prefix = None
        for mode in modes:
            if mode == "killed" and not (p.killed or arguments.kills is not None or arguments.names):
                continue
            began = time.time()
            try:
                if mode == "killed":
                    session.killed(p, p.compute, 5 if arguments.kills is None else arguments.kills)
                else:
                    if prefix is None:
                        prefix, rows = session.prepare(p, "a")
                        session.client.produce_all(rows)
                        expected, accounts = p.compute(session.logs(p, prefix))
                    if mode == "printed":
                        session.printed(p, prefix, expected, accounts, *arguments.replay_option)
                    else:
                        session.published(p, prefix, expected)
                verdict = "equal"
            except Difference as error:
                verdict, different = f"differs: {error}", different + 1
            count += 1
            print(f"{name:38} {mode:9} {time.time() - began:5.1f} s  {verdict}", flush=True)
    print(f"{count} comparisons, {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
