"""A nonce outlives every redelivery; an attempt lives as long as somebody may still need to know what it was for."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants.models import Company, ConnectAttempt, Connection, WebhookDelivery
from tenants.retention import forget_old

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def connection(acme: Company) -> Connection:
    return Connection.objects.create(company=acme, external_id="c1", integration_type="xero", integration_name="Xero")


def test_a_delivery_is_remembered_for_a_month(connection: Connection) -> None:
    for days in (29, 31):
        WebhookDelivery.objects.create(
            connection=connection, webhook_id="w1", nonce=str(days), received_at=NOON - timedelta(days=days)
        )
    assert forget_old(NOON).deliveries == 1
    assert WebhookDelivery.objects.get().nonce == "29"


def test_an_attempt_is_forgotten_a_day_after_it_linked_and_otherwise_after_three_months(
    acme: Company, connection: Connection
) -> None:
    def attempt(name: str, *, began: timedelta, used: timedelta | None = None, linked: bool = False) -> None:
        ConnectAttempt.objects.create(
            company=acme,
            user_id=1,
            state_hash=name,
            external_xref=name,
            created_at=NOON - began,
            used_at=None if used is None else NOON - used,
            connection=connection if linked else None,
        )

    hours, days = timedelta(hours=23), timedelta(days=2)
    attempt("linked today", began=hours, used=hours, linked=True)
    attempt("linked long ago", began=days, used=days, linked=True)
    attempt("refused, and an operator may vouch", began=days, used=days)
    attempt("never came back", began=timedelta(days=89))
    attempt("never came back in a quarter", began=timedelta(days=91))
    assert forget_old(NOON).attempts == 2
    left = set(ConnectAttempt.objects.values_list("external_xref", flat=True))
    assert left == {"linked today", "refused, and an operator may vouch", "never came back"}
