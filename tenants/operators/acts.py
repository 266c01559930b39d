"""What can an operator do to a company's syncs? Start them, stop and resume their schedule; nothing else.

Each act is audited against the company it touches, with who and from where.
"""

from tenants.audit import Actor, record_event
from tenants.models import Company, Connection, SyncRun, Trigger
from tenants.sync_requests import launch, request_sync


def sync_connection(connection: Connection, *, by: Actor, full: bool = False) -> tuple[SyncRun, bool]:
    """The run, and whether this request made it; one that is under way already serves as well."""
    run, is_new = request_sync(connection, trigger=Trigger.OPERATOR, by=by.name, full=full)
    record_event(
        "sync.requested",
        by=by,
        company=connection.company,
        subject=str(connection),
        details={"run": run.pk, "full": full, "already_under_way": not is_new},
    )
    if is_new:
        launch(run)
    return run, is_new


def sync_company(company: Company, *, by: Actor) -> int:
    """How many runs were started."""
    active = [one for one in company.connections.order_by("pk") if one.is_active]
    return sum(sync_connection(connection, by=by)[1] for connection in active)
