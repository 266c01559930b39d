import sys
from typing import Any

from tenants.commands import CommandError, ProductCommand

REMEDY = (
    "django-tenants' migrate_schemas is not used here. `python manage.py migrate` brings everything up to date, "
    "`python manage.py migrate_companies` the companies' tables alone."
)


class Command(ProductCommand):
    help = "Not used here: see migrate (everything) and migrate_companies."

    def run_from_argv(self, argv: list[str]) -> None:
        """Whatever arguments django-tenants' command would take."""
        self.stderr.write(REMEDY)
        sys.exit(1)

    def handle(self, **options: Any) -> None:
        raise CommandError(REMEDY)
