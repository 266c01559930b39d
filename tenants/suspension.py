"""How is a company shut out, and let in again?

Nobody signs in, no token is taken, nothing is fetched and no webhook counts; what was loaded stays as it is. Every
request asks (tenants.middleware) and so does every request for a sync, so it holds from the moment it is committed, in
every process. Sessions are kept: they open nothing meanwhile.
"""

from django.db import transaction

from tenants.audit import Actor, record_event
from tenants.models import IN_FLIGHT, Company, SyncRun
from tenants.router import CONTROL_ALIAS
from tenants.sync_requests import cancel


class AwaitsDeletion(Exception):
    """A company that is marked for deletion stays suspended until that is called off."""


def suspend(company: Company, *, by: Actor) -> bool:
    """Syncs under way are told to stop. False when it was suspended already."""
    with transaction.atomic(using=CONTROL_ALIAS):
        if not Company.objects.filter(pk=company.pk, is_suspended=False).update(is_suspended=True):
            return False
        stop_syncs(company)
        record_event("company.suspended", by=by, company=company, subject=company.name)
    return True


def resume(company: Company, *, by: Actor) -> bool:
    """False when it was not suspended. Raises AwaitsDeletion."""
    with transaction.atomic(using=CONTROL_ALIAS):
        kept = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if kept.deletion_due_at is not None:
            raise AwaitsDeletion
        if not kept.is_suspended:
            return False
        Company.objects.filter(pk=company.pk).update(is_suspended=False)
        record_event("company.resumed", by=by, company=company, subject=company.name)
    return True


def stop_syncs(company: Company) -> None:
    for run in SyncRun.objects.filter(connection__company_id=company.pk, state__in=IN_FLIGHT):
        cancel(run)
