"""How our commands speak: one JSON document with --json, a plain sentence otherwise, status 0 only on success.

Every command of the product derives from `ProductCommand`; `emit` prints the document or its sentence, and
`CommandError` carries what went wrong together with what to do.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.models import Company


class ProductCommand(BaseCommand):
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def emit(self, document: dict[str, Any], sentence: str, *, as_json: bool) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False) if as_json else sentence)


def require_company(slug: str) -> Company:
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("slug").values_list("slug", flat=True)[:10]) or "none yet"
        raise CommandError(f"There is no company “{slug}”. Companies here: {known}.")
    return company
