# SPDX-License-Identifier: Apache-2.0
"""Kafka for the oracle: topics and records with chosen partition, time, null key and null value over the wire protocol
(kcat cannot set a record's time), and reading with kcat at read_committed."""

import socket
import struct
import subprocess
import threading
import time
from collections import namedtuple

Record = namedtuple("Record", "topic partition offset time key value")

CRC32C = []
for _n in range(256):
    for _ in range(8):
        _n = (_n >> 1) ^ 0x82F63B78 if _n & 1 else _n >> 1
    CRC32C.append(_n)


def crc32c(data):
    crc = 0xFFFFFFFF
    table = CRC32C
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value & ~0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sized(data):
    return varint(-1) if data is None else varint(len(data)) + data


def murmur2(data):
    """Kafka's murmur2 (seed 0x9747b28c), as the Java client's default partitioner has it."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    length = len(data)
    h = 0x9747B28C ^ length
    full = length & ~3
    for (k,) in struct.iter_unpack("<I", data[:full]):
        k = k * m & mask
        k ^= k >> 24
        k = k * m & mask
        h = (h * m & mask) ^ k
    rest = data[full:]
    if len(rest) == 3:
        h ^= rest[2] << 16
    if len(rest) >= 2:
        h ^= rest[1] << 8
    if len(rest) >= 1:
        h ^= rest[0]
        h = h * m & mask
    h ^= h >> 13
    h = h * m & mask
    return h ^ (h >> 15)


def partition_of(key, partitions):
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def batch_of(rows):
    """A record batch (magic 2) of [(time, key, value)]."""
    base, body = rows[0][0], bytearray()
    for index, (time_, key, value) in enumerate(rows):
        record = b"\0" + varint(time_ - base) + varint(index) + sized(key) + sized(value) + varint(0)
        body += varint(len(record)) + record
    checked = struct.pack(">hiqqqhii", 0, len(rows) - 1, base, max(r[0] for r in rows), -1, -1, -1, len(rows)) + body
    return struct.pack(">qiibI", 0, len(checked) + 9, -1, 2, crc32c(checked)) + checked


def text(value):
    if value is None:
        return struct.pack(">h", -1)
    value = value.encode()
    return struct.pack(">h", len(value)) + value


class Client:
    def __init__(self, bootstrap):
        host, port = bootstrap.rsplit(":", 1)
        self.bootstrap = bootstrap
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lock = threading.Lock()

    def request(self, api, version, body):
        message = struct.pack(">hhi", api, version, 1) + text("oracle") + body
        with self.lock:
            self.socket.sendall(struct.pack(">i", len(message)) + message)
            return self._exactly(struct.unpack(">i", self._exactly(4))[0])[4:]

    def _exactly(self, count):
        out = bytearray()
        while len(out) < count:
            part = self.socket.recv(count - len(out))
            if not part:
                raise ConnectionError("the broker closed the connection")
            out += part
        return bytes(out)

    def create_topics(self, topics):
        """topics: {name: partitions}. A topic that exists already is an error: every pass uses names of its own."""
        body = struct.pack(">i", len(topics))
        for name, partitions in topics.items():
            body += text(name) + struct.pack(">ihii", partitions, 1, 0, 0)
        answer = self.request(19, 2, body + struct.pack(">ib", 30000, 0))
        at = 8
        for _ in topics:
            (length,) = struct.unpack_from(">h", answer, at)
            at += 2 + length
            error, message = struct.unpack_from(">hh", answer, at)
            at += 4 + max(message, 0)
            if error:
                raise RuntimeError(f"create_topics: error {error}")

    def produce(self, topic, partition, rows):
        """rows: [(time, key, value)] in order; returns the offset of the first."""
        batch = batch_of(rows)
        body = text(None) + struct.pack(">hii", -1, 30000, 1) + text(topic)
        body += struct.pack(">iii", 1, partition, len(batch)) + batch
        for _ in range(200):
            answer = self.request(0, 3, body)
            at = 4 + 2 + len(topic.encode()) + 4
            _, error, offset = struct.unpack_from(">ihq", answer, at)
            if error in (3, 5, 6):  # the leader is not known everywhere yet
                time.sleep(0.05)
                continue
            if error:
                raise RuntimeError(f"produce to {topic}/{partition}: error {error}")
            return offset
        raise RuntimeError(f"produce to {topic}/{partition}: no leader")

    def produce_all(self, rows, chunk=500):
        """rows: [(topic, partition, time, key, value)]; order is kept within a partition."""
        waiting = {}
        for topic, partition, time_, key, value in rows:
            rest = waiting.setdefault((topic, partition), [])
            rest.append((time_, key, value))
            if len(rest) == chunk:
                self.produce(topic, partition, rest)
                rest.clear()
        for (topic, partition), rest in waiting.items():
            if rest:
                self.produce(topic, partition, rest)


def read(bootstrap, topic, isolation="read_committed"):
    """All records of a topic, through kcat, in order within each partition; [] when the topic does not exist."""
    command = ["kcat", "-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-X",
               f"isolation.level={isolation}", "-X", "fetch.wait.max.ms=5", "-f", "%p %o %T %K %S\n%k%s\n"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    if done.returncode:
        message = done.stderr.decode()
        if "Unknown topic" in message or "UNKNOWN_TOPIC" in message or "Unknown partition" in message:
            return []
        raise RuntimeError(f"kcat {topic}: {message.strip()}")
    out, data, at = [], done.stdout, 0
    while at < len(data):
        line = data.index(b"\n", at)
        partition, offset, time_, key_length, value_length = map(int, data[at:line].split())
        at = line + 1
        key = None if key_length < 0 else data[at:at + key_length]
        at += max(key_length, 0)
        value = None if value_length < 0 else data[at:at + value_length]
        at += max(value_length, 0) + 1
        out.append(Record(topic, partition, offset, time_, key, value))
    out.sort(key=lambda r: (r.partition, r.offset))
    return out
