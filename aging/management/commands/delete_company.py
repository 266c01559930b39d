import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.timezone import now

from accounts.closing import Deleted, NotMarked, call_off_deletion, delete_company, list_due, mark_for_deletion
from aging.ingest.removal import remove_at_source
from tenants.audit import COMMAND_LINE
from tenants.commands import ProductCommand, require_company
from tenants.models import Company

DAYS_OF_GRACE = 30


class Command(ProductCommand):
    help = (
        "Marks a company for deletion and suspends it; after the days of grace `--due` deletes it with everything of "
        "it. Exit status 1 if anything is left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:  # type: ignore[override]
        super().add_arguments(parser)
        parser.add_argument("slug", nargs="?", help="not with --due")
        parser.add_argument("--confirm", metavar="SLUG", default="", help="the company's address once more")
        when = parser.add_mutually_exclusive_group()
        when.add_argument("--after-days", type=int, metavar="N", default=DAYS_OF_GRACE, help="of grace; 30 if left out")
        when.add_argument("--now", action="store_true", help="delete at once and for good")
        when.add_argument("--cancel", action="store_true", help="call the deletion off")
        when.add_argument("--due", action="store_true", help="delete every company whose days of grace are over")

    def handle(self, **options: Any) -> None:
        if options["due"]:
            self._delete(list_due(now()), as_json=options["json"])
            return
        if not options["slug"]:
            raise CommandError("Name the company, or use --due.")
        company = require_company(options["slug"])
        if options["cancel"]:
            self._cancel(company, as_json=options["json"])
            return
        if options["confirm"] != company.slug:
            raise CommandError(f"Nothing was done. Add --confirm {company.slug} to delete {company.name}.")
        if options["now"]:
            self._delete([company], as_json=options["json"])
        else:
            self._mark(company, options["after_days"], as_json=options["json"])

    def _mark(self, company: Company, days: int, *, as_json: bool) -> None:
        if days < 0:
            raise CommandError("--after-days cannot be negative.")
        due_at = mark_for_deletion(company, days=days, by=COMMAND_LINE)
        document = {"status": "success", "tenant": company.slug, "state": "marked", "due_at": due_at.isoformat()}
        told = (
            f"{company.name} is suspended. From {due_at:%d %b %Y %H:%M} UTC on `delete_company --due` deletes it; "
            f"`delete_company {company.slug} --cancel` calls that off."
        )
        self.emit(document, told, as_json=as_json)

    def _cancel(self, company: Company, *, as_json: bool) -> None:
        try:
            is_open = call_off_deletion(company, by=COMMAND_LINE)
        except NotMarked as error:
            raise CommandError(str(error)) from error
        state = "open" if is_open else "suspended"
        told = f"{company.name} is not deleted; it is {'open again' if is_open else 'suspended, as it was before'}."
        self.emit({"status": "success", "tenant": company.slug, "state": state}, told, as_json=as_json)

    def _delete(self, companies: list[Company], *, as_json: bool) -> None:
        deleted = [delete_company(one, disconnect=remove_at_source, by=COMMAND_LINE) for one in companies]
        is_bad = any(one.left for one in deleted)
        document = {"status": "failed" if is_bad else "success", "deleted": [_document(one) for one in deleted]}
        self.emit(document, "\n".join(map(_sentence, deleted)) or "No deletion is due.", as_json=as_json)
        if is_bad:
            sys.exit(1)


def _document(one: Deleted) -> dict[str, Any]:
    return {"tenant": one.traces.slug, "left": list(one.left), "to_remove_at_unified": list(one.problems)}


def _sentence(one: Deleted) -> str:
    lines = [f"{one.traces.slug} is deleted; {'nothing of it is left' if not one.left else 'left: ' + str(one.left)}."]
    lines += [f"Remove this connection at Unified.to by hand: {problem}." for problem in one.problems]
    return "\n".join(lines)
