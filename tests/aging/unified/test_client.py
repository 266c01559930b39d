"""What the product asks of Unified.to, and how a refusal gets its right name."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from aging.unified.client import UnifiedClient, WrongAddress
from aging.unified.connections import Health, Reauthorization
from aging.unified.errors import (
    ConnectionGone,
    ForbiddenScope,
    NeedsReauth,
    Paused,
    ProtocolError,
    RequestRefused,
    Transient,
    Unauthorized,
    UnifiedError,
    Unsupported,
)
from aging.unified.objects import OBJECT_TYPES, READ_SCOPES, UnknownObjectType
from tests.aging.unified.scripted import KEY, Play, Scripted, reply, scripted

CONNECTION = {"id": "c1", "categories": ["accounting"], "integration_type": "quickbooks", "permissions": []}
PATH = "/unified/connection/c1"


def client_of(server: Scripted, **options: str) -> UnifiedClient:
    return UnifiedClient(server.url, KEY, sleep=lambda _: None, **options)  # type: ignore[arg-type]


def query_of(target: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(target).query)


@pytest.mark.parametrize(
    ("status", "connection", "expected"),
    [
        (401, reply(401), Unauthorized),
        (401, reply(body=CONNECTION), NeedsReauth),
        (401, reply(404), ConnectionGone),
        (401, reply(body=CONNECTION | {"is_paused": True}), Paused),
        (401, reply(500), Transient),
        (403, reply(body=CONNECTION), ForbiddenScope),
        (403, reply(body=CONNECTION | {"is_paused": True}), Paused),
        (404, reply(404), ConnectionGone),
        (404, reply(body=CONNECTION), Unsupported),
        (400, reply(body=CONNECTION), RequestRefused),
        (501, reply(body=CONNECTION), Unsupported),
    ],
)
def test_a_refusal_is_named_only_after_asking_for_the_connection_itself(
    status: int, connection: Play, expected: type[UnifiedError]
) -> None:
    with scripted(reply(status, b"no"), by_path={PATH: connection}) as server, client_of(server) as client:
        with pytest.raises(UnifiedError) as caught:
            client.list_page("c1", "invoice")
        assert type(caught.value) is expected


def test_a_revoked_connection_is_not_called_again() -> None:
    with scripted(reply(401), by_path={PATH: reply(body=CONNECTION)}) as server, client_of(server) as client:
        with pytest.raises(NeedsReauth):
            client.list_page("c1", "payment")
        assert [asked.path for asked in server.asked] == ["/payment/c1/payment", PATH]


def test_a_record_that_is_gone_is_none_only_while_its_connection_exists() -> None:
    with scripted(reply(404), by_path={PATH: reply(body=CONNECTION)}) as server, client_of(server) as client:
        assert client.get_one("c1", "invoice", "i1") is None
    with scripted(reply(404), by_path={PATH: reply(404)}) as server, client_of(server) as client:
        with pytest.raises(ConnectionGone):
            client.get_one("c1", "invoice", "i1")


def test_one_record_is_read_under_the_rules_of_a_page() -> None:
    with scripted(reply(body=b'{"id": 7, "total_amount": 0.1}')) as server, client_of(server) as client:
        row = client.get_one("c1", "invoice", "a/b c")
        assert row is not None
        assert row.id == "7"
        assert server.asked[0].path == "/accounting/c1/invoice/a%2Fb%20c"


@pytest.mark.parametrize("body", [b"null", b"[]", b'{"id": "a"}, {"id": "b"}', b"", b'"text"', b"<html>"])
def test_what_is_not_one_object_is_no_record(body: bytes) -> None:
    with scripted(reply(body=body)) as server, client_of(server) as client, pytest.raises(ProtocolError):
        client.get_one("c1", "invoice", "i1")


@pytest.mark.parametrize("sly", ["", ".", ".."])
def test_an_id_cannot_climb_to_another_address(sly: str) -> None:
    with scripted(reply(body=CONNECTION)) as server, client_of(server) as client:
        with pytest.raises(WrongAddress):
            client.get_connection(sly)
        assert server.asked == []


def test_a_list_is_asked_for_in_a_stable_order_with_exactly_the_fields_we_read() -> None:
    since = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    with scripted(reply(headers={"X-Total-Count": "41"})) as server, client_of(server) as client:
        page = client.list_page("c1", "invoice", offset=90, limit=100, updated_gte=since)
        query = query_of(server.asked[0].target)
    assert page.total == 41
    assert query["sort"] == ["created_at"]
    assert query["order"] == ["asc"]
    assert query["offset"] == ["90"]
    assert query["updated_gte"] == ["2026-03-01T10:30:00Z"]
    assert {"id", "balance_amount", "payments", "updated_at"} <= set(query["fields"])
    assert "lineitems" not in query["fields"]
    assert "env" not in query


def test_the_sandbox_environment_is_named_on_every_call() -> None:
    with scripted(reply()) as server, client_of(server, environment="Sandbox") as client:
        client.list_page("c1", "contact")
        client.list_webhooks("c1")
        assert [query_of(asked.target)["env"] for asked in server.asked] == [["Sandbox"], ["Sandbox"]]


def test_payments_live_in_their_own_category() -> None:
    paths = {one.name: f"/{one.category}/{one.name}" for one in OBJECT_TYPES}
    assert paths["payment"] == "/payment/payment"
    assert paths["refund"] == "/payment/refund"
    assert paths["invoice"] == "/accounting/invoice"
    assert [one.name for one in OBJECT_TYPES][:3] == ["organization", "paymentterm", "contact"]


def test_an_unknown_kind_of_record_is_refused_before_anything_is_sent() -> None:
    with scripted(reply()) as server, client_of(server) as client:
        with pytest.raises(UnknownObjectType):
            client.list_page("c1", "bill")
        assert server.asked == []


def test_only_reading_is_asked_for() -> None:
    assert all(scope.endswith("_read") for scope in READ_SCOPES)
    assert "accounting_invoice_read" in READ_SCOPES
    assert "payment_payment_read" in READ_SCOPES


def test_the_consent_link_names_the_scopes_the_state_and_the_ways_back() -> None:
    client = UnifiedClient("https://api-eu.unified.to/", KEY, environment="Sandbox")
    url = client.authorization_url(
        "ws",
        "quickbooks",
        success_redirect="https://a.example/back?x=1",
        failure_redirect="https://a.example/failed",
        state="s",
        external_xref="x",
    )
    query = query_of(url)
    assert url.startswith("https://api-eu.unified.to/unified/integration/auth/ws/quickbooks?")
    assert query["success_redirect"] == ["https://a.example/back?x=1"]
    assert query["failure_redirect"] == ["https://a.example/failed"]
    assert query["state"] == ["s"]
    assert query["external_xref"] == ["x"]
    assert query["scopes"] == [",".join(READ_SCOPES)]
    assert query["redirect"] == ["1"]
    assert query["env"] == ["Sandbox"]
    assert KEY not in url


def test_a_consent_link_without_scopes_would_ask_for_everything_and_is_refused() -> None:
    client = UnifiedClient("https://api.unified.to", KEY)
    with pytest.raises(WrongAddress):
        client.authorization_url(
            "ws", "x", success_redirect="s", failure_redirect="f", state="s", external_xref="x", scopes=[]
        )


def test_a_broken_connection_is_renewed_in_place() -> None:
    with scripted(reply(body={"reauth_token": "once", "expires_at": "2026-01-01T00:00:00Z"})) as server:
        client = client_of(server)
        grant = client.create_reauth("c1")
        assert (server.asked[0].method, server.asked[0].path) == ("POST", f"{PATH}/reauth")
    assert grant == Reauthorization(reauth_token="once", expires_at="2026-01-01T00:00:00Z")
    url = client.authorization_url(
        "ws",
        "x",
        success_redirect="s",
        failure_redirect="f",
        state="s",
        external_xref="x",
        reauthorize=("c1", grant),
    )
    assert query_of(url)["connection_id"] == ["c1"]
    assert query_of(url)["reauth_token"] == ["once"]


@pytest.mark.parametrize(
    ("times", "health"),
    [
        ({}, Health.HEALTHY),
        ({"last_healthy_at": "2026-01-02T00:00:00Z", "last_unhealthy_at": "2026-01-01T00:00:00Z"}, Health.HEALTHY),
        ({"last_healthy_at": "2026-01-01T00:00:00Z", "last_unhealthy_at": "2026-01-01T00:00:01Z"}, Health.UNHEALTHY),
        ({"last_unhealthy_at": "2026-01-01T00:00:00Z"}, Health.UNHEALTHY),
        ({"last_unhealthy_at": "no moment"}, Health.HEALTHY),
        ({"is_paused": True, "last_unhealthy_at": "2026-01-01T00:00:00Z"}, Health.PAUSED),
    ],
)
def test_a_connection_is_unhealthy_when_its_last_bad_moment_is_the_later(
    times: dict[str, object], health: Health
) -> None:
    with scripted(reply(body=CONNECTION | times)) as server, client_of(server) as client:
        assert client.get_connection("c1").health is health


def test_a_connection_s_own_secrets_are_dropped_while_reading() -> None:
    secret = CONNECTION | {"auth": {"access_token": "tok-123", "emails": ["a@example.com"]}}
    with scripted(reply(body=secret)) as server, client_of(server) as client:
        assert "tok-123" not in repr(client.get_connection("c1"))


def test_a_field_that_is_null_is_as_good_as_absent() -> None:
    nulls = CONNECTION | {"external_xref": None, "is_paused": None, "permissions": None, "last_healthy_at": None}
    with scripted(reply(body=nulls)) as server, client_of(server) as client:
        found = client.get_connection("c1")
    assert (found.external_xref, found.is_paused, found.permissions) == ("", False, ())


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'{"id": 5}', b"<html>", b"", b"\xff"])
def test_what_is_no_connection_is_a_protocol_error(body: bytes) -> None:
    with scripted(reply(body=body)) as server, client_of(server) as client, pytest.raises(ProtocolError):
        client.get_connection("c1")


def test_scopes_that_were_not_granted_are_named() -> None:
    granted = CONNECTION | {"permissions": list(READ_SCOPES[1:])}
    with scripted(reply(body=granted)) as server, client_of(server) as client:
        assert client.get_connection("c1").missing_scopes == READ_SCOPES[:1]


def test_the_moment_a_connection_was_made_can_be_compared() -> None:
    made = CONNECTION | {"created_at": "2026-01-01T10:00:00Z"}
    with scripted(reply(body=made)) as server, client_of(server) as client:
        assert client.get_connection("c1").created == datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_removing_what_is_gone_already_is_no_failure() -> None:
    with scripted(reply(404)) as server, client_of(server) as client:
        client.delete_connection("c1")
        client.delete_webhook("w1")
        assert [asked.method for asked in server.asked] == ["DELETE", "DELETE"]


def test_a_subscription_names_its_environment_and_wants_no_history() -> None:
    with scripted(reply(body={"id": "w1", "connection_id": "c1"})) as server:
        with client_of(server, environment="Sandbox") as client:
            client.create_webhook("c1", "payment", "updated", "https://a.example/hook", interval_minutes=60)
        asked = server.asked[0]
        assert query_of(asked.target) == {"include_all": ["false"]}
        for part in (b'"payment_payment"', b'"updated"', b'"Sandbox"', b'"interval": 60', b"https://a.example/hook"):
            assert part in asked.body


@pytest.mark.parametrize(
    "url", ["http://api.unified.to", "http://8.8.8.8", "ftp://localhost", "api.unified.to", "https://", ""]
)
def test_the_key_goes_nowhere_unencrypted_outside_one_s_own_network(url: str) -> None:
    with pytest.raises(WrongAddress):
        UnifiedClient(url, KEY)


@pytest.mark.parametrize(
    "url", ["https://api.example.com/prefix/", "http://localhost:1", "http://sandbox:8080", "http://10.0.0.7"]
)
def test_a_region_a_prefix_or_one_s_own_sandbox_may_be_configured(url: str) -> None:
    UnifiedClient(url, KEY).close()
