"""The two jobs: one connection's sync as assets, and a sweep over many connections in one run.

Starting a Dagster run costs more than a sync that finds nothing new, so scheduled work that has piled up is swept: one
run takes a list of connections and records each one's materializations itself. Dagster's own runs over several
partitions were refused: they take contiguous ranges only, and one failing partition marks all of them failed.
"""

from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from aging.unified.errors import Unauthorized
from etl_defs.assets import begin
from etl_defs.django_ready import check_connections
from etl_defs.failures import as_failure, end_badly
from etl_defs.layers import LAYERS, run_layer
from tenants.models import Trigger
from tenants.sync_names import SWEEP_JOB, SYNC_JOB
from tenants.sync_requests import NotConnected
from tenants.sync_runs import CancelRequested, SyncRefused, sentence_of

sync_connection = dg.define_asset_job(
    SYNC_JOB,
    selection=[layer.asset for layer in LAYERS],
    executor_def=dg.in_process_executor,
    description="Read one connection's accounting system, publish its ledger and compare it with the source.",
)


class Sweep(dg.Config):
    keys: list[str]


@dg.op(description="Sync the given connections one after the other; one that fails does not touch the others.")
def sync_each(context: dg.OpExecutionContext, config: Sweep) -> None:
    failed: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for key in config.keys:
        try:
            _sync(context, key)
        except (SyncRefused, NotConnected, CancelRequested) as refusal:
            left_out[key] = sentence_of(refusal)
        except Unauthorized as error:
            raise as_failure(error) from None  # our own key is refused: every further call would be too
        except Exception as error:
            failed[key] = sentence_of(error)
            facts = {"sentence": failed[key], "error": type(error).__name__}
            context.log_event(dg.AssetObservation(LAYERS[-1].asset, partition=key, metadata=facts))
    context.add_output_metadata({"connections": len(config.keys), "failed": len(failed), "left_out": left_out})
    if failed:
        raise dg.Failure(
            f"{len(failed)} of {len(config.keys)} connections failed", metadata={"failed": failed}, allow_retries=False
        )


def _sync(context: dg.OpExecutionContext, key: str) -> None:
    check_connections()
    run = begin(context.run, key, trigger=Trigger.SCHEDULED)
    try:
        for layer in LAYERS:
            outcome = run_layer(layer, run)
            facts: dict[str, Any] = {**outcome.facts, layer.check: outcome.passed}
            context.log_event(dg.AssetMaterialization(layer.asset, partition=key, metadata=facts))
    except (Exception, KeyboardInterrupt, DagsterExecutionInterruptedError) as error:
        end_badly(run, error)
        raise


@dg.job(
    name=SWEEP_JOB,
    executor_def=dg.in_process_executor,
    description="Sync a list of connections in one run, with an outcome for each.",
)
def sync_batch() -> None:
    sync_each()
