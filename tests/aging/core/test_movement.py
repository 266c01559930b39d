"""M1 to M5: what stands between two reports, stated on ledgers one can check by hand, and held on any ledger."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aging.core.aging import age
from aging.core.buckets import DEFAULT_SCHEME, BucketScheme
from aging.core.ledger import build_ledger
from aging.core.movement import (
    NEW,
    SETTLED,
    USED,
    BadPeriod,
    Line,
    Movement,
    MovementDisagrees,
    Period,
    build_movements,
    check_movement,
)
from tests.aging.core.builders import claim, day, invoice, ledger, memo, payment, refund
from tests.aging.core.generators import GeneratedLedger, days, ledgers
from tests.examples import examples

some_ledgers = examples(60)
SCHEMES = st.sampled_from([BucketScheme.from_edges(edges) for edges in ((30, 60, 90, 120), (1, 2, 3), (45, 365))])


def period(opened: str, closed: str, basis: str = "due") -> Period:
    return Period(day(opened), day(closed), basis, DEFAULT_SCHEME)


def movement(*parts: Any, opened: str, closed: str, basis: str = "due") -> Movement:
    return build_movements(ledger(*parts), period(opened, closed, basis))["USD"]


def lines(one: Movement) -> dict[str, dict[str, int]]:
    return {line.value: dict(amounts) for line, amounts in one.lines.items() if amounts}


def test_m1_cash_stands_in_the_bucket_it_was_applied_to_and_the_line_is_the_cash_received() -> None:
    told = movement(
        invoice(total=10_000, due="03-31"),
        payment(total=7_000, issued="04-10"),
        claim(amount=6_000),
        opened="03-31",
        closed="04-30",
    )
    assert lines(told) == {"payments": {"current": -6_000, "unapplied": -1_000}}
    assert told.total(Line.PAYMENTS) == -7_000
    assert told.opening["current"] == 10_000
    assert (told.closing["current"], told.closing["unapplied"]) == (4_000, -1_000)


def test_m1_invoices_memos_adjustments_reversals_and_refunds_have_lines_of_their_own() -> None:
    told = movement(
        invoice("A", 10_000, balance_minor=9_500, updated="04-25"),
        memo("K", 500, issued="04-05"),
        payment("P", 2_000, issued="04-10"),
        claim("P", "A", 2_000),
        refund("P", 2_000, issued="04-20"),
        opened="02-28",
        closed="04-30",
    )
    assert {line: sum(amounts.values()) for line, amounts in lines(told).items()} == {
        "invoiced": 10_000,
        "payments": -2_000,
        "credits": -500,
        "reversals": 2_000 - 2_000,
        "refunds": 2_000,
        "adjustments": -500,
    }


def test_m2_a_payment_counts_where_its_invoice_stood_on_the_day_it_was_paid() -> None:
    told = movement(
        invoice(total=10_000, due="03-31"),
        payment(total=4_000, issued="05-10"),
        claim(amount=4_000),
        opened="04-30",
        closed="05-31",
    )
    assert lines(told) == {
        "payments": {"31-60": -4_000},
        "aged_out": {"current": -10_000, "31-60": -6_000},
        "aged_in": {"31-60": 10_000, "61-90": 6_000},
    }


def test_m2_on_the_day_an_amount_reaches_a_bucket_it_ages_first_and_is_paid_there() -> None:
    told = movement(
        invoice(total=10_000, due="03-31"),
        payment(total=10_000, issued="05-01"),
        claim(amount=10_000),
        opened="04-30",
        closed="05-01",
    )
    assert lines(told)["payments"] == {"31-60": -10_000}
    assert lines(told)["aged_in"] == {"31-60": 10_000}


def test_m2_an_invoice_paid_beyond_its_total_goes_to_zero_in_its_bucket_and_on_in_the_unapplied_column() -> None:
    told = movement(
        invoice(total=10_000),
        payment(total=13_000, issued="04-10"),
        claim(amount=13_000),
        opened="03-31",
        closed="04-30",
    )
    assert lines(told) == {"payments": {"current": -10_000, "unapplied": -3_000}}
    assert dict(told.flows) == {("current", SETTLED): 10_000, (NEW, "unapplied"): -3_000}


def test_m3_an_amount_passes_through_every_bucket_between() -> None:
    told = movement(invoice(total=100, due="03-31"), opened="03-31", closed="07-31")
    assert lines(told) == {
        "aged_out": {"current": -100, "31-60": -100, "61-90": -100, "91-120": -100},
        "aged_in": {"31-60": 100, "61-90": 100, "91-120": 100, "120+": 100},
    }
    assert dict(told.flows) == {("current", "120+"): 100}


def test_m3_thirty_days_late_is_still_current_the_next_day_ages_it() -> None:
    assert lines(movement(invoice(due="03-31"), opened="03-31", closed="04-30")) == {}
    assert lines(movement(invoice(due="03-31"), opened="03-31", closed="05-01"))["aged_in"] == {"31-60": 10_000}


def test_m4_flows_tell_what_became_of_the_opening_and_of_what_was_new() -> None:
    told = movement(
        invoice("A", 10_000, due="03-31"),
        invoice("B", 5_000, issued="04-05", due="04-20"),
        invoice("C", 700, issued="04-06", due="04-20"),
        payment("P", 3_000, issued="04-10"),
        claim("P", "A", 3_000),
        payment("Q", 900, issued="03-15"),
        claim("Q", "C", 700),
        opened="03-31",
        closed="05-10",
    )
    assert dict(told.flows) == {
        ("current", "31-60"): 7_000,
        ("current", SETTLED): 3_000,
        (NEW, "current"): 5_000,
        (NEW, SETTLED): 700,
        ("unapplied", "unapplied"): -200,
        ("unapplied", USED): -700,
    }


def test_m4_a_bounced_payment_leaves_the_old_amount_old_and_tells_what_came_and_went() -> None:
    told = movement(
        invoice("A", 10_000, due="03-31"),
        payment("P", 10_000, issued="04-10"),
        claim("P", "A", 10_000),
        refund("P", 10_000, issued="04-20"),
        opened="03-31",
        closed="04-30",
    )
    assert dict(told.flows) == {("current", "current"): 10_000, (NEW, SETTLED): 10_000, (NEW, USED): -10_000}


def test_m5_a_due_date_changed_since_redates_and_an_amount_changed_since_restates() -> None:
    reported = ledger(invoice("A", 10_000, due="02-10"), invoice("B", 500), invoice("GONE", 70))
    known = ledger(invoice("A", 10_000, due="03-31"), invoice("B", 450), invoice("LATE", 30))
    told = build_movements(known, period("03-31", "03-31"), reported=reported)["USD"]
    assert told.opening == {"current": 570, "31-60": 10_000, "61-90": 0, "91-120": 0, "120+": 0, "unapplied": 0}
    assert lines(told) == {
        "redated": {"31-60": -10_000, "current": 10_000},
        "restated": {"current": -50 - 70 + 30},
    }
    assert told.closing["current"] == 10_480


def test_by_issue_date_amounts_age_from_their_issue() -> None:
    told = movement(invoice(issued="03-01", due="03-31"), opened="03-31", closed="04-01", basis="issued")
    assert lines(told)["aged_in"] == {"31-60": 10_000}


def test_a_period_that_ends_before_it_opens_is_refused() -> None:
    with pytest.raises(BadPeriod, match="before it opens"):
        period("04-01", "03-31")


def test_a_movement_that_does_not_lead_to_its_closing_is_refused() -> None:
    told = movement(invoice(), opened="02-28", closed="03-31")
    off = Movement(told.currency, told.period, told.opening, told.lines, {"current": 10_001}, told.flows)
    with pytest.raises(MovementDisagrees):
        check_movement(off)
    unsaid = Movement(told.currency, told.period, told.opening, told.lines, told.closing, {})
    with pytest.raises(MovementDisagrees):
        check_movement(unsaid)


@some_ledgers
@given(ledgers(), days(), days(), st.sampled_from(["due", "issued"]), SCHEMES)
def test_opening_and_lines_are_the_closing_and_flows_both(
    made: GeneratedLedger, one: date, other: date, basis: str, scheme: BucketScheme
) -> None:
    built = build_ledger(*made)
    asked = Period(min(one, other), max(one, other), basis, scheme)
    told = build_movements(built, asked)
    for on, columns in ((asked.opened_on, "opening"), (asked.closed_on, "closing")):
        for currency, totals in age(built, as_of=on, basis=basis, scheme=scheme).totals.items():
            assert getattr(told[currency], columns) == {**totals.buckets, "unapplied": totals.unapplied}
    for movement in told.values():
        for column in asked.columns:
            moved = sum(amounts.get(column, 0) for amounts in movement.lines.values())
            assert movement.opening.get(column, 0) + moved == movement.closing.get(column, 0)
            assert flowing(movement, 0)[column] == movement.opening.get(column, 0)
            assert flowing(movement, 1)[column] == movement.closing.get(column, 0)
        new, gone = flowing(movement, 0)[NEW], flowing(movement, 1)
        opening, closing = sum(movement.opening.values()), sum(movement.closing.values())
        assert opening + new == closing + gone[SETTLED] + gone[USED]


def flowing(movement: Movement, end: int) -> Counter[str]:
    sums: Counter[str] = Counter()
    for cell, amount in movement.flows.items():
        sums[cell[end]] += amount
    return sums


@some_ledgers
@given(ledgers(), days(), days(), days())
def test_the_lines_of_two_periods_in_a_row_are_those_of_the_whole(
    made: GeneratedLedger, first: date, second: date, third: date
) -> None:
    built = build_ledger(*made)
    start, middle, end = sorted((first, second, third))
    whole, early, late = (
        line_sums(build_movements(built, Period(opened, closed, "due", DEFAULT_SCHEME)))
        for opened, closed in ((start, end), (start, middle), (middle, end))
    )
    early.update(late)
    assert {cell: amount for cell, amount in early.items() if amount} == whole


def line_sums(told: dict[str, Movement]) -> Counter[Any]:
    sums: Counter[Any] = Counter()
    for currency, movement in told.items():
        for line, amounts in movement.lines.items():
            sums.update({(currency, line, column): amount for column, amount in amounts.items()})
    return sums


@some_ledgers
@given(ledgers(), days(), days())
def test_without_entries_nothing_but_age_moves(made: GeneratedLedger, one: date, other: date) -> None:
    built = build_ledger(*made)
    happened = sorted({entry.effective_date for entries in built.entries.values() for entry in entries})
    start = max([on for on in happened if on <= max(one, other)], default=min(one, other))
    end = min([on - timedelta(days=1) for on in happened if on > start], default=start + timedelta(days=90))
    for movement in build_movements(built, Period(start, end, "due", DEFAULT_SCHEME)).values():
        assert {line for line, amounts in movement.lines.items() if amounts} <= {Line.AGED_IN, Line.AGED_OUT}
        assert movement.opening["unapplied"] == movement.closing["unapplied"]


@some_ledgers
@given(ledgers(), ledgers(), days(), days())
def test_from_what_was_reported_to_what_is_known_adds_up(
    then: GeneratedLedger, now: GeneratedLedger, one: date, other: date
) -> None:
    asked = Period(min(one, other), max(one, other), "due", DEFAULT_SCHEME)
    reported, known = build_ledger(*then), build_ledger(*now)
    told = build_movements(known, asked, reported=reported)
    for currency, totals in age(reported, as_of=asked.opened_on, basis="due", scheme=DEFAULT_SCHEME).totals.items():
        assert sum(told[currency].opening.values()) == totals.net
        check_movement(told[currency])
