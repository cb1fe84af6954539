# SPDX-License-Identifier: Apache-2.0
"""The broker dies, stands still, or is away for long, under all applications at once."""

import time
import urllib.error
import urllib.request

from crash_scenario import PROGRESS, START, expect_progress
from verify import Difference

# When the broker is killed. The last three are moments in one commit of one application, which a proxy holds on to: its
# EndTxn never arrives, arrives with the kill, or is carried out and never answered.
RANDOM, UNSENT, ARRIVING, UNANSWERED = "any moment", "EndTxn unsent", "EndTxn arriving", "EndTxn unanswered"
MOMENTS = (UNSENT, RANDOM, ARRIVING, RANDOM, UNANSWERED, RANDOM)
# How long the broker stands still before it is away, in seconds: longer than the sessions of its clients. A broker that its
# controller counts out meanwhile may lose the markers of commits (docs/reliability.md): what is tested here is not Kafka.
STANDSTILL = 32
PATIENT, USUAL = "broker.session.timeout.ms=60000", "broker.session.timeout.ms=1500"
# A process that waits may need so much more memory than before, in MiB.
MEMORY = 32
# Within this time a process has to say that no broker answers, in seconds.
NOTICE = 15


# Fault 16, 17.
class BrokerKills:
    """kill -9 of the broker under all applications at once, as soon as each has committed something again."""

    def __init__(self, cast, kills):
        self._cast, self.kills = cast, kills
        self.name = f"broker kills, {len(cast)} applications"
        self.figures = f"{kills} kills of the broker"

    def cast(self, rng):
        return [(p, n, 200, 8.0 * self.kills) for p, n in self._cast]

    def harm(self, suite, applications, rng):
        for application in applications:
            application.connection = suite.proxy.connection
            application.start_all()
        expect_progress(applications, START)
        try:
            for index in range(self.kills):
                # A group that shares out its partitions needs longer than the next commit.
                time.sleep(rng.uniform(0.1, 1.0) if rng.random() < 0.7 else rng.uniform(3, 6))
                moment = MOMENTS[index % len(MOMENTS)]
                self._kill_at(moment, suite, rng.choice(applications), rng)
                time.sleep(rng.choice((0, 0, 0.5, 2)))
                suite.broker.restart()
                suite.proxy.release_all()
                suite.tally.broker_kills[moment] += 1
                suite.tally.recoveries += expect_progress(applications, PROGRESS)
        finally:
            suite.proxy.release_all()

    @staticmethod
    def _kill_at(moment, suite, application, rng):
        if moment != RANDOM:
            side = "response" if moment == UNANSWERED else "request"
            rule = suite.proxy.arm(f"{side} EndTxn:{application.name} {rng.randint(1, 3)} hold")
            suite.proxy.expect(f"fired {rule}", START)
            if moment == ARRIVING:
                suite.proxy.release(rule)
                time.sleep(rng.uniform(0, 0.004))
        suite.broker.kill()


# Fault 18, 19.
class BrokerAway:
    """
        broker      ──┤ SIGSTOP ├── progress ──┤ kill -9                    ├ restart ── caught up
        processes     wait                       wait, say so, not ready,     go on
                                                 need no more memory
    """

    def __init__(self, cast, seconds):
        self._cast, self.seconds, self.memory = cast, seconds, 0
        self.name = f"broker away for {seconds} s"

    @property
    def figures(self):
        return f"{self.memory:+.1f} MiB a process"

    def cast(self, rng):
        return [(p, n, 200, 2 * (STANDSTILL + self.seconds) + 20) for p, n in self._cast]

    def harm(self, suite, applications, rng):
        suite.broker.stop()
        suite.broker.configure(PATIENT)
        suite.broker.restart()
        for application in applications:
            application.start_all()
        expect_progress(applications, START)
        suite.broker.pause()
        time.sleep(STANDSTILL)
        suite.broker.resume()
        expect_progress(applications, PROGRESS)

        suite.broker.kill()
        suite.broker.configure(USUAL)
        try:
            self._wait(applications)
        finally:
            suite.broker.restart()
        suite.tally.recoveries += expect_progress(applications, PROGRESS)

    def _wait(self, applications):
        processes = [process for a in applications for process in a.processes]
        before = {p: p.memory for p in processes}
        deadline, notice = time.monotonic() + self.seconds, time.monotonic() + min(NOTICE, self.seconds)
        while time.monotonic() < deadline:
            for application in applications:
                application.expect_alive()
            self.memory = max([self.memory] + [p.memory - before[p] for p in processes])
            if self.memory > MEMORY:
                raise Difference(f"a process that waits for the broker needs {self.memory:.0f} MiB more than before")
            if time.monotonic() > notice:
                for process in processes:
                    expect_notice(process)
                notice = time.monotonic() + 60
            time.sleep(0.2)


def expect_notice(process):
    """A process without a broker says so to whoever asks, and is not ready."""
    try:
        urllib.request.urlopen(f"{process.page}/readyz?verbose", timeout=5)
        raise Difference(f"process {process.pid} says that it is ready, and has no broker")
    except urllib.error.HTTPError as answer:
        words = answer.read().decode()
        if answer.code != 503 or "[-]kafka failed" not in words:
            raise Difference(f"process {process.pid} does not say that it has no broker: {answer.code} {words}") from None
