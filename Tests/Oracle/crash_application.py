# SPDX-License-Identifier: Apache-2.0
"""One program under test: its topics, a feeder, its processes, and those who look on."""

import os
import time

import crash_check as check
import stand_in
import wire
from crash_broker import PatientClient
from crash_process import Process
from crash_proxy import free_port
from crash_watch import Feeder, OffsetWatch, OutputReader
from verify import Difference

BINARY = os.environ.get("MILLRACE_BINARY") or os.path.join(os.path.dirname(__file__), "../../.build/release/millrace")
HEAD = 4000  # records that are there before the first process starts


class Application:
    def __init__(self, suite, program, processes, name, directory, rng, *, rate, seconds):
        self.program, self.name, self.rng, self.suite = program, name, rng, suite
        self.processes, self.log_path = [None] * processes, os.path.join(directory, f"{name}.log")
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.client = PatientClient(suite.broker.bootstrap)
        self.directory = directory
        self.environment = dict(
            os.environ, TMPDIR=directory, MILLRACE_LOG_FORMAT="text", MILLRACE_FAULT_ALLOWED="in-this-test")
        self.path = os.path.join(directory, f"{name}.sql")
        self.edit(program.sql.replace("$T", name), [])
        self.topics = {f"{name}.{t}": n for t, n in program.topics.items()}
        self.outputs, _ = program.compute({t: [] for t in program.topics})
        self.client.create_topics(self.topics | {f"{name}.{t}": o.partitions for t, o in self.outputs.items()})
        # Twice what will be needed, as the rest is not sent; the program's own number is about 10,000.
        made = stand_in.adopted(program, name, program.rows(max(1, (HEAD + 2 * rate * seconds) / 5000)))
        rows = [(f"{name}.{t}", *rest) for t, *rest in made]
        self.client.produce_all(rows[:HEAD])
        self._rows, self._rate = rows[HEAD:], rate
        self.records = self.rows = 0
        self.flush_interval = None  # None: another at each start
        self.connection = ["-b", suite.broker.bootstrap]

    def edit(self, text, options):
        """What is started from now on."""
        self.options = options
        with open(self.path, "w", encoding="utf-8") as out:
            for setting in self.suite.arguments.set:
                out.write("SET '{}' = '{}';\n".format(*setting.split("=", 1)))
            out.write(text)

    def look_on(self):
        """Begins to feed, and to watch. When everything is prepared, which may take minutes."""
        self.readers = {t: OutputReader(self.suite.broker.bootstrap, f"{self.name}.{t}") for t in self.outputs}
        self.watch = OffsetWatch(self.suite.broker.bootstrap, self.name, self.topics)
        self.feeder = Feeder(self.suite.broker.bootstrap, self._rows, self._rate)

    @property
    def exchanges(self):
        """Whether its processes exchange partial results."""
        return self.program.regroups and len(self.processes) > 1

    @property
    def flushed(self):
        """Whether a flush of its state has been committed."""
        changelogs = {t: n for t, n in self.client.partition_counts().items() if t.startswith(f"{self.name}-") and t.endswith("-changelog")}
        return any(end for t, n in changelogs.items() for end in self.client.ends(t, n, True))

    @property
    def last_words(self):
        self.log.flush()
        with open(self.log_path, encoding="utf-8") as log:
            return " | ".join(log.read().splitlines()[-4:])[:900]

    def start(self, slot, fault=None):
        """Commits and flushes at another pace and with other threads each time: the answer must not depend on them."""
        assert not self.processes[slot] or self.processes[slot].ended, "the place is taken"
        command = [BINARY, "run", self.path, *self.connection, "--application", self.name,
                   "--commit-interval", self.rng.choice(("1ms", "10ms", "30ms", "300ms")),
                   "--state-flush-interval", self.flush_interval or self.rng.choice(("100ms", "500ms", "30s")),
                   "--threads", self.rng.choice(("1", "1", "2")), "--http", f"127.0.0.1:{free_port()}",
                   *stand_in.options(self.program)] + self.options
        if self.exchanges:
            command.append("--exchange")
        environment = self.environment | ({"MILLRACE_FAULT": fault} if fault else {})
        self.processes[slot] = Process(command, self.log, environment)
        return self.processes[slot]

    def start_all(self):
        for slot in range(len(self.processes)):
            if self.processes[slot] is None:
                self.start(slot)

    def kill(self, slot):
        self.processes[slot].kill()
        self.processes[slot] = None

    def end(self, slot, seconds):
        """SIGTERM: it has to end in peace."""
        process, self.processes[slot] = self.processes[slot], None
        code = process.stop(seconds)
        if code:
            raise Difference(f"{self.name}: SIGTERM ended a process with {code}: {self.last_words}")
        if code is None:
            raise Difference(f"{self.name}: SIGTERM did not end a process in {seconds} s: {self.last_words}")

    def expect_alive(self):
        for process in self.processes:
            if process and process.ended:
                raise Difference(f"{self.name}: a process ended by itself with {process.process.returncode}: {self.last_words}")

    def finish(self, catch_up, end):
        """No more harm: everything is to be worked off, then everything is compared."""
        self.feeder.stop()
        self.start_all()
        logs = {t: [r._replace(topic=t) for r in wire.read(self.suite.broker.bootstrap, f"{self.name}.{t}")]
                for t in self.program.topics}
        expected, _ = self.program.compute(logs)
        self.records = sum(map(len, logs.values()))
        self._catch_up(expected, catch_up)
        for slot in range(len(self.processes)):
            self.end(slot, end)
        self.watch.close()
        self.watch.ask(self.client)
        self._compare(expected)
        check.check_committed(self.client, self.watch.told, self.topics)

    def _catch_up(self, expected, seconds):
        """Waits until the group has committed everything and the reader has seen it; a difference is told later."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.expect_alive()
            try:
                check.check_committed(self.client, self.watch.told, self.topics)
                break
            except Difference as error:
                difference = error
            time.sleep(0.1)
        else:
            raise Difference(f"{self.name}: not caught up {seconds} s after the last harm: {difference}")
        self._settle(lambda: self._compare(expected), 10)

    @staticmethod
    def _settle(check_it, seconds):
        deadline = time.monotonic() + seconds
        while True:
            try:
                return check_it()
            except Difference:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.3)

    def _compare(self, expected):
        self.rows = 0
        for name, output in expected.items():
            seen = self.readers[name].seen()
            self.rows += len(seen)
            check.check_content(f"{self.name}.{name}", output, seen, self.program.sql, self.suite.arguments.show)

    def close(self):
        """Ends everything that is left; returns what the onlookers have found."""
        problems = []
        for slot, process in enumerate(self.processes):
            if process and not process.ended:
                process.resume()
                self.kill(slot)
        try:
            self.feeder.stop()
            self.watch.close()
            for name, reader in self.readers.items():
                topic = f"{self.name}.{name}"
                now = wire.read(self.suite.broker.bootstrap, topic)
                try:
                    self._settle(lambda t=topic, r=reader, n=now: check.check_stays(t, r.seen(), n), 5)
                finally:
                    reader.close()
                problems += reader.faults
        except Exception as error:  # noqa: BLE001 - a check that breaks proves nothing
            problems.append(f"{self.name}: {type(error).__name__}: {error}")
        problems += self.watch.faults
        tally = self.suite.tally
        tally.records += self.records
        tally.rows += self.rows
        tally.questions += self.watch.questions
        tally.forgotten += self.watch.forgotten
        self.log.close()
        return problems
