"""How does one field of a payload become a date, an amount or a currency of the ledger?

The leaves of the mapping. What cannot be read is refused with one of the codes in `decoding.REASONS`, and the
record is set aside whole: half a document in the books is worse than one in a list of things to look at. Only
stamps that no figure stands on (when a record was changed, when an application was made) may be unreadable:
then they are absent.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from aging.core.dates import NotADate, calendar_date, instant
from aging.core.money import NotMoney, UnknownCurrency, currency_code, is_listed, to_minor
from aging.core.records import DocumentKind, Finding
from aging.unified.decoding import REASONS


class Unusable(Exception):
    """The record cannot enter the ledger. Caught in this package, where it becomes a `Quarantined`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.reason = f"{REASONS[code]} {detail}".strip()


def text(value: str | int | None) -> str:
    """A name, number or id as text; empty where the source is silent. Identifiers are not trimmed (H32)."""
    return "" if value is None else str(value)


def word(value: str | int | None) -> str:
    """A status or type: the vendor's enums are open, so any word may come, in any case."""
    return text(value).strip().upper()


def day(*candidates: str | int | None, tz: ZoneInfo) -> date | None:
    """The first date that is given. One that is given but is no date is not passed over (S3)."""
    for candidate in candidates:
        stamp = text(candidate).strip()
        if stamp:
            try:
                return calendar_date(stamp, tz)
            except NotADate as error:
                raise Unusable("bad_date", str(error)) from None
    return None


def required_day(*candidates: str | int | None, tz: ZoneInfo) -> date:
    found = day(*candidates, tz=tz)
    if found is None:
        raise Unusable("missing_date")
    return found


def lenient_day(value: str | int | None, tz: ZoneInfo) -> date | None:
    try:
        return day(value, tz=tz)
    except Unusable:
        return None


def lenient_instant(value: str | int | None, tz: ZoneInfo) -> datetime | None:
    stamp = text(value).strip()
    try:
        return instant(stamp, tz) if stamp else None
    except NotADate:
        return None


@dataclass(slots=True)
class Purse:
    """Reads the amounts of one document in its currency, and collects what was odd about them (S7, S8)."""

    kind: DocumentKind
    source_id: str
    currency: str
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, kind: DocumentKind, source_id: str, named: str | int | None, base_currency: str | None) -> "Purse":
        """With the document's currency, else the organization's, else not at all (S7)."""
        given = text(named).strip()
        if not given and not base_currency:
            raise Unusable("missing_currency")
        purse = cls(kind, source_id, code_of(given or text(base_currency)))
        if not given:
            purse.report("currency_missing_defaulted", purse.currency)
        if not _is_listed(purse.currency):
            purse.report("unknown_currency", purse.currency)
        return purse

    def minor(self, amount: Decimal) -> int:
        return self.minor_of(amount, self.currency)

    def optional(self, amount: Decimal | None) -> int | None:
        """Absent stays absent: it never means zero (S5)."""
        return None if amount is None else self.minor(amount)

    def required(self, amount: Decimal | None) -> int:
        if amount is None:
            raise Unusable("missing_total")
        return self.minor(amount)

    def minor_of(self, amount: Decimal, currency: str) -> int:
        try:
            minor, rounded = to_minor(amount, currency)
        except NotMoney as error:
            raise Unusable("not_money", str(error)) from None
        if rounded:
            self.report("amount_rounded", f"{amount} {currency}")
        return minor

    def report(self, code: str, detail: str = "") -> None:
        finding = Finding(code, self.kind.value, self.source_id, detail=detail)
        if finding not in self.findings:
            self.findings.append(finding)


_is_listed = lru_cache(maxsize=1024)(is_listed)


@lru_cache(maxsize=1024)
def code_of(currency: str) -> str:
    try:
        return currency_code(currency)
    except UnknownCurrency as error:
        raise Unusable("bad_currency", str(error)) from None
