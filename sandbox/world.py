"""What makes up one running sandbox?

Everything a request may touch hangs here, so that two sandboxes in one process (tests do that) share
nothing.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.books import Books, Tables, tables_of
from sandbox.clock import Clock, real_clock
from sandbox.connections import Connection, Registry
from sandbox.faults import FaultPlan
from sandbox.generator import generate
from sandbox.profiles import OFFERED, UnknownProfile, profile_named
from sandbox.webhooks import Webhooks
from sandbox.wire import Object, decode

LOGGED_REQUESTS = 50_000


class BadRecording(ValueError):
    """A recorded profile cannot be served."""


@dataclass(frozen=True, slots=True)
class Options:
    api_key: str = "sandbox-key"
    workspace_id: str = "sandbox"
    workspace_secret: str = "sandbox-secret"  # noqa: S105 (the documented default, good for nothing else)
    seed: int = 1
    public_url: str = ""


@dataclass(slots=True)
class Entry:
    """One request as it was answered; credentials are reduced to how they were presented."""

    number: int
    at: str
    method: str
    path: str
    query: str
    scheme: str
    user_agent: str
    connection_id: str = ""
    object: str = ""
    status: int = 0
    milliseconds: float = 0.0
    bytes: int = 0
    fault: str = ""


@dataclass(slots=True)
class Demo:
    """A business that the consent page offers."""

    profile: str
    organization: str
    summary: str


class World:
    def __init__(self, options: Options | None = None, clock: Clock | None = None) -> None:
        self.options = options or Options()
        self.clock = clock or real_clock()
        self.connections = Registry(self.options.workspace_id, self.clock, self._open_books)
        self.connections.on_opened = self._listen
        self.webhooks = Webhooks(self.options.workspace_secret, self.clock)
        self.faults = FaultPlan()
        self.requests: deque[Entry] = deque(maxlen=LOGGED_REQUESTS)
        self.on_changed: Callable[[], None] = lambda: None
        self._recorded: dict[str, Tables] = {}
        self._from_files: set[str] = set()
        self._generated: dict[str, Tables] = {}
        self._generating = threading.Lock()

    def record(self, name: str, objects: Mapping[str, list[Object]]) -> None:
        """Serve the objects, as they are, under a profile name of their own."""
        try:
            self._recorded[name] = tables_of(dict(objects))
        except LookupError as error:
            raise BadRecording(f"Recording {name!r}: {error}") from error

    def record_file(self, name: str, path: Path) -> None:
        try:
            found = decode(path.read_bytes())
        except (OSError, ValueError) as error:
            raise BadRecording(f"Recording {name!r} cannot be read from {path}: {error}") from error
        if not isinstance(found, dict):
            raise BadRecording(f"Recording {name!r} in {path} is not an object of lists.")
        self.record(name, found)
        self._from_files.add(name)

    def demos(self) -> list[Demo]:
        offered = [profile_named(name) for name in OFFERED]
        generated = [Demo(p.name, p.organization(self.options.seed), p.summary) for p in offered]
        return generated + [Demo(name, self.organization(name), "Recorded objects") for name in self._recorded]

    def organization(self, profile: str) -> str:
        if profile not in self._recorded:
            return profile_named(profile).organization(self.options.seed)
        first = next(iter(self._recorded[profile]["organization"].values()), None)
        return first.name if first else profile

    def connect(self, wishes: Object) -> Connection:
        """A new connection to a profile, or to objects given inline under `recorded`."""
        profile = str(wishes.get("profile") or "small")
        if "recorded" in wishes:
            profile = str(wishes.get("profile") or f"recorded-{len(self._recorded) + 1}")
            self.record(profile, wishes["recorded"])
        return self.connections.create(wishes, profile, self.organization(profile))

    def can_reopen(self, profile: str) -> bool:
        """False for objects given inline, which only this process knows."""
        return profile not in self._recorded or profile in self._from_files

    def disconnect(self, connection_id: str) -> None:
        """Deleting a connection deletes its webhooks, as the vendor documents."""
        self.connections.remove(connection_id)
        self.webhooks.remove_of(connection_id)

    def _listen(self, connection: Connection, books: Books) -> None:
        books.listeners.append(lambda kind, event, changed: self.webhooks.announce(connection, kind, event, changed))

    def _open_books(self, profile: str) -> Books:
        if profile in self._recorded:
            return Books(self._recorded[profile], self.clock)
        with self._generating:
            if profile not in self._generated:
                objects = generate(profile_named(profile), seed=self.options.seed, today=self.clock.opened_on)
                self._generated[profile] = tables_of(objects)
        return Books(self._generated[profile], self.clock)


__all__ = ["BadRecording", "Demo", "Entry", "Options", "UnknownProfile", "World"]
