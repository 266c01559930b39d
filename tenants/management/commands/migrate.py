import sys
from argparse import ArgumentParser
from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector

from tenants import migrating
from tenants.commands import ProductCommand
from tenants.management.commands.migrate_companies import document, sentence


class Command(ProductCommand):
    """In place of Django's, which would migrate one schema of many, and without the roles' rights."""

    autodetector = MigrationAutodetector  # Django's own checks compare it with makemigrations'

    help = "Brings everything up to date: database, roles, public schema (setup_database), then migrate_companies."

    def add_arguments(self, parser: ArgumentParser) -> None:  # type: ignore[override]
        super().add_arguments(parser)
        # Scripts that know Django's command pass it; nothing is asked here anyway.
        parser.add_argument("--noinput", "--no-input", action="store_true", help="accepted; nothing is asked")

    def handle(self, **options: Any) -> None:
        outcomes = migrating.migrate_all()
        told = f"The public schema is up to date.\n{sentence(outcomes)}"
        self.emit(document(outcomes), told, as_json=options["json"])
        if any(one.error for one in outcomes):
            sys.exit(1)
