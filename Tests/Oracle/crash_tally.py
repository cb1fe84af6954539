# SPDX-License-Identifier: Apache-2.0
"""What the crash suite has done and found."""

from collections import Counter

from crash_process import PHASES, TRANSACTIONS


class Tally:
    def __init__(self):
        self.kills, self.stops, self.faults, self.network_faults, self.broker_kills = (Counter() for _ in range(5))
        self.recoveries, self.gaps, self.storms, self.violations = [], [], [], []
        # What scenarios wanted to show, and could not.
        self.unshown = []
        self.records = self.rows = self.questions = self.forgotten = 0

    def lines(self):
        total = sum(self.kills.values())
        yield f"kill -9 of a process: {total}"
        if total:
            width = max(map(len, TRANSACTIONS))
            yield "  " + " " * 10 + "".join(f"{t:>{width + 2}}" for t in TRANSACTIONS) + f"{'in all':>8}"
            for phase in PHASES:
                row = [self.kills[phase, t] for t in TRANSACTIONS]
                yield f"  {phase:10}" + "".join(f"{n:>{width + 2}}" for n in row) + f"{sum(row):>8}"
        moments = ", ".join(f"{n} at {moment}" for moment, n in sorted(self.broker_kills.items()))
        yield f"kill -9 of the broker: {sum(self.broker_kills.values())}" + (f" ({moments})" if moments else "") + self.quantiles()
        stops = ", ".join(f"{n} beyond the {limit} limit" for limit, n in sorted(self.stops.items()))
        yield f"SIGSTOP of a process: {sum(self.stops.values())}" + (f" ({stops})" if stops else "")
        if self.gaps:
            yield f"rolling restarts: no partition stood still for longer than {max(self.gaps):.2f} s"
        for storm in self.storms:
            yield (f"storm: in {storm.seconds} s {storm.joins} processes joined, {storm.ends} ended in peace, {storm.kills} were killed; "
                   f"the group was never without a commit for longer than {storm.gap:.1f} s")
        if self.faults:
            points = ", ".join(f"{p} {sum(n for (q, _), n in self.faults.items() if q == p)}" for p in sorted({p for p, _ in self.faults}))
            yield f"faults: {sum(self.faults.values())} ({points})"
        if self.network_faults:
            kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(self.network_faults.items()))
            yield f"network faults: {sum(self.network_faults.values())} ({kinds})"
        yield (f"{self.records:,} records in, {self.rows:,} rows out, all seen by a concurrent read_committed reader; "
               f"committed offsets asked for {self.questions:,} times, {self.forgotten:,} partitions told to have none or older ones")
        yield from (f"not shown: {text}" for text in self.unshown)
        yield f"{len(self.violations)} violations"

    def quantiles(self):
        times = sorted(self.recoveries)
        if not times:
            return ""
        return f"; to the next commit after it is back: median {times[len(times) // 2]:.1f} s, longest {times[-1]:.1f} s"

    def summary(self, seconds):
        return "\n".join(self.lines()) + f"\n{seconds:.0f} s"
