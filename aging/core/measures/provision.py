"""What of it may never be paid?

The provision matrix of IFRS 9 (5.5.15, B5.5.35): the amount of each bucket, times the loss rate of that
bucket's history, times a factor for what lies ahead. Rates are entered by hand or follow from roll rates:
what a bucket loses is the chance of rolling through all later ones. They are never rounded on the way:
8.6957 % instead of 2/23 moves the loss on 60 000.00 by three cents.

Each bucket's loss is rounded to the minor unit and the total is their sum, so that the matrix adds up on
paper. A credit in a bucket lowers no loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from aging.core.measures.measured import Amount, Measured, first_reason, not_available, ratio
from aging.core.money import from_minor, to_minor


class NotALossRate(ValueError):
    """A loss rate is a share from 0 to 1, and a forward factor is not negative."""


@dataclass(frozen=True, slots=True)
class ProvisionLine:
    """`loss_rate` is None in a bucket without history and without an amount."""

    amount_minor: int
    loss_rate: Decimal | None
    loss_minor: int


@dataclass(frozen=True, slots=True)
class Provision:
    """`total_minor` is None, with the reason, where a rate is missing; the lines are then empty."""

    lines: tuple[ProvisionLine, ...]
    total_minor: int | None
    reason: str = ""


def roll_rate(now_in_bucket: Amount | None, before_in_previous: Amount | None) -> Measured:
    """The amount in a bucket ÷ the amount in the bucket before it, a month earlier."""
    if now_in_bucket is None or before_in_previous is None:
        return not_available("There is no month before to compare with.")
    if before_in_previous <= 0:
        return not_available("Nothing was in the bucket before, a month earlier.")
    return ratio(max(now_in_bucket, 0), before_in_previous)


def roll_rates(months: Sequence[Sequence[Amount]]) -> tuple[Measured, ...]:
    """For every bucket but the first, the rate over all pairs of months: sums, so that large months count more.

    `months` holds the amounts of all buckets at consecutive month ends, oldest first.
    """
    pairs = list(pairwise(months))
    buckets = range(1, len(months[0])) if months else range(0)
    return tuple(
        roll_rate(sum(later[k] for _, later in pairs), sum(earlier[k - 1] for earlier, _ in pairs))
        if pairs
        else roll_rate(None, None)
        for k in buckets
    )


def loss_rates(rates: Sequence[Measured], *, last_bucket_loss: Decimal) -> tuple[Measured, ...]:
    """Each bucket's loss rate: the product of all roll rates after it and of what the last bucket loses.

    A roll rate above 1 (the last bucket keeps what rolled in earlier) counts as 1: no more than all can be lost.
    """
    _require_share(last_bucket_loss)
    found = [Measured(last_bucket_loss)]
    for rate in reversed(rates):
        later = found[-1]
        if rate.value is None or later.value is None:
            found.append(not_available(first_reason((later, rate))))
        else:
            found.append(Measured(min(rate.value, Decimal(1)) * later.value))
    return tuple(reversed(found))


def expected_credit_loss(
    amounts_minor: Sequence[int], rates: Sequence[Measured], *, forward_factor: Decimal, currency: str
) -> Provision:
    """The matrix, a line a bucket. A missing rate matters where there is an amount; no loss exceeds its amount."""
    if not forward_factor.is_finite() or forward_factor < 0:
        raise NotALossRate("a forward factor is a number from 0 upwards")
    lines = []
    for amount, rate in zip(amounts_minor, rates, strict=True):
        if rate.value is None and amount > 0:
            return Provision((), None, rate.reason)
        lines.append(_line(amount, rate.value, forward_factor, currency))
    return Provision(tuple(lines), sum(line.loss_minor for line in lines))


def _line(amount_minor: int, loss_rate: Decimal | None, forward_factor: Decimal, currency: str) -> ProvisionLine:
    if loss_rate is None:
        return ProvisionLine(amount_minor, None, 0)
    _require_share(loss_rate)
    share = min(loss_rate * forward_factor, Decimal(1))
    loss = from_minor(max(amount_minor, 0), currency) * share
    return ProvisionLine(amount_minor, loss_rate, to_minor(loss, currency)[0])


def _require_share(rate: Decimal) -> None:
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise NotALossRate(f"a loss rate is a share from 0 to 1, not {rate}")
