# SPDX-License-Identifier: Apache-2.0
"""One run of the binary: where in its life it is, by what it says, and what its transactions are when it is killed."""

import os
import re
import signal
import socket
import subprocess
import threading
import time


STARTING, JOINING, RESTORING, BATCH, LIVE = "starting", "joining", "restoring", "batch", "live"
PHASES = (STARTING, JOINING, RESTORING, BATCH, LIVE)
# What its transactional ids say right after a kill, the furthest first.
COMMITTING, OFFSETS, OPEN, NOTHING = "in commit", "offsets sent", "results sent", "no transaction"
TRANSACTIONS = (NOTHING, OPEN, OFFSETS, COMMITTING)


class Process:
    def __init__(self, command, log, environment):
        self.phase, self.assignments, self.began = STARTING, 0, time.monotonic()
        self._changed = threading.Condition()
        self._lines = []
        self._log = log
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        self._say(f"started {' '.join(command)}")
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self.process.pid

    def _say(self, line):
        if self._log.closed:
            return
        self._log.write(f"{time.time():.3f} [{self.pid}] {line}\n")
        self._log.flush()

    def _listen(self):
        for raw in self.process.stderr:
            line = raw.decode(errors="replace").rstrip()
            self._say(line)
            with self._changed:
                # One line for each partition of an assignment.
                begins = ": from offset" in line and not (self._lines and ": from offset" in self._lines[-1])
                self._lines.append(line)
                if line.startswith("joining the group"):
                    self.phase = JOINING
                elif ": from offset" in line:
                    self.assignments += begins
                    if self.phase not in (RESTORING, BATCH):
                        self.phase = BATCH
                    if "read again" in line:
                        self.phase = RESTORING
                elif line == "live":
                    self.phase = LIVE
                elif line.startswith("transaction aborted"):
                    self.phase = JOINING
                self._changed.notify_all()

    def wait_for(self, phase, seconds):
        """Whether it has come as far as this phase."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while PHASES.index(self.phase) < PHASES.index(phase):
                left = deadline - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    return False
                self._changed.wait(min(left, 0.1))
            return True

    def hear_out(self):
        """Waits until the last words of a process that has ended are read."""
        self._reader.join(5)

    def said(self, start):
        """Whether a line of its log begins so."""
        with self._changed:
            return any(line.startswith(start) for line in self._lines)

    @property
    def page(self):
        """The address of its status page."""
        with self._changed:
            return next(line.split()[-1] for line in self._lines if line.startswith("status page"))

    @property
    def memory(self):
        """What it has in memory, in MiB."""
        with open(f"/proc/{self.pid}/statm", encoding="utf-8") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def ended(self):
        return self.process.poll() is not None

    def identity(self, application):
        """Its member name; None before it has one. The number of the locked file is the number of the process."""
        try:
            for entry in os.listdir(f"/proc/{self.pid}/fd"):
                found = re.search(r"/millrace-[0-9a-f]+-(\d+)\.lock$", os.readlink(f"/proc/{self.pid}/fd/{entry}"))
                if found:
                    number = int(found[1])
                    return f"{application}-{socket.gethostname()}" + (f"-{number}" if number else "")
        except OSError:
            pass
        return None

    def kill(self):
        self._say("kill -9")
        self.process.kill()
        self._finish()

    def pause(self):
        self._say("SIGSTOP")
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._say("SIGCONT")
        self.process.send_signal(signal.SIGCONT)

    def stop(self, seconds):
        """SIGTERM; returns the exit code, None where it did not end."""
        self._say("SIGTERM")
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self._finish()
        return self.process.returncode

    def _finish(self):
        self.process.wait()
        self.hear_out()
        self._say(f"ended with {self.process.returncode}")


def transaction_state(client, identity):
    """How far the transactions of a member that has just died had come."""
    furthest = NOTHING
    for producer in "01":
        state, topics = client.transaction(f"{identity}-{producer}")
        if state in ("PrepareCommit", "PrepareEpochFence"):
            found = COMMITTING
        elif state == "Ongoing":
            found = OFFSETS if "__consumer_offsets" in topics else OPEN
        else:
            found = NOTHING
        furthest = max(furthest, found, key=TRANSACTIONS.index)
    return furthest
