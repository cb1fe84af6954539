# SPDX-License-Identifier: Apache-2.0
"""PROTOBUF for registry_proof.py: random .proto files with random messages. protoc (grpcio-tools) makes the classes, also
of what Millrace has registered."""

import base64
import decimal
import os
import random
import struct
import sysconfig
import tempfile

import grpc_tools
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

SCALARS = ["double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32",
           "sfixed64", "bool", "string", "bytes"]
KNOWN = {"google.protobuf.Timestamp": "google/protobuf/timestamp.proto", "google.type.Date": "google/type/date.proto",
         "google.type.TimeOfDay": "google/type/timeofday.proto", "confluent.type.Decimal": "confluent/type/decimal.proto"}
WRAPPERS = {f"google.protobuf.{name}Value": scalar for name, scalar in [
    ("Double", "double"), ("Float", "float"), ("Int64", "int64"), ("UInt64", "uint64"), ("Int32", "int32"),
    ("UInt32", "uint32"), ("Bool", "bool"), ("String", "string"), ("Bytes", "bytes")]}
CONFLUENT = {
    "confluent/meta.proto": """syntax = "proto3"; package confluent; import "google/protobuf/descriptor.proto";
        message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }
        extend google.protobuf.FieldOptions { Meta field_meta = 1088; }""",
    "confluent/type/decimal.proto": """syntax = "proto3"; package confluent.type;
        message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }"""}


def classes(text):
    """The class of a file's first message, by protoc."""
    with tempfile.TemporaryDirectory() as directory:
        for path, content in {**CONFLUENT, "schema.proto": text}.items():
            os.makedirs(os.path.dirname(os.path.join(directory, path)), exist_ok=True)
            with open(os.path.join(directory, path), "w", encoding="utf-8") as file:
                file.write(content)
        out = os.path.join(directory, "out")
        code = protoc.main([
            "protoc", f"-I{directory}", f"-I{os.path.dirname(grpc_tools.__file__)}/_proto",
            f"-I{sysconfig.get_paths()['purelib']}", "--include_imports", f"--descriptor_set_out={out}", "schema.proto"])
        if code:
            raise ValueError(f"protoc refuses\n{text}")
        with open(out, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    last = files.file[-1]
    name = ".".join(filter(None, [last.package, last.message_type[0].name]))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


class Schemas:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.imports = set()

    def record(self):
        body = self.message("Root", 0)
        imports = "".join(f'import "{path}";\n' for path in sorted(self.imports))
        return f'syntax = "proto3";\npackage proof.x;\n{imports}{body}'

    def message(self, name, depth):
        rng = self.random
        lines, nested, number = [], [], 0
        for index in range(rng.randint(1, 4 if depth else 12)):
            number += rng.choice([1, 1, 1, 2, 300, 3000])
            field = f"{rng.choice('abcXYZ')}_{index}"
            match rng.randint(0, 9):
                case 0 | 1 | 2:
                    lines.append(f"{rng.choice(['', '', 'optional ', 'repeated '])}{rng.choice(SCALARS)} {field} = {number};")
                case 3:
                    kind = rng.choice(list(KNOWN))
                    self.imports.add(KNOWN[kind])
                    options = ""
                    if kind == "confluent.type.Decimal":
                        self.imports.add("confluent/meta.proto")
                        options = (' [(confluent.field_meta) = { params: [ { key: "precision", value: "20" }, '
                                   '{ key: "scale", value: "4" } ] }]')
                    lines.append(f"{rng.choice(['', 'repeated '])}{kind} {field} = {number}{options};")
                case 4:
                    self.imports.add("google/protobuf/wrappers.proto")
                    lines.append(f"{rng.choice(list(WRAPPERS))} {field} = {number};")
                case 5:
                    self.count += 1
                    nested.append(f"enum E{self.count} {{ E{self.count}_A = 0; E{self.count}_B = 7; E{self.count}_C = -1; }}")
                    lines.append(f"{rng.choice(['', 'optional ', 'repeated '])}E{self.count} {field} = {number};")
                case 6:
                    key = rng.choice(["string", "int32", "int64", "bool", "sint64", "fixed32"])
                    lines.append(f"map<{key}, {rng.choice(SCALARS)}> {field} = {number};")
                case 7:
                    members = []
                    for member in range(rng.randint(1, 3)):
                        members.append(f"{rng.choice(SCALARS)} {field}_{member} = {number};")
                        number += 1
                    lines.append(f"oneof {field} {{ {' '.join(members)} }}")
                case _ if depth < 2:
                    self.count += 1
                    inner = f"N{self.count}"
                    nested.append(self.message(inner, depth + 1))
                    lines.append(f"{rng.choice(['', 'repeated '])}{inner} {field} = {number};")
                case _:
                    lines.append(f"string {field} = {number};")
        return f"message {name} {{\n{''.join(line + chr(10) for line in lines + nested)}}}\n"

    def value(self, schema):
        message = self.classes(schema)()
        self.fill(message, 0)
        return message

    def classes(self, schema):
        if getattr(self, "known", None) is None:
            self.known = classes(schema)
        return self.known

    def fill(self, message, depth):
        rng = self.random
        chosen = {oneof.name: rng.choice([None, *oneof.fields]) for oneof in message.DESCRIPTOR.oneofs}
        for field in message.DESCRIPTOR.fields:
            oneof = field.containing_oneof
            if oneof is not None and chosen[oneof.name] is not field or rng.random() < 0.2:
                continue
            if field.is_repeated and field.message_type is not None and field.message_type.GetOptions().map_entry:
                entry = field.message_type.fields_by_name
                for _ in range(rng.randint(0, 3)):
                    getattr(message, field.name)[self.scalar(entry["key"])] = self.scalar(entry["value"])
            elif field.message_type is not None:
                count = rng.randint(0, 3) if field.is_repeated else 1
                for _ in range(count):
                    part = getattr(message, field.name)
                    part = part.add() if field.is_repeated else part
                    part.SetInParent() if not field.is_repeated else None
                    self.known_or_fill(part, depth + 1)
            elif field.is_repeated:
                getattr(message, field.name).extend(self.scalar(field) for _ in range(rng.randint(0, 4)))
            else:
                setattr(message, field.name, self.scalar(field))

    def known_or_fill(self, part, depth):
        rng = self.random
        match part.DESCRIPTOR.full_name:
            case "google.protobuf.Timestamp":
                part.seconds, part.nanos = rng.randint(-10**9, 4 * 10**9), rng.randint(0, 999_999_999)
            case "google.type.Date":
                part.year, part.month, part.day = rng.randint(1, 9999), rng.randint(1, 12), rng.randint(1, 28)
            case "google.type.TimeOfDay":
                part.hours, part.minutes, part.seconds = rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)
                part.nanos = rng.randint(0, 999_999_999)
            case "confluent.type.Decimal":
                unscaled = rng.choice([0, -1, 255, rng.randint(-10**18, 10**18)])
                part.value = unscaled.to_bytes(16, "big", signed=True)
                part.precision, part.scale = 20, 4
            case _:
                self.fill(part, depth)

    def scalar(self, field):
        rng = self.random
        if field.enum_type is not None:
            return rng.choice([0, 7, -1])
        name = SCALAR_NAMES[field.type]
        match name:
            case "double":
                return rng.choice([0.0, 1.5, -1e300, 5e-324, rng.random() * 1e6])
            case "float":
                return struct.unpack("f", struct.pack("f", rng.choice([0.0, 1.5, -3.25e10, rng.random()])))[0]
            case "bool":
                return rng.random() < 0.5
            case "string":
                return "".join(rng.choice('aZ9 "\\\n\u00e9\u4e2d\U0001f600') for _ in range(rng.randint(0, 60)))
            case "bytes":
                return rng.randbytes(rng.randint(0, 20))
        bits = 32 if name.endswith("32") else 63
        if name[0] in "uf":
            return rng.choice([0, 1, 2**bits - 1, rng.randint(0, 10**6)])
        half = 2 ** (31 if bits == 32 else 63)
        return rng.choice([0, -1, half - 1, -half, rng.randint(-10**6, 10**6)])


SCALAR_NAMES = {descriptor_pb2.FieldDescriptorProto.Type.Value(f"TYPE_{name.upper()}"): name for name in SCALARS}


def plain(message):
    """A message as SQL has it: names in upper case, times as numbers, bytes as base64; of a oneof a STRUCT."""
    def get(name):
        return getattr(message, name)
    match message.DESCRIPTOR.full_name:
        case "google.protobuf.Timestamp":
            return get("seconds") * 1000 + get("nanos") // 1_000_000
        case "google.type.Date":
            month, year = (get("month") + 9) % 12, get("year") - (get("month") <= 2)
            return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + get("day") - 719469
        case "google.type.TimeOfDay":
            return ((get("hours") * 60 + get("minutes")) * 60 + get("seconds")) * 1000 + get("nanos") // 1_000_000
        case "confluent.type.Decimal":
            return decimal.Decimal(int.from_bytes(get("value"), "big", signed=True)).scaleb(-get("scale"))
    result = {}
    for index, oneof in enumerate(o for o in message.DESCRIPTOR.oneofs if not o.name.startswith("_")):
        chosen = message.WhichOneof(oneof.name)
        result[f"{oneof.name}_{index}".upper()] = None if chosen is None else {
            field.name.upper(): single(field, getattr(message, field.name)) if field.name == chosen else None
            for field in oneof.fields}
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if oneof is not None and not oneof.name.startswith("_"):
            continue
        value = getattr(message, field.name)
        if field.is_repeated and field.message_type is not None and field.message_type.name.endswith("Entry"):
            if field.message_type.GetOptions().map_entry:
                part = field.message_type.fields_by_name["value"]
                found = {key: single(part, value[key]) for key in value}
            else:
                part = field.message_type.fields_by_name["value"]
                found = {entry.key: single(part, entry.value) for entry in value}
            result[field.name.upper()] = {
                str(key).lower() if isinstance(key, bool) else str(key): item for key, item in found.items()}
        elif field.is_repeated:
            result[field.name.upper()] = [single(field, item) for item in value]
        elif field.has_presence and not message.HasField(field.name):
            result[field.name.upper()] = None
        else:
            result[field.name.upper()] = single(field, value)
    return result


def single(field, value):
    if field.message_type is not None:
        return plain(value)
    if field.enum_type is not None:
        return field.enum_type.values_by_number[value].name
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


class Language:
    format = "PROTOBUF"
    shown = "PROTOBUF"
    sink = ", VALUE_PROTOBUF_NULLABLE_REPRESENTATION='OPTIONAL'"

    def schemas(self, seed):
        return Schemas(seed)

    def serializer(self, client, schema):
        del schema
        made = {}

        def serialize(value, context):
            if not made:
                made[0] = ProtobufSerializer(type(value), client, {"use.deprecated.format": False})
            return made[0](value, context)
        return serialize

    def deserializer(self, client, topic):
        text = client.get_latest_version(f"{topic}-value").schema.schema_str
        return ProtobufDeserializer(classes(text), {"use.deprecated.format": False})

    def wanted(self, schema, value):
        del schema
        return plain(value)

    def found(self, schema, value):
        del schema
        return plain(value)
