# SPDX-License-Identifier: Apache-2.0
"""The scenarios of the crash suite. Each runs one or more applications and does harm to them:

    feeder ─► input ─► process, process, … ─► output ─► reader (read_committed)
                         ▲ kill -9, SIGSTOP     ▲ kill -9 of the broker
"""

import os
import queue
import random
import threading
import time

import crash_check as check
from crash_application import Application
from crash_broker import PatientClient
from crash_process import BATCH, JOINING, LIVE, NOTHING, RESTORING, transaction_state
from verify import Difference

# In seconds: what is waited for before it counts as a hang.
START, PROGRESS, CATCH_UP, END = 30, 60, 60, 20
# Longer than this a transaction of a process that ended in peace must not stay open, in seconds.
OPEN_LIMIT = 3
# Stops in seconds. The limits: the product's transactions time out after 10 s, its sessions after 30 s, and a member that
# does not poll is put out of its group after 300 s.
STOPS = {"transaction": (11.5, 15), "session": (31.5, 36), "poll": (302, 308)}


class Suite:
    """Plays scenarios one after the other on one broker, and says what came of each."""

    def __init__(self, arguments, directory, broker, proxy, tally):
        self.arguments, self.directory, self.broker, self.proxy, self.tally = arguments, directory, broker, proxy, tally
        self.count = 0

    def play(self, scenario):
        self.count += 1
        began, problems = time.monotonic(), []
        rng = random.Random(f"{self.arguments.seed} {scenario.name}")
        directory = os.path.join(self.directory, f"{self.count}-{scenario.name.replace(' ', '-')}")
        os.mkdir(directory)
        applications = []
        try:
            for index, (program, processes, rate, seconds) in enumerate(scenario.cast(rng)):
                applications.append(Application(
                    self, program, processes, f"crash{self.count}{'abcdefgh'[index]}", directory,
                    random.Random(rng.random()), rate=rate, seconds=seconds))
            for application in applications:
                application.look_on()
            scenario.harm(self, applications, rng)
            for application in applications:
                application.finish(CATCH_UP, END)
            check.check_nothing_open(PatientClient(self.broker.bootstrap), OPEN_LIMIT)
        except Difference as error:
            problems.append(str(error))
        except Exception as error:  # noqa: BLE001 - a scenario that breaks proves nothing
            problems.append(f"{type(error).__name__}: {error}")
        for application in applications:
            problems += application.close()
        self.tally.violations += problems
        records, rows = sum(a.records for a in applications), sum(a.rows for a in applications)
        print(f"{scenario.name:42} {scenario.figures:24} {time.monotonic() - began:6.1f} s {records:>9,} in {rows:>9,} out  "
              f"{'ok' if not problems else 'VIOLATION'}", flush=True)
        for problem in problems:
            print(f"    {problem}", flush=True)


# Fault 1.
class Kills:
    """kill -9 of the processes of one application, each again and again, at random moments of its life."""

    def __init__(self, program, processes, kills):
        self.program, self.processes, self.kills = program, processes, kills
        self.name = f"kills {program.name} {processes}"
        self.figures = f"{kills} kills"

    def cast(self, rng):
        return [(self.program, self.processes, 1000, 0.7 * self.kills / self.processes)]

    def harm(self, suite, applications, rng):
        application = applications[0]
        tickets, troubles = queue.SimpleQueue(), []
        for _ in range(self.kills):
            tickets.put(None)
        threads = [threading.Thread(target=self._slot, args=(suite, application, slot, tickets, troubles, random.Random(rng.random())))
                   for slot in range(self.processes)]
        run_together(threads, troubles)

    def _slot(self, suite, application, slot, tickets, troubles, rng):
        client = PatientClient(suite.broker.bootstrap)
        try:
            while not troubles:
                try:
                    tickets.get_nowait()
                except queue.Empty:
                    return
                process = application.processes[slot] or application.start(slot)
                self._wait(process, rng)
                if process.ended:
                    raise Difference(f"a process ended by itself with {process.process.returncode}: {application.last_words}")
                identity, phase = process.identity(application.name), process.phase
                application.kill(slot)
                state = transaction_state(client, identity) if identity else NOTHING
                # While it restores it has no transaction, and its predecessor's is ended before.
                if phase == RESTORING and state != NOTHING:
                    phase = BATCH
                suite.tally.kills[phase, state] += 1
        except Exception as error:  # noqa: BLE001 - told to the main thread
            troubles.append(error)

    @staticmethod
    def _wait(process, rng):
        """Half of them anywhere in the first 0.8 s, the others soon after the process has come as far as a phase."""
        kind = rng.random()
        if kind < 0.5:
            time.sleep(rng.uniform(0.02, 0.8))
        elif kind < 0.6:
            process.wait_for(JOINING, START)
            time.sleep(rng.uniform(0, 0.1))
        elif kind < 0.8:
            # A cooperative group may leave a member without partitions for a while.
            process.wait_for(RESTORING, 5)
            time.sleep(rng.uniform(0, 0.2))
        else:
            process.wait_for(LIVE, 5)
            time.sleep(rng.uniform(0, 0.2))


# Fault 5, 6, 7.
class Stops:
    """SIGSTOP of one process of each application beyond a limit, while the others go on; then SIGCONT."""

    def __init__(self, cast, stops, limits):
        self._cast, self.stops, self.limits = cast, stops, limits
        self.name = f"stops, {len(cast)} applications"
        self.figures = f"{stops} stops"
        # Each application gets its share, with the limits in turn.
        self.shares = [[limits[(at + i // len(cast)) % len(limits)] for i in range(at, stops, len(cast))] for at in range(len(cast))]

    def cast(self, rng):
        seconds = max(sum(STOPS[limit][1] + 5 for limit in share) for share in self.shares)
        # Few records a second where it takes long: all are made before, and recomputed at the end.
        return [(p, n, 100 if seconds < 300 else 20, seconds + 10) for p, n in self._cast]

    def harm(self, suite, applications, rng):
        for application in applications:
            application.start_all()
        expect_progress(applications, START)
        troubles = []
        threads = [threading.Thread(target=self._stop_in_turn, args=(suite, a, share, troubles, random.Random(rng.random())))
                   for a, share in zip(applications, self.shares)]
        run_together(threads, troubles)

    def _stop_in_turn(self, suite, application, share, troubles, rng):
        try:
            for limit in share:
                time.sleep(rng.uniform(0.3, 2))
                victim = rng.choice(application.processes)
                others = [p for p in application.processes if p is not victim]
                before = sum(p.assignments for p in others)
                victim.pause()
                time.sleep(rng.uniform(*STOPS[limit]))
                if others and limit != "transaction" and sum(p.assignments for p in others) == before:
                    raise Difference(f"{application.name}: nobody took over the partitions of a process that stood still "
                                     "beyond its session")
                victim.resume()
                suite.tally.stops[limit] += 1
                expect_progress([application], PROGRESS)
        except Exception as error:  # noqa: BLE001 - told to the main thread
            troubles.append(error)


def run_together(threads, troubles):
    """Runs them to their ends; raises the first of the troubles that they have noted."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]


def work_together(works):
    """Calls each (function, argument, …) in a thread of its own; raises the first of their troubles."""
    troubles = []

    def work(do, *arguments):
        try:
            do(*arguments)
        except Exception as error:  # noqa: BLE001 - told to the main thread
            troubles.append(error)

    run_together([threading.Thread(target=work, args=w) for w in works], troubles)


def expect_everything(application, seconds):
    """Every partition moves on."""
    before, began = application.watch.offsets, time.monotonic()
    while any(application.watch.offsets.get(place, 0) <= offset for place, offset in before.items()):
        application.expect_alive()
        if time.monotonic() - began > seconds:
            raise Difference(f"{application.name}: nobody works on some of the partitions: {application.watch.offsets}")
        time.sleep(0.05)


def expect_progress(applications, seconds):
    """Each commits something from now on; returns how long each took."""
    before = [a.watch.total for a in applications]
    began, times = time.monotonic(), {}
    while len(times) < len(applications):
        for index, application in enumerate(applications):
            application.expect_alive()
            if index not in times and application.watch.total > before[index]:
                times[index] = time.monotonic() - began
        if time.monotonic() - began > seconds:
            waiting = [a.name for i, a in enumerate(applications) if i not in times]
            raise Difference(f"{', '.join(waiting)}: nothing was committed for {seconds} s")
        time.sleep(0.02)
    return list(times.values())


def expect_flush(application, seconds):
    """From now on a start finds state in its changelogs."""
    began = time.monotonic()
    while not application.flushed:
        application.expect_alive()
        if time.monotonic() - began > seconds:
            raise Difference(f"{application.name}: no flush was committed for {seconds} s: {application.last_words}")
        time.sleep(0.05)
