import sys
import time
from collections.abc import Iterator
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import CommandError

from aging.ingest.connecting import LinkRefused
from aging.management import demo
from aging.management.demo import DEMOS, Demo, DemoRefused, SandboxControl
from aging.unified.errors import UnifiedError
from tenants.commands import ProductCommand
from tenants.models import Company, RunState, SyncRun
from tenants.provisioning import CompanyRefused, address_of

POLL_SECONDS = 0.3
DAGSTER_SECONDS = 120.0
SYNC_SECONDS = 900.0


class Command(ProductCommand):
    help = "Creates three demo companies with people, connects them to the local sandbox, and syncs them."

    def handle(self, **options: Any) -> None:
        self.is_silent = options["json"]
        sandbox = SandboxControl()
        try:
            sandbox.require()
            operator = demo.make_operator()
            runs = [(one, self._prepare(sandbox, one)) for one in DEMOS]
        except (DemoRefused, CompanyRefused, LinkRefused, UnifiedError, requests.RequestException) as error:
            raise CommandError(f"The demo could not be made. {error}") from error
        ended = self._watch({run.pk: one for one, run in runs if run is not None})
        failed = [f"{one.name}: {run.error_text or run.state}." for one, run in ended if not _is_good(run)]
        if failed:
            raise CommandError("Not every demo company has its figures. " + " ".join(failed))
        self.emit(_document(ended, operator.email), _log_ins(operator.email), as_json=options["json"])

    def _prepare(self, sandbox: SandboxControl, one: Demo) -> SyncRun | None:
        company = demo.make_people_and_company(one)
        sandbox.ensure_connection(one)
        connection = demo.link(one, company)
        if connection.last_success_at is None:
            self._say(f"  {one.slug:<11}{one.name} is connected to a “{one.profile}” business in the sandbox")
            _wait_for_dagster()
        return demo.start_first_sync(connection)

    def _watch(self, wanted: dict[int, Demo]) -> list[tuple[Demo, SyncRun]]:
        """Show how the runs go until all have ended."""
        ended: dict[int, SyncRun] = {}
        shown: dict[int, str] = {}
        for run in _as_they_change(set(wanted)):
            one = wanted[run.pk]
            if run.is_in_flight:
                shown[run.pk] = f"{one.slug} {_progress(run)}"
                self._draft(" · ".join(text for pk, text in shown.items() if pk not in ended))
                continue
            ended[run.pk] = run
            self._say(f"  {one.slug:<11}{_outcome(run)}")
        return [(wanted[pk], run) for pk, run in ended.items()]

    def _say(self, text: str) -> None:
        if not self.is_silent:
            self.stdout.write(f"{self._erase()}{text}")
            self.stdout.flush()

    def _draft(self, text: str) -> None:
        """A line that the next one replaces, where there is a person to see it."""
        if not self.is_silent and sys.stdout.isatty():
            self.stdout.write(f"{self._erase()}  sync       {text[:100]}", ending="")
            self.stdout.flush()

    @staticmethod
    def _erase() -> str:
        return "\r\x1b[K" if sys.stdout.isatty() else ""


def _wait_for_dagster() -> None:
    """Without it a launch would wait for the sensor, so a Dagster that is still starting is awaited."""
    deadline = time.monotonic() + DAGSTER_SECONDS
    while settings.DAGSTER_URL:
        try:
            requests.get(f"{settings.DAGSTER_URL}/server_info", timeout=2)
            return
        except requests.RequestException as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Dagster does not answer at {settings.DAGSTER_URL}, so nothing would sync. `make up` starts it."
                ) from error
            time.sleep(POLL_SECONDS)


def _as_they_change(pks: set[int]) -> Iterator[SyncRun]:
    """Each run again whenever it has got on, and a last time when it has ended."""
    seen: dict[int, str] = {}
    deadline = time.monotonic() + SYNC_SECONDS
    while pks:
        for run in SyncRun.objects.filter(pk__in=pks).order_by("pk"):
            state = f"{run.state} {run.step} {run.steps}"
            if seen.get(run.pk) != state:
                seen[run.pk] = state
                yield run
            if not run.is_in_flight:
                pks.discard(run.pk)
        if pks and time.monotonic() > deadline:
            raise CommandError(f"The first syncs have not ended within {SYNC_SECONDS / 60:.0f} minutes.")
        time.sleep(POLL_SECONDS if pks else 0)


def _progress(run: SyncRun) -> str:
    if run.state == RunState.REQUESTED:
        return "waits for a worker"
    count = run.steps.get(run.step, {}).get("count")
    return f"{run.step.replace('_', ' ')} {count:,}" if count else run.step.replace("_", " ") or "begins"


def _outcome(run: SyncRun) -> str:
    if not _is_good(run):
        return f"{run.get_state_display().lower()}: {run.error_text}"
    invoices = run.counts.get("invoice", {}).get("fetched", 0)
    return f"synced {invoices:,} invoices in {_seconds(run):.1f} s"


def _seconds(run: SyncRun) -> float:
    return (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0.0


def _is_good(run: SyncRun) -> bool:
    return run.state == RunState.SUCCEEDED


def _document(ended: list[tuple[Demo, SyncRun]], operator: str) -> dict[str, Any]:
    runs = {one.slug: run for one, run in ended}
    companies = [
        {
            "tenant": company.slug,
            "url": address_of(company),
            "owner": next(one.owner for one in DEMOS if one.slug == company.slug),
            "synced": runs[company.slug].counts if company.slug in runs else None,
        }
        for company in _demo_companies()
    ]
    return {
        "status": "success",
        "companies": companies,
        "finance": demo.FINANCE,
        "operator": operator,
        "password": demo.PASSWORD,
    }


def _log_ins(operator: str) -> str:
    lines = [f"  Everybody's password is {demo.PASSWORD}", ""]
    owners = {one.slug: one.owner for one in DEMOS}
    lines += [f"  {company.name:<20} {address_of(company):<34} {owners[company.slug]}" for company in _demo_companies()]
    lines.append(f"  {'all three, to read':<20} {'':<34} {demo.FINANCE}")
    operators = f"{settings.PUBLIC_SCHEME}://{settings.OPERATORS_HOST}{settings.PUBLIC_PORT_SUFFIX}"
    lines.append(f"  {'Operators':<20} {operators:<34} {operator}")
    return "\n".join(["", *lines])


def _demo_companies() -> list[Company]:
    return list(Company.objects.filter(slug__in=[one.slug for one in DEMOS]).order_by("pk"))
