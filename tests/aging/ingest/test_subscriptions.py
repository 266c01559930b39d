"""A linked connection is subscribed to once for each kind of record; what breaks is mended, what is left over goes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.timezone import now

from aging.ingest import connecting, subscriptions
from aging.ingest.subscriptions import look_after
from sandbox.testing import Sandbox, serve
from sandbox.webhooks import BadWebhook, Webhooks
from tenants.audit import COMMAND_LINE
from tenants.connections import confirmation_name
from tenants.hook_address import secret_segment, webhook_address
from tenants.models import Company, Connection, Health, SyncRun, WebhookDelivery, WebhookHealth, WebhookState
from tenants.subscriptions import claim, due_for_a_look, why_none

LEDGER = {"accounting_contact", "accounting_invoice", "accounting_creditmemo", "payment_payment", "payment_refund"}
A_MINUTE, AN_HOUR, A_WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=7)


@pytest.fixture(scope="module")
def _sandbox() -> Iterator[Sandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def unified(_sandbox: Sandbox, settings: Any, db: None) -> Sandbox:
    settings.UNIFIED_API_URL = _sandbox.url
    settings.UNIFIED_API_KEY = _sandbox.api_key
    settings.UNIFIED_WORKSPACE_ID = _sandbox.world.options.workspace_id
    settings.UNIFIED_WORKSPACE_SECRET = _sandbox.world.options.workspace_secret
    settings.PUBLIC_PORT_SUFFIX = ":9"  # nobody listens there
    return _sandbox


@pytest.fixture
def linked(unified: Sandbox, acme: Company) -> Connection:
    return connecting.link_connection(acme, unified.connect(external_xref="acme").id, by=COMMAND_LINE)


@pytest.fixture
def at_source(unified: Sandbox, linked: Connection) -> Callable[[], list[dict[str, Any]]]:
    """What Unified.to has subscribed for the connection."""

    def listed() -> list[dict[str, Any]]:
        return [one for one in unified.world.webhooks.all() if one["connection_id"] == linked.external_id]

    return listed


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    def set_clock(by: timedelta) -> None:
        monkeypatch.setattr(subscriptions, "now", lambda: now() + by)

    return set_clock


def state_of(connection: Connection) -> WebhookState:
    return WebhookState.objects.get(connection=connection)


def test_linking_subscribes_to_each_kind_of_ledger_record_once(linked, at_source) -> None:
    assert {one["object_type"] for one in at_source()} == LEDGER
    assert {(one["event"], one["hook_url"]) for one in at_source()} == {("updated", webhook_address())}
    again = look_after(linked)
    assert (again.live, again.created, again.removed) == (5, 0, 0)
    assert len(at_source()) == 5
    assert state_of(linked).health == WebhookHealth.HEALTHY


def test_what_the_connection_may_not_read_is_not_subscribed_to(linked, at_source) -> None:
    linked.permissions = ["accounting_invoice_read", "accounting_agedreceivable_read"]
    linked.save()
    assert look_after(linked).removed == 4
    assert [one["object_type"] for one in at_source()] == ["accounting_invoice"]


def test_a_refused_kind_leaves_the_others_and_is_asked_for_again_the_next_day(
    linked, at_source, unified, later, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    create, asked = Webhooks.create, []

    def without_payments(self: Webhooks, wishes: dict[str, Any], connection: Any) -> Any:
        asked.append(wishes["object_type"])
        if wishes["object_type"].startswith("payment_"):
            raise BadWebhook("not offered here")
        return create(self, wishes, connection)

    monkeypatch.setattr(Webhooks, "create", without_payments)
    unified.world.webhooks.remove_of(linked.external_id)
    first = look_after(linked)
    assert (first.created, first.not_offered, first.problem) == (3, 2, "")
    assert state_of(linked).health == WebhookHealth.HEALTHY
    later(AN_HOUR)
    asked.clear()
    assert look_after(linked).not_offered == 2
    assert asked == []
    monkeypatch.undo()
    later(timedelta(days=1, minutes=1))
    assert look_after(linked).created == 2
    assert len(at_source()) == 5
    assert state_of(linked).not_offered == {}


def test_an_unhealthy_subscription_is_resumed_and_what_was_missed_is_read(linked, at_source) -> None:
    broken = at_source()[0]
    broken["is_healthy"] = False
    done = look_after(linked)
    assert (done.resumed, done.replaced, done.live) == (1, 0, 5)
    assert broken["is_healthy"]
    assert state_of(linked).health == WebhookHealth.HEALTHY
    assert SyncRun.objects.filter(connection=linked, state="requested").count() == 1


def test_one_that_is_found_unhealthy_for_a_week_is_made_anew(linked, at_source, later) -> None:
    broken = at_source()[0]
    for passed in (timedelta(0), A_WEEK - A_MINUTE):
        broken["is_healthy"] = False
        later(passed)
        assert look_after(linked).resumed == 1
    broken["is_healthy"] = False
    later(A_WEEK + A_MINUTE)
    assert look_after(linked).replaced == 1
    assert broken["id"] not in {one["id"] for one in at_source()}
    assert {one["object_type"] for one in at_source()} == LEDGER


def test_one_that_was_healthy_in_between_begins_its_week_anew(linked, at_source, later) -> None:
    broken = at_source()[0]
    for passed, is_healthy in ((timedelta(0), False), (AN_HOUR, True), (A_WEEK + A_MINUTE, False)):
        broken["is_healthy"] = is_healthy
        later(passed)
        assert look_after(linked).replaced == 0


def test_one_that_unified_refuses_to_resume_is_made_anew(linked, at_source, monkeypatch) -> None:
    broken = at_source()[0]
    broken["is_healthy"] = False

    def refuse(_self: Webhooks, _webhook_id: str) -> None:
        raise BadWebhook("unhealthy for more than 7 days")

    monkeypatch.setattr(Webhooks, "resume", refuse)
    assert look_after(linked).replaced == 1
    assert broken["id"] not in {one["id"] for one in at_source()}
    assert len(at_source()) == 5


def test_after_our_address_changed_the_old_subscriptions_go(linked, at_source, settings) -> None:
    settings.SECRET_KEY = "another key, without the former among the fallbacks"
    done = look_after(linked)
    assert (done.removed, done.created) == (5, 5)
    assert {one["hook_url"] for one in at_source()} == {webhook_address()}


def test_doubles_of_ours_go_and_somebody_elses_subscription_stays(linked, at_source, unified) -> None:
    theirs = unified.world.connections.get(linked.external_id)
    wish = {"connection_id": linked.external_id, "event": "updated", "object_type": "accounting_invoice"}
    unified.world.webhooks.create({**wish, "hook_url": webhook_address()}, theirs)
    foreign = unified.world.webhooks.create({**wish, "hook_url": "https://elsewhere.example/hooks/unified/x/"}, theirs)
    assert look_after(linked).removed == 1
    assert len(at_source()) == 6
    assert foreign in at_source()


def test_a_failing_service_fails_no_link_and_is_asked_again(unified, acme, monkeypatch) -> None:
    def fail(_self: Webhooks) -> None:
        raise BadWebhook("the list is broken")

    monkeypatch.setattr(Webhooks, "all", fail)
    connection = connecting.link_connection(acme, unified.connect(external_xref="acme").id, by=COMMAND_LINE)
    assert connection.health == Health.HEALTHY
    assert state_of(connection).health == WebhookHealth.UNHEALTHY
    assert state_of(connection).problem
    monkeypatch.undo()
    assert connection not in due_for_a_look(now(), 100)
    assert connection in due_for_a_look(now() + AN_HOUR + A_MINUTE, 100)
    assert look_after(connection).created == 5
    assert state_of(connection).problem == ""


def test_what_there_was_no_time_for_is_due_at_once(linked, at_source, unified) -> None:
    unified.world.webhooks.remove_of(linked.external_id)
    assert look_after(linked, seconds=-1).is_unfinished
    assert linked in due_for_a_look(now(), 100)
    assert look_after(linked).created == 5


def test_two_never_look_after_the_same_connection_at_once(linked, at_source, unified) -> None:
    unified.world.webhooks.remove_of(linked.external_id)
    assert claim(linked, now())
    assert look_after(linked).skipped == subscriptions.BUSY
    assert not at_source()
    assert linked not in due_for_a_look(now() + A_MINUTE, 100)
    assert linked in due_for_a_look(now() + AN_HOUR + A_MINUTE, 100)


def test_disconnecting_ends_the_subscriptions_and_linking_again_brings_them_back(linked, at_source, acme) -> None:
    connecting.disconnect(linked, typed_name=confirmation_name(linked), by=COMMAND_LINE)
    assert at_source() == []
    assert state_of(linked).health == WebhookHealth.NONE
    assert linked not in due_for_a_look(now() + AN_HOUR + A_MINUTE, 100)
    connecting.link_connection(acme, linked.external_id, by=COMMAND_LINE)
    assert len(at_source()) == 5


def test_what_could_not_be_ended_at_once_is_ended_by_the_hourly_look(linked, at_source, unified, settings) -> None:
    settings.UNIFIED_API_URL = "http://127.0.0.1:9"
    connecting.disconnect(linked, typed_name=confirmation_name(linked), by=COMMAND_LINE)
    assert len(at_source()) == 5
    settings.UNIFIED_API_URL = unified.url
    (due,) = [one for one in due_for_a_look(now() + AN_HOUR + A_MINUTE, 100) if one == linked]
    assert look_after(due).removed == 5
    assert at_source() == []


def test_nothing_is_subscribed_to_where_unified_cannot_reach_us_or_nothing_could_be_trusted(linked, settings) -> None:
    assert why_none() == ""
    settings.UNIFIED_API_URL = "https://api.unified.to"
    assert "cannot reach localhost" in why_none()
    assert look_after(linked).skipped == why_none()
    settings.IS_LOCAL = False
    assert why_none() == ""
    settings.UNIFIED_WORKSPACE_SECRET = ""
    assert "UNIFIED_WORKSPACE_SECRET" in look_after(linked).skipped


def test_a_change_at_the_source_arrives_as_a_sync(linked, unified) -> None:
    """The sandbox's own delivery, handed to the receiver; who listens on the other end does not matter to it."""
    unified.post(linked.external_id, "add_invoice", total="120.00", contact_id=_some_customer(unified, linked))
    unified.world.webhooks.settle()
    sent = [one for one in unified.world.webhooks.deliveries if linked.external_id.encode() in one.body]
    assert urlsplit(sent[-1].url).path == f"/hooks/unified/{secret_segment()}/"
    browser = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    answer = browser.post(urlsplit(sent[-1].url).path, sent[-1].body, content_type="application/json")
    assert answer.status_code == 202
    assert WebhookDelivery.objects.get(connection=linked).object_type == "accounting_invoice"
    assert SyncRun.objects.get(connection=linked).trigger == "webhook"
    assert state_of(linked).last_delivery_at


def _some_customer(unified: Sandbox, linked: Connection) -> str:
    return str(unified.books(linked.external_id).objects("contact")[0]["id"])
