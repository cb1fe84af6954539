# SPDX-License-Identifier: Apache-2.0
"""A rebalance storm: a process joins or leaves the group every second."""

import threading
import time
from dataclasses import replace

from crash_scenario import END, PROGRESS, START, STOPS, expect_everything, expect_progress
from programs import PROGRAMS, dirty
from verify import Difference

# While there is a storm the group may commit nothing for so long, in seconds.
CALM = 10


# Fault 51.
class Storm:
    """
        process 1   ──────────┤    ├────────   joins, ends in peace or is killed; which one, and what it does, is drawn
        process 2      ├──────────────┤        every second; one at least is there
        …
        process 6           ├───┤       ├───

    The input has enough partitions for all. A member that leaves says nothing to the group: its partitions are nobody's
    until it comes back or its session runs out.
    """

    def __init__(self, seconds, processes=6):
        self.seconds, self.processes, self.joins, self.ends, self.kills, self.gap = seconds, processes, 0, 0, 0, 0
        self.name = f"storm of {seconds} s, {processes} processes"

    @property
    def figures(self):
        return f"{self.joins} join, {self.ends + self.kills} leave"

    def cast(self, rng):
        wide = replace(PROGRAMS["filter_arithmetic"], topics={"in": 12}, rows=dirty(1, 12000, 12))
        return [(wide, self.processes, 400, self.seconds + STOPS["session"][1] + 10)]

    def harm(self, suite, applications, rng):
        application = applications[0]
        application.start(0)
        expect_progress(applications, START)
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(application, ended))
        watcher.start()
        try:
            self._rage(application, rng)
        finally:
            ended.set()
            watcher.join()
        suite.tally.storms.append(self)
        if self.gap > CALM:
            raise Difference(f"{application.name}: nothing was committed for {self.gap:.1f} s of the storm")
        # Partitions of those that left are nobody's until their sessions run out.
        deadline = time.monotonic() + STOPS["session"][1]
        while time.monotonic() < deadline:
            application.expect_alive()
            time.sleep(0.1)
        expect_everything(application, PROGRESS)

    def _rage(self, application, rng):
        began = time.monotonic()
        for second in range(self.seconds):
            application.expect_alive()
            present = [slot for slot, process in enumerate(application.processes) if process]
            absent = [slot for slot in range(self.processes) if slot not in present]
            # The first seconds are for growing.
            if absent and (len(present) == 1 or second < self.processes - 1 or rng.random() < 0.5):
                application.start(rng.choice(absent))
                self.joins += 1
            elif rng.random() < 0.5:
                application.end(rng.choice(present), END)
                self.ends += 1
            else:
                application.kill(rng.choice(present))
                self.kills += 1
            time.sleep(max(0, began + second + 1 - time.monotonic()))

    def _watch(self, application, ended):
        """Keeps the longest time in which the group committed nothing."""
        total, since = application.watch.total, time.monotonic()
        while not ended.wait(0.02):
            now = time.monotonic()
            self.gap = max(self.gap, now - since)
            if application.watch.total > total:
                total, since = application.watch.total, now
