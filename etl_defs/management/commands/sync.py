"""`manage.py sync`: the connection's partition through Dagster, in this process.

Progress goes to standard error, the outcome to standard output. Dagster is imported when the command runs and not
before, because Django loads this module to list its commands.
"""

import logging
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tenants.commands import ProductCommand, require_company
from tenants.models import Company, Connection, RunState, SyncRun
from tenants.sync_requests import NotConnected

QUIET = ("dagster", "alembic", "sqlalchemy", "celery", "kombu")


class Command(ProductCommand):
    help = "Reads a company's accounting system and publishes its receivables, in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug")
        parser.add_argument(
            "--connection-id", metavar="ID", help="Unified.to's id; all the company's connections if left out"
        )
        parser.add_argument("--full", action="store_true", help="read everything, not only what changed")

    def handle(self, **options: Any) -> None:
        self._speak_on_stderr()
        try:
            company = require_company(options["slug"])
            connections = self._connections(company, options["connection_id"])
            runs = [self._sync(connection, full=options["full"]) for connection in connections]
        except CommandError as error:
            if options["json"]:
                self.emit({"status": "failed", "error": str(error)}, "", as_json=True)
            raise
        document = outcome(runs)
        if document["status"] == "success" or options["json"]:
            self.emit(document, sentence(company, document), as_json=options["json"])
        if document["status"] == "failed":
            raise CommandError(document["error"])

    def _speak_on_stderr(self) -> None:
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.ERROR)
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        progress = logging.getLogger("tenants.sync_runs")
        progress.handlers, progress.propagate = [handler], False
        progress.setLevel(logging.INFO)

    def _connections(self, company: Company, external_id: str | None) -> list[Connection]:
        linked = [one for one in Connection.objects.filter(company=company).order_by("pk") if one.is_active]
        for connection in linked:
            connection.company = company
        if not linked:
            raise CommandError(
                f"{company.name} has not connected an accounting system yet. "
                f"`manage.py connect {company.slug} --connection-id ID` links one."
            )
        if external_id is None:
            return linked
        chosen = [one for one in linked if one.external_id == external_id]
        if not chosen:
            known = ", ".join(one.external_id for one in linked)
            raise CommandError(f"{company.name} has no connection “{external_id}”. It has: {known}.")
        return chosen

    def _sync(self, connection: Connection, *, full: bool) -> SyncRun:
        from etl_defs.foreground import sync
        from tenants.sync_runs import AlreadyRunning

        self.stderr.write(f"Syncing {connection} …")
        try:
            return sync(connection, full=full, tell=self.stderr.write, by="command line")
        except (AlreadyRunning, NotConnected) as error:
            raise CommandError(error.sentence) from error


def outcome(runs: list[SyncRun]) -> dict[str, Any]:
    """One document for all runs: failed when any failed, with the first failure's sentence; counters added up."""
    failed = [run for run in runs if run.state != RunState.SUCCEEDED]
    objects: dict[str, dict[str, int]] = {}
    for run in runs:
        for name, counters in run.counts.items():
            mine = objects.setdefault(name, dict.fromkeys(counters, 0))
            for counter, count in counters.items():
                mine[counter] = mine.get(counter, 0) + count
    shown = failed[0] if failed else runs[-1]
    document: dict[str, Any] = {
        "status": "failed" if failed else "success",
        "run_id": shown.dagster_run_id,
        "duration_s": round(sum(_seconds(run) for run in runs), 2),
        "objects": objects,
    }
    if failed:
        document["error"] = shown.error_text or "The sync could not be started."
    return document


def _seconds(run: SyncRun) -> float:
    if run.started_at is None or run.finished_at is None:
        return 0.0
    return (run.finished_at - run.started_at).total_seconds()


def sentence(company: Company, document: dict[str, Any]) -> str:
    changed = sum(one[key] for one in document["objects"].values() for key in ("inserted", "updated", "deleted"))
    fetched = sum(one["fetched"] for one in document["objects"].values())
    return f"{company.name}: {fetched:,} records read, {changed:,} changed, in {document['duration_s']:.1f} s."
