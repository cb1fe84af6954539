# SPDX-License-Identifier: Apache-2.0
"""What is a schema of Avro's, and which schema reads what was written by which: Avro's specification, "Schema
Resolution", for the stand-in of a schema registry (registry.py)."""

import json

PRIMITIVES = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
#: What a reader of the type on the left takes beside it.
PROMOTIONS = {
    "long": {"int"}, "float": {"int", "long"}, "double": {"int", "long", "float"}, "string": {"bytes"},
    "bytes": {"string"},
}


def parse(text):
    """A text as JSON; a bare name is one, too."""
    if text in PRIMITIVES:
        return text
    return json.loads(text)


def full_name(schema, space):
    name = schema["name"]
    if "." in name:
        return name
    space = schema.get("namespace", space)
    return f"{space}.{name}" if space else name


def space_of(schema, space):
    return full_name(schema, space).rpartition(".")[0]


def kind(schema):
    if isinstance(schema, list):
        return "union"
    return schema["type"] if isinstance(schema, dict) else schema


def collect(schema, names, space=""):
    """The named types of a schema, by their full names."""
    if isinstance(schema, list):
        for branch in schema:
            collect(branch, names, space)
    elif isinstance(schema, dict):
        if schema.get("type") in ("record", "enum", "fixed", "error"):
            names[full_name(schema, space)] = (schema, space_of(schema, space))
            for field in schema.get("fields", []):
                collect(field["type"], names, space_of(schema, space))
        for part in ("items", "values", "type"):
            if isinstance(schema.get(part), (dict, list)):
                collect(schema[part], names, space)
    return names


def fault(schema, names):
    """What is wrong with a schema; None: nothing."""
    try:
        names = collect(schema, dict(names))
        return check(schema, names, "")
    except (KeyError, TypeError, AttributeError) as error:
        return f"missing or misplaced: {error}"


def check(schema, names, space):
    if isinstance(schema, list):
        return next((found for found in (check(branch, names, space) for branch in schema) if found), None)
    if isinstance(schema, str):
        known = schema in PRIMITIVES or schema in names or f"{space}.{schema}" in names
        return None if known else f'"{schema}" is not a defined name'
    if isinstance(schema["type"], (dict, list)):
        return check(schema["type"], names, space)
    match schema["type"]:
        case "record" | "error":
            inner = space_of(schema, space)
            fields = [field["name"] for field in schema["fields"]]
            if len(set(fields)) < len(fields):
                return "a field is there twice"
            found = (check(field["type"], names, inner) for field in schema["fields"])
            return next((text for text in found if text), None)
        case "enum":
            return None if isinstance(schema["symbols"], list) else "symbols"
        case "fixed":
            return None if isinstance(schema["size"], int) else "size"
        case "array":
            return check(schema["items"], names, space)
        case "map":
            return check(schema["values"], names, space)
        case other:
            return check(other, names, space)


class Side:
    """A schema with the names that it knows and the name space that it stands in."""

    def __init__(self, schema, names, space=""):
        if isinstance(schema, str) and schema not in PRIMITIVES:
            key = schema if schema in names else f"{space}.{schema}"
            schema, space = names[key]
            space = space if "namespace" not in schema else schema["namespace"]
        elif isinstance(schema, dict) and isinstance(schema.get("type"), (dict, list)):
            schema = schema["type"]
        self.schema, self.names, self.space = schema, names, space
        self.kind = kind(schema)
        if self.kind not in PRIMITIVES | {"union", "record", "error", "enum", "fixed", "array", "map"}:
            inner = Side(self.kind, names, space)
            self.schema, self.space, self.kind = inner.schema, inner.space, inner.kind

    def part(self, schema):
        space = space_of(self.schema, self.space) if self.kind in ("record", "error") else self.space
        return Side(schema, self.names, space)

    @property
    def short_name(self):
        return self.schema["name"].rpartition(".")[2]


def unreadable(reader, writer):
    """Why the reader's schema does not read what the writer's has written: a list of reasons."""
    sides = [Side(schema, collect(schema, dict(names))) for schema, names in (reader, writer)]
    return mismatches(*sides, "", set())


def mismatches(reader, writer, path, under):
    if writer.kind == "union":
        return [
            text for branch in writer.schema for text in mismatches(reader, writer.part(branch), path, under)]
    if reader.kind == "union":
        if any(not mismatches(reader.part(branch), writer, path, under) for branch in reader.schema):
            return []
        return [f"{{errorType:'MISSING_UNION_BRANCH', description:'The new schema has no branch for {writer.kind} at {path or '/'}'}}"]
    if reader.kind != writer.kind:
        if writer.kind in PROMOTIONS.get(reader.kind, ()):
            return []
        return [f"{{errorType:'TYPE_MISMATCH', description:'The type (path '{path or '/'}') of a field changed from "
                f"{writer.kind} to {reader.kind}'}}"]
    if reader.kind == "array":
        return mismatches(reader.part(reader.schema["items"]), writer.part(writer.schema["items"]), path + "/items", under)
    if reader.kind == "map":
        return mismatches(reader.part(reader.schema["values"]), writer.part(writer.schema["values"]), path + "/values", under)
    if reader.kind in ("record", "error", "enum", "fixed"):
        if reader.short_name != writer.short_name:
            return [f"{{errorType:'NAME_MISMATCH', description:'The name of the schema has changed (path '{path or '/name'}')'}}"]
    if reader.kind == "fixed" and reader.schema["size"] != writer.schema["size"]:
        return [f"{{errorType:'FIXED_SIZE_MISMATCH', description:'The size of {reader.short_name} has changed'}}"]
    if reader.kind == "enum":
        missing = [symbol for symbol in writer.schema["symbols"] if symbol not in reader.schema["symbols"]]
        if missing and "default" not in reader.schema:
            return [f"{{errorType:'MISSING_ENUM_SYMBOLS', description:'The new schema lacks {missing} (path '{path}')'}}"]
    if reader.kind in ("record", "error"):
        pair = (id(reader.schema), id(writer.schema))
        if pair in under:
            return []
        found = []
        for field in reader.schema["fields"]:
            names = [field["name"], *field.get("aliases", [])]
            old = next((other for other in writer.schema["fields"] if other["name"] in names), None)
            place = f"{path}/fields/{field['name']}"
            if old is None:
                if "default" not in field:
                    found.append(
                        f"{{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field '{field['name']}' at path "
                        f"'{place}' in the new schema has no default value and is missing in the old schema'}}")
                continue
            found += mismatches(reader.part(field["type"]), writer.part(old["type"]), place, under | {pair})
        return found
    return []
