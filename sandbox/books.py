"""What does one connected company's accounting system hold, and how does it change?

A row is kept as the bytes that will be sent, beside the few values that lists filter and sort by: a page of
a hundred is then a join of byte strings, and fifty thousand invoices fit in tens of megabytes. Companies
that share a profile share its rows until one of them changes.
"""

from collections.abc import Callable, Iterable

import msgspec

from sandbox.clock import Clock
from sandbox.wire import Object, decode, encode, instant_of, stamp

CATEGORIES = {
    "contact": "accounting",
    "invoice": "accounting",
    "creditmemo": "accounting",
    "organization": "accounting",
    "paymentterm": "accounting",
    "agedreceivable": "accounting",
    "payment": "payment",
    "refund": "payment",
}
STORED = tuple(kind for kind in CATEGORIES if kind != "agedreceivable")
_DATED_BY = {"payment": "paid_at", "refund": "refunded_at"}


class UnknownRow(LookupError):
    """The books hold no object of that kind and id."""


class Row(msgspec.Struct, frozen=True, gc=False):
    id: str
    created: int
    updated: int
    dated: int
    name: str
    type: str
    contact_id: str
    organization_id: str
    refers_to: tuple[str, ...]
    body: bytes  # without `raw`, which is sent only when asked for
    raw: bytes

    def object(self) -> Object:
        found: Object = decode(self.body)
        return found

    def object_with_raw(self) -> Object:
        return self.object() | ({"raw": decode(self.raw)} if self.raw else {})


def row_of(kind: str, found: Object) -> Row:
    raw = found.get("raw")
    plain = {key: value for key, value in found.items() if key != "raw"} if "raw" in found else found
    created = instant_of(found, "created_at") or 0
    return Row(
        id=str(found["id"]),
        created=created,
        updated=instant_of(found, "updated_at") or created,
        dated=instant_of(found, _DATED_BY.get(kind, "posted_at"), "created_at") or 0,
        name=str(found.get("name") or found.get("invoice_number") or found.get("reference") or ""),
        type=str(found.get("type", "")),
        contact_id=str(found.get("contact_id", "")),
        organization_id=str(found.get("organization_id", "")),
        refers_to=_references(found),
        body=encode(plain),
        raw=encode(raw) if raw is not None else b"",
    )


def _references(found: Object) -> tuple[str, ...]:
    named = [str(found[key]) for key in ("invoice_id", "payment_id") if found.get(key)]
    return (*named, *(str(part.get("object_id")) for part in found.get("allocations") or ()))


Tables = dict[str, dict[str, Row]]
Listener = Callable[[str, str, Object], None]


def tables_of(objects: dict[str, list[Object]]) -> Tables:
    """Objects with no id cannot be served one by one and are refused here, with their kind."""
    tables: Tables = {kind: {} for kind in STORED}
    for kind, rows in objects.items():
        if kind not in tables:
            raise UnknownRow(f"Books have no {kind!r}; they have {', '.join(STORED)}.")
        for found in rows:
            if not found.get("id"):
                raise UnknownRow(f"A {kind} has no id.")
            row = row_of(kind, found)
            tables[kind][row.id] = row
    return tables


class Books:
    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables = {kind: dict(rows) for kind, rows in tables.items()}
        self.clock = clock
        self.version = 0
        self.listeners: list[Listener] = []

    def rows(self, kind: str) -> Iterable[Row]:
        return self._tables[kind].values()

    def count(self, kind: str) -> int:
        return len(self._tables[kind])

    def row(self, kind: str, row_id: str) -> Row | None:
        return self._tables[kind].get(row_id)

    def get(self, kind: str, row_id: str) -> Object:
        row = self._tables[kind].get(row_id)
        if row is None:
            raise UnknownRow(f"No {kind} {row_id!r}.")
        return row.object_with_raw()

    def objects(self, kind: str) -> list[Object]:
        return [row.object() for row in self._tables[kind].values()]

    def put(self, kind: str, found: Object) -> Object:
        """Insert or replace, stamped as changed now unless the caller insists on a time of its own."""
        if kind not in self._tables:
            raise UnknownRow(f"Books have no {kind!r}; they have {', '.join(STORED)}.")
        known = self._tables[kind].get(str(found["id"]))
        now = stamp(self.clock.now())
        stamped = {"created_at": now, **found}
        if known is None:
            stamped.setdefault("updated_at", now)
        elif found.get("updated_at") == known.object().get("updated_at"):
            stamped["updated_at"] = now
        row = row_of(kind, stamped)
        self._tables[kind][row.id] = row
        self._tell(kind, "updated" if known else "created", stamped)
        return stamped

    def remove(self, kind: str, row_id: str) -> Object:
        """Gone without a tombstone, as the vendor's lists report a deletion."""
        found = self.get(kind, row_id)
        del self._tables[kind][row_id]
        self._tell(kind, "deleted", found)
        return found

    def _tell(self, kind: str, event: str, found: Object) -> None:
        self.version += 1
        for listener in self.listeners:
            listener(kind, event, found)
