# SPDX-License-Identifier: Apache-2.0
"""The schema registry is away while records of a schema come that no process knows yet."""

import time

import avro_bytes
import generate
import stand_in
import wire
from crash_scenario import PROGRESS, START, expect_everything, expect_progress
from programs_avro import FIRST, optional
from verify import Difference

# Within this time a process has to say that it waits, in seconds: it speaks of a silent registry after 10.
NOTICE = 25
KEY = b"user-0"
PARTITION = wire.partition_of(KEY, 4)
# So long the processes may share out the partitions, in seconds: afterwards each knows the schemas of its own.
SETTLING = 8


# Fault 60.
class RegistryAway:
    """
        registry      ──┤ answers 503 ├── progress ──┤ SIGSTOP ├── progress
        one partition   waits for its schema           waits
        the others      go on                          go on
    """

    def __init__(self, program, processes, seconds):
        self.program, self.processes, self.seconds = program, processes, seconds
        self.name = f"registry away for {seconds} s, twice"
        self.figures = f"{processes} processes"

    def cast(self, rng):
        return [(self.program, self.processes, 200, 6 * self.seconds + 2 * SETTLING + 3 * NOTICE)]

    def harm(self, suite, applications, rng):
        application, registry = applications[0], stand_in.StandIn.one()
        application.start_all()
        expect_progress(applications, START)
        time.sleep(SETTLING)
        expect_everything(application, PROGRESS)
        self._away(application, "first", lambda: registry.set_fault(status=503, body="starting"), registry.set_fault)
        expect_progress(applications, PROGRESS)
        self._away(application, "second", registry.pause, registry.resume)
        suite.tally.recoveries += expect_progress(applications, PROGRESS)

    def _away(self, application, field, leave, come_back):
        registry, subject = stand_in.StandIn.one(), f"{application.name}.in-value"
        newer = {**FIRST, "fields": [*FIRST["fields"], optional(field, "string")]}
        number = registry.register(subject, newer)
        value = {f["name"]: None for f in newer["fields"]} | {
            "id": 7, "qty": 1, "unread": [], "colour": "RED", field: "new"}
        said = self._count(application, "answers again")
        leave()
        try:
            data = avro_bytes.framed(number, newer, value)
            rows = [(f"{application.name}.in", PARTITION, generate.EPOCH, KEY, data)] * 20
            application.client.produce_all(rows)
            self._expect(application, "waiting for schema registry", said, NOTICE)
            # What needs no new schema goes on; the partition that does waits, with all that lies behind.
            held = application.watch.offsets.get((f"{application.name}.in", PARTITION))
            before, deadline = self._others(application), time.monotonic() + self.seconds
            while time.monotonic() < deadline:
                application.expect_alive()
                time.sleep(0.2)
            if self._others(application) <= before:
                raise Difference(f"{application.name}: partitions that need no new schema stand still")
            after = application.watch.offsets.get((f"{application.name}.in", PARTITION))
            if after != held:
                raise Difference(f"{application.name}: {held} became {after} in a partition whose schema is not to be had")
        finally:
            come_back()
        self._expect(application, "answers again", said, PROGRESS)

    @staticmethod
    def _others(application):
        return sum(offset for (_, partition), offset in application.watch.offsets.items() if partition != PARTITION)

    @staticmethod
    def _count(application, words):
        application.log.flush()
        with open(application.log_path, encoding="utf-8") as log:
            return log.read().count(words)

    def _expect(self, application, words, before, seconds):
        """The processes say this more often than so many times."""
        began = time.monotonic()
        while self._count(application, words) <= before:
            application.expect_alive()
            if time.monotonic() - began > seconds:
                raise Difference(f"{application.name}: no word of '{words}' in {seconds} s: {application.last_words}")
            time.sleep(0.2)
