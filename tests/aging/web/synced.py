"""A company with books that were really synced, for the tests of the pages and of the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.db import connections
from django.http import QueryDict
from django.utils.timezone import now

from accounts.companies import create_company
from accounts.models import Membership, Role, User
from aging.ingest import steps
from aging.queries.settings import preferences
from aging.web.reader import Orders, Reader, no_orders
from aging.web.state import read_state
from sandbox.testing import Sandbox
from tenants.clock import today_of
from tenants.connections import list_connections, newest_run_of_each
from tenants.models import AuditEvent, Company, Connection, Domain, RunState, SyncRun, Trigger
from tenants.provisioning import drop
from tenants.router import OWNER_ALIAS
from tests.accounts.people import person, sign_in


@dataclass(frozen=True)
class SyncedCompany:
    """The figures stay in the company's schema; its rows in the public one are there during a test that asks for it.

    Other tests count connections and runs, so between tests nothing of this company may be seen there.
    """

    company: Company
    domain: Domain
    connection: Connection
    run: SyncRun

    def show(self) -> None:
        for row in (self.company, self.domain, self.connection, self.run):
            type(row).objects.bulk_create([copy(row)])

    def hide(self) -> None:
        """By the owner of the database: nobody else may take back what was audited."""
        connections[OWNER_ALIAS].set_schema_to_public()
        AuditEvent.objects.using(OWNER_ALIAS).filter(company_id=self.company.pk).delete()
        User.objects.using(OWNER_ALIAS).filter(memberships__company_id=self.company.pk).delete()
        Company.objects.using(OWNER_ALIAS).filter(pk=self.company.pk).delete()

    def browser(self, role: Role = Role.FINANCE, **fields: str):
        """A browser of a new member; to be asked for inside a test's transaction."""
        user = person(**fields)
        Membership.objects.create(user=user, company=self.company, role=role)
        return sign_in(user, self.company)

    def reader(self, query: str = "", orders: Orders = no_orders, role: Role = Role.FINANCE) -> Reader:
        """What a request with this query would be read as; inside the company."""
        wanted, given = preferences(), QueryDict(query).dict()
        known = orders(len(wanted.scheme.buckets))
        return Reader(
            company=self.company,
            role=role,
            locale="en_US",
            state=read_state(given, today=today_of(self.company), preferences=wanted, orders=known),
            connections=tuple(list_connections(self.company)),
            runs=newest_run_of_each(self.company),
            moment=now(),
        )

    def remove(self) -> None:
        Company.objects.bulk_create([copy(self.company)])
        drop(self.company)


@contextmanager
def read_from(sandbox: Sandbox) -> Iterator[None]:
    """The settings of an installation that uses this sandbox."""
    wanted = {"UNIFIED_API_URL": sandbox.url, "UNIFIED_API_KEY": sandbox.api_key}
    before = {name: getattr(settings, name) for name in wanted}
    for name, value in wanted.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


def sync_new_company(sandbox: Sandbox, profile: str, *, timezone: str = "UTC") -> SyncedCompany:
    owner = User.objects.create_user(email=f"owner-{uuid4().hex[:10]}@people.example", password=None)
    slug = f"co-{uuid4().hex[:10]}"
    company = create_company(owner=owner, slug=slug, name="Northgate & Sons", currency="USD", timezone=timezone)
    connection = Connection.objects.create(
        company=company,
        external_id=sandbox.connect(profile).id,
        integration_type="quickbooks",
        integration_name="QuickBooks Online",
        organization_name="Northgate Books",
        base_currency="USD",
    )
    run = sync(connection)
    return SyncedCompany(company, Domain.objects.get(tenant=company), connection, run)


def sync(connection: Connection) -> SyncRun:
    """A run as the pipeline makes one, without the pipeline."""
    run = SyncRun.objects.create(connection=connection, trigger=Trigger.FIRST, is_full=True, state=RunState.RUNNING)
    steps.open_source(run)
    for step in steps.OBJECT_STEPS:
        landed = steps.land(run, step, on_progress=lambda count: None)
        run.steps[step] = {"state": "done", "count": landed.fetched, "skipped": landed.skipped}
    run.counts = steps.publish(run).objects
    run.checks = {"agrees": steps.compare(run).agrees}
    run.state, run.finished_at = RunState.SUCCEEDED, now()
    run.save()
    Connection.objects.filter(pk=connection.pk).update(last_success_at=run.finished_at)
    connection.refresh_from_db()
    return run
