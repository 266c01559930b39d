"""Which businesses can be connected, and how large is each?

A profile is a size and a character, not a data set: the generator draws the books from its name. `small:2`
is another business of the same kind, so that two companies connected to `small` businesses need not share
customers.
"""

from dataclasses import dataclass, replace

from sandbox.names import organization_name

DECIMALS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0}


class UnknownProfile(LookupError):
    """No business of that name."""


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    summary: str
    customers: int
    invoices_per_month: float
    currencies: tuple[tuple[str, float], ...] = (("USD", 1.0),)
    timezone: str = "America/Chicago"
    tax_permille: int = 0
    longest_invoice: int = 3  # lines
    keep_newest: int | None = None  # exactly this many invoices
    says_overdue: bool = False  # open and late invoices carry status OVERDUE
    mirrors_memos: bool = False  # some credit memos are listed among the invoices too
    contradicts_itself: bool = False
    mirrors_payments: bool = False  # invoices repeat their payments

    @property
    def base_currency(self) -> str:
        return self.currencies[0][0]

    def organization(self, seed: int) -> str:
        return organization_name(f"{seed}/{self.name}")


_KINDS = {
    "small": Profile(
        "small",
        "One currency, about 40 customers and 1 200 invoices",
        40,
        43.0,
        tax_permille=0,
        mirrors_payments=True,
    ),
    "mid": Profile(
        "mid",
        "Four currencies, about 250 customers and 6 000 invoices, credits, a few contradictions",
        250,
        205.0,
        currencies=(("USD", 0.55), ("EUR", 0.25), ("GBP", 0.17), ("JPY", 0.03)),
        timezone="America/New_York",
        tax_permille=80,
        says_overdue=True,
        mirrors_memos=True,
        contradicts_itself=True,
    ),
    "large": Profile(
        "large",
        "Two currencies, about 2 000 customers and exactly 50 000 invoices",
        2000,
        2450.0,
        currencies=(("EUR", 0.8), ("GBP", 0.2)),
        timezone="Europe/Berlin",
        tax_permille=190,
        longest_invoice=1,
        keep_newest=50_000,
    ),
    "empty": Profile("empty", "A company that has not sold anything yet", 0, 0.0),
}

OFFERED = ("small", "small:2", "mid", "mid:2", "large", "empty")


def profile_named(name: str) -> Profile:
    kind = _KINDS.get(name.partition(":")[0])
    if kind is None:
        raise UnknownProfile(f"No profile {name!r}; there are {', '.join(_KINDS)} and the recorded ones.")
    return replace(kind, name=name)
