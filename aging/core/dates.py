"""Which calendar day does the source mean?

Accounting systems send days and instants through the same field. A date, and a stamp at midnight UTC, is
a day that somebody wrote on a document: moving it into another zone would shift every due date west of
Greenwich by one, so it is never moved (S3). Any other instant is a moment, and its day is the day on the
tenant's wall. A time that names no zone is read on the tenant's wall too.

Years outside 1900 to 2200 are refused: in practice they are typing errors (20250) or a database's
"never".
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1900, 2200

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NET_TERMS = re.compile(r"NET[ _-]?([0-9]{1,3})")
_LONGEST_STAMP = 40
_CACHED_STAMPS = 65_536


class NotADate(ValueError):
    """The text is no calendar date or instant between the years 1900 and 2200."""


@lru_cache(maxsize=_CACHED_STAMPS)
def calendar_date(text: str, tz: ZoneInfo) -> date:
    """The day `text` stands for in the tenant's zone (S3)."""
    if _DATE.fullmatch(text):
        return _date_only(text)
    stamp = _stamp(text)
    if stamp.tzinfo is None:
        return stamp.date()
    if stamp.utcoffset() == timedelta(0) and stamp.time() == time.min:
        return stamp.date()
    return _plausible(stamp.astimezone(tz).date(), text)


@lru_cache(maxsize=_CACHED_STAMPS)
def instant(text: str, tz: ZoneInfo) -> datetime:
    """The moment `text` names, in UTC; a bare date is its midnight in UTC, as in `calendar_date`."""
    if _DATE.fullmatch(text):
        return datetime.combine(_date_only(text), time.min, UTC)
    stamp = _stamp(text)
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=tz)).astimezone(UTC)


def terms_days(payment_terms: str) -> int | None:
    """Days from issue to due that the terms grant, None where they say nothing countable (S3)."""
    terms = payment_terms.strip().upper()
    if terms == "ON_RECEIPT":
        return 0
    net = _NET_TERMS.fullmatch(terms)
    return int(net[1]) if net else None


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_ends(last: date, count: int) -> tuple[date, ...]:
    """The ends of `count` months, oldest first, the month of `last` being the final one."""
    months = range(last.year * 12 + last.month - count, last.year * 12 + last.month)
    return tuple(month_end(date(month // 12, month % 12 + 1, 1)) for month in months)


def _date_only(text: str) -> date:
    try:
        return _plausible(date.fromisoformat(text), text)
    except ValueError as wrong:
        raise NotADate(_refusal(text)) from wrong


def _stamp(text: str) -> datetime:
    if len(text) > _LONGEST_STAMP or not _DATE.match(text):
        raise NotADate(_refusal(text))
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise NotADate(_refusal(text)) from wrong
    _plausible(stamp.date(), text)
    return stamp


def _plausible(day: date, text: str) -> date:
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    raise NotADate(_refusal(text))


def _refusal(text: str) -> str:
    return f"{text[:_LONGEST_STAMP]!r} is no date between {FIRST_YEAR} and {LAST_YEAR}"
