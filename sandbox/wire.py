"""How do objects become bytes, and how are the vendor's timestamps read?

Amounts travel as JSON numbers whose text is exact, so they are `Decimal` from end to end; a float would
print 0.1 + 0.2 in somebody's receivables. msgspec writes and reads both without a detour through text of
our own.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

Object = dict[str, Any]

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class MalformedInstant(ValueError):
    """A query carries something that is neither a date nor a time."""


def encode(value: Any) -> bytes:
    return _encoder.encode(value)


def decode(body: bytes) -> Any:
    return _decoder.decode(body)


def amount(minor: int, decimals: int) -> Decimal:
    return Decimal(minor).scaleb(-decimals)


def instant(text: str) -> int:
    """Milliseconds since 1970 of a date or time; what has no zone is UTC, as the vendor documents."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedInstant(text) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def instant_of(row: Object, *keys: str) -> int | None:
    """The first readable instant among the keys; recorded objects carry oddities, which are no reason to fail."""
    for key in keys:
        value = row.get(key)
        if isinstance(value, str):
            try:
                return instant(value)
            except MalformedInstant:
                continue
    return None


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def calendar_date(text: str) -> date:
    return date.fromisoformat(text[:10])
