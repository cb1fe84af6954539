#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speaks TLS to clients and passes on what they say to a port of 127.0.0.1, both ways.

    tls_terminator.py KEY_AND_CHAIN.pem TARGET_PORT

In front of millrace-fault-proxy it lets the proxy see Kafka's requests, which it could not tell apart in encrypted ones:

    clients == TLS ==> terminator ── plaintext ──► millrace-fault-proxy ── plaintext ──► broker

When the target ends a connection, every other client is told so by TLS (close_notify); the rest see it end without, as if
a broker had been killed. Says `listening PORT`, and serves until its stdin ends."""

import os
import select
import socket
import ssl
import sys
import threading

BLOCK = 1 << 16


class Gone(Exception):
    """A side has ended the connection."""


def receive(side):
    """What has come; nothing: not yet."""
    try:
        data = side.recv(BLOCK)
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
        return b""
    except OSError as error:
        raise Gone from error
    if not data:
        raise Gone
    return data


def send(side, data):
    """How much of it could be sent now."""
    try:
        return side.send(data) if data else 0
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
        return 0
    except OSError as error:
        raise Gone from error


def pass_on(client, target):
    """Returns whether the target has ended it."""
    to_target, to_client = bytearray(), bytearray()
    while True:
        readers = [side for side, waiting in ((client, to_target), (target, to_client)) if len(waiting) < 64 * BLOCK]
        writers = [side for side, waiting in ((target, to_target), (client, to_client)) if waiting]
        # What TLS has decrypted already is no news to select.
        select.select(readers, writers, [], 0 if client.pending() else None)
        try:
            if client in readers:
                to_target += receive(client)
            del to_target[:send(target, to_target)]
        except Gone:
            return False
        try:
            if target in readers:
                to_client += receive(target)
        except Gone:
            return True
        try:
            del to_client[:send(client, to_client)]
        except Gone:
            return False


def serve(accepted, context, port, takes_leave):
    try:
        with socket.create_connection(("127.0.0.1", port)) as target, accepted:
            accepted.settimeout(10)
            client = context.wrap_socket(accepted, server_side=True)
            with client:
                for side in (client, target):
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    side.setblocking(False)
                if pass_on(client, target) and takes_leave:
                    client.settimeout(1)
                    client.unwrap().close()
    except OSError:
        pass  # Either side may go at any time: that is what this is for.


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        print(f"listening {listener.getsockname()[1]}", flush=True)
        takes_leave = False
        while True:
            accepted, _ = listener.accept()
            takes_leave = not takes_leave
            threading.Thread(target=serve, args=(accepted, context, int(sys.argv[2]), takes_leave), daemon=True).start()


if __name__ == "__main__":
    main()
