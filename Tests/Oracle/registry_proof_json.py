# SPDX-License-Identifier: Apache-2.0
"""JSON_SR for registry_proof.py: random JSON Schemas with random values of them."""

import base64
import json
import random

from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer

CONNECT = "org.apache.kafka.connect.data."


class Schemas:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def record(self, depth=0):
        properties = {}
        for index in range(self.random.randint(1, 3 if depth else 9)):
            name = f"{self.random.choice('abcXYZ')}_{index}"
            properties[name] = self.optional(depth)
        return {"type": "object", "properties": properties}

    def optional(self, depth):
        kind = self.type(depth)
        null = {"type": "null"}
        return self.random.choice([kind, kind, {"oneOf": [null, kind]}, {"anyOf": [kind, null]}])

    def type(self, depth):
        match self.random.randint(0, 9 if depth < 2 else 6):
            case 0:
                return {"type": "boolean"}
            case 1:
                return {"type": "integer"}
            case 2:
                return {"type": "integer", "connect.type": "int32"}
            case 3:
                return {"type": "number"}
            case 4:
                return {"type": "string"}
            case 5:
                return self.random.choice([
                    {"type": "integer", "connect.type": "int32", "title": CONNECT + "Date"},
                    {"type": "integer", "connect.type": "int32", "title": CONNECT + "Time"},
                    {"type": "integer", "connect.type": "int64", "title": CONNECT + "Timestamp"},
                    {"type": "string", "connect.type": "bytes"}, {"type": "string", "enum": ["a", "B"]}])
            case 6:
                return {"type": "number", "connect.type": "bytes", "title": CONNECT + "Decimal",
                        "connect.parameters": {"scale": "2", "connect.decimal.precision": "9"}}
            case 7:
                return {"type": "array", "items": self.optional(depth + 1)}
            case 8:
                return {"type": "object", "additionalProperties": self.optional(depth + 1)}
            case _:
                return self.record(depth + 1)

    def value(self, schema):
        rng = self.random
        branches = schema.get("oneOf") or schema.get("anyOf")
        if branches:
            return None if rng.random() < 0.3 else self.value(next(b for b in branches if b["type"] != "null"))
        if "enum" in schema:
            return rng.choice(schema["enum"])
        title, connect = schema.get("title", ""), schema.get("connect.type")
        match schema["type"]:
            case "boolean":
                return rng.random() < 0.5
            case "integer" if title.endswith("Time"):
                return rng.randint(0, 86_399_999)
            case "integer" if connect == "int32":
                return rng.choice([0, 2**31 - 1, -2**31, rng.randint(-1000, 1000)])
            case "integer":
                return rng.choice([0, -1, 2**63 - 1, -2**63, rng.randint(-10**12, 10**12)])
            case "number":
                return rng.randint(-10**8, 10**8) / 100 if connect else rng.choice([0.0, 1.5, -1e300, rng.random() * 1e6])
            case "string" if connect == "bytes":
                return base64.b64encode(rng.randbytes(rng.randint(0, 20))).decode()
            case "string":
                return "".join(rng.choice('aZ9 "\\\n\u00e9\u4e2d\U0001f600') for _ in range(rng.randint(0, 12)))
            case "array":
                return [self.value(schema["items"]) for _ in range(rng.randint(0, 3))]
            case "object" if "properties" in schema:
                return {name: self.value(part) for name, part in schema["properties"].items()}
            case "object":
                return {f"k{index}": self.value(schema["additionalProperties"]) for index in range(rng.randint(0, 3))}
        raise ValueError(schema)


def plain(schema, value):
    """A value as SQL has it: names in upper case."""
    branches = schema.get("oneOf") or schema.get("anyOf")
    if branches:
        return None if value is None else plain(next(b for b in branches if b["type"] != "null"), value)
    match schema["type"]:
        case "array":
            return [plain(schema["items"], item) for item in value]
        case "object" if "properties" in schema:
            names = {name.upper(): item for name, item in value.items()}
            return {name.upper(): plain(part, names.get(name.upper())) for name, part in schema["properties"].items()}
        case "object":
            return {key: plain(schema["additionalProperties"], item) for key, item in value.items()}
    return value


class Language:
    format = "JSON_SR"
    sink = ""
    shown = "JSON"

    def schemas(self, seed):
        return Schemas(seed)

    def serializer(self, client, schema):
        return JSONSerializer(json.dumps(schema), client)

    def deserializer(self, client, topic):
        # By the schema that Millrace has registered, which the values have to fit.
        return JSONDeserializer(client.get_latest_version(f"{topic}-value").schema.schema_str)

    def wanted(self, schema, value):
        return plain(schema, value)

    def found(self, schema, value):
        return plain(schema, value)
