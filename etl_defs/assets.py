"""The assets of one connection: its source, the four kinds of record, the ledger they become, and its aging.

A partition is a connection. Data passes through the company's schema, never through Dagster. The order in which
records are read is the order in which they refer to each other, so the first refusal ends the run and no further call
is made. One run does all of it: staged records belong to the run that read them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from etl_defs import layers
from etl_defs.django_ready import check_connections
from etl_defs.failures import as_failure, end_badly
from etl_defs.layers import Layer, run_layer
from tenants import sync_runs
from tenants.models import SyncRun, Trigger
from tenants.sync_names import PARTITIONS, RUN_TAG
from tenants.sync_requests import NotConnected
from tenants.sync_runs import CancelRequested, SyncRefused

connections = dg.DynamicPartitionsDefinition(name=PARTITIONS)
PART_OF_A_SYNC = "A sync runs as a whole: launch the job sync_connection for this partition instead of a part of it."


def materialize(context: dg.AssetExecutionContext, layer: Layer) -> dg.MaterializeResult:
    """Do one layer of the run's sync and report it with the verdict of its check."""
    check_connections()
    run = _run_of(context, layer)
    with _failing_openly(context, run):
        outcome = run_layer(layer, run)
    verdict = dg.AssetCheckResult(
        check_name=layer.check,
        passed=outcome.passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=outcome.because,
    )
    return dg.MaterializeResult(metadata=outcome.facts, check_results=[verdict])


def _run_of(context: dg.AssetExecutionContext, layer: Layer) -> SyncRun:
    """The first layer begins the sync; the others carry on with what it began in this Dagster run."""
    if layer is layers.LAYERS[0]:
        try:
            return begin(context.run, context.partition_key)
        except (SyncRefused, NotConnected) as refusal:
            raise as_failure(refusal) from None
    run = sync_runs.running(context.run.run_id, context.partition_key)
    if run is None:
        raise dg.Failure(PART_OF_A_SYNC, allow_retries=False)
    return run


def begin(dagster_run: dg.DagsterRun, partition_key: str, *, trigger: str = Trigger.OPERATOR) -> SyncRun:
    """Take the request this Dagster run was launched for; one that somebody re-executes by hand is a new request."""
    requested = None if dagster_run.parent_run_id else dagster_run.tags.get(RUN_TAG)
    return sync_runs.attach(
        partition_key,
        dagster_run_id=dagster_run.run_id,
        run_id=int(requested) if requested else None,
        trigger=trigger,
        steps=layers.STEPS,
    )


@contextmanager
def _failing_openly(context: dg.AssetExecutionContext, run: SyncRun) -> Iterator[None]:
    try:
        yield
    except CancelRequested as error:
        end_badly(run, error)
        context.instance.report_run_canceling(context.run, "The sync was canceled.")
        raise DagsterExecutionInterruptedError from None
    except Exception as error:
        end_badly(run, error)
        raise as_failure(error) from None
    except BaseException as error:
        end_badly(run, error)
        raise


def _check(layer: Layer, description: str) -> list[dg.AssetCheckSpec]:
    return [dg.AssetCheckSpec(layer.check, asset=layer.asset, description=description)]


ROWS_ADD_UP = "Every record that was fetched was staged, skipped as no receivable, or quarantined with its reason."


@dg.asset(
    partitions_def=connections,
    group_name="source",
    kinds={"unified"},
    check_specs=_check(layers.SOURCE, "The books state a currency of their own."),
)
def source_organization(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Whose books these are: the connection's health at Unified.to, organisation, base currency, payment terms."""
    return materialize(context, layers.SOURCE)


@dg.asset(
    partitions_def=connections,
    group_name="source",
    kinds={"unified", "postgres"},
    deps=[source_organization],
    check_specs=_check(layers.CUSTOMERS, ROWS_ADD_UP),
)
def customers(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Customers as the accounting system lists them, staged."""
    return materialize(context, layers.CUSTOMERS)


@dg.asset(
    partitions_def=connections,
    group_name="source",
    kinds={"unified", "postgres"},
    deps=[customers],
    check_specs=_check(layers.INVOICES, ROWS_ADD_UP),
)
def invoices(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Invoices with their due dates and open amounts, each of a customer, staged."""
    return materialize(context, layers.INVOICES)


@dg.asset(
    partitions_def=connections,
    group_name="source",
    kinds={"unified", "postgres"},
    deps=[invoices],
    check_specs=_check(layers.CREDIT_MEMOS, ROWS_ADD_UP),
)
def credit_memos(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Credit notes and the invoices they are applied to, staged."""
    return materialize(context, layers.CREDIT_MEMOS)


@dg.asset(
    partitions_def=connections,
    group_name="source",
    kinds={"unified", "postgres"},
    deps=[invoices, credit_memos],
    check_specs=_check(layers.PAYMENTS, ROWS_ADD_UP),
)
def payments(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Payments and refunds and what they settle, staged."""
    return materialize(context, layers.PAYMENTS)


@dg.asset(
    partitions_def=connections,
    group_name="receivables",
    kinds={"postgres"},
    deps=[customers, invoices, credit_memos, payments],
    check_specs=_check(layers.LEDGER, "No mass disappearance of records waits for a person's decision."),
)
def ledger(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The published ledger: entries, balance segments and aging steps, changed in one transaction."""
    return materialize(context, layers.LEDGER)


@dg.asset(
    partitions_def=connections,
    group_name="receivables",
    kinds={"postgres"},
    deps=[ledger],
    check_specs=_check(layers.AGING, "Control totals per currency equal the source's balances and its own report."),
)
def aging(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The receivables' aging, compared with what the source says is open."""
    return materialize(context, layers.AGING)
