#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Round trips with the real client of a schema registry (confluent-kafka from PyPI), both ways, for random schemas and
random values, in Avro, JSON Schema and Protobuf:

    Python writes Avro ──► Millrace reads it without a column list ──► prints rows      (as Python wrote them?)
                                                                  └──► writes Avro ──► Python reads (the same rows?)

    registry_proof.py --bootstrap HOST:PORT --binary MILLRACE [--format AVRO] [--seed N] [--schemas 40] [--records 50]

Needs a broker; the registry is the stand-in (registry.py). Says how many rows were equal; code 1 where one was not."""

import argparse
import base64
import datetime
import decimal
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Schemas:
    """Random schemas with random values of them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def name(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def record(self, depth=0):
        fields = []
        for index in range(self.random.randint(1, 3 if depth else 9)):
            kind = self.optional(depth)
            field = {"name": f"{self.random.choice('abcXYZ')}_{index}", "type": kind}
            if isinstance(kind, list) and kind[0] == "null":
                field["default"] = None
            fields.append(field)
        return {"type": "record", "name": self.name("R"), "fields": fields}

    def optional(self, depth):
        kind = self.type(depth)
        return self.random.choice([kind, kind, ["null", kind], [kind, "null"]])

    def type(self, depth):
        plain = ["boolean", "int", "long", "float", "double", "bytes", "string"]
        choice = self.random.randint(0, 9 if depth < 2 else 6)
        match choice:
            case 0 | 1 | 2 | 3:
                return self.random.choice(plain)
            case 4:
                return self.random.choice([
                    {"type": "int", "logicalType": "date"}, {"type": "int", "logicalType": "time-millis"},
                    {"type": "long", "logicalType": "timestamp-millis"}, {"type": "string", "logicalType": "uuid"},
                ])
            case 5:
                return {"type": "enum", "name": self.name("E"), "symbols": ["A", "B_2", "c"]}
            case 6:
                if self.random.random() < 0.5:
                    return {"type": "fixed", "name": self.name("F"), "size": self.random.randint(1, 9)}
                precision = self.random.randint(1, 38)
                scale = self.random.randint(0, precision)
                return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
            case 7:
                return {"type": "array", "items": self.optional(depth + 1)}
            case 8:
                return {"type": "map", "values": self.optional(depth + 1)}
            case _:
                return self.record(depth + 1)

    def value(self, schema):
        rng = self.random
        if isinstance(schema, list):
            branch = rng.choice(schema)
            return None if branch == "null" else self.value(branch)
        kind = schema if isinstance(schema, str) else schema.get("logicalType") or schema["type"]
        match kind:
            case "boolean":
                return rng.random() < 0.5
            case "int":
                return rng.choice([0, -1, 2**31 - 1, -2**31, rng.randint(-1000, 1000)])
            case "long":
                return rng.choice([0, -1, 2**63 - 1, -2**63, rng.randint(-10**12, 10**12)])
            case "float":
                return struct.unpack("f", struct.pack("f", rng.choice([0.0, 1.5, -3.25e10, rng.random()])))[0]
            case "double":
                return rng.choice([0.0, 1.5, -1e300, 5e-324, rng.random() * 1e6])
            case "bytes":
                return rng.randbytes(rng.randint(0, 20))
            case "fixed":
                return rng.randbytes(schema["size"])
            case "string":
                return "".join(rng.choice('aZ9 "\\\n\u00e9\u4e2d\U0001f600') for _ in range(rng.randint(0, 12)))
            case "enum":
                return rng.choice(schema["symbols"])
            case "uuid":
                return uuid.UUID(int=rng.getrandbits(128))
            case "date":
                return datetime.date(1970, 1, 1) + datetime.timedelta(days=rng.randint(-10000, 40000))
            case "time-millis":
                ms = rng.randint(0, 86_399_999)
                return (datetime.datetime.min + datetime.timedelta(milliseconds=ms)).time()
            case "timestamp-millis":
                return EPOCH + datetime.timedelta(milliseconds=rng.randint(-10**11, 4 * 10**12))
            case "decimal":
                digits = rng.randint(-(10**schema["precision"]) + 1, 10**schema["precision"] - 1)
                with decimal.localcontext(prec=80):
                    return decimal.Decimal(digits).scaleb(-schema["scale"])
            case "array":
                return [self.value(schema["items"]) for _ in range(rng.randint(0, 3))]
            case "map":
                return {f"k{index}": self.value(schema["values"]) for index in range(rng.randint(0, 3))}
            case "record" | "error":
                return {field["name"]: self.value(field["type"]) for field in schema["fields"]}
        raise ValueError(kind)


def plain(schema, value):
    """A value that Python has, as SQL has it: names in upper case, times as numbers, bytes as base64."""
    if isinstance(schema, list):
        if value is None:
            return None
        return plain(next(branch for branch in schema if branch != "null"), value)
    kind = schema if isinstance(schema, str) else schema.get("logicalType") or schema["type"]
    match kind:
        case "bytes" | "fixed":
            return base64.b64encode(value).decode()
        case "uuid":
            return str(value)
        case "date":
            return (value - datetime.date(1970, 1, 1)).days
        case "time-millis":
            since = datetime.datetime.combine(datetime.date.min, value) - datetime.datetime.min
            return since // datetime.timedelta(milliseconds=1)
        case "timestamp-millis":
            return (value - EPOCH) // datetime.timedelta(milliseconds=1)
        case "array":
            return [plain(schema["items"], item) for item in value]
        case "map":
            if isinstance(value, list):
                # As ksqlDB writes maps: entries.
                value = {entry["key"] if "key" in entry else entry["KEY"]: entry.get("value", entry.get("VALUE"))
                         for entry in value}
            return {key: plain(schema["values"], item) for key, item in value.items()}
        case "record":
            names = {name.upper(): item for name, item in value.items()}
            return {field["name"].upper(): plain(field["type"], names[field["name"].upper()])
                    for field in schema["fields"]}
    return value


def equal(left, right):
    if isinstance(left, dict):
        return isinstance(right, dict) and left.keys() == right.keys() and all(equal(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, float) or isinstance(right, float):
        return left is not None and right is not None and float(left) == float(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


class Language:
    """Avro. Others are in modules of their own."""

    format = "AVRO"
    sink = ""
    # What holds all of its types, for rows that are printed.
    shown = "JSON"

    def schemas(self, seed):
        return Schemas(seed)

    def serializer(self, client, schema):
        return AvroSerializer(client, json.dumps(schema))

    def deserializer(self, client, topic):
        del topic
        return AvroDeserializer(client)

    def wanted(self, schema, value):
        return plain(schema, value)

    def found(self, schema, value):
        return plain(schema, value)


def language(name):
    match name:
        case "JSON_SR":
            import registry_proof_json as module
        case "PROTOBUF":
            import registry_proof_protobuf as module
        case _:
            return Language()
    return module.Language()


class Proof:
    def __init__(self, arguments):
        self.arguments = arguments
        self.language = language(arguments.format)
        here = os.path.dirname(os.path.abspath(__file__))
        self.registry = subprocess.Popen(
            [sys.executable, os.path.join(here, "registry.py")], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.registry.stdout.readline().split()[1]}"
        self.client = SchemaRegistryClient({"url": self.url})
        self.equal = 0
        self.unequal = 0

    def produce(self, topic, schema, values):
        admin = AdminClient({"bootstrap.servers": self.arguments.bootstrap})
        # Records of 1970 are older than any retention.
        new = NewTopic(topic, num_partitions=1, replication_factor=1, config={"retention.ms": "-1"})
        admin.create_topics([new])[topic].result()
        serializer = self.language.serializer(self.client, schema)
        producer = Producer({"bootstrap.servers": self.arguments.bootstrap, "enable.idempotence": True})
        context = SerializationContext(topic, MessageField.VALUE)
        for index, value in enumerate(values):
            producer.produce(topic, key=str(index).encode(), value=serializer(value, context), timestamp=index + 1)
        producer.flush()

    def consume(self, topic):
        consumer = Consumer({
            "bootstrap.servers": self.arguments.bootstrap, "group.id": "proof", "enable.partition.eof": True,
            "isolation.level": "read_committed", "auto.offset.reset": "earliest"})
        consumer.assign([TopicPartition(topic, 0, 0)])
        deserializer = self.language.deserializer(SchemaRegistryClient({"url": self.url}), topic)
        context = SerializationContext(topic, MessageField.VALUE)
        values = {}
        while True:
            message = consumer.poll(10)
            if message is None or message.error():
                consumer.close()
                return values
            values[message.key().decode()] = deserializer(message.value(), context)

    def millrace(self, program, *words):
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(program)
            file.flush()
            done = subprocess.run(
                [self.arguments.binary, "replay", file.name, "-b", self.arguments.bootstrap, "--schema-registry",
                 self.url, "--from", "earliest", "--to", "now", "--application", "proof", *words],
                capture_output=True, text=True, timeout=120)
        if done.returncode:
            print(program, done.stderr, file=sys.stderr)
            raise SystemExit(1)
        self.said = done.stderr
        return done.stdout

    def compare(self, what, schema, values, found):
        for key, value in values.items():
            wanted = self.language.wanted(schema, value)
            if key in found and equal(wanted, found[key]):
                self.equal += 1
                continue
            self.unequal += 1
            if self.unequal < 10:
                print(f"{what}, {key}: {wanted!r}\n  is {found.get(key)!r}\n  by {schema if isinstance(schema, str) else json.dumps(schema)}", file=sys.stderr)
                if key not in found:
                    print(self.said, file=sys.stderr)

    def run(self, number):
        schemas = self.language.schemas(self.arguments.seed * 1000 + number)
        schema = schemas.record()
        values = {str(index): schemas.value(schema) for index in range(self.arguments.records)}
        topic = f"proof-{self.arguments.seed}-{number}-{uuid.uuid4().hex[:6]}"
        self.produce(topic, schema, values.values())
        source = (f"CREATE STREAM s (k STRING KEY) WITH (KAFKA_TOPIC='{topic}', KEY_FORMAT='KAFKA', "
                  f"VALUE_FORMAT='{self.language.format}');\n")
        lines = self.millrace(
            source + f"CREATE STREAM o WITH (VALUE_FORMAT='{self.language.shown}') AS SELECT * FROM s;", "--format", "json")
        rows = [json.loads(line, parse_float=decimal.Decimal) for line in lines.splitlines()]
        self.compare("read", schema, values, {row["key"]: row["value"] for row in rows})
        self.millrace(source + f"CREATE STREAM o WITH (KAFKA_TOPIC='{topic}-out'{self.language.sink}) AS SELECT * FROM s;", "--publish")
        written = {key: self.language.found(schema, value) for key, value in self.consume(f"{topic}-out").items()}
        self.compare("written", schema, values, written)

    def commands(self):
        """The commands of docs/how-to-schema-registry.md: None, or what is wrong."""
        if "totals" in AdminClient({"bootstrap.servers": self.arguments.bootstrap}).list_topics(timeout=10).topics:
            print("docker/avro: left out, because the broker has its topics already")
            return None
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docker/avro")
        environment = dict(os.environ, BOOTSTRAP=self.arguments.bootstrap, REGISTRY=self.url)

        def orders(word):
            command = [sys.executable, os.path.join(folder, "orders.py"), word]
            return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout

        orders("write")
        with open(os.path.join(folder, "totals.sql"), encoding="utf-8") as file:
            self.millrace(file.read(), "--publish")
        found, wanted = orders("read").splitlines(), "cup {'N': 333, 'TOTAL': 1621.75}"
        return None if len(found) == 3 and found[0] == wanted else f"docker/avro: {found}, not {wanted} first"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--bootstrap", required=True)
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--format", choices=["AVRO", "JSON_SR", "PROTOBUF"], default="AVRO")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--schemas", type=int, default=40)
    arguments.add_argument("--records", type=int, default=50)
    arguments = arguments.parse_args()
    decimal.getcontext().prec = 80
    proof = Proof(arguments)
    try:
        for number in range(arguments.schemas):
            proof.run(number)
        # The commands of the how-to are about Avro.
        fault = proof.commands() if arguments.format == "AVRO" else None
    finally:
        proof.registry.kill()
    print(f"{arguments.format}, {arguments.schemas} schemas: {proof.equal} rows equal, {proof.unequal} not (seed {arguments.seed})")
    if fault:
        print(fault)
    return 1 if proof.unequal or fault else 0


if __name__ == "__main__":
    sys.exit(main())
