"""What of the connect flow and of the webhooks is forgotten, and when?

A delivery's nonce has to outlive the latest time at which the same delivery may come again: the longest retry plan that
Unified.to ever described lasts 20 days.

An attempt that led to a connection has done its work. One that is not known to have led anywhere may still belong to a
connection that was authorized without the browser coming back; linking such a one by hand asks for whom it was
authorized, and the attempt is the answer. It is kept for three months; after that the system is authorized again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tenants.models import ConnectAttempt, WebhookDelivery

DELIVERIES_KEPT = timedelta(days=30)
ATTEMPTS_KEPT = timedelta(days=1)
UNLINKED_ATTEMPTS_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Forgotten:
    deliveries: int
    attempts: int


def forget_old(now: datetime) -> Forgotten:
    deliveries, _ = WebhookDelivery.objects.filter(received_at__lt=now - DELIVERIES_KEPT).delete()
    linked = ConnectAttempt.objects.filter(connection__isnull=False, used_at__lt=now - ATTEMPTS_KEPT)
    others = ConnectAttempt.objects.filter(connection__isnull=True, created_at__lt=now - UNLINKED_ATTEMPTS_KEPT)
    return Forgotten(deliveries, linked.delete()[0] + others.delete()[0])
