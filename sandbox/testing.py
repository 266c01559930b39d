"""How does a test get a sandbox of its own?

`with serve() as sandbox:` runs one on a free port, on a thread of this process: real HTTP, and the world
behind it is at hand for questions no client could ask.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import uvicorn

from sandbox.books import Books
from sandbox.clock import Clock, real_clock
from sandbox.connections import Connection
from sandbox.postings import post
from sandbox.server import create_app
from sandbox.wire import Object
from sandbox.world import Entry, Options, World


class SandboxDidNotStart(RuntimeError):
    """The server thread ended before it served."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    url: str
    world: World

    @property
    def api_key(self) -> str:
        return self.world.options.api_key

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}

    @property
    def requests(self) -> list[Entry]:
        return list(self.world.requests)

    def connect(self, profile: str = "small", **wishes: Any) -> Connection:
        """A connection without a browser; the keywords are those of POST /_sandbox/connections."""
        return self.world.connect({"profile": profile, **wishes})

    def books(self, connection: Connection | str) -> Books:
        return self.world.connections.books(connection if isinstance(connection, str) else connection.id)

    def post(self, connection: Connection | str, action: str, **wishes: Any) -> list[Object]:
        return post(self.books(connection), {"action": action, **wishes})


@contextmanager
def serve(options: Options | None = None, *, today: date | None = None) -> Iterator[Sandbox]:
    world = World(options, Clock(today) if today else real_clock())
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(world), log_level="critical", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    listener.listen()  # from here on connections wait in the queue until the loop accepts them
    thread.start()
    try:
        if not thread.is_alive():
            raise SandboxDidNotStart
        yield Sandbox(f"http://127.0.0.1:{listener.getsockname()[1]}", world)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
