# SPDX-License-Identifier: Apache-2.0
"""A broker of the crash suite's own, which may be killed, and calls that outlive its absence."""

import os
import signal
import subprocess
import time

import wire
from crash_proxy import free_port

# In small pieces a broker that has just started notices while it loads offsets that it is not in charge yet, and does not
# forget them (docs/reliability.md).
PIECES = "offsets.load.buffer.size=65536"
# Brokers end transactions that have timed out when they look at them: every 10 s by default.
SETTINGS = ["transaction.abort.timed.out.transaction.cleanup.interval.ms=1000", PIECES]


class Broker:
    def __init__(self, script, directory, proxy=None):
        self.script, self.directory = script, directory
        port = free_port()
        settings = SETTINGS + (proxy.listeners(port) if proxy else [])
        self.bootstrap = self._run("start", str(port), *settings).strip().rpartition("=")[2]

    def kill(self):
        self._signal(signal.SIGKILL)

    def pause(self):
        self._signal(signal.SIGSTOP)

    def resume(self):
        self._signal(signal.SIGCONT)

    def configure(self, setting):
        """For the next start; the last one of a name counts."""
        with open(os.path.join(self.directory, "server.properties"), "a", encoding="utf-8") as file:
            file.write(f"\n{setting}\n")

    def restart(self):
        """Returns when it answers."""
        self._run("restart")

    def stop(self):
        self._run("stop")

    def _signal(self, number):
        """At once: a script would take longer than what is to be hit."""
        with open(os.path.join(self.directory, "pid"), encoding="utf-8") as file:
            os.kill(int(file.read()), number)

    def _run(self, command, *more):
        done = subprocess.run([self.script, command, self.directory, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise RuntimeError(f"{self.script} {command} {self.directory}: {done.stderr.decode().strip()}")
        return done.stdout.decode()


class PatientClient:
    """Calls of one thread, made again over new connections while the broker is away."""

    # How long it asks again before an absence counts as an error, in seconds.
    patience = 60

    def __init__(self, bootstrap):
        self.bootstrap, self.client = bootstrap, None

    def __getattr__(self, name):
        def call(*arguments):
            deadline = time.monotonic() + self.patience
            while True:
                try:
                    self.client = self.client or wire.Client(self.bootstrap)
                    return getattr(self.client, name)(*arguments)
                except (OSError, wire.BrokerError):
                    self.client = None
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)
        return call
