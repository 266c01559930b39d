"""A server that answers exactly what a test dictates, byte by byte if need be.

The sandbox answers as Unified.to should; this answers as no server should.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

KEY = "the-secret-key"
_REASONS = {200: "OK", 302: "Found"}


@dataclass
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Play = Callable[[socket.socket, threading.Event], None]


def reply(status: int = 200, body: Any = b"[]", headers: dict[str, str] | None = None) -> Play:
    """A plain answer; anything but bytes becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}
    head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Said')}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())

    def play(connection: socket.socket, _over: threading.Event) -> None:
        connection.sendall(head.encode() + b"\r\n" + content)

    return play


def raw(*pieces: bytes, pause: float = 0.0, then_reset: bool = False) -> Play:
    """These bytes and nothing else, then the connection ends."""

    def play(connection: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)
            if pause and over.wait(pause):
                return
        if then_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionAbortedError

    return play


@dataclass
class Scripted:
    url: str
    asked: list[Asked] = field(default_factory=list)
    plays: list[Play] = field(default_factory=list)
    by_path: dict[str, Play] = field(default_factory=dict)

    def next_play(self, asked: Asked) -> Play:
        """An answer for the path, else the next of the script; the last one repeats."""
        self.asked.append(asked)
        if asked.path in self.by_path:
            return self.by_path[asked.path]
        return self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]


@contextmanager
def scripted(*plays: Play, by_path: dict[str, Play] | None = None) -> Iterator[Scripted]:
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    server = Scripted(f"http://127.0.0.1:{listener.getsockname()[1]}", plays=list(plays), by_path=by_path or {})
    thread = threading.Thread(target=_accept, args=(listener, server, over), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _accept(listener: socket.socket, server: Scripted, over: threading.Event) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_converse, args=(connection, server, over), daemon=True).start()


def _converse(connection: socket.socket, server: Scripted, over: threading.Event) -> None:
    with connection, connection.makefile("rb") as stream:
        while (asked := _read(stream)) is not None:
            try:
                server.next_play(asked)(connection, over)
            except OSError:
                return


def _read(stream: Any) -> Asked | None:
    try:
        line = stream.readline().decode()
        if not line:
            return None
        method, target, _ = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (header := stream.readline().decode().strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        return Asked(method, target, headers, stream.read(int(headers.get("content-length", "0"))))
    except (OSError, ValueError):  # the other side went away, or does not speak HTTP
        return None
