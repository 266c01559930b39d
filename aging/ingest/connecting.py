"""How does an accounting system come to belong to a company?

Our API key reaches every company's connections, so a connection id proves nothing. It is always fetched from Unified.to
with our key and compared before it is stored: workspace, environment, category, and for whom it was authorized. A
connection belongs to one company for ever; the database holds that (`external_id` is unique) and this module says it.

A browser's trip to the provider is one `ConnectAttempt`: its state is single-use, lives ten minutes, is bound to a
person, a company and the session that began it, and carries an `external_xref` of its own. Only the connection that
comes back with that very value is linked, so swapping the id in the address attaches nobody else's books.

What is linked is subscribed to and what is disconnected no longer. Neither can fail for that: the hourly look at the
subscriptions makes good what could not be done at once.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from aging.ingest import subscriptions
from aging.ingest.client import client_from_settings, interactive_client
from aging.unified.client import UnifiedClient, WrongAddress
from aging.unified.connections import ConnectionInfo
from aging.unified.connections import Health as SourceHealth
from aging.unified.decoding import Quarantined
from aging.unified.errors import UnifiedError
from aging.unified.reading import text
from aging.unified.reference import base_currency
from tenants import connections
from tenants.audit import Actor, record_event
from tenants.models import Company, ConnectAttempt, Connection, Health
from tenants.router import CONTROL_ALIAS

ATTEMPT_LIFETIME = timedelta(minutes=10)
CLOCK_SKEW = timedelta(minutes=5)
CATEGORY = "accounting"
TAKEN = "This connection belongs to another company."

_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEALTH = {
    SourceHealth.HEALTHY: Health.HEALTHY,
    SourceHealth.UNHEALTHY: Health.NEEDS_REAUTH,
    SourceHealth.PAUSED: Health.PAUSED,
}


class LinkRefused(ValueError):
    """The connection may not be linked to this company; the message is a sentence for people."""


class AttemptRefused(LinkRefused):
    """The browser came back with a state that is unknown, used, expired, or somebody else's."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the API says about a connection and, where it can be read, about whose books it opens."""

    info: ConnectionInfo
    organization_name: str
    base_currency: str


def link_connection(company: Company, external_id: str, *, by: Actor, expected_xref: str | None = None) -> Connection:
    """Verify the connection at the API and link it. Raises LinkRefused, or one of aging.unified.errors.

    With `expected_xref` the connection must carry exactly that. Without, an operator vouches for it: one that says for
    whom it was authorized must say this company, and one that says nothing is taken.
    """
    found = look_up(client_from_settings(), external_id)
    require_ours(found.info)
    with transaction.atomic(using=CONTROL_ALIAS):
        kept = _lock(company, external_id)
        if expected_xref is not None:
            _require_xref(found.info, expected_xref)
        elif kept is None:
            _require_ours_or_silent(company, found.info)
        connection = _save(kept, company, found, by=by)
    subscriptions.look_after_link(connection)
    return connection


def look_up(client: UnifiedClient, external_id: str) -> LookedUp:
    if not _EXTERNAL_ID.fullmatch(external_id):
        raise LinkRefused("That is no connection id of Unified.to.")
    info = client.get_connection(external_id)
    if info.id != external_id:
        raise LinkRefused("Unified.to answered for another connection than the one asked for.")
    name, currency = _organization(client, external_id)
    return LookedUp(info, name, currency)


def _organization(client: UnifiedClient, external_id: str) -> tuple[str, str]:
    """A courtesy for the page that says what was connected: the first sync reads it in earnest."""
    try:
        rows = client.list_page(external_id, "organization").rows
    except (UnifiedError, WrongAddress):
        return "", ""
    books = [row for row in rows if not isinstance(row, Quarantined)]
    name = next((text(one.name) or text(one.legal_name) for one in books), "")  # type: ignore[attr-defined]
    return name[:200], base_currency(books) or ""  # type: ignore[arg-type]


def require_ours(info: ConnectionInfo) -> None:
    """The workspace, environment and category of this installation."""
    if settings.UNIFIED_WORKSPACE_ID and info.workspace_id != settings.UNIFIED_WORKSPACE_ID:
        raise LinkRefused("The connection belongs to another Unified.to workspace.")
    if info.environment != settings.UNIFIED_ENV:
        ours = settings.UNIFIED_ENV
        raise LinkRefused(
            f"The connection is one of the environment {info.environment}; this installation uses {ours}."
        )
    if CATEGORY not in info.categories:
        raise LinkRefused("The connection is not one to an accounting system.")


def _require_xref(info: ConnectionInfo, expected: str) -> None:
    if not secrets.compare_digest(info.external_xref.encode(), expected.encode()):
        raise LinkRefused("The connection was not authorized in this attempt. Nothing was connected; start again.")


def _require_ours_or_silent(company: Company, info: ConnectionInfo) -> None:
    names = {"", company.slug, company.schema_name}
    if info.external_xref in names:
        return
    if not ConnectAttempt.objects.filter(company_id=company.pk, external_xref=info.external_xref).exists():
        raise LinkRefused(f"The connection was authorized for somebody else than {company.slug}.")


def _lock(company: Company, external_id: str) -> Connection | None:
    """The connection's row if there is one. What is decided about it stays so until the transaction ends."""
    kept = Connection.objects.select_for_update().filter(external_id=external_id).first()
    if kept is not None and kept.company_id != company.pk:
        raise LinkRefused(TAKEN)
    return kept


def _save(kept: Connection | None, company: Company, found: LookedUp, *, by: Actor) -> Connection:
    connection = kept or Connection(company=company, external_id=found.info.id, connected_by=by.name)
    _describe(connection, found)
    if connection.next_sync_at is None:
        connection.next_sync_at = now() + timedelta(minutes=connection.interval_minutes)
    try:
        with transaction.atomic(using=CONTROL_ALIAS):
            connection.save()
    except IntegrityError as error:  # another company linked it a moment ago
        raise LinkRefused(TAKEN) from error
    record_event(
        "connection.linked_again" if kept else "connection.linked",
        by=by,
        company=company,
        subject=str(connection),
        details={"system": connection.integration_type},
    )
    return connection


def _describe(connection: Connection, found: LookedUp) -> None:
    """What the API says, field by field: its `auth` is not among them."""
    info = found.info
    connection.integration_type = info.integration_type[:64]
    connection.integration_name = (info.integration_name or info.integration_type)[:120]
    connection.permissions = list(info.permissions)
    connection.health, connection.health_reason = _HEALTH[info.health], ""
    connection.retry_at = None
    connection.organization_name = found.organization_name or connection.organization_name
    connection.base_currency = found.base_currency or connection.base_currency


# A browser's trip to the provider and back


def begin_attempt(company: Company, *, user_id: int, integration_type: str) -> tuple[ConnectAttempt, str]:
    """The attempt, and its state, of which only the hash is kept."""
    state = secrets.token_urlsafe(32)
    attempt = ConnectAttempt.objects.create(
        company=company,
        user_id=user_id,
        state_hash=_hash(state),
        external_xref=secrets.token_urlsafe(32),
        integration_type=integration_type[:64],
    )
    return attempt, state


def get_attempt(company: Company, pk: str) -> ConnectAttempt | None:
    return ConnectAttempt.objects.filter(company_id=company.pk, pk=pk).first()


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser brings back. `begun_here` are the attempts that its session remembers having begun."""

    state: str
    external_id: str
    company: Company
    user_id: int
    begun_here: Collection[int]


def find_attempt(back: Return) -> ConnectAttempt:
    """The attempt that this return completes, still unused. Raises AttemptRefused."""
    return _require_attempt(ConnectAttempt.objects.all(), back)


def complete_attempt(back: Return, *, by: Actor) -> Connection:
    """Link what was authorized in this attempt. Raises LinkRefused, or one of aging.unified.errors.

    While the API cannot be reached the attempt stays good and the page can be reloaded. A connection that is refused
    uses it up.
    """
    attempt = find_attempt(back)
    found = look_up(interactive_client(), back.external_id)
    try:
        with transaction.atomic(using=CONTROL_ALIAS):
            attempt = _use_up(back)
            require_ours(found.info)
            _require_xref(found.info, attempt.external_xref)
            _require_younger(found.info, attempt.created_at)
            connection = _save(_lock(back.company, back.external_id), back.company, found, by=by)
            _record_outcome(attempt, connection)
    except LinkRefused:
        _mark_used(ConnectAttempt.objects.filter(pk=attempt.pk))
        raise
    subscriptions.look_after_link(connection)
    return connection


def renew_connection(connection: Connection, back: Return, *, by: Actor) -> Connection:
    """The same connection, authorized again in place. Raises as `complete_attempt` does."""
    find_attempt(back)
    if back.external_id != connection.external_id:
        raise LinkRefused("Another connection came back than the one to be renewed. Nothing was changed; start again.")
    found = look_up(interactive_client(), connection.external_id)
    with transaction.atomic(using=CONTROL_ALIAS):
        attempt = _use_up(back)
        require_ours(found.info)
        renewed = _save(_lock(back.company, connection.external_id), back.company, found, by=by)
        _record_outcome(attempt, renewed)
    subscriptions.look_after_link(renewed)
    return renewed


def disconnect(connection: Connection, *, typed_name: str, by: Actor) -> None:
    """No sync touches it any more, and Unified.to is told to be silent about it. Raises NotConfirmed."""
    connections.disconnect(connection, typed_name=typed_name, by=by)
    subscriptions.end(connection)


def _use_up(back: Return) -> ConnectAttempt:
    attempt = _require_attempt(ConnectAttempt.objects.select_for_update(), back)
    _mark_used(ConnectAttempt.objects.filter(pk=attempt.pk))
    return attempt


def _record_outcome(attempt: ConnectAttempt, connection: Connection) -> None:
    ConnectAttempt.objects.filter(pk=attempt.pk).update(connection=connection)


def _mark_used(attempts: QuerySet[ConnectAttempt]) -> None:
    attempts.filter(used_at=None).update(used_at=now())


def _require_attempt(attempts: QuerySet[ConnectAttempt], back: Return) -> ConnectAttempt:
    attempt = attempts.filter(state_hash=_hash(back.state)).first()
    is_mine = attempt is not None and (
        attempt.company_id == back.company.pk and attempt.user_id == back.user_id and attempt.pk in back.begun_here
    )
    if attempt is None or not is_mine:
        raise AttemptRefused("This connection was not begun here by you. Start again from this page.")
    if attempt.used_at is not None:
        raise AttemptRefused("This way back was used already. Start again to connect another system.")
    if attempt.created_at < now() - ATTEMPT_LIFETIME:
        raise AttemptRefused("That took longer than ten minutes. Start again.")
    return attempt


def _require_younger(info: ConnectionInfo, began_at: datetime) -> None:
    """Allows for clocks that differ; one whose making is not dated is left to the one-time value it carries."""
    if info.created is not None and info.created < began_at - CLOCK_SKEW:
        raise LinkRefused("The connection is older than this attempt. Nothing was connected; start again.")


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
