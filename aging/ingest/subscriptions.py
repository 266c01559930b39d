"""Does Unified.to tell us when a company's books change?

Once an hour each connection's subscriptions are compared with what they should be: one for each kind of ledger record
that the connection may read, leading to our present address. What is missing is made, what leads elsewhere or is
double is removed, what is unhealthy is resumed, and made anew when it cannot be resumed or has been unhealthy for a
week, after which Unified.to refuses to resume. Deliveries missed meanwhile are never sent again, so a sync follows.

Only "updated" is subscribed to. It is sent for new records too, and a second subscription would have Unified.to poll
the customer's system twice. A deletion is found by the daily full sweep; an incremental sync, which is all that a
delivery asks for, could not see it. An accounting system that stays silent about new records would reopen this: add
"created" to EVENTS.

Subscriptions in somebody else's name, such as those made by hand in Unified.to's console, are not touched.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import now

from aging.ingest.client import MissingApiKey, client_from_settings
from aging.unified.client import UnifiedClient, WrongAddress
from aging.unified.connections import Webhook
from aging.unified.errors import ForbiddenScope, NotFound, RateLimited, RequestRefused, UnifiedError, Unsupported
from aging.unified.objects import OBJECT_TYPES, ObjectType
from aging.unified.transport import Limits
from tenants import subscriptions
from tenants.hook_address import is_ours, webhook_address
from tenants.models import Connection, Trigger, WebhookHealth, WebhookState
from tenants.sync_requests import NotConnected, request_sync

EVENTS = ("updated",)
LOOK_EVERY = timedelta(hours=1)
NOT_RESUMED_AFTER = timedelta(days=7)
ASK_AGAIN_AFTER = timedelta(days=1)  # systems learn, and customers grant permissions
REFUSALS = (RequestRefused, Unsupported, ForbiddenScope)
PATIENT = Limits(connect_timeout=3, read_timeout=10, deadline=10, budget=15, longest_wait=2)
HASTY = Limits(connect_timeout=2, read_timeout=4, deadline=4, budget=5, longest_wait=1)  # a person waits
SECONDS, HASTY_SECONDS = 10.0, 5.0
BUSY = "Somebody else is looking after these subscriptions now."


@dataclass(slots=True)
class Subscriptions:
    """What a look found and did. `problem` ended it early; `skipped` says why nobody looked."""

    live: int = 0
    unhealthy: int = 0
    created: int = 0
    resumed: int = 0
    replaced: int = 0
    removed: int = 0
    not_offered: int = 0
    is_unfinished: bool = False
    problem: str = ""
    skipped: str = ""


def look_after(connection: Connection, *, limits: Limits = PATIENT, seconds: float = SECONDS) -> Subscriptions:
    """Bring the connection's subscriptions in order. A refusal of the API's is part of the answer, never raised."""
    if reason := subscriptions.why_none():
        return Subscriptions(skipped=reason)
    return _claimed(connection, limits, seconds)


def look_after_link(connection: Connection) -> Subscriptions:
    """While the person who linked it waits: what takes longer is left to the next regular look."""
    WebhookState.objects.filter(pk=connection.pk).update(not_offered={}, next_check_at=now())
    return look_after(connection, limits=HASTY, seconds=HASTY_SECONDS)


def end(connection: Connection) -> Subscriptions:
    """Remove what a disconnected connection still has; when that fails the regular look tries again."""
    has_some = WebhookState.objects.filter(pk=connection.pk).exclude(subscriptions={}).exists()
    if not has_some and (reason := subscriptions.why_none()):
        return Subscriptions(skipped=reason)
    return _claimed(connection, HASTY, HASTY_SECONDS)


def _claimed(connection: Connection, limits: Limits, seconds: float) -> Subscriptions:
    state = subscriptions.claim(connection, now())
    if state is None:
        return Subscriptions(skipped=BUSY)
    look = _Look(state, time.monotonic() + seconds)
    try:
        look.over(client_from_settings(limits))
    except (UnifiedError, WrongAddress, MissingApiKey) as error:
        look.stopped(error)
    finally:
        look.remember()
    return look.found


class _Look:
    """One look at one connection, which is claimed while it lasts."""

    def __init__(self, state: WebhookState, until: float) -> None:
        self.found = Subscriptions()
        self._state = state
        self._connection = state.connection
        self._until = until
        self._at = now()
        self._next = self._at + LOOK_EVERY

    def over(self, client: UnifiedClient) -> None:
        self._client = client
        mine = self._list_mine()
        self._state.subscriptions = {one.id: self._memory_of(one) for one in mine}
        wanted = self._wanted() if self._connection.is_active else []
        kept = _one_of_each(mine, wanted)
        for one in mine:
            if one.id not in {keeper.id for keeper in kept.values()}:
                self._remove(one)
        for kind, event in wanted:
            if time.monotonic() > self._until:
                self.found.is_unfinished, self._next = True, self._at
                return
            self._see_to(kind, event, kept.get((kind.event_object, event)))

    def stopped(self, error: Exception) -> None:
        self.found.problem = getattr(error, "sentence", "") or type(error).__name__
        if isinstance(error, RateLimited) and error.retry_at:
            self._next = max(self._next, error.retry_at)

    def remember(self) -> None:
        self._state.health, self._state.problem = self._health(), self.found.problem[:300]
        subscriptions.release(self._state, now=self._at, next_check_at=self._next)
        if self.found.resumed or self.found.replaced:
            self._ask_for_what_was_missed()

    def _health(self) -> str:
        if not self._connection.is_active and not self._state.subscriptions:
            return WebhookHealth.NONE
        if self.found.problem or self.found.unhealthy:
            return WebhookHealth.UNHEALTHY
        return WebhookHealth.HEALTHY if self._state.subscriptions else WebhookHealth.NONE

    def _ask_for_what_was_missed(self) -> None:
        try:
            request_sync(self._connection, trigger=Trigger.SCHEDULED)
        except NotConnected:
            return

    def _list_mine(self) -> list[Webhook]:
        """Ours by their address, or by an id that we remember having made."""
        external_id = self._connection.external_id
        listed = [one for one in self._client.list_webhooks(external_id) if one.connection_id == external_id]
        return [one for one in listed if one.id in self._state.subscriptions or is_ours(one.hook_url or "")]

    def _memory_of(self, webhook: Webhook) -> dict[str, str | None]:
        """Unhealthy since the first look that found it so; one that was resumed proves its health at the next."""
        known = self._state.subscriptions.get(webhook.id, {}).get("unhealthy_since") or self._at.isoformat()
        return {"object": webhook.object_type, "unhealthy_since": None if webhook.is_healthy else known}

    def _wanted(self) -> list[tuple[ObjectType, str]]:
        granted = set(self._connection.permissions)
        return [(kind, event) for kind in OBJECT_TYPES if kind.is_ledger and kind.scope in granted for event in EVENTS]

    def _see_to(self, kind: ObjectType, event: str, webhook: Webhook | None) -> None:
        if webhook is None:
            self.found.created += self._create(kind, event)
        elif webhook.is_healthy:
            self.found.live += 1
        elif self._resume(webhook):
            self.found.resumed += 1
            self.found.live += 1
        else:
            self._replace(webhook, kind, event)

    def _create(self, kind: ObjectType, event: str) -> bool:
        refused_at = self._state.not_offered.get(kind.name)
        if refused_at and datetime.fromisoformat(refused_at) > self._at - ASK_AGAIN_AFTER:
            self.found.not_offered += 1
            return False
        try:
            made = self._client.create_webhook(self._connection.external_id, kind.name, event, webhook_address())
        except REFUSALS:
            self._state.not_offered[kind.name] = self._at.isoformat()
            self.found.not_offered += 1
            return False
        self._state.not_offered.pop(kind.name, None)
        self._state.subscriptions[made.id] = self._memory_of(made)
        self.found.live += 1
        return True

    def _resume(self, webhook: Webhook) -> bool:
        since = datetime.fromisoformat(self._state.subscriptions[webhook.id]["unhealthy_since"])
        if since <= self._at - NOT_RESUMED_AFTER:
            return False
        try:
            return self._client.resume_webhook(webhook.id).is_healthy
        except (*REFUSALS, NotFound):
            return False

    def _replace(self, webhook: Webhook, kind: ObjectType, event: str) -> None:
        self._client.delete_webhook(webhook.id)
        del self._state.subscriptions[webhook.id]
        if self._create(kind, event):
            self.found.replaced += 1
        else:
            self.found.unhealthy += 1

    def _remove(self, webhook: Webhook) -> None:
        self._client.delete_webhook(webhook.id)
        del self._state.subscriptions[webhook.id]
        self.found.removed += 1


def _one_of_each(mine: Iterable[Webhook], wanted: Iterable[tuple[ObjectType, str]]) -> dict[tuple[str, str], Webhook]:
    """Of several for the same, a healthy one, and otherwise the same one whoever looks."""
    keys = {(kind.event_object, event) for kind, event in wanted}
    here = webhook_address()
    kept: dict[tuple[str, str], Webhook] = {}
    for one in sorted(mine, key=lambda webhook: (not webhook.is_healthy, webhook.id)):
        key = (one.object_type, one.event)
        if key in keys and one.hook_url == here:
            kept.setdefault(key, one)
    return kept
