# SPDX-License-Identifier: Apache-2.0
"""The broker comes back, and says for a while that its groups have no committed offsets."""

import glob
import os
import struct
import time

from crash_broker import PIECES
from crash_outage import USUAL
from crash_scenario import PROGRESS, START, expect_progress

# So large a log of offsets, in bytes, takes some seconds to load, in one piece. How many depends on the machine: each
# attempt that shows nothing is followed by one with so much more (the broker has a heap of 512 MB).
LARGE, MORE = 95_000_000, 45_000_000
TRANSACTIONAL, CONTROL = 0x10, 0x20
# A broker that comes back stays in charge for so long, until its old self is counted out: the first load is to begin then.
COUNTED_OUT = "broker.session.timeout.ms=4000"
# How often the broker is killed until it forgets.
ATTEMPTS = 4
# How long its answers are waited for, and how long it goes on with them, in seconds.
LOADED, WRONG = 12, 10
# After so long what processes that stand still have asked for is done, in seconds.
QUIET = 0.5


class ForgetfulBroker:
    """
        broker     ──┤ kill -9 ├ leader: load ──┤ its old self is counted out ├ leader again: load ────┤ kill -9 ├ as usual
        groups                                                                 └ first load ends: "no offsets"

    Kafka 4.3.1 takes the end of the first load for that of the second, and answers from groups that are empty yet. The
    second load may break off at what it is told meanwhile: then it stays wrong until the broker's next start.
    """

    def __init__(self, cast, times):
        self._cast, self.times, self.forgotten = cast, times, 0
        self.name = f"forgetful broker, {len(cast)} applications"

    @property
    def figures(self):
        return f"{self.forgotten} x no offsets"

    def cast(self, rng):
        return [(p, n, 200, 30 * self.times + 60) for p, n in self._cast]

    def harm(self, suite, applications, rng):
        for application in applications:
            application.start_all()
        expect_progress(applications, START)
        for application in applications:
            application.watch.trusts_broker = False
        partition, done, size = coordinating_partition(rng.choice(applications).name), 0, LARGE
        for _ in range(ATTEMPTS * self.times):
            time.sleep(rng.uniform(0.3, 2))
            has_forgotten = self._forget(suite, applications, partition, size)
            done += has_forgotten
            self._restart(suite, applications, partition, size, PIECES, USUAL)
            size += 0 if has_forgotten else MORE
            suite.tally.recoveries += expect_progress(applications, PROGRESS)
            if done == self.times:
                return
        # Whether the broker forgets is up to it: that it did not is no fault of the program.
        suite.tally.unshown.append(
            f"{self.name}: the broker was killed {ATTEMPTS * self.times} times and has forgotten {done} times, not {self.times}")

    def _forget(self, suite, applications, partition, size):
        self._restart(suite, applications, partition, size, f"offsets.load.buffer.size={size + 20_000_000}", COUNTED_OUT)
        before, end = self.forgotten, time.monotonic() + LOADED
        while time.monotonic() < end:
            time.sleep(0.1)
            if sum(a.watch.forgotten for a in applications) > before:
                time.sleep(WRONG)
                break
        self.forgotten = sum(a.watch.forgotten for a in applications)
        return self.forgotten > before

    @staticmethod
    def _restart(suite, applications, partition, size, *settings):
        """While the processes stand still: they commit nothing then, because Kafka may lose the markers of a commit, which is
        another fault (docs/reliability.md); and the broker gets on with what it does."""
        processes = [process for a in applications for process in a.processes]
        for process in processes:
            process.pause()
        time.sleep(QUIET)
        suite.broker.kill()
        grow(suite.broker.directory, partition, size)
        for setting in settings:
            suite.broker.configure(setting)
        suite.broker.restart()
        for process in processes:
            process.resume()


def coordinating_partition(group):
    """Of `__consumer_offsets`, which has five: by Java's hash of strings."""
    code = 0
    for letter in group:
        code = (31 * code + ord(letter)) & 0xFFFFFFFF
    return (code & 0x7FFFFFFF) % 5


def grow(directory, partition, size):
    """Lets a partition of `__consumer_offsets` say everything again and again, with new offsets, until it is large. The
    broker is dead."""
    folder = os.path.join(directory, "data", f"__consumer_offsets-{partition}")
    log = bytearray().join(open(path, "rb").read() for path in sorted(glob.glob(os.path.join(folder, "*.log"))))
    if len(log) >= size:
        return
    whole, ended = batches(log)
    copies = 1 + (size - len(log)) // sum(length for _, length, _ in ended)
    grown, offset = bytearray(), 0
    # What was said in transactions that are open, is said once: nobody must take it for committed.
    for at, length, records in ended * copies + whole:
        start = len(grown)
        grown += log[at:at + length]
        struct.pack_into(">q", grown, start, offset)
        struct.pack_into(">i", grown, start + 12, 0)
        offset += records
    for path in glob.glob(os.path.join(folder, "0*")):
        os.remove(path)
    write(os.path.join(folder, f"{0:020}.log"), grown)
    write(os.path.join(folder, "leader-epoch-checkpoint"), b"0\n1\n0 0\n")
    # All of it is to be looked through, and all of it counts.
    for name, value in (("recovery-point-offset-checkpoint", 0), ("replication-offset-checkpoint", offset)):
        path, place = os.path.join(directory, "data", name), f"__consumer_offsets {partition} "
        lines = [f"{place}{value}" if line.startswith(place) else line for line in open(path, encoding="utf-8").read().split("\n")]
        write(path, "\n".join(lines).encode())


def batches(log):
    """Where each batch begins, its length and its number of offsets: all, and those that are in no open transaction.

        0 first offset, 8 length of the rest, 12 leader's epoch, 16 magic, 17 checksum of the rest, 21 attributes,
        23 last record's number, 27 two times, 43 producer
    """
    found, producers, at = [], [], 0
    while at + 61 <= len(log):
        length = 12 + struct.unpack_from(">i", log, at + 8)[0]
        if length <= 12 or at + length > len(log):
            break
        attributes, last = struct.unpack_from(">hi", log, at + 21)
        found.append((at, length, 1 + last))
        producers.append((struct.unpack_from(">q", log, at + 43)[0], attributes & TRANSACTIONAL, attributes & CONTROL))
        at += length
    closed, ended = set(), []
    for batch, (producer, transactional, control) in zip(reversed(found), reversed(producers)):
        if control:
            closed.add(producer)
        if not transactional or producer in closed:
            ended.append(batch)
    return found, ended[::-1]


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
