# SPDX-License-Identifier: Apache-2.0
"""What looks on all the time while processes and brokers die: readers of the output, and of the committed offsets."""

import subprocess
import threading
import time

import wire
from crash_broker import PatientClient


class OutputReader:
    """Reads a topic at read_committed while it is written. What it has seen once must stay: in the end the topic must
    hold just that."""

    def __init__(self, bootstrap, topic):
        self.topic, self.faults, self.records, self._next = topic, [], [], {}
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            ["kcat", "-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-q", "-E", "-u", "-X", "isolation.level=read_committed",
             "-X", "fetch.wait.max.ms=20", "-X", "reconnect.backoff.max.ms=500", "-X", "topic.metadata.refresh.interval.ms=1000",
             "-f", wire.FORMAT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self._ending = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self._errors = threading.Thread(target=self._drain, daemon=True)
        self._errors.start()

    def _drain(self):
        self.errors = b"".join(self._process.stderr)

    def _read(self):
        waiting = bytearray()
        while data := self._process.stdout.read(1 << 16):
            waiting += data
            found = wire.parse(self.topic, waiting)
            with self._lock:
                for r in found:
                    if r.offset < self._next.get(r.partition, 0):
                        self.faults.append(f"{self.topic}/{r.partition}@{r.offset} was read again after @{self._next[r.partition] - 1}")
                    self._next[r.partition] = r.offset + 1
                self.records += found
        if not self._ending:
            self._errors.join(1)
            self.faults.append(f"the reader of {self.topic} ended by itself: {self.errors.decode(errors='replace').strip()}")

    def seen(self):
        """Everything so far, in order within each partition."""
        with self._lock:
            return sorted(self.records, key=lambda r: (r.partition, r.offset))

    def close(self):
        self._ending = True
        self._process.terminate()
        self._process.wait()
        self._thread.join()


class OffsetWatch:
    """Asks for a group's committed offsets all the time: they must never go back.

    A broker may say that some are gone (docs/reliability.md, as only a broker can lose them): until they are back, it is
    not taken at its word for them."""

    def __init__(self, bootstrap, group, topics, every=0.03):
        self.group, self.topics, self.every = group, topics, every
        # The furthest that was told, what was told last, and where it was told to be less and is not back.
        self.offsets, self.told, self._gone = {}, {}, set()
        self.faults, self.questions, self.forgotten = [], 0, 0
        # False while the broker may tell offsets of the past: then these, too, only count as gone.
        self.trusts_broker = True
        self._stopped = threading.Event()
        self._client = PatientClient(bootstrap)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._stopped.wait(self.every):
            self.ask(self._client)

    def ask(self, client):
        found = client.committed(self.group, self.topics)
        self.questions += 1
        gone = {place for place, offset in self.offsets.items()
                if place not in found or not self.trusts_broker and found[place] < offset}
        self.forgotten += len(gone - self._gone)
        self._gone |= gone
        furthest = dict(self.offsets)
        for place, offset in found.items():
            before = self.offsets.get(place, -1)
            if offset >= before:
                furthest[place] = offset
                self._gone.discard(place)
            elif place not in self._gone:
                self._gone.add(place)
                self.faults.append(f"the committed offset of {place[0]}/{place[1]} went back from {before} to {offset}")
        self.offsets, self.told = furthest, found

    @property
    def total(self):
        return sum(self.offsets.values())

    def wait_for_progress(self, seconds):
        """How long it took until the offsets moved on; None where they did not."""
        began, before = time.monotonic(), self.total
        while time.monotonic() - began < seconds:
            if self.total > before:
                return time.monotonic() - began
            time.sleep(0.02)
        return None

    def close(self):
        self._stopped.set()
        self._thread.join()


class Feeder:
    """A steady producer: so many records a second, each partition in order, until it is stopped or has no more."""

    def __init__(self, bootstrap, rows, rate):
        self.trouble = None
        self._rows, self._rate = rows, rate
        self._client = PatientClient(bootstrap)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def _feed(self):
        try:
            began, sent = time.monotonic(), 0
            while sent < len(self._rows) and not self._stopped.wait(0.05):
                due = min(int((time.monotonic() - began) * self._rate), len(self._rows))
                # After the broker was away: in pieces, so that it can be stopped.
                due = min(due, sent + 2000)
                if due > sent:
                    self._client.produce_all(self._rows[sent:due])
                    sent = due
        except Exception as error:  # noqa: BLE001 - told to the main thread
            self.trouble = error

    def stop(self):
        self._stopped.set()
        self._thread.join()
        if self.trouble:
            raise self.trouble
