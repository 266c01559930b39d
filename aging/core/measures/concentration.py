"""How much of what is owed hangs on a few customers?

Measured on gross: a customer's unapplied credit does not make another's debt safer. Customers who owe
nothing are left out, so that their number does not matter.
"""

from collections.abc import Iterable
from decimal import Decimal

from aging.core.measures.measured import NOTHING_OPEN, Amount, Measured, not_available, percent


def top_share(gross_by_customer: Iterable[Amount], *, top: int) -> Measured:
    """The percentage of gross that the `top` largest customers owe."""
    owed = sorted((amount for amount in gross_by_customer if amount > 0), reverse=True)
    return percent(sum(owed[:top]), sum(owed)) if owed else not_available(NOTHING_OPEN)


def herfindahl_index(gross_by_customer: Iterable[Amount]) -> Measured:
    """HHI = Σ share%²: 10 000 for a single customer, 100 for a hundred equal ones."""
    owed = [amount for amount in gross_by_customer if amount > 0]
    if not owed:
        return not_available(NOTHING_OPEN)
    return Measured(10_000 * Decimal(sum(amount * amount for amount in owed)) / Decimal(sum(owed)) ** 2)
