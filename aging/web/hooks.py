"""Unified.to says that something changed.

A webhook is a hint to look and never data: only its records and nonce are signed, not the connection it names, and one
secret serves every company. So the most that a delivery can do, true or replayed, is to ask for a sync that reads from
the source. Nothing is written before the signature is found good, and a refusal says nothing about why.
"""

import logging

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from aging.unified.signature import LARGEST_BODY, BadNotice, BadSignature, Notice, read_notice
from tenants.hook_address import is_secret_segment
from tenants.models import Connection, SyncRun, Trigger, WebhookDelivery
from tenants.router import CONTROL_ALIAS
from tenants.subscriptions import note_delivery
from tenants.sync_requests import NotConnected, launch, request_sync

logger = logging.getLogger(__name__)

LONGEST_WEBHOOK_ID, LONGEST_CONNECTION_ID, LONGEST_NONCE, LONGEST_TYPE = 64, 64, 128, 64


@csrf_exempt  # the sender is a machine without our cookies; its signature is checked instead
@require_POST
def unified(request: HttpRequest, segment: str) -> HttpResponse:
    if not is_secret_segment(segment):
        raise Http404
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return HttpResponse(status=413)
    notice = _verified(request)
    if notice is None:
        return HttpResponse(status=401)
    run = _accept(notice)
    if run is not None:
        launch(run)
    return HttpResponse(status=202)


def _verified(request: HttpRequest) -> Notice | None:
    if not settings.UNIFIED_WORKSPACE_SECRET:
        logger.error("A webhook was refused because UNIFIED_WORKSPACE_SECRET is not set.")
        return None
    try:
        notice = read_notice(request.body, settings.UNIFIED_WORKSPACE_SECRET)
    except (BadNotice, BadSignature):
        return None
    return notice if _is_storable(notice) else None


def _is_storable(notice: Notice) -> bool:
    """Short enough for its columns, and text that a database takes."""
    bounds = (
        (notice.nonce, LONGEST_NONCE),
        (notice.webhook_id, LONGEST_WEBHOOK_ID),
        (notice.connection_id, LONGEST_CONNECTION_ID),
        (notice.object_type, LONGEST_TYPE),
    )
    return all(len(text) <= longest and text.isprintable() for text, longest in bounds)


def _accept(notice: Notice) -> SyncRun | None:
    """The run to start now, if this delivery is new, names a connection of ours, and none is under way already."""
    connection = Connection.objects.select_related("company").filter(external_id=notice.connection_id).first()
    if connection is None:
        return None
    try:
        with transaction.atomic(using=CONTROL_ALIAS):
            WebhookDelivery.objects.create(
                connection=connection,
                webhook_id=notice.webhook_id,
                nonce=notice.nonce,
                object_type=notice.object_type,
            )
            note_delivery(connection, now())
            run, is_new = request_sync(connection, trigger=Trigger.WEBHOOK)
    except IntegrityError:  # this very delivery was accepted before
        return None
    except NotConnected:
        return None
    return run if is_new else None
