"""Which connections' webhook subscriptions need a look, and how do they fare?

Making and mending them is `aging.ingest.subscriptions`' business, because it asks Unified.to; this is what the product
remembers about them. One process at a time looks after a connection: it claims the row for some minutes, so that one
that dies holds nobody up for longer.
"""

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, F, Q

from tenants.models import Connection, Health, WebhookHealth, WebhookState

CLAIM = timedelta(minutes=5)


def why_none() -> str:
    """Why this installation subscribes to nothing, as a sentence for operators; empty when it does."""
    if not settings.UNIFIED_WORKSPACE_SECRET:
        return "Without UNIFIED_WORKSPACE_SECRET no webhook could be trusted, so none is subscribed to."
    if settings.IS_LOCAL and not _is_local(settings.UNIFIED_API_URL):
        return (
            f"Unified.to cannot reach {settings.BASE_DOMAIN}, so no webhook is subscribed to; "
            "changes appear with each connection's schedule."
        )
    return ""


def _is_local(address: str) -> bool:
    """This machine or its own network, as opposed to a service of the world."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(".localhost")


def due_for_a_look(now: datetime, limit: int) -> list[Connection]:
    """Healthy connections whose time has come, and disconnected ones that still have subscriptions; oldest first."""
    wanted = Q(health=Health.HEALTHY, company__is_suspended=False)
    left_over = Q(health=Health.DISCONNECTED, webhook_state__isnull=False) & ~Q(webhook_state__subscriptions={})
    never = Q(webhook_state__isnull=True)
    time_has_come = never | Q(webhook_state__next_check_at__lte=now)
    is_free = Q(webhook_state__claimed_until__isnull=True) | Q(webhook_state__claimed_until__lte=now)
    return list(
        Connection.objects.filter(wanted | left_over, time_has_come, is_free)
        .select_related("company")
        .order_by(F("webhook_state__next_check_at").asc(nulls_first=True), "pk")[:limit]
    )


def claim(connection: Connection, now: datetime) -> WebhookState | None:
    """The connection's row for this caller alone, its connection as it is now; None while another has it."""
    WebhookState.objects.get_or_create(connection=connection)
    mine = WebhookState.objects.filter(pk=connection.pk)
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    if not mine.filter(free).update(claimed_until=now + CLAIM):
        return None
    return mine.select_related("connection__company").get()


def release(state: WebhookState, *, now: datetime, next_check_at: datetime) -> None:
    """Keep what was found and done. When the last delivery came is written by the receiver alone."""
    state.checked_at, state.next_check_at, state.claimed_until = now, next_check_at, None
    state.save(
        update_fields=[
            "health",
            "problem",
            "subscriptions",
            "not_offered",
            "checked_at",
            "next_check_at",
            "claimed_until",
        ]
    )


def note_delivery(connection: Connection, at: datetime) -> None:
    WebhookState.objects.update_or_create(connection=connection, defaults={"last_delivery_at": at})


def count_by_health() -> Mapping[str, int]:
    """How many connections that are in use have subscriptions of which health."""
    known = WebhookState.objects.exclude(connection__health=Health.DISCONNECTED)
    counts = dict(known.order_by().values_list("health").annotate(Count("pk")))
    return {str(health): counts.get(health, 0) for health in WebhookHealth.values}
