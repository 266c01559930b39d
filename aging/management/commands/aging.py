from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Max

from aging.core.money import UnknownCurrency, minor_digits
from aging.queries.document import DETAILS, aging_document
from aging.queries.scripts import snapshot
from aging.queries.settings import View, preferences
from tenants.clock import today_of
from tenants.commands import ProductCommand, require_company
from tenants.context import tenant_context


class Command(ProductCommand):
    help = "Prints a company's aged receivables of any date."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug")
        parser.add_argument(
            "--as-of", metavar="DATE", help="a date such as 2026-10-31; today in the company's time zone"
        )
        parser.add_argument("--basis", choices=["due", "issued"])
        parser.add_argument("--currency", metavar="CUR", default="")
        parser.add_argument("--detail", choices=DETAILS, default="totals")

    def handle(self, **options: Any) -> None:
        company = require_company(options["slug"])
        as_of = _day(options["as_of"]) if options["as_of"] else today_of(company)
        currency = _currency(options["currency"])
        synced_at = company.connections.aggregate(newest=Max("last_success_at"))["newest"]
        with tenant_context(company), snapshot():
            wanted = preferences()
            view = View(as_of, options["basis"] or wanted.basis, wanted.scheme)
            document = aging_document(
                view,
                tenant=company.slug,
                timezone=company.timezone,
                synced_at=synced_at,
                currency=currency,
                detail=options["detail"],
            )
        self.emit(document, _table(document), as_json=options["json"])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is no date. Write it as 2026-10-31.") from error


def _currency(text: str) -> str:
    code = text.strip().upper()
    try:
        if code:
            minor_digits(code)
    except UnknownCurrency as error:
        raise CommandError(f"“{text}” is no currency code. Write three letters such as USD.") from error
    return code


def _table(document: dict[str, Any]) -> str:
    """The document as lines for people: a row a currency, then its customers and documents as asked for."""
    labels = [bucket["label"] for bucket in document["buckets"]]
    heads = ["", *labels, "Unapplied", "Net", "Past due"]
    lines = [f"{document['tenant']}: as of {document['as_of']}, aged by {document['basis']} date"]
    if not document["currencies"]:
        return "\n".join([*lines, "Nothing is outstanding."])
    rows = [heads]
    for part in document["currencies"]:
        rows.append(_cells(part["currency"], part["totals"]))
        rows += [_cells(f"  {one['name']}"[:40], one) for one in part.get("customers", [])]
    widths = [max(len(row[n]) for row in rows) for n in range(len(heads))]
    for row in rows:
        lines.append(
            "  ".join([row[0].ljust(widths[0]), *(cell.rjust(widths[n + 1]) for n, cell in enumerate(row[1:]))])
        )
    for part in document["currencies"]:
        lines += [_line(one, part["currency"]) for one in part.get("invoices", [])]
    return "\n".join(lines)


def _cells(name: str, totals: dict[str, Any]) -> list[str]:
    return [name, *totals["buckets"].values(), totals["unapplied"], totals["net"], totals["past_due"]]


def _line(one: dict[str, Any], currency: str) -> str:
    late = "" if one["days_past_due"] is None else f"{one['days_past_due']} days"
    return f"  {one['number'] or one['invoice_id']}: {one['outstanding']} {currency} {one['bucket']} {late}".rstrip()
