"""The life of a connection and its subscriptions, against the local Unified.to."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from aging.unified.client import UnifiedClient
from aging.unified.connections import Health
from aging.unified.errors import ConnectionGone, Unauthorized
from aging.unified.objects import READ_SCOPES
from sandbox.testing import Sandbox, serve


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[UnifiedClient]:
    with UnifiedClient(sandbox.url, sandbox.api_key, sleep=lambda _: None) as made:
        yield made


def test_the_systems_on_offer_are_listed_once_each(sandbox: Sandbox, client: UnifiedClient) -> None:
    offered = client.list_integrations(sandbox.world.options.workspace_id)
    assert offered
    assert len({one.type for one in offered}) == len(offered)
    assert all(one.name and "accounting" in one.categories for one in offered)


def test_a_connection_shows_whose_it_is_and_what_was_granted(sandbox: Sandbox, client: UnifiedClient) -> None:
    made = sandbox.connect("small", external_xref="tenant-7")
    found = client.get_connection(made.id)
    assert (found.id, found.external_xref, found.environment) == (made.id, "tenant-7", "Production")
    assert set(READ_SCOPES) <= set(found.permissions)
    assert found.missing_scopes == ()
    assert found.created is not None
    assert found.created <= datetime.now(UTC)
    assert [one.id for one in client.list_connections(external_xref="tenant-7")] == [made.id]


def test_a_connection_falls_ill_and_recovers(sandbox: Sandbox, client: UnifiedClient) -> None:
    made = sandbox.connect("small")
    seen = []
    for health in ("healthy", "broken", "paused"):
        sandbox.world.connections.change(made.id, {"health": health})
        seen.append(client.get_connection(made.id).health)
    assert seen == [Health.HEALTHY, Health.UNHEALTHY, Health.PAUSED]


def test_a_removed_connection_is_gone_for_every_call(sandbox: Sandbox, client: UnifiedClient) -> None:
    made = sandbox.connect("small")
    client.delete_connection(made.id)
    with pytest.raises(ConnectionGone):
        client.get_connection(made.id)
    with pytest.raises(ConnectionGone):
        client.list_page(made.id, "invoice")
    with pytest.raises(ConnectionGone):
        client.create_reauth(made.id)


def test_subscriptions_are_made_listed_and_removed(sandbox: Sandbox, client: UnifiedClient) -> None:
    made = sandbox.connect("small")
    webhook = client.create_webhook(made.id, "invoice", "updated", "http://127.0.0.1:9/hook", interval_minutes=60)
    assert (webhook.connection_id, webhook.object_type, webhook.event) == (made.id, "accounting_invoice", "updated")
    assert [one.id for one in client.list_webhooks(made.id)] == [webhook.id]
    assert client.resume_webhook(webhook.id).is_healthy
    client.delete_webhook(webhook.id)
    assert client.list_webhooks(made.id) == []


def test_a_wrong_key_is_ours_to_mend(sandbox: Sandbox) -> None:
    made = sandbox.connect("small")
    with UnifiedClient(sandbox.url, "another key", sleep=lambda _: None) as client, pytest.raises(Unauthorized):
        client.list_page(made.id, "invoice")


def test_a_grant_to_reconnect_is_short_lived(sandbox: Sandbox, client: UnifiedClient) -> None:
    grant = client.create_reauth(sandbox.connect("small").id)
    assert grant.reauth_token
    assert grant.expires_at
