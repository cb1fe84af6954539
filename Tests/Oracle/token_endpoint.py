#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A token endpoint (OAuth 2.0, client credentials) over HTTPS on 127.0.0.1, for one client whose secret is in SECRET.

    token_endpoint.py KEY_AND_CHAIN.pem CLIENT

Writes jwks.json, the keys that its tokens are signed with, into the working directory, says `listening PORT`, and serves
until it is killed."""

import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import time


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def token(client):
    now = int(time.time())
    parts = [{"alg": "RS256", "typ": "JWT", "kid": "test"}, {"sub": client, "iat": now, "exp": now + 600, "scope": "kafka"}]
    signed = ".".join(text(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{text(openssl('dgst', '-sha256', '-sign', 'token.key', data=signed.encode()))}"


class Endpoint(http.server.BaseHTTPRequestHandler):
    wanted = ""

    def do_POST(self):  # noqa: N802 - the name is the library's
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        known = self.headers.get("Authorization") == self.wanted
        answer = {"access_token": token(sys.argv[2]), "token_type": "Bearer", "expires_in": 600} if known else {
            "error": "invalid_client", "error_description": "this client is not known"}
        body = json.dumps(answer).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    Endpoint.wanted = "Basic " + base64.b64encode(f"{sys.argv[2]}:{os.environ['SECRET']}".encode()).decode()
    openssl("genrsa", "-out", "token.key", "2048")
    modulus = openssl("rsa", "-in", "token.key", "-noout", "-modulus").decode().strip().partition("=")[2]
    keys = {"keys": [{"kty": "RSA", "kid": "test", "use": "sig", "alg": "RS256", "e": "AQAB", "n": text(bytes.fromhex(modulus))}]}
    with open("jwks.json", "w", encoding="utf-8") as file:
        json.dump(keys, file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(f"listening {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
