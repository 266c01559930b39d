"""How is a connection told to the company that owns it?"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from aging.unified.objects import BY_NAME, READ_SCOPES
from aging.web import formats
from aging.web.pages.sources import ConnectionCard, ObjectCount
from tenants import sync_words
from tenants.connections import confirmation_name
from tenants.models import Connection, Health
from tenants.pages import Fact, Link, Notice, Option

OBJECT_LABELS = {
    "customer": "Customers",
    "invoice": "Invoices",
    "credit_memo": "Credit notes",
    "payment": "Payments",
    "refund": "Refunds",
}
SCOPE_WORDS = {
    "organization": "the organisation",
    "paymentterm": "payment terms",
    "contact": "customers",
    "invoice": "invoices",
    "creditmemo": "credit notes",
    "payment": "payments",
    "refund": "refunds",
    "agedreceivable": "the aged receivables report",
}
INTERVALS = ((60, "Every hour"), (360, "Every 6 hours"), (sync_words.DAY_MINUTES, "Once a day"))
DEFAULT_DAILY_AT = "06:00"


def card(
    connection: Connection, counts: Mapping[str, int], *, at: datetime, zone: ZoneInfo, is_admin: bool
) -> ConnectionCard:
    return ConnectionCard(
        id=str(connection.pk),
        system=connection.integration_name,
        organisation=confirmation_name(connection),
        health=sync_words.health_mark(connection),
        health_label=connection.get_health_display(),
        health_text=health_text(connection, zone=zone, is_admin=is_admin),
        last_success=_ago(connection.last_success_at, at),
        next_run=_next_run(connection, at=at),
        objects=tuple(ObjectCount(label, counts[kind]) for kind, label in OBJECT_LABELS.items() if kind in counts),
        missing=missing_access(connection) if connection.is_active else (),
        facts=_facts(connection, zone),
        runs_url=f"{reverse('sync-runs')}?connection={connection.pk}",
        schedules=tuple(
            Option(str(minutes), label, minutes == connection.interval_minutes) for minutes, label in INTERVALS
        ),
        daily_at=_daily_at(connection, zone),
        **(_acts(connection) if is_admin else {}),
    )


def _acts(connection: Connection) -> dict[str, str]:
    """A disconnected one can only be authorized again, as the same connection."""

    def address(name: str) -> str:
        return reverse(name, args=[connection.pk])

    if not connection.is_active:
        return {"reconnect_url": address("connection-reconnect")}
    return {
        "sync_url": address("connection-sync"),
        "reconnect_url": address("connection-reconnect"),
        "schedule_url": address("connection-schedule"),
        "disconnect_url": address("connection-disconnect"),
    }


def health_text(connection: Connection, *, zone: ZoneInfo, is_admin: bool) -> str:
    """What is wrong, what it means for the figures, and who can help. Empty while all is well."""
    system = connection.integration_name
    what = {
        Health.NEEDS_REAUTH: f"{system} stopped accepting our access.",
        Health.PAUSED: "Unified.to has paused this connection. Syncing goes on by itself when that ends.",
        Health.GONE: "The connection no longer exists at Unified.to.",
        Health.DISCONNECTED: "Nothing is fetched any more. What was loaded stays as read-only history.",
    }.get(Health(connection.health))
    if what is None:
        return ""
    if not connection.is_active:
        return what
    return " ".join(filter(None, (what, _figures_as_of(connection, zone), _remedy(connection, is_admin))))


def _figures_as_of(connection: Connection, zone: ZoneInfo) -> str:
    if connection.last_success_at is None:
        return ""
    return f"The figures are those of the last sync, {formats.moment(connection.last_success_at.astimezone(zone))}."


def _remedy(connection: Connection, is_admin: bool) -> str:
    if connection.health == Health.PAUSED:
        return ""
    if not is_admin:
        return "Ask an admin to reconnect it."
    return "Reconnect it." if connection.health == Health.NEEDS_REAUTH else "Connect the system again."


def missing_access(connection: Connection) -> tuple[str, ...]:
    """What was asked for and not granted, in words."""
    granted = set(connection.permissions)
    return tuple(SCOPE_WORDS[name] for name, kind in BY_NAME.items() if kind.scope not in granted)


def reads() -> tuple[str, ...]:
    """What connecting asks to read, in words; the same scopes that the authorization names."""
    named = [SCOPE_WORDS[name] for name, kind in BY_NAME.items() if kind.scope in READ_SCOPES]
    return tuple(words[0].upper() + words[1:] for words in named)


def _facts(connection: Connection, zone: ZoneInfo) -> tuple[Fact, ...]:
    since = formats.day(connection.created_at.astimezone(zone).date())
    return (
        Fact("Schedule", sync_words.schedule_label(connection, zone) if connection.is_active else "–"),
        Fact("Base currency", connection.base_currency or "not known yet"),
        Fact("Connected", f"{since} by {connection.connected_by or 'nobody known'}"),
    )


def _ago(moment: datetime | None, at: datetime) -> str:
    return "Never" if moment is None else formats.ago((at - moment).total_seconds())


def _next_run(connection: Connection, *, at: datetime) -> str:
    due = connection.next_due_at
    if not connection.is_active or due is None:
        return "–"
    if connection.is_schedule_paused:
        return "Paused by the operator"
    if connection.health in (Health.NEEDS_REAUTH, Health.GONE):
        return "After reconnecting"
    wait = (due - at).total_seconds()
    return "Any moment" if wait < 60 else f"In {formats.age(wait)}"


def _daily_at(connection: Connection, zone: ZoneInfo) -> str:
    if connection.interval_minutes != sync_words.DAY_MINUTES or connection.next_sync_at is None:
        return DEFAULT_DAILY_AT
    return f"{connection.next_sync_at.astimezone(zone):%H:%M}"


def notices(connections: Iterable[Connection], *, is_admin: bool) -> tuple[Notice, ...]:
    """Two connections to the same books count everything twice, and nobody would see it in the figures."""
    named = Counter((one.integration_type, one.organization_name) for one in connections if one.organization_name)
    return tuple(
        Notice(
            "warn",
            f"{count} connections read {name}. What customers owe there may be counted more than once.",
            Link("See the connections", reverse("connections")) if not is_admin else None,
        )
        for (_, name), count in named.items()
        if count > 1
    )
