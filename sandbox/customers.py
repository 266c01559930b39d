"""Who buys, on which terms, and how do they pay?

Every customer pays in character: the ledger of a real business is readable because a late payer is late
again. The shares below put roughly one invoice in seven in the open at any time, most of them not far past
due.
"""

import math
import random
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import blake2b

from sandbox.names import company_names
from sandbox.profiles import Profile


class Payer(StrEnum):
    EARLY = "early"
    PUNCTUAL = "punctual"
    LATE = "late"
    DRIFTING = "drifting"
    SLOW = "slow"
    INSTALMENTS = "instalments"
    DISPUTING = "disputing"
    STOPPED = "stopped"


_SHARES = {
    Payer.EARLY: 0.08,
    Payer.PUNCTUAL: 0.22,
    Payer.LATE: 0.30,
    Payer.DRIFTING: 0.09,
    Payer.SLOW: 0.11,
    Payer.INSTALMENTS: 0.10,
    Payer.DISPUTING: 0.06,
    Payer.STOPPED: 0.04,
}
_TERMS = (
    ("ON_RECEIPT", 0, 5),
    ("NET_15", 15, 14),
    ("NET_30", 30, 48),
    ("NET_45", 45, 16),
    ("NET_60", 60, 14),
)
TERM_DAYS = {name: days for name, days, _ in _TERMS}
_PAY_RUNS = ("any day", "any day", "Fridays", "mid-month", "month end")


@dataclass(frozen=True, slots=True)
class Customer:
    index: int
    id: str
    name: str
    currency: str
    term: str
    payer: Payer
    share: float  # of the business's sales
    typical: float  # size of an invoice in units of the currency
    pay_run: str
    stops_on: date  # the day a STOPPED customer last paid
    parent: int | None

    @property
    def term_days(self) -> int:
        return TERM_DAYS[self.term]


def stable_id(*parts: object) -> str:
    """A UUID-shaped id that depends on what the thing is, not on when it was generated."""
    text = blake2b("/".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def draw_customers(profile: Profile, seed: str, start: date) -> list[Customer]:
    rng = random.Random(f"{seed}/customers")
    count = profile.customers
    currencies = _currencies(profile, rng)
    names = company_names(rng, currencies)
    payers = _deck(count, rng)
    weights = [(rank + 4) ** -0.75 for rank in range(count)]
    rng.shuffle(weights)
    total = sum(weights)
    return [
        _customer(
            index,
            seed,
            rng,
            name=name,
            currency=currency,
            payer=payer,
            share=weight / total,
            stops_on=start + timedelta(days=rng.randint(240, 840)),
        )
        for index, (name, currency, payer, weight) in enumerate(zip(names, currencies, payers, weights, strict=True))
    ]


def _customer(
    index: int,
    seed: str,
    rng: random.Random,
    *,
    name: str,
    currency: str,
    payer: Payer,
    share: float,
    stops_on: date,
) -> Customer:
    return Customer(
        index=index,
        id=stable_id(seed, "contact", index),
        name=name,
        currency=currency,
        term=rng.choices([term for term, _, _ in _TERMS], [weight for _, _, weight in _TERMS])[0],
        payer=payer,
        share=share,
        typical=min(math.exp(rng.gauss(7.3, 0.8)), 40_000.0) * (150 if currency == "JPY" else 1),
        pay_run=rng.choice(_PAY_RUNS),
        stops_on=stops_on,
        parent=index - 1 if index % 23 == 7 else None,
    )


def _currencies(profile: Profile, rng: random.Random) -> list[str]:
    """The shares of the profile, exactly, and every currency at least once."""
    drawn = [cur for cur, share in profile.currencies for _ in range(max(1, round(share * profile.customers)))]
    drawn = (drawn + [profile.base_currency] * profile.customers)[: profile.customers]
    rng.shuffle(drawn)
    return drawn


def _deck(count: int, rng: random.Random) -> list[Payer]:
    """Every kind of payer at least once, however few customers there are."""
    deck = [payer for payer, share in _SHARES.items() for _ in range(max(1, round(share * count)))]
    deck = (deck + [Payer.PUNCTUAL] * count)[:count] if count else []
    rng.shuffle(deck)
    return deck
