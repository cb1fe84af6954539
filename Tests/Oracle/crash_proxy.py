# SPDX-License-Identifier: Apache-2.0
"""The program millrace-fault-proxy between processes and broker, and a listener of the broker's that leads to it."""

import os
import socket
import subprocess
import sys
import threading
import time

from verify import Difference


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def certificate(directory):
    """Makes one for 127.0.0.1 that vouches for itself. Returns the paths of key and certificate in one file, and of the
    certificate."""
    key, chain, both = (os.path.join(directory, name) for name in ("tls.key", "tls.crt", "tls.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", chain],
                   check=True, stderr=subprocess.DEVNULL)
    with open(both, "w", encoding="utf-8") as out:
        for path in (key, chain):
            with open(path, encoding="utf-8") as part:
                out.write(part.read())
    return both, chain


class Proxy:
    """connection: what a process needs to come to the broker through it."""

    def __init__(self, beside, tls=None):
        """beside: another program that was built with it. tls: a directory for a certificate; none: plaintext."""
        binary = os.path.join(os.path.dirname(beside), "millrace-fault-proxy")
        if not os.path.exists(binary):
            raise SystemExit(f"crash: no {binary}: build it with swift build --product millrace-fault-proxy")
        self._broker_port = free_port()
        self._process = subprocess.Popen([binary, str(self._broker_port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline().split()[1])
        self._terminator, options = None, []
        if tls:
            both, chain = certificate(tls)
            script = os.path.join(os.path.dirname(__file__), "tls_terminator.py")
            self._terminator = subprocess.Popen([sys.executable, script, both, str(self.port)], stdin=subprocess.PIPE,
                                                stdout=subprocess.PIPE, text=True)
            self.port = int(self._terminator.stdout.readline().split()[1])
            options = ["-X", "security.protocol=ssl", "-X", f"ssl.ca.location={chain}"]
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.connection = ["-b", self.bootstrap, *options]
        self._changed, self._news, self._names, self._count = threading.Condition(), [], set(), 0
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def listeners(self, port):
        """Settings of a broker on this port: whoever comes to it through the proxy is told to come through it again."""
        controller = free_port()
        return [f"listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{self._broker_port},CONTROLLER://127.0.0.1:{controller}",
                f"advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://{self.bootstrap}",
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
                f"controller.quorum.voters=1@127.0.0.1:{controller}"]

    def _listen(self):
        for line in self._process.stdout:
            with self._changed:
                self._news.append(line.rstrip())
                self._changed.notify_all()

    def _say(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def arm(self, rule):
        """Returns the rule's name."""
        with self._changed:
            self._count += 1
            name = f"rule{self._count}"
            self._names.add(name)
            self._say(f"arm {name} {rule}")
        return name

    def release(self, name):
        with self._changed:
            self._names.discard(name)
            self._say(f"release {name}")

    def release_all(self):
        for name in list(self._names):
            self.release(name)

    def expect(self, news, seconds):
        """Waits until the proxy has said this."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while news not in self._news:
                refused = [line for line in self._news if line.startswith("refused")]
                left = deadline - time.monotonic()
                if refused or left <= 0 or self._process.poll() is not None:
                    raise Difference(f"the proxy never said '{news}' {' '.join(refused)}")
                self._changed.wait(min(left, 0.5))

    def close(self):
        for process in (self._terminator, self._process):
            if process:
                process.stdin.close()
                process.wait(10)
