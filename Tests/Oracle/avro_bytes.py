# SPDX-License-Identifier: Apache-2.0
"""Avro's binary encoding, written from its specification: what the oracle's programs use of it. Records behind the byte 0
and the number of a schema in four bytes."""

import json
import struct

from wire import varint

SCHEMAS = {}  # by number, as the registry has given it


def framed(number, schema, value):
    return b"\0" + struct.pack(">i", number) + encode(schema, value)


def kind(schema):
    return schema["type"] if isinstance(schema, dict) else schema


def encode(schema, value):
    if isinstance(schema, list):
        index = next(i for i, branch in enumerate(schema) if (kind(branch) == "null") == (value is None))
        return varint(index) + encode(schema[index], value)
    match kind(schema):
        case "null":
            return b""
        case "boolean":
            return bytes([value])
        case "int" | "long":
            return varint(value)
        case "double":
            return struct.pack("<d", value)
        case "string":
            text = value.encode()
            return varint(len(text)) + text
        case "enum":
            return varint(schema["symbols"].index(value))
        case "array":
            items = b"".join(encode(schema["items"], item) for item in value)
            return (varint(len(value)) + items if value else b"") + b"\0"
        case "record":
            return b"".join(encode(field["type"], value[field["name"]]) for field in schema["fields"])
    raise ValueError(schema)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise ValueError("the value ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self):
        value = shift = 0
        while True:
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift > 63:
                raise ValueError("a number is too long")
        return (value >> 1) ^ -(value & 1)

    def value(self, schema):
        if isinstance(schema, list):
            index = self.number()
            if not 0 <= index < len(schema):
                raise ValueError("no such type")
            return self.value(schema[index])
        match kind(schema):
            case "null":
                return None
            case "boolean":
                (byte,) = self.take(1)
                if byte > 1:
                    raise ValueError("no truth value")
                return byte == 1
            case "int" | "long":
                value, bits = self.number(), 31 if kind(schema) == "int" else 63
                if not -1 << bits <= value < 1 << bits:
                    raise ValueError("out of range")
                return value
            case "double":
                return struct.unpack("<d", self.take(8))[0]
            case "string":
                return self.take(self.number()).decode()
            case "enum":
                index = self.number()
                if not 0 <= index < len(schema["symbols"]):
                    raise ValueError("no such symbol")
                return schema["symbols"][index]
            case "array":
                out = []
                while count := self.number():
                    if count < 0:
                        count = -count
                        self.number()
                    out += [self.value(schema["items"]) for _ in range(count)]
                return out
            case "record":
                return {field["name"]: self.value(field["type"]) for field in schema["fields"]}
        raise ValueError(schema)


def decode(data, schemas=SCHEMAS):
    """The value of a record; ValueError: it is none of a schema that is known."""
    if len(data) < 5 or data[0]:
        raise ValueError("no number of a schema")
    schema = schemas.get(struct.unpack(">i", data[1:5])[0])
    if schema is None:
        raise ValueError("an unknown schema")
    reader = Reader(data[5:])
    value = reader.value(json.loads(schema) if isinstance(schema, str) else schema)
    if reader.at < len(reader.data):
        raise ValueError("bytes are left")
    return value
