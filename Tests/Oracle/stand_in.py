# SPDX-License-Identifier: Apache-2.0
"""The stand-in of a schema registry (registry.py) in a process of its own, for programs with Avro."""

import atexit
import json
import os
import signal
import struct
import subprocess
import sys
import urllib.request

import avro_bytes

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class StandIn:
    shared = None

    @classmethod
    def one(cls):
        """Started when it is first asked for."""
        if cls.shared is None:
            cls.shared = cls()
        return cls.shared

    def __init__(self):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "registry.py")
        self.process = subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().split()[1]}"

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with OPENER.open(urllib.request.Request(f"{self.url}/{path}", data, method=method), timeout=10) as answer:
            return json.loads(answer.read())

    def register(self, subject, schema):
        """Makes it the newest of a subject; returns its number."""
        number = self.ask("POST", f"subjects/{subject}/versions", {"schema": json.dumps(schema)})["id"]
        avro_bytes.SCHEMAS[number] = schema
        return number

    def set_fault(self, **fault):
        """What all requests are answered with from now on; nothing: what is right."""
        self.ask("PUT", "stand-in/fault", fault)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def decode(self, data):
        """A value that somebody else may have registered the schema of."""
        if len(data) >= 5 and data[0] == 0:
            number = struct.unpack(">i", data[1:5])[0]
            if number not in avro_bytes.SCHEMAS:
                avro_bytes.SCHEMAS[number] = json.loads(self.ask("GET", f"schemas/ids/{number}")["schema"])
        return avro_bytes.decode(data)


def adopted(program, prefix, rows):
    """The rows of a program with the numbers that its schemas get; in the rows they are its places, from 0, and -1 is one
    that nobody has given."""
    schemas = program.extra.get("schemas")
    if not schemas:
        return rows
    numbers = [StandIn.one().register(f"{prefix}.in-value", schema) for schema in schemas] + [987_654_321]

    def numbered(value):
        if value is None or len(value) < 5 or value[0]:
            return value
        return value[:1] + struct.pack(">i", numbers[struct.unpack(">i", value[1:5])[0]]) + value[5:]

    return [(*row[:-1], numbered(row[-1])) for row in rows]


def options(program):
    """Of the command line, for a program with schemas."""
    return ["--schema-registry", StandIn.one().url] if program.extra.get("schemas") else []
