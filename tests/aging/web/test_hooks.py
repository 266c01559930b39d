"""A webhook can ask for a sync and do nothing else; what is forged, replayed or strange does not even that."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from django.test import Client

from aging.unified.signature import LARGEST_BODY
from sandbox.testing import Sandbox
from tenants.hook_address import secret_segment, webhook_address
from tenants.models import Health, SyncRun, WebhookDelivery
from tests.aging.web.sources import make_connection

pytestmark = pytest.mark.usefixtures("db")

Deliver = Callable[..., object]


@pytest.fixture
def address() -> str:
    return f"/hooks/unified/{secret_segment()}/"


@pytest.fixture
def post(address: str, launched: list[int]) -> Deliver:
    browser = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)

    def deliver(body: bytes, to: str = address, **headers: str):
        return browser.post(to, body, content_type="application/json", **headers)

    return deliver


@pytest.fixture
def connection(acme):
    return make_connection(acme, "c" * 24)


@pytest.fixture
def signed(unified: Sandbox) -> Callable[..., bytes]:
    """A delivery as the sandbox would send it."""
    secret = unified.world.options.workspace_secret

    def make(connection_id: str = "c" * 24, nonce: str = "n1", data: str = '[{"id":"1"}]', **rest: object) -> bytes:
        mac = hmac.new(secret.encode(), (data + nonce).encode(), hashlib.sha256).digest()
        webhook = {"id": "w1", "connection_id": connection_id, "object_type": "accounting_invoice", "event": "updated"}
        named = {"webhook": webhook, "nonce": nonce, "type": "VIRTUAL"}
        fields = {**named, "sig256": base64.b64encode(mac).decode(), **rest}
        return f'{{"data":{data},{json.dumps(fields)[1:]}'.encode()

    return make


def test_a_signed_webhook_asks_for_a_sync_and_starts_it(post, signed, connection, launched):
    assert post(signed()).status_code == 202
    run = SyncRun.objects.get()
    assert (run.connection, run.trigger, run.is_full, launched) == (connection, "webhook", False, [run.pk])


def test_the_sandboxs_own_delivery_is_taken(post, unified, acme, launched):
    theirs = unified.connect(external_xref="acme")
    make_connection(acme, theirs.id)
    wish = {"connection_id": theirs.id, "event": "updated", "object_type": "accounting_invoice"}
    webhook = unified.world.webhooks.create({**wish, "hook_url": "http://127.0.0.1:9/none"}, theirs)
    unified.world.webhooks.deliver(webhook, [{"id": "1", "total_amount": 0.0000001}], "VIRTUAL", "acme")
    unified.world.webhooks.settle()
    assert post(unified.world.webhooks.deliveries[-1].body).status_code == 202
    assert len(launched) == 1


def test_many_webhooks_at_once_share_one_run(post, signed, connection, launched):
    assert {post(signed(nonce=f"n{number}")).status_code for number in range(20)} == {202}
    assert SyncRun.objects.count() == len(launched) == 1
    assert WebhookDelivery.objects.count() == 20


def test_a_replay_has_no_effect_even_after_the_run_has_ended(post, signed, connection):
    post(signed())
    SyncRun.objects.update(state="succeeded")
    assert post(signed()).status_code == 202
    assert SyncRun.objects.count() == WebhookDelivery.objects.count() == 1
    post(signed(nonce="n2"))
    assert SyncRun.objects.count() == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.replace(b'"id":"1"', b'"id":"2"'),
        lambda body: body.replace(b'"nonce": "n1"', b'"nonce": "n2"'),
        lambda body: body.replace(b"sig256", b"sig"),
        lambda body: body.replace(b'"sig256": "', b'"sig256": "A'),
        lambda body: body[:-1],
        lambda body: b"[]",
        lambda body: b"\xff\xfe",
        lambda body: b"",
    ],
)
def test_what_is_not_signed_as_it_stands_is_refused_without_a_word(post, signed, connection, spoil):
    answer = post(spoil(signed()))
    assert (answer.status_code, answer.content) == (401, b"")
    assert not SyncRun.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_without_a_secret_not_even_what_an_empty_secret_signs_is_taken(post, signed, connection, settings, caplog):
    settings.UNIFIED_WORKSPACE_SECRET = ""
    mac = hmac.new(b"", b'[{"id":"1"}]n1', hashlib.sha256).digest()
    assert post(signed(sig256=base64.b64encode(mac).decode())).status_code == 401
    assert "UNIFIED_WORKSPACE_SECRET is not set" in caplog.text
    assert not WebhookDelivery.objects.exists()


def test_a_connection_that_is_not_ours_changes_nothing(post, signed, connection):
    assert post(signed(connection_id="d" * 24)).status_code == 202
    assert not SyncRun.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_a_disconnected_connection_or_a_suspended_company_is_not_synced(post, signed, connection, acme):
    connection.health = Health.DISCONNECTED
    connection.save()
    assert post(signed()).status_code == 202
    connection.health = Health.HEALTHY
    connection.save()
    acme.is_suspended = True
    acme.save()
    assert post(signed(nonce="n2")).status_code == 202
    assert not SyncRun.objects.exists()


def test_the_unsigned_part_cannot_make_more_than_a_sync_of_a_connection(post, signed, connection, beta):
    """Naming another company's connection costs that one a look at its own source, and moves no data."""
    theirs = make_connection(beta, "e" * 24)
    post(signed(connection_id=theirs.external_id, external_xref="acme", type="whatever"))
    assert [run.connection for run in SyncRun.objects.all()] == [theirs]


def test_a_body_over_two_megabytes_is_refused_unread(post, signed, connection):
    data = json.dumps([{"id": "x" * LARGEST_BODY}])
    assert post(signed(data=data)).status_code == 413
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("nonce", ["n" * 129, "\u0000", "a\nb"])
def test_a_nonce_that_cannot_be_kept_is_refused(post, signed, connection, nonce):
    assert post(signed(nonce=nonce)).status_code == 401
    assert not WebhookDelivery.objects.exists()


def test_the_address_is_secret_and_answers_to_deliveries_only(post, signed, connection, address):
    assert post(signed(), "/hooks/unified/guess/").status_code == 404
    assert post(signed(), address[:-2] + "/").status_code == 404
    assert post(signed(), "/hooks/unified/%C3%A9/").status_code == 404
    assert Client(HTTP_HOST="localhost").get(address).status_code == 405
    assert not WebhookDelivery.objects.exists()
    assert webhook_address().endswith(address)


def test_the_address_does_not_exist_on_a_companys_host(signed, connection, address, unified):
    answer = Client(HTTP_HOST="acme.localhost").post(address, signed(), content_type="application/json")
    assert answer.status_code == 404


def test_a_rotated_key_leaves_the_old_address_working(post, signed, connection, address, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert secret_segment() not in address
    assert post(signed(), address).status_code == 202
