"""Who owes how much, how late, on a day?

One row a customer and currency, read from the balance segments of that day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aging.core.aging import BucketTotals
from aging.queries import scripts
from aging.queries.settings import View

MOST_BUCKETS = 9
ORDERS: Mapping[str, str] = {
    "name": "lower(name), customer_id",
    "-name": "lower(name) DESC, customer_id",
    **{f"b{n}": f"b{n}, lower(name), customer_id" for n in range(MOST_BUCKETS)},
    **{f"-b{n}": f"b{n} DESC, lower(name), customer_id" for n in range(MOST_BUCKETS)},
    **{
        f"{sign}{key}": f"{column} {direction}, lower(name), customer_id"
        for key, column in (
            ("unapplied", "unapplied"),
            ("total", "gross + unapplied"),
            ("overdue", "past_due"),
            ("oldest", "oldest_days"),
        )
        for sign, direction in (("", "ASC NULLS FIRST"), ("-", "DESC NULLS LAST"))
    },
}
DEFAULT_ORDER = "-overdue"


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """`id` is ours, `source_id` the accounting system's. `oldest_days` is None when nothing is past due."""

    id: int
    source_id: str
    connection_id: int
    name: str
    currency: str
    totals: BucketTotals
    oldest_days: int | None


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Some rows, and of all that match: how many, their sums, the largest gross. `total` counts before filters.

    `with_balance` maps a bucket's key to the number of customers with a balance in it, before filters.
    """

    rows: tuple[CustomerRow, ...]
    matching: int
    total: int
    sums: BucketTotals
    largest_gross: int
    with_balance: Mapping[str, int]


def page_of_customers(
    view: View, currency: str, *, bucket: str = "", query: str = "", order: str, limit: int, offset: int
) -> CustomerPage:
    """`bucket` is a key of the scheme, or empty. `order` is a key of ORDERS."""
    parameters = {
        **view.parameters,
        "currency": currency,
        "customer": None,
        "bucket": view.scheme.keys.index(bucket) if bucket else None,
        "query": scripts.like(query),
        "limit": limit,
        "offset": offset,
    }
    found = scripts.rows("customer_page", parameters, order=ORDERS[order])
    (summary,) = scripts.rows("customer_summary", parameters)
    return CustomerPage(
        rows=tuple(_row(one, view) for one in found),
        matching=summary["matching"],
        total=summary["total"],
        sums=_totals(summary, view),
        largest_gross=int(summary["largest_gross"] or 0),
        with_balance={key: summary[f"with_b{n}"] for n, key in enumerate(view.scheme.keys)},
    )


def list_customers(view: View, *, currency: str = "") -> list[CustomerRow]:
    """Every customer with anything open, unpaged, by currency and then by what is past due."""
    parameters = {**view.parameters, "currency": currency or None, "customer": None}
    return [_row(one, view) for one in scripts.rows("customer_list", parameters)]


def balances_of_customer(view: View, customer_id: int) -> list[CustomerRow]:
    """One customer's row in each currency in which anything is open."""
    parameters = {**view.parameters, "currency": None, "customer": customer_id}
    return [_row(one, view) for one in scripts.rows("customer_list", parameters)]


def _row(one: Mapping[str, Any], view: View) -> CustomerRow:
    return CustomerRow(
        id=one["customer_id"],
        source_id=one["source_id"],
        connection_id=one["connection_id"],
        name=one["name"],
        currency=one["currency"],
        totals=_totals(one, view),
        oldest_days=one["oldest_days"],
    )


def _totals(one: Mapping[str, Any], view: View) -> BucketTotals:
    """Gross and past due come from their own sums, not from the buckets, so that the identities can be checked."""
    gross, unapplied, past_due = (int(one[name] or 0) for name in ("gross", "unapplied", "past_due"))
    return BucketTotals(
        buckets={key: int(one[f"b{n}"] or 0) for n, key in enumerate(view.scheme.keys)},
        gross=gross,
        unapplied=unapplied,
        net=gross + unapplied,
        not_due=gross - past_due,
        past_due=past_due,
    )
