"""What does a measure answer when it has no answer? That it has none, and why.

A zero that stands for "unknown" looks like the best DSO in the world. A measure therefore carries either a
value or the reason why there is none, in words fit to be shown, and never both. Exceptions were the
alternative; but a company without payments is no error, and one missing figure must not take the others
off the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

Amount = int | Decimal
NOTHING_OPEN = "Nothing was open."


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, or None and the reason."""

    value: Decimal | None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError("a measure has a value or a reason, and not both")


def not_available(reason: str) -> Measured:
    return Measured(None, reason)


def ratio(part: Amount, whole: Amount) -> Measured:
    return Measured(Decimal(part) / Decimal(whole))


def percent(part: Amount, whole: Amount) -> Measured:
    return Measured(Decimal(part) * 100 / Decimal(whole))


def first_reason(measures: Iterable[Measured]) -> str:
    """Why a figure made of others has no value; empty if all of them have one."""
    return next((one.reason for one in measures if one.value is None), "")
