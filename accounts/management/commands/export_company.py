from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.exporting import ExportRefused, export_company
from tenants.audit import COMMAND_LINE
from tenants.commands import ProductCommand, require_company


class Command(ProductCommand):
    help = "Writes everything that is kept of a company as CSV and JSON, with a README.txt that describes every file."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug")
        parser.add_argument("--to", required=True, type=Path, metavar="DIR", help="a folder that does not exist yet")

    def handle(self, **options: Any) -> None:
        company, to = require_company(options["slug"]), options["to"].absolute()
        try:
            counts = export_company(company, to, by=COMMAND_LINE)
        except ExportRefused as error:
            raise CommandError(str(error)) from error
        rows = sum(counts.values())
        document = {"status": "success", "tenant": company.slug, "folder": str(to), "rows": counts}
        sentence = f"{rows} rows of {len(counts)} tables are in {to}; its README.txt describes them."
        self.emit(document, sentence, as_json=options["json"])
