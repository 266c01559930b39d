"""What did we report for a day, as known at an earlier instant, and which documents changed it since?

A report has two dates: the day it speaks of, and the instant at which it was read. What was known then is what the
last publication before that instant said: entries that a later one took back are in the history, entries that a later
one told of carry its run (see `aging.models.ledger`). The report of then is today's report of that day, less what the
changed documents have in it now, plus what they had in it then: what is listed is what makes the difference, to the
minor unit. Keeping every report that was ever shown was refused; it answers only for what somebody looked at.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from aging.core.aging import BucketTotals, Tally
from aging.core.buckets import UNAPPLIED
from aging.queries import scripts
from aging.queries.settings import View
from aging.queries.totals import totals_by_currency


class Reason(StrEnum):
    """Why a document stands differently, in the order in which reasons are told.

    A payment or credit is back-dated when it takes effect before the day of the instant asked for, and new when it
    does not. NEW_DOCUMENT had no part in the ledger then; LEFT_OUT no longer counts or was found to be a duplicate.
    """

    NEW_DOCUMENT = "new_document"
    DELETED = "deleted"
    LEFT_OUT = "left_out"
    CHANGED_TOTAL = "changed_total"
    CHANGED_CURRENCY = "changed_currency"
    CHANGED_CUSTOMER = "changed_customer"
    CHANGED_ISSUE_DATE = "changed_issue_date"
    CHANGED_DUE_DATE = "changed_due_date"
    BACKDATED_PAYMENT = "backdated_payment"
    NEW_PAYMENT = "new_payment"
    WITHDRAWN_PAYMENT = "withdrawn_payment"
    BACKDATED_CREDIT = "backdated_credit"
    NEW_CREDIT = "new_credit"
    WITHDRAWN_CREDIT = "withdrawn_credit"
    CHANGED_REVERSAL = "changed_reversal"
    CHANGED_REFUND = "changed_refund"
    CHANGED_ADJUSTMENT = "changed_adjustment"


_ORDER = tuple(Reason)
_ATTRIBUTES = {
    "total_minor": Reason.CHANGED_TOTAL,
    "currency": Reason.CHANGED_CURRENCY,
    "customer_id": Reason.CHANGED_CUSTOMER,
    "issued_date": Reason.CHANGED_ISSUE_DATE,
    "due_date": Reason.CHANGED_DUE_DATE,
}


class NaiveInstant(ValueError):
    """An instant without a time zone names no instant."""


@dataclass(frozen=True, slots=True)
class Version:
    """What one connection had published by an instant."""

    connection_id: int
    sync_run_id: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A document's part in the report of a day. `basis_date` is where its days count from; nothing open: no bucket."""

    currency: str
    customer_id: int
    issued_date: date
    basis_date: date
    open_minor: int
    days_past_due: int | None
    bucket: str


@dataclass(frozen=True, slots=True)
class Change:
    """A document whose part in the report of a day is not what it was; `customer_name` is today's."""

    document_id: int
    source_id: str
    kind: str
    number: str
    customer_name: str
    then: Known
    now: Known
    reasons: tuple[Reason, ...]


def versions_known(known_on: datetime) -> list[Version]:
    """What a report "as known on" rests on; a connection that had published nothing by then is missing."""
    return [Version(**row) for row in scripts.rows("known_versions", {"known_on": _instant(known_on)})]


def totals_as_known(view: View, known_on: datetime) -> dict[str, BucketTotals]:
    """The report of the view's day as it would have been given at the instant, in the view's buckets.

    Like `totals_by_currency`, which it is for an instant after the last publication.
    """
    with scripts.snapshot():
        now = totals_by_currency(view)
        changes = changes_since(view, known_on)
    tallies = defaultdict(lambda: Tally(view.scheme), {currency: _tally(one, view) for currency, one in now.items()})
    for change in changes:
        for known, sign in ((change.now, -1), (change.then, 1)):
            if known.open_minor:
                tallies[known.currency].add_part(known.bucket, known.days_past_due, sign * known.open_minor)
    totals = {currency: tallies[currency].totals() for currency in sorted(tallies)}
    return {code: one for code, one in totals.items() if one.unapplied or one.gross or any(one.buckets.values())}


def changes_since(view: View, known_on: datetime, *, limit: int | None = None, offset: int = 0) -> list[Change]:
    """The documents that stand differently in the report of the view's day than they did at the instant.

    The largest change first. `known_on` carries the company's time zone: its date says what is back-dated.
    """
    parameters = {"known_on": _instant(known_on), "known_day": known_on.date(), "limit": limit, "offset": offset}
    return [_change(row, view) for row in scripts.rows("known_changes", {**view.parameters, **parameters})]


def _instant(known_on: datetime) -> datetime:
    if known_on.tzinfo is None:
        raise NaiveInstant(f"{known_on.isoformat()} has no time zone")
    return known_on


def _tally(totals: BucketTotals, view: View) -> Tally:
    tally = Tally(view.scheme)
    tally.buckets.update(totals.buckets)
    tally.gross, tally.unapplied, tally.net = totals.gross, totals.unapplied, totals.net
    tally.not_due, tally.past_due = totals.not_due, totals.past_due
    return tally


def _change(row: Mapping[str, Any], view: View) -> Change:
    return Change(
        document_id=row["document_id"],
        source_id=row["source_id"],
        kind=row["kind"],
        number=row["number"],
        customer_name=row["customer_name"],
        then=_known(row, "then", view),
        now=_known(row, "now", view),
        reasons=_reasons(row),
    )


def _known(row: Mapping[str, Any], when: str, view: View) -> Known:
    open_minor, basis_date = int(row[f"{when}_minor"]), row[f"{when}_basis_date"]
    return Known(
        currency=row[f"{when}_currency"],
        customer_id=row[f"{when}_customer_id"],
        issued_date=row[f"{when}_issued_date"],
        basis_date=basis_date,
        open_minor=open_minor,
        days_past_due=(view.as_of - basis_date).days if open_minor > 0 else None,
        bucket=_bucket(open_minor, row[f"{when}_bucket"], view),
    )


def _bucket(open_minor: int, number: int, view: View) -> str:
    if not open_minor:
        return ""
    return UNAPPLIED if number < 0 else view.scheme.keys[number]


def _reasons(row: Mapping[str, Any]) -> tuple[Reason, ...]:
    if not row["was_there"]:
        return (Reason.NEW_DOCUMENT,)
    if not row["is_there"]:
        return (Reason.DELETED if row["deleted_at"] else Reason.LEFT_OUT,)
    found = {reason for name, reason in _ATTRIBUTES.items() if row[f"then_{name}"] != row[f"now_{name}"]}
    if all(row[f"{when}_due_date"] == row[f"{when}_issued_date"] for when in ("then", "now")):
        found.discard(Reason.CHANGED_DUE_DATE)  # without a due date, the issue date stands in its place
    found.update(Reason(code) for code in row["entry_reasons"] or ())
    return tuple(sorted(found, key=_ORDER.index))
