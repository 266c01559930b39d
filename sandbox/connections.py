"""Which accounting systems are connected, for whom, in what health, with which habits?

A connection is the vendor's object plus what only a sandbox knows: the profile behind it, its health, and
the habits (page size, ignored parameters, latency) that differ between real integrations.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.books import Books
from sandbox.clock import Clock
from sandbox.integrations import INTEGRATIONS, READ_SCOPES, Integration
from sandbox.listing import Shelf
from sandbox.wire import Object, stamp

REAUTH_TOKEN_SECONDS = 600


class UnknownConnection(LookupError):
    """No connection of that id."""


class UnknownIntegration(LookupError):
    """No integration of that type."""


class ConnectionRefused(ValueError):
    """The request for a connection, or for a change of one, makes no sense."""


class Health(StrEnum):
    HEALTHY = "healthy"
    BROKEN = "broken"
    PAUSED = "paused"


@dataclass(slots=True)
class Habits:
    page_max: int = 100
    default_limit: int = 100
    total_count: bool = False
    latency_ms: int = 0
    unsupported: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()

    @classmethod
    def of(cls, integration: Integration) -> "Habits":
        return cls(
            page_max=integration.page_max,
            default_limit=integration.page_max,
            total_count=integration.total_count,
            unsupported=integration.unsupported,
        )

    def change(self, wishes: Object) -> None:
        for name in ("page_max", "default_limit", "latency_ms"):
            if name in wishes:
                setattr(self, name, int(wishes[name]))
        if "page_max" in wishes and "default_limit" not in wishes:
            self.default_limit = self.page_max
        if "total_count" in wishes:
            self.total_count = bool(wishes["total_count"])
        for name in ("unsupported", "ignored"):
            if name in wishes:
                setattr(self, name, frozenset(wishes[name]))


@dataclass(slots=True)
class Connection:
    id: str
    workspace_id: str
    integration: Integration
    profile: str
    environment: str
    external_xref: str
    permissions: list[str]
    categories: list[str]
    habits: Habits
    created_at: str
    updated_at: str
    last_healthy_at: str
    health: Health = Health.HEALTHY
    last_unhealthy_at: str = ""
    last_unhealthy_code: int = 0
    auth: Object = field(default_factory=dict, repr=False)
    shelf: Shelf | None = field(default=None, repr=False)

    def as_object(self) -> Object:
        found: Object = {
            "id": self.id,
            "workspace_id": self.workspace_id,
            "integration_type": self.integration.type,
            "integration_name": self.integration.name,
            "environment": self.environment,
            "categories": self.categories,
            "permissions": self.permissions,
            "auth": self.auth,
            "is_paused": self.health is Health.PAUSED,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "last_healthy_at": self.last_healthy_at,
        }
        if self.external_xref:
            found["external_xref"] = self.external_xref
        if self.last_unhealthy_at:
            found["last_unhealthy_at"] = self.last_unhealthy_at
            found["last_unhealthy_code"] = self.last_unhealthy_code
        return found

    def set_health(self, health: Health, now: str) -> None:
        self.health = health
        self.updated_at = now
        if health is Health.HEALTHY:
            self.last_healthy_at = now
        elif health is Health.BROKEN:
            self.last_unhealthy_at, self.last_unhealthy_code = now, 401


def integration_named(kind: str) -> Integration:
    found = INTEGRATIONS.get(kind)
    if found is None:
        raise UnknownIntegration(f"No integration {kind!r}; there are {', '.join(INTEGRATIONS)}.")
    return found


class Registry:
    """All connections of the workspace. `open_books` turns a profile into fresh books, once per connection."""

    def __init__(self, workspace_id: str, clock: Clock, open_books: Callable[[str], Books]) -> None:
        self.workspace_id = workspace_id
        self.clock = clock
        self.on_opened: Callable[[Connection, Books], None] = lambda _connection, _books: None
        self._open_books = open_books
        self._connections: dict[str, Connection] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._connections.values()))

    def get(self, connection_id: str) -> Connection:
        found = self._connections.get(connection_id)
        if found is None:
            raise UnknownConnection(f"No connection {connection_id!r}.")
        return found

    def create(self, wishes: Object, profile: str, organization: str) -> Connection:
        """Make, or with a known id replace, a connection out of the vendor's fields and the sandbox's."""
        integration = integration_named(str(wishes.get("integration_type") or "quickbooks"))
        now = stamp(self.clock.now())
        connection_id = str(wishes.get("id") or secrets.token_hex(12))
        habits = Habits.of(integration)
        habits.change(wishes)
        found = Connection(
            id=connection_id,
            workspace_id=self.workspace_id,
            integration=integration,
            profile=profile,
            environment=str(wishes.get("environment") or "Production"),
            external_xref=str(wishes.get("external_xref") or ""),
            permissions=list(wishes.get("permissions") or READ_SCOPES),
            categories=list(wishes.get("categories") or integration.categories),
            habits=habits,
            created_at=now,
            updated_at=now,
            last_healthy_at=now,
            auth={
                "name": organization,
                "emails": ["owner@company.example"],
                "access_token": f"sandbox-access-token-{connection_id}",
                "refresh_token": f"sandbox-refresh-token-{connection_id}",
            },
        )
        self._connections[connection_id] = found
        return found

    def change(self, connection_id: str, wishes: Object) -> Connection:
        found = self.get(connection_id)
        if "health" in wishes:
            try:
                health = Health(wishes["health"])
            except ValueError as error:
                raise ConnectionRefused(f"health is one of {', '.join(Health)}") from error
            found.set_health(health, stamp(self.clock.now()))
        if "permissions" in wishes:
            found.permissions = list(wishes["permissions"])
        if "missing_permissions" in wishes:
            missing = set(wishes["missing_permissions"])
            found.permissions = [scope for scope in found.permissions if scope not in missing]
        for name in ("external_xref", "environment"):
            if name in wishes:
                setattr(found, name, str(wishes[name]))
        if "categories" in wishes:
            found.categories = list(wishes["categories"])
        found.habits.change(wishes)
        found.updated_at = stamp(self.clock.now())
        return found

    def remove(self, connection_id: str) -> None:
        self.get(connection_id)
        del self._connections[connection_id]

    def issue_reauth_token(self, connection_id: str) -> Object:
        self.get(connection_id)
        token = secrets.token_urlsafe(24)
        expires = self.clock.now().timestamp() + REAUTH_TOKEN_SECONDS
        self._tokens[token] = (connection_id, expires)
        return {"reauth_token": token, "expires_at": stamp(self.clock.at(expires))}

    def redeem_reauth_token(self, connection_id: str, token: str) -> bool:
        """A token works once, for its own connection, before it expires."""
        owner, expires = self._tokens.pop(token, ("", 0.0))
        return owner == connection_id and expires > self.clock.now().timestamp()

    def shelf(self, found: Connection) -> Shelf:
        """The connection's books, opened on first use; slow for a large profile, so call it off the event loop."""
        with self._lock:
            if found.shelf is None:
                found.shelf = Shelf(self._open_books(found.profile))
                self.on_opened(found, found.shelf.books)
            return found.shelf

    def books(self, connection_id: str) -> Books:
        return self.shelf(self.get(connection_id)).books
