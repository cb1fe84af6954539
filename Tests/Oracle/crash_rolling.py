# SPDX-License-Identifier: Apache-2.0
"""A rolling restart, as an upgrade does it: each process of a group ends in peace and is started again, one by one."""

import threading
import time

from crash_process import LIVE
from crash_scenario import END, PROGRESS, START, expect_everything
from programs import PROGRAMS
from verify import Difference

# No partition may stand still for longer, in seconds. Two are promised on a machine with nothing else to do.
LONGEST = 5


class Rolling:
    """
        processes      1 ──┤├──────────────────────
                       2 ─────────┤├───────────────      ┤├ SIGTERM, end, start
                       3 ────────────────┤├────────
        a partition    ▪ ▪ ▪ ▪ ▪ ▪   gap   ▪ ▪ ▪ ▪ ▪     ▪ a commit that moves its offset on
    """

    def __init__(self, rounds, processes=3):
        self.rounds, self.processes, self.gap = rounds, processes, 0
        self.name = f"rolling restart, {processes} processes"

    @property
    def figures(self):
        return f"longest gap {self.gap:.2f} s"

    def cast(self, rng):
        return [(PROGRAMS["filter_arithmetic"], self.processes, 1000, 20 + 10 * self.rounds)]

    def harm(self, suite, applications, rng):
        application = applications[0]
        for slot in range(self.processes):
            if not application.start(slot).wait_for(LIVE, START):
                raise Difference(f"{application.name}: a process is not live after {START} s: {application.last_words}")
        expect_everything(application, PROGRESS)
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(application, ended))
        watcher.start()
        try:
            for _ in range(self.rounds):
                for slot in range(self.processes):
                    application.end(slot, END)
                    if not application.start(slot).wait_for(LIVE, START):
                        raise Difference(f"{application.name}: a process did not come back: {application.last_words}")
                    time.sleep(rng.uniform(1, 2))
            expect_everything(application, PROGRESS)
        finally:
            ended.set()
            watcher.join()
        suite.tally.gaps.append(self.gap)
        if self.gap > LONGEST:
            raise Difference(f"{application.name}: a partition stood still for {self.gap:.1f} s")

    def _watch(self, application, ended):
        """Keeps the longest time in which a partition did not move on."""
        moved = {place: (offset, time.monotonic()) for place, offset in application.watch.offsets.items()}
        while not ended.wait(0.02):
            now, offsets = time.monotonic(), application.watch.offsets
            for place, (offset, since) in moved.items():
                self.gap = max(self.gap, now - since)
                if offsets.get(place, 0) > offset:
                    moved[place] = (offsets[place], now)
