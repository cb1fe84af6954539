# SPDX-License-Identifier: Apache-2.0
"""Faults at named places of the product (MILLRACE_FAULT): each place is reached and each fault is survived."""

import signal
import time

from crash_process import LIVE
from crash_scenario import PROGRESS, START, STOPS, expect_flush, expect_progress, work_together
from programs import PROGRAMS
from verify import Difference

# Points that a process alone comes by, with the times at which it is hit: (point, [nth]).
ALONE = [("initialised", [1]), ("assigned", [1]), ("loading", [1]), ("restoring", [1]), ("read", [1, 3]), ("computed", [1, 10]),
         ("sent", [1, 2, 10]), ("state-sent", [1, 2, 5]), ("flushed", [1, 2, 10]), ("offsets-sent", [1, 2, 10]),
         ("committed", [1, 2, 10]), ("handed-over", [1])]
# Those of processes that exchange partial results.
EXCHANGING = [("exchange-sent", [1, 2, 10]), ("loading", [1]), ("committed", [2])]
STALLS = ["read", "sent", "offsets-sent"]


# Fault 2, 3.
class Faults:
    """
        a   one process: kill and error at every point that it comes by alone
        b   one process: stalls beyond the timeout of transactions
        c   three processes that join one after the other: kill and error where partitions are given and taken
        d,e two processes, of which one stands still beyond its session: kill and error where partitions are lost
        f   two processes that exchange partial results: kill and error on their way
    """
    name = "faults"
    names = ["tumbling_affine_final", "counts_and_big_sums", "having_changes", "filter_arithmetic", "tumbling_affine_final",
             "hopping_uneven_regroup_changes"]

    def __init__(self):
        self.hits = []

    @property
    def figures(self):
        return f"{len(self.hits)} faults"

    def cast(self, rng):
        return [(PROGRAMS[n], processes, 300, 60) for n, processes in zip(self.names, (1, 1, 3, 2, 2, 2))]

    def harm(self, suite, applications, rng):
        alone, stalled, joined, lost_kill, lost_error, exchanging = applications
        works = [(self._alone, alone), (self._stalls, stalled), (self._joins, joined),
                 (self._lose, lost_kill, "kill"), (self._lose, lost_error, "error"), (self._exchange, exchanging)]
        try:
            work_together(works)
        finally:
            suite.tally.faults.update(self.hits)

    def _alone(self, application):
        self._all(application, ALONE)

    def _exchange(self, application):
        application.start(1)
        self._all(application, EXCHANGING)

    def _all(self, application, points):
        application.flush_interval = "100ms"
        application.start(0)
        expect_flush(application, START)
        for action in ("kill", "error"):
            for point, times in points:
                if action == "error" and point == "initialised":
                    continue
                for nth in times:
                    application.kill(0)
                    process = application.start(0, f"{point}:{nth}:{action}")
                    self._expect(application, 0, process, point, action)

    def _stalls(self, application):
        for point in STALLS:
            process = application.start(0, f"{point}:2:stall")
            self._expect(application, 0, process, point, "stall")
            time.sleep(12)
            expect_progress([application], PROGRESS)
            application.kill(0)

    def _joins(self, application):
        """Every process that joins makes another one give partitions back."""
        first = application.start(0, "revoked:1:kill")
        first.wait_for(LIVE, START)
        second = application.start(1, "assigned:1:error")
        self._expect(application, 0, first, "revoked", "kill")
        self._expect(application, 1, second, "assigned", "error")
        # Only one of the two has to give something to the third.
        for slot in (0, 1):
            application.kill(slot)
            application.start(slot, "revoked:1:error").wait_for(LIVE, START)
        application.start(2)
        self._expect_one(application, "revoked:1:error", application.processes[:2])
        self.hits.append(("revoked", "error"))

    def _lose(self, application, action):
        victim = application.start(0, f"lost:1:{action}")
        application.start(1)
        for process in application.processes:
            # Whoever has nothing can lose nothing.
            if not process.wait_for(LIVE, START):
                raise Difference(f"{application.name}: a process got no partitions: {application.last_words}")
        time.sleep(2)
        victim.pause()
        time.sleep(STOPS["session"][1])
        victim.resume()
        self._expect(application, 0, victim, "lost", action)

    def _expect(self, application, slot, process, point, action):
        """The fault happens; a process that it kills is started again, another one goes on."""
        self._expect_one(application, f"{point}:{action}", [process])
        self.hits.append((point, action))
        if action == "kill":
            code = process.process.wait(10)
            if code != -signal.SIGKILL:
                raise Difference(f"{application.name}: ended with {code} at {point}")
            application.start(slot)
        if action != "stall":
            expect_progress([application], PROGRESS)

    @staticmethod
    def _expect_one(application, what, processes):
        deadline = time.monotonic() + START
        while True:
            # Asked first: what a process says right before its end is then among what is looked through.
            ended = all(p.ended for p in processes)
            if ended:
                for process in processes:
                    process.hear_out()
            if any(p.said("fault: ") for p in processes):
                return
            if ended or time.monotonic() > deadline:
                raise Difference(f"{application.name}: {what} was never reached: {application.last_words}")
            time.sleep(0.01)
