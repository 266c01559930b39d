"""Which customers deserve a call, and why?

A grade is only as useful as its reasons, so there is no score: each signal that speaks is a sentence with
its figures, and the grade is the gravest of them. Adding points was refused; two small worries would
make a large one, and nobody could say which customer's behaviour produced a 63.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from aging.core.measures.measured import NOTHING_OPEN

FEWEST_SETTLED = 5
PAST_DUE_WATCH, PAST_DUE_HIGH = 20, 50  # percent of what the customer owes
OLDEST_WATCH, OLDEST_HIGH = 31, 91  # days past due
SLOWER_WATCH, SLOWER_HIGH = 5, 15  # days later than before, on average
BROKEN_WATCH, BROKEN_HIGH = 1, 15  # days later than any invoice settled before
SHARE_WATCH = 20  # percent of all receivables


class Grade(IntEnum):
    LOW = 1
    WATCH = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a customer, in one currency.

    `oldest_days` are the days past due of the oldest open invoice. `recent_days` and `earlier_days` are the
    days versus due of invoices settled lately and before that; together they are the customer's history.
    """

    gross: int
    past_due: int
    oldest_days: int
    receivables_of_all: int
    recent_days: Sequence[int] = ()
    earlier_days: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Risk:
    """The gravest signal, and a sentence for each, gravest first. Without a grade the one sentence says why."""

    grade: Grade | None
    reasons: tuple[str, ...]


Signal = tuple[Grade, str]


def grade_risk(standing: Standing) -> Risk:
    if standing.gross <= 0:
        return Risk(None, (NOTHING_OPEN,))
    signals = sorted(_signals(standing), key=lambda signal: -signal[0])
    if not signals:
        return Risk(Grade.LOW, (_calm(standing),))
    return Risk(signals[0][0], tuple(sentence for _, sentence in signals))


def _signals(standing: Standing) -> Iterator[Signal]:
    yield from _past_due(standing)
    yield from _oldest(standing)
    yield from _trend(standing)
    yield from _broken_pattern(standing)
    yield from _concentration(standing)


def _past_due(standing: Standing) -> Iterator[Signal]:
    share = Decimal(standing.past_due) * 100 / standing.gross
    if share >= PAST_DUE_WATCH:
        yield _judged(share, PAST_DUE_HIGH), f"{share:.0f}% of what is open is past due."


def _oldest(standing: Standing) -> Iterator[Signal]:
    if standing.oldest_days >= OLDEST_WATCH:
        days = standing.oldest_days
        yield _judged(days, OLDEST_HIGH), f"The oldest open invoice is {days} days late."


def _trend(standing: Standing) -> Iterator[Signal]:
    """Only where both periods hold enough invoices for their averages to mean something."""
    if min(len(standing.recent_days), len(standing.earlier_days)) < FEWEST_SETTLED:
        return
    now, before = _mean(standing.recent_days), _mean(standing.earlier_days)
    slower = now - before
    if slower >= SLOWER_WATCH:
        compared = f"{_versus_due(now)}, where it was {_versus_due(before)}"
        yield _judged(slower, SLOWER_HIGH), f"Invoices are now paid {_days(slower)} later than before: {compared}."


def _broken_pattern(standing: Standing) -> Iterator[Signal]:
    history = [*standing.recent_days, *standing.earlier_days]
    if len(history) < FEWEST_SETTLED or standing.oldest_days <= 0:
        return
    latest = max(history)
    beyond = standing.oldest_days - max(latest, 0)
    if beyond >= BROKEN_WATCH:
        yield (
            _judged(beyond, BROKEN_HIGH),
            f"An invoice is {_days(standing.oldest_days)} late, and none of the last {len(history)} was paid "
            f"later than {_versus_due(latest)}.",
        )


def _concentration(standing: Standing) -> Iterator[Signal]:
    """Alone it is exposure, not misbehaviour: it calls for attention and never for more."""
    if standing.receivables_of_all <= 0:
        return
    share = Decimal(standing.gross) * 100 / standing.receivables_of_all
    if share >= SHARE_WATCH:
        yield Grade.WATCH, f"{share:.0f}% of all receivables are owed by this customer."


def _calm(standing: Standing) -> str:
    if not standing.past_due:
        return "Nothing is past due."
    share = Decimal(standing.past_due) * 100 / standing.gross
    return f"Only {share:.0f}% of what is open is past due, by {_days(standing.oldest_days)} at most."


def _judged(figure: int | Decimal, high_from: int) -> Grade:
    return Grade.HIGH if figure >= high_from else Grade.WATCH


def _mean(days: Sequence[int]) -> Decimal:
    return Decimal(sum(days)) / len(days)


def _versus_due(days: int | Decimal) -> str:
    if f"{abs(days):.0f}" == "0":
        return "on the due date"
    return f"{_days(days)} after the due date" if days > 0 else f"{_days(-days)} before the due date"


def _days(days: int | Decimal) -> str:
    """In whole days, as a sentence says it."""
    whole = f"{days:.0f}"
    return "1 day" if whole == "1" else f"{whole} days"
