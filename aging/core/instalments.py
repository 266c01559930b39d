"""What is left of each instalment of an invoice payable in parts?

Reductions fill the earliest due first (R11). Seen from the other end, what is still open lies in the
instalments due last, which is how it is computed: the parts then add up to the open amount even where a
source's schedule does not add up to its total. A surplus that no instalment explains counts with the
earliest, so that nothing looks younger than it may be.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Instalment:
    due_date: date
    amount_minor: int


def split_by_schedule(open_minor: int, schedule: Iterable[Instalment]) -> tuple[tuple[Instalment, int], ...]:
    """Each instalment, earliest due first, with what is open of it."""
    left = open_minor
    parts: list[tuple[Instalment, int]] = []
    for instalment in sorted(schedule, key=lambda part: part.due_date, reverse=True):
        part = min(left, instalment.amount_minor)
        parts.append((instalment, part))
        left -= part
    if parts:
        earliest, part = parts.pop()
        parts.append((earliest, part + left))
    return tuple(reversed(parts))
