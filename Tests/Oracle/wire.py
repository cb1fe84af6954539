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


def unsigned(value):
    out = bytearray()
    while value & ~0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(value):
    return unsigned((value << 1) ^ (value >> 63))


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


def compact(value):
    value = value.encode()
    return unsigned(len(value) + 1) + value


class Answer:
    """Takes the fields of an answer apart, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def bytes(self, length):
        self.at += max(length, 0)
        return self.data[self.at - length:self.at] if length >= 0 else None

    def text(self):
        found = self.bytes(self.take("h"))
        return None if found is None else found.decode()

    def many(self, one):
        return [one() for _ in range(self.take("i"))]

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.take("B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def compact(self):
        found = self.bytes(self.unsigned() - 1)
        return None if found is None else found.decode()

    def compact_many(self, one):
        return [one() for _ in range(self.unsigned() - 1)]

    def tags(self):
        for _ in range(self.unsigned()):
            self.unsigned()
            self.bytes(self.unsigned())


class BrokerError(RuntimeError):
    """The broker answered with an error."""


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
                raise BrokerError(f"create_topics: error {error}")

    def partition_counts(self):
        """{topic: partitions} of every topic, internal ones included."""
        answer = Answer(self.request(3, 4, struct.pack(">ib", -1, 0)))
        answer.take("i")
        answer.many(lambda: (answer.take("i"), answer.text(), answer.take("i"), answer.text()))
        answer.text()
        answer.take("i")

        def partition():
            answer.take("h"), answer.take("i"), answer.take("i")
            answer.many(lambda: answer.take("i")), answer.many(lambda: answer.take("i"))

        def topic():
            error, name, _ = answer.take("h"), answer.text(), answer.take("b")
            count = len(answer.many(partition))
            return name, count, error

        return {name: count for name, count, error in answer.many(topic) if not error}

    def ends(self, topic, partitions, committed):
        """[end of each partition]: the last stable offset if `committed`, else the high watermark."""
        body = struct.pack(">ibi", -1, 1 if committed else 0, 1) + text(topic) + struct.pack(">i", partitions)
        for p in range(partitions):
            body += struct.pack(">iq", p, -1)
        answer = Answer(self.request(2, 2, body))
        answer.take("i")

        def partition():
            index, error, _, offset = answer.take("i"), answer.take("h"), answer.take("q"), answer.take("q")
            if error:
                raise BrokerError(f"the end of {topic}/{index}: error {error}")
            return index, offset

        return [offset for _, offset in sorted(answer.many(lambda: (answer.text(), answer.many(partition)))[0][1])]

    def committed(self, group, topics):
        """{(topic, partition): offset} that a group has committed; topics: {name: partitions}."""
        body = text(group) + struct.pack(">i", len(topics))
        for name, partitions in topics.items():
            body += text(name) + struct.pack(">i", partitions) + b"".join(struct.pack(">i", p) for p in range(partitions))
        answer, out = Answer(self.request(9, 5, body)), {}
        answer.take("i")

        def partition(topic):
            index, offset, _, _, error = (answer.take("i"), answer.take("q"), answer.take("i"), answer.text(), answer.take("h"))
            if error:
                raise BrokerError(f"the offset of {group} in {topic}/{index}: error {error}")
            if offset >= 0:
                out[topic, index] = offset

        def topic():
            name = answer.text()
            answer.many(lambda: partition(name))

        answer.many(topic)
        error = answer.take("h")
        if error:
            raise BrokerError(f"the offsets of {group}: error {error}")
        return out

    def transactions(self):
        """{transactional id: state} of all transactions that the broker knows."""
        answer = Answer(self.request(66, 0, b"\0" + b"\x01\x01\0"))
        answer.tags()
        answer.take("i")
        error = answer.take("h")
        if error:
            raise BrokerError(f"list the transactions: error {error}")
        answer.compact_many(answer.compact)

        def state():
            name, _, found = answer.compact(), answer.take("q"), answer.compact()
            answer.tags()
            return name, found

        return dict(answer.compact_many(state))

    def transaction(self, name):
        """(state, topics in the transaction) of one transactional id; (None, []) where it is unknown."""
        answer = Answer(self.request(65, 0, b"\0" + unsigned(2) + compact(name) + b"\0"))
        answer.tags()
        answer.take("i")

        def topic():
            found = answer.compact()
            answer.compact_many(lambda: answer.take("i"))
            answer.tags()
            return found

        def state():
            error, _, found = answer.take("h"), answer.compact(), answer.compact()
            answer.take("i"), answer.take("q"), answer.take("q"), answer.take("h")
            topics = answer.compact_many(topic)
            answer.tags()
            return (None, []) if error else (found, topics)

        return answer.compact_many(state)[0]

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
                raise BrokerError(f"produce to {topic}/{partition}: error {error}")
            return offset
        raise BrokerError(f"produce to {topic}/{partition}: no leader")

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
               f"isolation.level={isolation}", "-X", "fetch.wait.max.ms=5", "-f", FORMAT]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    if done.returncode:
        message = done.stderr.decode()
        if "Unknown topic" in message or "UNKNOWN_TOPIC" in message or "Unknown partition" in message:
            return []
        raise RuntimeError(f"kcat {topic}: {message.strip()}")
    out = parse(topic, bytearray(done.stdout))
    out.sort(key=lambda r: (r.partition, r.offset))
    return out


FORMAT = "%p %o %T %K %S\n%k%s\n"  # of kcat


def parse(topic, data):
    """Takes the whole records off the front of what kcat has printed."""
    out, at = [], 0
    while True:
        line = data.find(b"\n", at)
        if line < 0:
            break
        partition, offset, time_, key_length, value_length = map(int, data[at:line].split())
        end = line + 1 + max(key_length, 0)
        after = end + max(value_length, 0)
        if after >= len(data):
            break
        key = None if key_length < 0 else bytes(data[line + 1:end])
        value = None if value_length < 0 else bytes(data[end:after])
        out.append(Record(topic, partition, offset, time_, key, value))
        at = after + 1
    del data[:at]
    return out
