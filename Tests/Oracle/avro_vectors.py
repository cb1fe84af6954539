#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Golden/avro_vectors.table: values that fastavro has encoded, by random schemas, and the row that Millrace
has to make of each. One a line: the schema, the bytes in hexadecimal, the row as JSON, with tabs between.

    pip install fastavro; avro_vectors.py [--seed N] [--schemas N] [--values N] >Tests/Golden/avro_vectors.table
"""

import argparse
import base64
import datetime
import decimal
import io
import json
import random
import uuid

import fastavro

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
WORDS = ["", "a", "tea", "Straße", "日本", "😀 \"quoted\" \\ \n", "x" * 200]
decimal.getcontext().prec = 60


class Maker:
    """Random types; each with a function that makes a value for fastavro and its row, as JSON's Python form."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def integer(self, bits):
        return self.random.randint(-1 << bits - 1, (1 << bits - 1) - 1) >> self.random.randint(0, bits - 1)

    def float(self):
        return self.random.randint(-1_000_000, 1_000_000) / 8

    def type(self, depth):
        makers = [
            self.primitive, self.primitive, self.logical, self.logical, self.enum, self.fixed, self.decimal, self.nullable]
        if depth < 3:
            makers += [self.array, self.map, self.record, self.union]
        return self.random.choice(makers)(depth)

    def primitive(self, depth):
        kind = self.random.choice(["boolean", "int", "long", "float", "double", "string", "bytes"])

        def make():
            if kind == "boolean":
                value = self.random.random() < 0.5
            elif kind in ("int", "long"):
                value = self.integer(32 if kind == "int" else 64)
            elif kind in ("float", "double"):
                value = self.float()
            elif kind == "string":
                value = self.random.choice(WORDS)
            else:
                value = self.random.randbytes(self.random.randint(0, 9))
                return value, base64.b64encode(value).decode()
            return value, value
        return kind, make

    def logical(self, depth):
        kind, name = self.random.choice([
            ("int", "date"), ("int", "time-millis"), ("long", "time-micros"), ("long", "timestamp-millis"),
            ("long", "timestamp-micros"), ("string", "uuid")])

        def make():
            if name == "uuid":
                value = uuid.UUID(int=self.random.getrandbits(128))
                return value, str(value)
            if name == "date":
                days = self.random.randint(-700_000, 2_900_000)
                return EPOCH.date() + datetime.timedelta(days), days
            if name.startswith("time-"):
                micros = self.random.randint(0, 86_399_999) * 1000
                value = (EPOCH + datetime.timedelta(microseconds=micros)).time()
                return value, micros if name == "time-micros" else micros // 1000
            millis = self.random.randint(-62_000_000_000_000, 200_000_000_000_000)
            value = EPOCH + datetime.timedelta(milliseconds=millis)
            return value, millis * 1000 if name == "timestamp-micros" else millis
        return {"type": kind, "logicalType": name}, make

    def enum(self, depth):
        symbols = self.random.sample(["NEW", "PAID", "SENT", "done", "_x1"], self.random.randint(1, 5))

        def make():
            value = self.random.choice(symbols)
            return value, value
        return {"type": "enum", "name": self.name("E"), "symbols": symbols}, make

    def fixed(self, depth):
        size = self.random.randint(1, 12)

        def make():
            value = self.random.randbytes(size)
            return value, base64.b64encode(value).decode()
        return {"type": "fixed", "name": self.name("F"), "size": size}, make

    def decimal(self, depth):
        precision = self.random.randint(1, 38)
        scale = self.random.randint(0, precision)
        schema = {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
        if self.random.random() < 0.4:
            schema.update({"type": "fixed", "name": self.name("D"), "size": 17})

        def make():
            digits = self.random.randint(1, precision)
            unscaled = self.random.randint(-10**digits + 1, 10**digits - 1)
            value = decimal.Decimal(unscaled).scaleb(-scale)
            return value, Raw(f"{value:.{scale}f}" if unscaled else f"{decimal.Decimal(0):.{scale}f}")
        return schema, make

    def nullable(self, depth):
        schema, make = self.type(3)
        if isinstance(schema, list):
            return schema, make
        isLast = self.random.random() < 0.3
        return ([schema, "null"] if isLast else ["null", schema]), \
            lambda: (None, None) if self.random.random() < 0.3 else make()

    def array(self, depth):
        schema, make = self.type(depth + 1)

        def makeArray():
            pairs = [make() for _ in range(self.random.randint(0, 4))]
            return [a for a, _ in pairs], [b for _, b in pairs]
        return {"type": "array", "items": schema}, makeArray

    def map(self, depth):
        schema, make = self.type(depth + 1)

        def makeMap():
            pairs = {word: make() for word in self.random.sample(WORDS, self.random.randint(0, 4))}
            return {k: a for k, (a, _) in pairs.items()}, {k: b for k, (_, b) in pairs.items()}
        return {"type": "map", "values": schema}, makeMap

    def record(self, depth):
        fields = {f"{self.random.choice('abXY')}_{index}": self.type(depth + 1)
                  for index in range(self.random.randint(1, 9 if depth == 0 else 3))}

        def make():
            pairs = {name: field[1]() for name, field in fields.items()}
            return {k: a for k, (a, _) in pairs.items()}, {k.upper(): b for k, (_, b) in pairs.items()}
        return {"type": "record", "name": self.name("R"), "namespace": self.random.choice(["", "a.b"]),
                "fields": [{"name": name, "type": field[0]} for name, field in fields.items()]}, make

    def union(self, depth):
        """Several types: a STRUCT with a field for each of them."""
        def make():
            number = self.integer(32)
            return self.random.choice([
                ("word", {"STRING": "word", "LONG": None, "BOOLEAN": None}),
                (number, {"STRING": None, "LONG": number, "BOOLEAN": None}),
                (True, {"STRING": None, "LONG": None, "BOOLEAN": True}), (None, None)])
        return ["null", "string", "long", "boolean"], make


class Raw:
    """A number with all its digits."""

    def __init__(self, text):
        self.text = text


def text(row):
    if isinstance(row, Raw):
        return row.text
    if isinstance(row, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{text(v)}" for k, v in row.items()) + "}"
    if isinstance(row, list):
        return "[" + ",".join(map(text, row)) + "]"
    return json.dumps(row, ensure_ascii=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--schemas", type=int, default=60)
    parser.add_argument("--values", type=int, default=4)
    options = parser.parse_args()
    print(f"# fastavro {fastavro.__version__}, written by Tests/Oracle/avro_vectors.py --seed {options.seed}")
    for number in range(options.schemas):
        maker = Maker(f"{options.seed}/{number}")
        schema, make = maker.record(0)
        parsed = fastavro.parse_schema(json.loads(json.dumps(schema)))
        for _ in range(options.values):
            value, row = make()
            output = io.BytesIO()
            fastavro.schemaless_writer(output, parsed, value)
            print(json.dumps(schema, separators=(",", ":")), output.getvalue().hex(), text(row), sep="\t")


if __name__ == "__main__":
    main()
