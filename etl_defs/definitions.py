"""Everything Dagster shall know, by name. Loading this asks no network, no database and no secret."""

import dagster as dg

from etl_defs.django_ready import ensure_django

ensure_django()

from etl_defs.assets import (  # noqa: E402
    aging,
    credit_memos,
    customers,
    invoices,
    ledger,
    payments,
    source_organization,
)
from etl_defs.jobs import sync_batch, sync_connection  # noqa: E402
from etl_defs.sensors import (  # noqa: E402
    abandoned_syncs,
    connections_in_step,
    old_runs,
    requested_syncs,
    subscriptions_in_step,
)

defs = dg.Definitions(
    assets=[source_organization, customers, invoices, credit_memos, payments, ledger, aging],
    jobs=[sync_connection, sync_batch],
    sensors=[connections_in_step, requested_syncs, abandoned_syncs, old_runs, subscriptions_in_step],
    executor=dg.in_process_executor,
)
