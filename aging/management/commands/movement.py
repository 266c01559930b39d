from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError, CommandParser

from aging.core.buckets import BucketScheme
from aging.core.money import UnknownCurrency, currency_code
from aging.core.movement import BadPeriod, Period
from aging.queries.movement import movement_document, movements
from aging.queries.scripts import snapshot
from aging.queries.settings import preferences
from tenants.commands import ProductCommand, require_company
from tenants.context import tenant_context
from tenants.models import Company

WORDS = {
    "restated": "Restated since",
    "redated": "Re-dated since",
    "invoiced": "Invoiced",
    "payments": "Payments",
    "credits": "Credits",
    "adjustments": "Adjustments",
    "reversals": "Reversals",
    "refunds": "Refunds",
    "aged_in": "Aged into",
    "aged_out": "Aged out of",
}


class Command(ProductCommand):
    help = "Prints what stands between a company's aged receivables of two days."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug")
        parser.add_argument("--from", dest="opened_on", metavar="DATE", required=True, help="opening: end of this day")
        parser.add_argument("--to", dest="closed_on", metavar="DATE", required=True, help="closing: end of this day")
        parser.add_argument("--basis", choices=["due", "issued"])
        parser.add_argument("--currency", metavar="CUR", default="")
        parser.add_argument(
            "--known-on",
            metavar="WHEN",
            help="open with what was reported then: a date (its end) or a time such as 2026-10-31T18:00, "
            "in the company's time zone",
        )

    def handle(self, **options: Any) -> None:
        company = require_company(options["slug"])
        opened_on, closed_on = _day(options["opened_on"], "--from"), _day(options["closed_on"], "--to")
        known_on = _instant(options["known_on"], company) if options["known_on"] else None
        currency = _currency(options["currency"])
        with tenant_context(company), snapshot():
            wanted = preferences()
            period = _period(opened_on, closed_on, options["basis"] or wanted.basis, wanted.scheme)
            told = {code: one for code, one in movements(period, known_on=known_on).items() if currency in ("", code)}
        document = movement_document(told, period, tenant=company.slug, timezone=company.timezone, known_on=known_on)
        self.emit(document, _table(document), as_json=options["json"])


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is no date for {option}. Write it as 2026-10-31.") from error


def _instant(text: str, company: Company) -> datetime:
    """A bare date means all of that day."""
    try:
        found = datetime.fromisoformat(text)
        if len(text) == len("2026-10-31"):
            found = datetime.combine(date.fromisoformat(text), time.max)
    except ValueError as error:
        raise CommandError(f"“{text}” is no time for --known-on. Write it as 2026-10-31T18:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(company.timezone))


def _currency(text: str) -> str:
    try:
        return currency_code(text) if text else ""
    except UnknownCurrency as error:
        raise CommandError(f"“{text}” is no currency code. Write three letters such as USD.") from error


def _period(opened_on: date, closed_on: date, basis: str, scheme: BucketScheme) -> Period:
    try:
        return Period(opened_on, closed_on, basis, scheme)
    except BadPeriod as error:
        raise CommandError(f"--from {opened_on} is after --to {closed_on}. Swap the two.") from error


def _table(document: dict[str, Any]) -> str:
    """A block a currency: the opening, a row for every line that moved anything, the closing."""
    lines = [f"{document['tenant']}: from {document['from']} to {document['to']}, aged by {document['basis']} date"]
    if not document["currencies"]:
        return "\n".join([*lines, "Nothing was outstanding and nothing moved."])
    for part in document["currencies"]:
        rows = [[part["currency"], *document["columns"], "total"]]
        rows.append(_cells("Opening", part["opening"]))
        rows += [_cells(WORDS[line], one) for line, one in part["lines"].items()]
        rows.append(_cells("Closing", part["closing"]))
        widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
        for first, *others in rows:
            cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)


def _cells(name: str, part: dict[str, Any]) -> list[str]:
    return [name, *part["columns"].values(), part["total"]]
