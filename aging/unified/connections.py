"""What does Unified.to say about a connection, an accounting system and a webhook subscription?

Only what the product acts on. A connection's `auth` carries the accounting system's own tokens and keys: it
is not among the fields, so it is dropped while decoding and can be neither stored nor logged.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from aging.core.dates import NotADate, instant
from aging.unified.objects import READ_SCOPES

_UTC: Final = ZoneInfo("UTC")


class Health(StrEnum):
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    PAUSED = "paused"


class ConnectionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as Unified.to holds it. Nothing in it is proof of ownership: compare before storing."""

    id: str
    workspace_id: str = ""
    integration_type: str = ""
    integration_name: str = ""
    external_xref: str = ""
    environment: str = "Production"
    categories: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    is_paused: bool = False
    last_healthy_at: str | None = None
    last_unhealthy_at: str | None = None
    last_unhealthy_code: str | int | None = None
    created_at: str | None = None
    updated_at: str | None = None

    @property
    def health(self) -> Health:
        """Paused before all else; unhealthy when the last bad moment is later than the last good one."""
        if self.is_paused:
            return Health.PAUSED
        bad, good = _moment(self.last_unhealthy_at), _moment(self.last_healthy_at)
        if bad and (good is None or bad > good):
            return Health.UNHEALTHY
        return Health.HEALTHY

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        return tuple(scope for scope in READ_SCOPES if scope not in self.permissions)

    @property
    def created(self) -> datetime | None:
        return _moment(self.created_at)


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """An accounting system that can be connected."""

    type: str
    name: str = ""
    categories: tuple[str, ...] = ()
    logo_url: str | None = None
    color: str | None = None
    text_color: str | None = None
    is_active: bool | None = None
    beta: bool = False
    in_progress: bool = False
    rate_limit_description: str | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription to changes of one kind of record."""

    id: str
    connection_id: str = ""
    object_type: str = ""
    event: str = ""
    hook_url: str | None = None
    webhook_type: str | None = None
    environment: str = "Production"
    interval: float | None = None
    is_healthy: bool = True
    is_paused: bool = False
    created_at: str | None = None
    updated_at: str | None = None


class Reauthorization(msgspec.Struct, frozen=True, kw_only=True):
    """A short-lived right, for one use, to authorize a connection again in place."""

    reauth_token: str
    expires_at: str | None = None


def _moment(text: str | None) -> datetime | None:
    """A stamp we cannot read is no news about health, and no reason to refuse the connection."""
    try:
        return instant(text, _UTC).astimezone(UTC) if text else None
    except NotADate:
        return None
