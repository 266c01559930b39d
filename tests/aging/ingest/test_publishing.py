"""What SQL makes of records is what aging.core makes of them, whatever the records and in whatever order they come."""

import pytest
from hypothesis import given

from tests.aging.core.builders import ACME, claim, invoice, payment
from tests.aging.core.generators import ledgers
from tests.aging.ingest.published import (
    Records,
    entries_of,
    findings_of,
    publish,
    published_entries,
    published_findings,
    undone,
)
from tests.examples import books

pytestmark = pytest.mark.slow
MANY = books()


@MANY
@given(ledger=ledgers())
def test_entries_and_findings_of_a_first_sync_are_the_cores(acme, in_acme, ledger):
    with undone():
        records = Records()
        publish(acme, records.update(*ledger))
        expected = records.core_ledger()
        assert published_entries() == entries_of(expected)
        assert published_findings() == findings_of(expected)


@MANY
@given(before=ledgers(), after=ledgers())
def test_entries_and_findings_after_any_change_are_the_cores(acme, in_acme, before, after):
    with undone():
        records = Records()
        publish(acme, records.update(*before))
        publish(acme, records.update(*after))
        expected = records.core_ledger()
        assert published_entries() == entries_of(expected)
        assert published_findings() == findings_of(expected)


def test_a_payment_that_a_later_sync_brings_alone_reduces_the_invoice_that_was_there_before(acme, in_acme):
    with undone():
        records = Records()
        publish(acme, records.update([ACME], [invoice()], []))
        publish(acme, records.update([], [payment()], [claim()]))
        assert published_entries() == entries_of(records.core_ledger())


def test_a_credit_used_up_by_claims_in_two_currencies_is_overdrawn_in_its_own(acme, in_acme):
    with undone():
        records = Records()
        claims = [claim("P", "A", 5, currency="JPY"), claim("P", "B", 10_001)]
        publish(acme, records.update([ACME], [invoice("A", currency="JPY"), invoice("B"), payment()], claims))
        assert published_findings() == findings_of(records.core_ledger())
