#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for a schema registry on 127.0.0.1: Confluent's REST interface as far as clients use it, with Avro's
compatibility checks (registry_rules.py). For tests only: nothing is kept.

    registry.py [--port N] [--user NAME:PASSWORD] [--token TOKEN] [--certificate PEM [--client-ca PEM]]

Says `listening PORT` and serves until it is killed. What is beside the interface:

    PUT /stand-in/fault      {"status": 503, "body": "…", "delay": 0.5, "redirect": "URL", "close": true, "size": N,
                              "count": N}: what the next N requests (without it: all) are answered with; {} ends it
    GET /stand-in/requests   what was asked, in order: [{"method", "path", "authorization"}]
"""

import argparse
import base64
import http.server
import json
import os
import ssl
import threading
import time
import urllib.parse

import registry_protobuf
import registry_rules

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


class Failure(Exception):
    def __init__(self, status, code, message, **more):
        super().__init__(message)
        self.status = status
        self.answer = {"error_code": code, "message": message, **more}


class Registry:
    """Schemas by id, and the versions of each subject."""

    def __init__(self):
        self.lock = threading.RLock()
        self.schemas = {}
        self.ids = {}
        self.subjects = {}
        self.levels = {None: "BACKWARD"}

    def entry(self, body):
        kind = body.get("schemaType") or "AVRO"
        if kind not in ("AVRO", "JSON", "PROTOBUF"):
            raise Failure(422, 42201, f"Invalid schema type {kind}")
        text = body.get("schema")
        references = body.get("references") or []
        if not isinstance(text, str):
            raise Failure(422, 42201, "Empty schema")
        entry = {"schema": text, "schemaType": kind, "references": references}
        if kind in ("AVRO", "JSON"):
            try:
                parsed = registry_rules.parse(text)
            except ValueError as error:
                raise Failure(422, 42201, f"Invalid schema {text}, details: {error}") from error
            if kind == "AVRO":
                fault = registry_rules.fault(parsed, self.names(references))
                if fault:
                    raise Failure(422, 42201, f"Invalid schema {text}, details: {fault}")
            entry["key"] = kind + json.dumps([parsed, references], sort_keys=False)
        else:
            entry["schema"] = registry_protobuf.text(text)
            if entry["schema"] is None:
                raise Failure(422, 42201, f"Invalid schema {text}")
            entry["key"] = kind + json.dumps([entry["schema"], references])
        return entry

    def names(self, references):
        """The named types of the schemas that are referred to."""
        names = {}
        for reference in references:
            found = self.version(reference["subject"], str(reference["version"]))
            names |= self.names(found["references"])
            registry_rules.collect(registry_rules.parse(found["schema"]), names)
        return names

    def version(self, subject, text):
        versions = self.subjects.get(subject)
        if not versions:
            raise Failure(404, 40401, f"Subject '{subject}' not found.")
        if text == "latest" or text == "-1":
            number, identity = versions[-1]
        else:
            found = [pair for pair in versions if str(pair[0]) == text]
            if not found:
                raise Failure(404, 40402, f"Version {text} not found.")
            number, identity = found[0]
        return {"subject": subject, "version": number, "id": identity, **self.schemas[identity]}

    def incompatibilities(self, subject, entry, versions):
        level = self.levels.get(subject, self.levels[None])
        if level == "NONE":
            return []
        if not level.endswith("_TRANSITIVE"):
            versions = versions[-1:]
        for number, identity in reversed(versions):
            old = self.schemas[identity]
            if old["schemaType"] != entry["schemaType"]:
                return [f"Incompatible because of different schema type (version {number})"]
            if entry["schemaType"] != "AVRO":
                continue
            own = (registry_rules.parse(entry["schema"]), self.names(entry["references"]))
            other = (registry_rules.parse(old["schema"]), self.names(old["references"]))
            found = []
            if level.startswith(("BACKWARD", "FULL")):
                found += registry_rules.unreadable(own, other)
            if level.startswith(("FORWARD", "FULL")):
                found += registry_rules.unreadable(other, own)
            if found:
                return [*found, f"{{oldSchemaVersion: {number}}}", f"{{oldSchema: '{old['schema']}'}}"]
        return []

    def register(self, subject, body):
        entry = self.entry(body)
        key = entry.pop("key")
        versions = self.subjects.get(subject, [])
        known = self.ids.get(key)
        if known is not None and any(identity == known for _, identity in versions):
            return known
        found = self.incompatibilities(subject, entry, versions)
        if found:
            raise Failure(
                409, 409, f'Schema being registered is incompatible with an earlier schema for subject "{subject}", '
                f"details: {found}")
        if known is None:
            known = len(self.schemas) + 1
            self.ids[key] = known
            self.schemas[known] = entry
        self.subjects.setdefault(subject, []).append((versions[-1][0] + 1 if versions else 1, known))
        return known

    def answer(self, method, path, query, body):
        with self.lock:
            match (method, path):
                case ("GET", ["subjects"]):
                    return list(self.subjects)
                case ("GET", ["schemas", "types"]):
                    return ["JSON", "PROTOBUF", "AVRO"]
                case ("GET", ["schemas", "ids", number]):
                    if number.isdigit() and int(number) in self.schemas:
                        return shown(self.schemas[int(number)])
                    raise Failure(404, 40403, f"Schema {number} not found")
                case ("GET", ["subjects", subject, "versions"]):
                    self.version(subject, "latest")
                    return [number for number, _ in self.subjects[subject]]
                case ("GET", ["subjects", subject, "versions", version]):
                    return shown(self.version(subject, version))
                case ("POST", ["subjects", subject, "versions"]):
                    return {"id": self.register(subject, body)}
                case ("POST", ["subjects", subject]):
                    self.version(subject, "latest")
                    known = self.ids.get(self.entry(body)["key"])
                    for number, identity in self.subjects[subject]:
                        if identity == known:
                            return shown(self.version(subject, str(number)))
                    raise Failure(404, 40403, "Schema not found")
                case ("POST", ["compatibility", "subjects", subject, "versions", version]):
                    entry = self.entry(body)
                    found = self.version(subject, version)
                    messages = self.incompatibilities(subject, entry, [(found["version"], found["id"])])
                    answer = {"is_compatible": not messages}
                    return answer | {"messages": messages} if query.get("verbose") == ["true"] else answer
                case ("DELETE", ["subjects", subject]):
                    self.version(subject, "latest")
                    return [number for number, _ in self.subjects.pop(subject)]
                case (("GET" | "PUT"), ["config", *subject]):
                    subject = subject[0] if subject else None
                    if method == "PUT":
                        self.levels[subject] = body["compatibility"]
                        return {"compatibility": body["compatibility"]}
                    if subject in self.levels or query.get("defaultToGlobal") == ["true"]:
                        return {"compatibilityLevel": self.levels.get(subject, self.levels[None])}
                    raise Failure(404, 40408, f"Subject '{subject}' does not have subject-level compatibility configured")
                case _:
                    raise Failure(404, 404, "HTTP 404 Not Found")


def shown(entry):
    """As the registry shows it: Avro goes without saying."""
    return {name: value for name, value in entry.items()
            if value and name != "key" and (name, value) != ("schemaType", "AVRO")}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry = Registry()
    wanted = None
    fault = {}
    requests = []

    def serve(self):
        length = int(self.headers.get("Content-Length", 0))
        data = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        path = [urllib.parse.unquote(step) for step in url.path.split("/") if step]
        if path[:1] == ["stand-in"]:
            if self.command == "PUT":
                Handler.fault = json.loads(data)
            return self.send(200, json.dumps(Handler.requests))
        authorization = self.headers.get("Authorization")
        Handler.requests.append({"method": self.command, "path": self.path, "authorization": authorization})
        fault = Handler.fault
        if fault and fault.get("count", 1) > 0:
            if "count" in fault:
                fault["count"] -= 1
            time.sleep(fault.get("delay", 0))
            if fault.get("close"):
                self.close_connection = True
                return None
            if "redirect" in fault:
                return self.send(fault.get("status", 307), "", {"Location": fault["redirect"]})
            if "size" in fault:
                return self.send(200, '{"schema":"' + "x" * fault["size"] + '"}')
            if "status" in fault:
                return self.send(fault["status"], fault.get("body", ""))
        if Handler.wanted and authorization != Handler.wanted:
            return self.send(401, json.dumps({"error_code": 401, "message": "Unauthorized"}))
        try:
            body = json.loads(data) if data else {}
            answer = Handler.registry.answer(self.command, path, urllib.parse.parse_qs(url.query), body)
            return self.send(200, json.dumps(answer))
        except Failure as failure:
            return self.send(failure.status, json.dumps(failure.answer))
        except json.JSONDecodeError:
            return self.send(422, json.dumps({"error_code": 42201, "message": "the body is no JSON"}))

    do_GET = do_POST = do_PUT = do_DELETE = serve  # noqa: N815 - the names are the library's

    def send(self, status, text, headers=None):
        data = text.encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Type": MEDIA_TYPE, **(headers or {}), "Content-Length": len(data)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that hangs up is no news."""


def main():
    arguments = argparse.ArgumentParser()
    for name in ("user", "token", "certificate", "client-ca"):
        arguments.add_argument(f"--{name}")
    arguments.add_argument("--port", type=int, default=0)
    arguments = arguments.parse_args()
    if arguments.user:
        Handler.wanted = "Basic " + base64.b64encode(arguments.user.encode()).decode()
    if arguments.token:
        Handler.wanted = f"Bearer {arguments.token}"
    server = Server(("127.0.0.1", arguments.port), Handler)
    if arguments.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.certificate)
        if arguments.client_ca:
            context.load_verify_locations(arguments.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("listening", server.server_port, flush=True)
    # Ends with who has started it.
    parent = os.getppid()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while os.getppid() == parent:
        time.sleep(0.5)


if __name__ == "__main__":
    main()
