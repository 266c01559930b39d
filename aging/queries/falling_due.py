"""When does what is not due yet fall due?"""

from dataclasses import dataclass
from datetime import date

from aging.queries import scripts


@dataclass(frozen=True, slots=True)
class FallingDue:
    """Minor units; the three add up to what is not due by due date (R8)."""

    in_7_days: int
    in_8_to_30_days: int
    later: int


def falling_due(currency: str, *, as_of: date) -> FallingDue:
    (row,) = scripts.rows("falling_due", {"currency": currency, "as_of": as_of})
    return FallingDue(**{name: int(amount) for name, amount in row.items()})
