import sys
from argparse import ArgumentParser
from typing import Any

from tenants import migrating
from tenants.commands import ProductCommand, require_company
from tenants.migrating import Behind, Outcome


class Command(ProductCommand):
    help = "Brings companies' tables up to date; one company's failure stops no other. Exit status 1 if any failed."

    def add_arguments(self, parser: ArgumentParser) -> None:  # type: ignore[override]
        super().add_arguments(parser)
        parser.add_argument("--only", metavar="SLUG", action="append", help="this company alone; may be repeated")
        parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 if any is behind")

    def handle(self, **options: Any) -> None:
        slugs = options["only"] and [require_company(slug).slug for slug in options["only"]]
        if options["check"]:
            behind = migrating.list_behind(slugs)
            self.emit(check_document(behind), check_sentence(behind), as_json=options["json"])
            is_bad = bool(behind)
        else:
            outcomes = migrating.migrate_companies(slugs)
            self.emit(document(outcomes), sentence(outcomes), as_json=options["json"])
            is_bad = any(one.error for one in outcomes)
        if is_bad:
            sys.exit(1)


def document(outcomes: list[Outcome]) -> dict[str, Any]:
    return {
        "status": "failed" if any(one.error for one in outcomes) else "success",
        "companies": [
            {
                "company": one.company.slug,
                "state": "failed" if one.error else "migrated" if one.applied else "current",
                "applied": list(one.applied),
                "error": one.error,
            }
            for one in outcomes
        ],
    }


def sentence(outcomes: list[Outcome]) -> str:
    failed = [one for one in outcomes if one.error]
    migrated = sum(1 for one in outcomes if one.applied)
    current = len(outcomes) - migrated - len(failed)
    lines = [f"{one.company.slug}: {one.error}" for one in failed]
    return "\n".join([*lines, f"{migrated} migrated, {current} up to date already, {len(failed)} failed."])


def check_document(behind: list[Behind]) -> dict[str, Any]:
    return {
        "status": "failed" if behind else "success",
        "behind": [
            {
                "company": one.company.slug,
                "lacking": list(one.lacking),
                "error": one.error,
                "attempted_at": one.attempted_at.isoformat() if one.attempted_at else None,
            }
            for one in behind
        ],
    }


def check_sentence(behind: list[Behind]) -> str:
    if not behind:
        return "Every company is up to date."
    lines = [f"{one.company.slug}: " + "; ".join(filter(None, (", ".join(one.lacking), one.error))) for one in behind]
    return "\n".join([*lines, f"{len(behind)} behind. `python manage.py migrate_companies` brings them up to date."])
