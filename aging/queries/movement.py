"""What stands between the reports of two days, and which documents stand behind each figure of it?

Opening and closing are read from the aging steps, lines and flows from entries and balance segments; every movement
is checked before it is handed out, so that the two ways must meet (R12). What the lines mean is said in
`aging.core.movement`, and the figures are compared with it on generated ledgers.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aging.core.buckets import UNAPPLIED
from aging.core.money import plain
from aging.core.movement import (
    NEW,
    SETTLED,
    USED,
    Line,
    Movement,
    Period,
    Standing,
    check_movement,
    columns_of,
    restate,
)
from aging.queries import scripts
from aging.queries.known import Known, changes_since, totals_as_known
from aging.queries.settings import View
from aging.queries.totals import totals_by_currency

FLOW = "flow"
_OTHERS = {-1: UNAPPLIED, -2: NEW, -3: SETTLED, -4: USED}
_NUMBERS = {name: number for number, name in _OTHERS.items()}


@dataclass(frozen=True, slots=True)
class LineCell:
    """A figure of the bridge: a line in one column, or with no column the whole line.

    RESTATED and REDATED have no entries behind them; `aging.queries.known.changes_since` lists their documents.
    """

    line: Line
    column: str = ""


@dataclass(frozen=True, slots=True)
class FlowCell:
    """A figure of the flows: from a column or "new", to a column, "settled" or "used"; empty for any."""

    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class CellDocument:
    """A document with its part of a figure, in minor units."""

    document_id: int
    source_id: str
    kind: str
    number: str
    customer_id: int
    customer_name: str
    issued_date: date
    due_date: date | None
    amount_minor: int


def movements(period: Period, *, known_on: datetime | None = None) -> dict[str, Movement]:
    """Every currency in which anything moved or was open. `period.scheme` is the company's own.

    With `known_on`, the opening is the one that was reported at that instant (M5).
    """
    with scripts.snapshot():
        first, last = (totals_by_currency(_view(period, day)) for day in (period.opened_on, period.closed_on))
        restated: dict[str, dict[Line, dict[str, int]]] = {}
        if known_on:
            first = totals_as_known(_view(period, period.opened_on), known_on)
            restated = _restated(period, known_on)
        told = {}
        for currency in sorted({*currencies(), *first, *restated}):
            lines, flows = _lines_and_flows(period, currency)
            lines.update(restated.get(currency, {}))
            opening, closing = columns_of(first.get(currency)), columns_of(last.get(currency))
            told[currency] = check_movement(Movement(currency, period, opening, lines, closing, flows))
        return {currency: one for currency, one in told.items() if one.flows or any(one.lines.values())}


def movement_document(
    told: Mapping[str, Movement], period: Period, *, tenant: str, timezone: str, known_on: datetime | None
) -> dict[str, Any]:
    """Movements as one stable structure. Amounts are decimal text; lines and flows that are zero are left out."""
    return {
        "tenant": tenant,
        "from": period.opened_on.isoformat(),
        "to": period.closed_on.isoformat(),
        "basis": period.basis,
        "timezone": timezone,
        "known_on": known_on.isoformat() if known_on else None,
        "columns": list(period.columns),
        "currencies": [_currency_part(one) for one in told.values()],
    }


def _currency_part(one: Movement) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "opening": _columns_part(one.opening, one),
        "lines": {line.value: _columns_part(columns, one) for line, columns in one.lines.items() if columns},
        "closing": _columns_part(one.closing, one),
        "flows": [
            {"from": source, "to": target, "amount": plain(amount, one.currency)}
            for (source, target), amount in one.flows.items()
        ],
    }


def _columns_part(columns: Mapping[str, int], one: Movement) -> dict[str, Any]:
    amounts = {key: plain(columns.get(key, 0), one.currency) for key in one.period.columns}
    return {"columns": amounts, "total": plain(sum(columns.values()), one.currency)}


def currencies() -> list[str]:
    return [row["currency"] for row in scripts.rows("movement_currencies", {})]


def documents_of_cell(
    period: Period, currency: str, cell: LineCell | FlowCell, *, limit: int | None = None, offset: int = 0
) -> list[CellDocument]:
    """The documents that add up to the figure, the largest first."""
    if isinstance(cell, LineCell):
        chosen = {"line": cell.line.value, "source": None, "target": _number(cell.column, period)}
    else:
        chosen = {"line": FLOW, "source": _number(cell.source, period), "target": _number(cell.target, period)}
    found = _cells(period, currency, {**chosen, "by_document": True, "limit": limit, "offset": offset})
    return [CellDocument(**{name: row[name] for name in CellDocument.__slots__}) for row in found]


def _lines_and_flows(period: Period, currency: str) -> tuple[dict[Line, dict[str, int]], dict[tuple[str, str], int]]:
    everything = {"line": None, "source": None, "target": None, "by_document": False, "limit": None, "offset": 0}
    lines: dict[Line, dict[str, int]] = {line: {} for line in Line}
    flows: dict[tuple[str, str], int] = {}
    for row in _cells(period, currency, everything):
        target = _name(row["target"], period)
        if row["line"] == FLOW:
            flows[_name(row["source"], period), target] = row["amount_minor"]
        else:
            lines[Line(row["line"])][target] = row["amount_minor"]
    return lines, flows


def _cells(period: Period, currency: str, chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    parameters = {
        "currency": currency,
        "opened_on": period.opened_on,
        "closed_on": period.closed_on,
        "basis": period.basis,
        "lowers": list(period.scheme.lowers),
    }
    found = scripts.rows("movement_cells", {**parameters, **chosen})
    return [{**row, "amount_minor": int(row["amount_minor"])} for row in found]


def _restated(period: Period, known_on: datetime) -> dict[str, dict[Line, dict[str, int]]]:
    """By currency, what leads from the opening that was reported to the one known now."""
    restated: dict[str, dict[Line, Counter[str]]] = {}
    for change in changes_since(_view(period, period.opened_on), known_on):
        for currency in {change.then.currency, change.now.currency}:
            lines = restated.setdefault(currency, {Line.RESTATED: Counter(), Line.REDATED: Counter()})
            then, now = (_standing(one, currency) for one in (change.then, change.now))
            restate(lines, period, reported=then, known=now)
    return {
        currency: {line: {name: amount for name, amount in sums.items() if amount} for line, sums in lines.items()}
        for currency, lines in restated.items()
    }


def _standing(known: Known, currency: str) -> Standing | None:
    return Standing(known.open_minor, known.basis_date) if known.currency == currency else None


def _view(period: Period, day: date) -> View:
    return View(day, period.basis, period.scheme)


def _number(column: str, period: Period) -> int | None:
    if not column:
        return None
    return _NUMBERS[column] if column in _NUMBERS else period.scheme.keys.index(column)


def _name(number: int, period: Period) -> str:
    return _OTHERS[number] if number < 0 else period.scheme.keys[number]
