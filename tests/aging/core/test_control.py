"""R12: as of today, the ledger ends on the source's balances, or says which documents do not."""

from aging.core.control import control_totals
from tests.aging.core.builders import claim, day, invoice, invoice_key, ledger, memo, payment


def test_r12_the_ledger_ends_on_the_sources_balances() -> None:
    built = ledger(
        invoice("A", balance_minor=2_500, updated="06-01"),
        invoice("B", 700, currency="JPY", balance_minor=700),
        memo(balance_minor=1_000, updated="06-01"),
        invoice("SILENT"),
        payment(balance_minor=5),
    )
    control = control_totals(built, today=day("06-30"))
    assert {currency: (one.stated_minor, one.shown_minor) for currency, one in control.items()} == {
        "JPY": (700, 700),
        "USD": (1_500, 1_500),
    }
    assert all(one.is_green and one.difference_minor == 0 for one in control.values())


def test_r12_a_difference_names_its_documents() -> None:
    """The balance is already less a payment that is dated next month."""
    built = ledger(invoice(balance_minor=0), payment(issued="07-15"), claim())
    (control,) = control_totals(built, today=day("06-30")).values()
    assert (control.difference_minor, control.differing) == (10_000, {invoice_key("A"): 10_000})
    assert not control.is_green


def test_r12_two_differences_that_cancel_are_not_green() -> None:
    ahead = invoice("A", balance_minor=6_000), invoice("B", balance_minor=14_000, updated="07-20")
    built = ledger(*ahead, payment(total=4_000, issued="07-15"), claim(amount=4_000))
    (control,) = control_totals(built, today=day("06-30")).values()
    assert (control.difference_minor, control.is_green) == (0, False)


def test_r2_documents_that_do_not_count_today_are_in_neither_sum() -> None:
    built = ledger(invoice(issued="07-01", balance_minor=5), invoice("B", counts=False, balance_minor=5))
    assert control_totals(built, today=day("06-30")) == {}
