# SPDX-License-Identifier: Apache-2.0
"""Descriptors of Protobuf as .proto text, for the stand-in of a schema registry (registry.py): clients of Python register
descriptors in base64, and registries answer with text. Needs the package protobuf where there are any."""

import base64
import binascii
import re


def text(schema):
    """A schema as .proto text; None: it is neither."""
    if re.search(r"\b(syntax|message|enum|import)\b", schema):
        return schema
    from google.protobuf import descriptor_pb2
    from google.protobuf.message import DecodeError

    file = descriptor_pb2.FileDescriptorProto()
    try:
        file.ParseFromString(base64.standard_b64decode(schema))
    except (binascii.Error, DecodeError):
        return None
    lines = [f'syntax = "{file.syntax or "proto2"}";']
    if file.package:
        lines.append(f"package {file.package};")
    lines += [f'import "{path}";' for path in file.dependency]
    for enum in file.enum_type:
        lines += enumeration(enum, "")
    for message in file.message_type:
        lines += body(message, "")
    return "\n".join(lines) + "\n"


def enumeration(enum, indent):
    alias = [f"{indent}  option allow_alias = true;"] if enum.options.allow_alias else []
    symbols = [f"{indent}  {value.name} = {value.number};" for value in enum.value]
    return [f"{indent}enum {enum.name} {{", *alias, *symbols, f"{indent}}}"]


def body(message, indent):
    lines = [f"{indent}message {message.name} {{"]
    entries = {entry.name: entry for entry in message.nested_type if entry.options.map_entry}
    for enum in message.enum_type:
        lines += enumeration(enum, indent + "  ")
    for nested in message.nested_type:
        if not nested.options.map_entry:
            lines += body(nested, indent + "  ")
    for index, oneof in enumerate(message.oneof_decl):
        members = [field for field in message.field
                   if field.HasField("oneof_index") and field.oneof_index == index and not field.proto3_optional]
        if members:
            lines.append(f"{indent}  oneof {oneof.name} {{")
            lines += [f"{indent}    {declaration(field, entries)}" for field in members]
            lines.append(f"{indent}  }}")
    for field in message.field:
        if field.HasField("oneof_index") and not field.proto3_optional:
            continue
        label = "repeated " if field.label == field.LABEL_REPEATED else "required " if field.label == field.LABEL_REQUIRED \
            else "optional " if field.proto3_optional else ""
        if field.type_name.rpartition(".")[2] in entries:
            label = ""
        lines.append(f"{indent}  {label}{declaration(field, entries)}")
    return [*lines, f"{indent}}}"]


def kind(field):
    return field.type_name or field.Type.Name(field.type).removeprefix("TYPE_").lower()


def declaration(field, entries):
    entry = entries.get(field.type_name.rpartition(".")[2]) if field.type_name else None
    if entry is not None:
        return f"map<{kind(entry.field[0])}, {kind(entry.field[1])}> {field.name} = {field.number};"
    return f"{kind(field)} {field.name} = {field.number}{options(field)};"


def options(field):
    """What the file says of a decimal: confluent.field_meta is field 1088, whose params are field 2."""
    raw = field.options.SerializeToString()
    if not raw:
        return ""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="options.proto", package="stand_in", syntax="proto3")
    meta = file.message_type.add(name="Meta")
    meta.field.add(name="params", number=2, type=11, label=3, type_name=".stand_in.Parameter")
    parameter = file.message_type.add(name="Parameter")
    parameter.field.add(name="key", number=1, type=9, label=1)
    parameter.field.add(name="value", number=2, type=9, label=1)
    holder = file.message_type.add(name="Holder")
    holder.field.add(name="meta", number=1088, type=11, label=1, type_name=".stand_in.Meta")
    pool.Add(file)
    found = message_factory.GetMessageClass(pool.FindMessageTypeByName("stand_in.Holder"))()
    found.ParseFromString(raw)
    pairs = ", ".join(f'{{ key: "{pair.key}", value: "{pair.value}" }}' for pair in found.meta.params)
    return f" [(confluent.field_meta) = {{ params: [{pairs}] }}]" if pairs else ""
