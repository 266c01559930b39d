"""What happens between the business and its customers, whatever the day one looks?

The whole life of a sale (issued, paid, disputed, written off) is drawn at once, including what lies ahead.
A day's books are then a cut through that history, so tomorrow's books are today's plus one day: rows appear
and change as they would in a living company, and nothing already seen is rewritten. Drawing balances "as of
today" directly was refused because every date would move with the clock. The window opens on 1 January or 1
July, and moves there only.
"""

import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sandbox.customers import Customer, Payer, draw_customers, stable_id
from sandbox.profiles import DECIMALS, Profile

_SEASONS = (
    (0.8, 0.8, 0.95, 1.0, 1.05, 1.05, 0.9, 0.85, 1.05, 1.15, 1.25, 1.15),  # busiest before the year ends
    (0.7, 0.75, 0.95, 1.1, 1.25, 1.3, 1.25, 1.15, 1.05, 0.95, 0.85, 0.7),  # outdoor work
    (1.05, 1.0, 1.15, 0.95, 0.95, 1.1, 0.8, 0.75, 1.1, 1.05, 1.05, 1.05),  # quarter ends, quiet summer
)
_CATALOGUE = (
    ("Service visit", 145), ("Monthly retainer", 950), ("Replacement parts", 62), ("Installation", 480),
    ("Consulting day", 1120), ("Standard kit", 239), ("Delivery", 35), ("Annual licence", 1890), ("Training", 640),
)  # fmt: skip


class Fate(StrEnum):
    NORMAL = "normal"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    VOIDED = "voided"


class Door(StrEnum):
    """Which of the vendor's three places tells what a payment paid."""

    ALLOCATIONS = "allocations"
    INVOICE_PAYMENTS = "invoice payments"
    INVOICE_ID = "invoice id"


@dataclass(frozen=True, slots=True)
class Line:
    item: str
    quantity: int
    unit: int
    tax: int

    @property
    def total(self) -> int:
        return self.quantity * self.unit + self.tax


@dataclass(frozen=True, slots=True)
class Reduction:
    """An amount that leaves an invoice: through cash, through a credit memo, or silently written down."""

    on: date
    minor: int
    source: str  # id of the receipt or memo, empty for a silent write-down
    counts_from: date  # later than `on` while a payment is pending


@dataclass(slots=True)
class Sale:
    id: str
    customer: Customer
    issued: date
    due: date
    lines: list[Line]
    fate: Fate
    total: int
    cash: list[tuple[date, int]] = field(default_factory=list)  # what will be paid, before it becomes receipts
    deposited_on: date | None = None
    receipts: list[Reduction] = field(default_factory=list)
    credits: list[Reduction] = field(default_factory=list)
    write_down: Reduction | None = None
    number: str = ""


@dataclass(slots=True)
class Receipt:
    id: str
    customer: Customer
    on: date
    door: Door
    overpaid: int
    clears_on: date
    bounced_first: bool
    refunded_on: date | None
    applied: list[tuple[date, int, Sale]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(minor for _, minor, _ in self.applied) + self.overpaid


@dataclass(slots=True)
class Memo:
    id: str
    customer: Customer
    on: date
    total: int
    reason: str
    applied: list[tuple[date, int, Sale]] = field(default_factory=list)


@dataclass(slots=True)
class History:
    start: date
    customers: list[Customer]
    sales: list[Sale]
    receipts: list[Receipt]
    memos: list[Memo]


def window_start(profile: Profile, today: date) -> date:
    """Between 23 and 29 months back, on a half-year's first day; 24 months where only the newest are kept anyway."""
    months = today.year * 12 + today.month - 1 - (24 if profile.keep_newest else 23)
    if profile.keep_newest:
        return date(months // 12, months % 12 + 1, 1)
    return date(months // 12, 1 if months % 12 < 6 else 7, 1)


def draw_history(profile: Profile, seed: str, today: date) -> History:
    start = window_start(profile, today)
    customers = draw_customers(profile, seed, start)
    season = random.Random(f"{seed}/season").choice(_SEASONS)
    history = History(start, customers, [], [], [])
    for customer in customers:
        book = _CustomerBook(profile, seed, start, customer)
        book.trade(season, _months(start, today))
        history.sales += book.sales
        history.memos += book.memos
        history.receipts += book.receipts()
    _number(history)
    return history


def _months(start: date, today: date) -> list[date]:
    """One month beyond today's: a deposit may precede its invoice by that much."""
    count = (today.year - start.year) * 12 + today.month - start.month + 2
    index = start.year * 12 + start.month - 1
    return [date((index + i) // 12, (index + i) % 12 + 1, 1) for i in range(count)]


def _number(history: History) -> None:
    history.sales.sort(key=lambda sale: (sale.issued, sale.id))
    for count, sale in enumerate(history.sales, start=1):
        sale.number = f"INV-{10_000 + count}"


class _CustomerBook:
    """One customer's trade in order of time; the generator's state is theirs alone, so customers do not interfere."""

    def __init__(self, profile: Profile, seed: str, start: date, customer: Customer) -> None:
        self.profile = profile
        self.seed = seed
        self.start = start
        self.customer = customer
        self.rng = random.Random(f"{seed}/customer/{customer.index}")
        self.sales: list[Sale] = []
        self.memos: list[Memo] = []

    def trade(self, season: tuple[float, ...], months: list[date]) -> None:
        for place, month in enumerate(months):
            growth = 0.70 + 0.55 * place / 26
            mean = self.profile.invoices_per_month * self.customer.share * season[month.month - 1] * growth
            for _ in range(_poisson(self.rng, mean)):
                self._sell(month + timedelta(days=self.rng.randint(0, 27)))
        self.sales.sort(key=lambda sale: sale.issued)
        self._use_standing_credit()

    def _sell(self, day: date) -> None:
        issued = day - timedelta(days=max(0, day.weekday() - 4))
        lines = self._lines()
        sale = Sale(
            id=stable_id(self.seed, "invoice", self.customer.index, len(self.sales)),
            customer=self.customer,
            issued=issued,
            due=issued + timedelta(days=self.customer.term_days),
            lines=lines,
            fate=self.rng.choices(list(Fate), (975, 6, 4, 15))[0],
            total=sum(line.total for line in lines),
        )
        if self.customer.payer is Payer.STOPPED and issued > self.customer.stops_on + timedelta(days=75):
            return  # nobody keeps selling to a customer who pays nothing
        self._settle(sale)
        self.sales.append(sale)

    def _lines(self) -> list[Line]:
        rng, decimals = self.rng, DECIMALS[self.customer.currency]
        count = rng.randint(1, self.profile.longest_invoice)
        target = self.customer.typical * math.exp(rng.gauss(0, 0.5)) / count
        scale = 150 if self.customer.currency == "JPY" else 1
        lines = []
        for item, price in rng.sample(_CATALOGUE, count):
            unit = int(price * scale * 10**decimals * rng.uniform(0.85, 1.15))
            quantity = max(1, round(target * 10**decimals / unit))
            tax = (quantity * unit * self.profile.tax_permille + 500) // 1000
            lines.append(Line(item, quantity, unit, tax))
        return lines

    def _settle(self, sale: Sale) -> None:
        """Decide how the sale ends. The draws happen whatever the fate, so that one fate does not shift the next."""
        paid_on = self._pay_day(sale, self._lateness(sale))
        chance = self.rng.random()
        payer = self.customer.payer
        if payer is Payer.STOPPED and sale.due > self.customer.stops_on:
            self._give_up(sale, 0.6)
        elif chance < 0.008:
            self._give_up(sale, 0.7)
        elif payer is Payer.DISPUTING and chance < 0.4:
            self._dispute(sale, paid_on)
        elif payer is Payer.INSTALMENTS and chance < 0.8:
            self._pay_in_parts(sale, paid_on)
        elif chance > 0.982:
            self._return_goods(sale, paid_on)
        elif chance > 0.972:
            sale.deposited_on = sale.issued - timedelta(days=self.rng.randint(6, 25))
            sale.cash = [(sale.issued, sale.total)]
        else:
            sale.cash = [(paid_on, sale.total)]
        if sale.fate is not Fate.NORMAL:
            sale.cash, sale.credits, sale.write_down, sale.deposited_on = [], [], None, None
            self.memos = [memo for memo in self.memos if all(sold is not sale for _, _, sold in memo.applied)]

    def _lateness(self, sale: Sale) -> int:
        rng = self.rng
        progress = (sale.issued - self.start).days / 800
        forgot = rng.randint(40, 110) if rng.random() < 0.05 else 0
        match self.customer.payer:
            case Payer.EARLY:
                days = rng.randint(-10, -1)
            case Payer.PUNCTUAL:
                days = rng.randint(-2, 5)
            case Payer.LATE:
                days = max(3, round(rng.gauss(31, 13)))
            case Payer.DRIFTING:
                days = round(70 * progress) + rng.randint(-3, 8)
            case Payer.SLOW:
                days = max(25, round(rng.gauss(76, 26)))
            case _:
                days = rng.randint(2, 18)
        return days + forgot

    def _pay_day(self, sale: Sale, lateness: int) -> date:
        day = max(sale.due + timedelta(days=lateness), sale.issued + timedelta(days=1))
        if self.customer.pay_run == "Fridays":
            return day + timedelta(days=(4 - day.weekday()) % 7)
        if self.customer.pay_run == "mid-month":
            return day + timedelta(days=max(0, 15 - day.day)) if day.day <= 15 else _month_end(day)
        return _month_end(day) if self.customer.pay_run == "month end" else day

    def _give_up(self, sale: Sale, share: float) -> None:
        """Never paid. After most of a year it is written off, as a memo or by simply lowering the balance."""
        on = sale.due + timedelta(days=self.rng.randint(170, 380))
        chance = self.rng.random()
        if chance < share / 2:
            self._credit(sale, on, sale.total, "Write-off of an uncollectible balance")
        elif chance < share:
            sale.write_down = Reduction(on, sale.total, "", on)

    def _dispute(self, sale: Sale, paid_on: date) -> None:
        if self.rng.random() < 0.3:
            self._give_up(sale, 0.5)
            return
        agreed = paid_on + timedelta(days=self.rng.randint(40, 130))
        conceded = sale.total * self.rng.randint(10, 40) // 100
        self._credit(sale, agreed, conceded, "Settlement of a dispute")
        sale.cash = [(agreed + timedelta(days=self.rng.randint(2, 14)), sale.total - conceded)]

    def _pay_in_parts(self, sale: Sale, first: date) -> None:
        share = self.rng.randint(30, 60)
        part = max(1, sale.total * share // 100)
        second = first + timedelta(days=self.rng.randint(30, 75))
        sale.cash = [(first, part), (second, sale.total - part)] if part < sale.total else [(first, part)]

    def _return_goods(self, sale: Sale, paid_on: date) -> None:
        """Part of the goods came back; half the time the credit stands open until a later invoice takes it."""
        credit = max(1, sale.total * self.rng.randint(8, 35) // 100)
        on = sale.issued + timedelta(days=self.rng.randint(3, 20))
        if on < paid_on and self.rng.random() < 0.5:
            self._credit(sale, on, credit, "Returned goods")
            sale.cash = [(paid_on, sale.total - credit)] if credit < sale.total else []
            return
        sale.cash = [(paid_on, sale.total)]
        self._memo(sale, on, credit, "Returned goods")

    def _credit(self, sale: Sale, on: date, minor: int, reason: str) -> None:
        self._apply(self._memo(sale, on, minor, reason), sale, on, minor)

    def _memo(self, sale: Sale, on: date, minor: int, reason: str) -> Memo:
        memo = Memo(stable_id(sale.id, "creditmemo"), self.customer, on, minor, reason)
        self.memos.append(memo)
        return memo

    @staticmethod
    def _apply(memo: Memo, sale: Sale, on: date, minor: int) -> None:
        memo.applied.append((on, minor, sale))
        sale.credits.append(Reduction(on, minor, memo.id, on))

    def _use_standing_credit(self) -> None:
        for memo in self.memos:
            if memo.applied:
                continue
            wait = memo.on + timedelta(days=45 + int(memo.id[0], 16) * 12)
            target = next((s for s in self.sales if s.issued > wait and self._takes(s, memo.total)), None)
            if target is not None:
                day, due = target.cash[0]
                self._apply(memo, target, target.issued + timedelta(days=1), memo.total)
                target.cash = [(day, due - memo.total)]

    @staticmethod
    def _takes(sale: Sale, minor: int) -> bool:
        return len(sale.cash) == 1 and sale.deposited_on is None and not sale.credits and sale.cash[0][1] > minor

    def receipts(self) -> list[Receipt]:
        """What a customer sends on one day is one payment over all the invoices it settles."""
        by_day: dict[tuple[date, str], Receipt] = {}
        for sale in self.sales:
            for on, minor in sale.cash:
                received, tag = (sale.deposited_on, sale.id) if sale.deposited_on else (on, "run")
                receipt = by_day.get((received, tag)) or self._receipt(received, tag)
                by_day[received, tag] = receipt
                receipt.applied.append((on, minor, sale))
        for receipt in by_day.values():
            self._characterise(receipt)
        return list(by_day.values())

    def _receipt(self, on: date, tag: str) -> Receipt:
        receipt_id = stable_id(self.seed, "payment", self.customer.index, on, tag)
        return Receipt(receipt_id, self.customer, on, Door.ALLOCATIONS, 0, on, False, None)

    def _characterise(self, receipt: Receipt) -> None:
        """Drawn from the receipt's own id, so that a payment of next month cannot change one of this month."""
        rng = random.Random(receipt.id)
        chance = rng.random()
        if len(receipt.applied) == 1 and chance < 0.12:
            receipt.door = Door.INVOICE_ID
        elif chance > 0.93:
            receipt.door = Door.INVOICE_PAYMENTS
        if receipt.door is Door.ALLOCATIONS and rng.random() < 0.012:
            receipt.overpaid = max(1, receipt.total * rng.randint(2, 12) // 100)
            receipt.refunded_on = receipt.on + timedelta(days=rng.randint(10, 60)) if rng.random() < 0.4 else None
        if rng.random() < 0.05 and all(on >= receipt.on for on, _, _ in receipt.applied):
            receipt.clears_on = receipt.on + timedelta(days=3)
        receipt.bounced_first = rng.random() < 0.006
        for on, minor, sale in receipt.applied:
            sale.receipts.append(Reduction(on, minor, receipt.id, max(on, receipt.clears_on)))


def _month_end(day: date) -> date:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)


def _poisson(rng: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
