"""What does a whole group of companies owe, its subsidiaries included?

A group is everybody under the same topmost customer. A parent that the source does not list ends the
climb, and so does a circle of parents, which belongs to the smallest id in it: no customer is left out or
counted twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from aging.core.aging import AgingReport, BucketTotals, add_totals
from aging.core.records import Customer


def roll_up(report: AgingReport, customers: Iterable[Customer]) -> dict[str, dict[str, BucketTotals]]:
    """Totals by topmost customer and currency."""
    parents = {customer.source_id: customer.parent_id for customer in customers}
    held: defaultdict[str, defaultdict[str, list[BucketTotals]]] = defaultdict(lambda: defaultdict(list))
    for customer_id, by_currency in report.customers.items():
        top = topmost(customer_id, parents)
        for currency, totals in by_currency.items():
            held[top][currency].append(totals)
    return {
        top: {currency: add_totals(parts, report.scheme) for currency, parts in by_currency.items()}
        for top, by_currency in held.items()
    }


def topmost(customer_id: str, parents: Mapping[str, str]) -> str:
    climbed = [customer_id]
    while (parent := parents.get(climbed[-1], "")) in parents:
        if parent in climbed:
            return min(climbed[climbed.index(parent) :])
        climbed.append(parent)
    return climbed[-1]
