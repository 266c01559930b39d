"""What can an operator do to a whole company's syncs? Start one for each active connection; nothing else."""

from tenants.audit import Actor
from tenants.connections import list_connections, start_sync
from tenants.models import Company, Trigger


def sync_company(company: Company, *, by: Actor) -> int:
    """How many runs were started."""
    active = [one for one in list_connections(company) if one.is_active]
    return sum(start_sync(connection, trigger=Trigger.OPERATOR, by=by)[1] for connection in active)
