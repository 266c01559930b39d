"""What does a sync consist of? Seven layers, each one step of the run's record and one asset in Dagster.

Here each layer is a plain function over one run: it calls one function of `aging.ingest`, keeps the counts, and says
what to report. A single sync runs them as seven assets, a sweep in a loop; neither knows more than the order.

Reported are counts and verdicts, never an amount: operators see Dagster's pages and may not see a company's figures.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aging.ingest import steps
from aging.ingest.landing import Landed, source_state
from aging.ingest.publishing import Published
from tenants import sync_runs
from tenants.context import tenant_context
from tenants.models import SyncRun
from tenants.sync_runs import StepRecord

# The object whose counters a step's records belong to. Refunds are read, and so counted, together with payments.
OBJECT_OF_STEP = {"customers": "customer", "invoices": "invoice", "credit_memos": "credit_memo", "payments": "payment"}
COUNTED_WITH = {"refund": "payment"}
COUNTERS = ("fetched", "inserted", "updated", "unchanged", "deleted", "quarantined")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a layer reports: facts for people, and the verdict of its check."""

    facts: dict[str, int | float | str | bool]
    passed: bool
    because: dict[str, int | str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """`asset` is its name in Dagster, `step` the one on the run's page, `check` what its asset check is called."""

    asset: str
    step: str
    check: str
    work: Callable[[SyncRun, StepRecord], Outcome]


def run_layer(layer: Layer, run: SyncRun) -> Outcome:
    """Do one layer and record it; the last one ends the run successfully."""
    with sync_runs.step(run, layer.step) as record:
        outcome = layer.work(run, record)
        outcome.facts["seconds"] = record.seconds
    if layer is LAYERS[-1]:
        sync_runs.finish(run, checks={"agrees": outcome.passed, **outcome.because})
    return outcome


def _connect(run: SyncRun, _record: StepRecord) -> Outcome:
    source = steps.open_source(run)
    sync_runs.describe_source(
        run,
        organization_name=source.organization_name,
        base_currency=source.base_currency,
        permissions=source.permissions,
    )
    facts: dict[str, Any] = {"base_currency": source.base_currency, "payment_terms": source.payment_terms}
    return Outcome(facts, passed=bool(source.base_currency))


def _landing(step: str) -> Callable[[SyncRun, StepRecord], Outcome]:
    def land(run: SyncRun, record: StepRecord) -> Outcome:
        landed: Landed = steps.land(run, step, on_progress=record)
        facts: dict[str, Any] = {
            "fetched": landed.fetched,
            "staged": landed.staged,
            "skipped": landed.skipped,
            "quarantined": landed.quarantined,
        }
        record.note(count=landed.fetched, **facts)
        return Outcome({**facts, **landed.withheld}, passed=landed.adds_up(), because=dict(facts))

    return land


def _publish(run: SyncRun, record: StepRecord) -> Outcome:
    published = steps.publish(run)
    counts = object_counts(run, published)
    sync_runs.keep_counts(run, counts)
    changed = sum(one["inserted"] + one["updated"] + one["deleted"] for one in counts.values())
    record.note(count=changed)
    facts: dict[str, Any] = {"changed": changed, "findings": published.findings}
    for name, counters in counts.items():
        facts.update({f"{name}_{counter}": counters[counter] for counter in COUNTERS})
    facts.update(_read_up_to(run))
    return Outcome(facts, passed=not published.held_deletions, because={"held_deletions": published.held_deletions})


def object_counts(run: SyncRun, published: Published) -> dict[str, dict[str, int]]:
    """The six counters of each kind of object: what its step read, and what publishing it did."""
    counts = {name: dict.fromkeys(COUNTERS, 0) for name in OBJECT_OF_STEP.values()}
    for step, name in OBJECT_OF_STEP.items():
        entry = run.steps.get(step, {})
        counts[name].update(fetched=entry.get("fetched", 0), quarantined=entry.get("quarantined", 0))
    for kind, counters in published.objects.items():
        mine = counts[COUNTED_WITH.get(kind, kind)]
        for counter, count in counters.items():
            mine[counter] += count
    return counts


def _read_up_to(run: SyncRun) -> dict[str, str]:
    """The high-water marks: from where the next incremental sync asks, per object type."""
    with tenant_context(run.connection.company):
        cursors = source_state(run.connection_id).cursors
    return {f"read_up_to_{name}": str(reached) for name, reached in sorted(cursors.items())}


def _compare(run: SyncRun, record: StepRecord) -> Outcome:
    compared = steps.compare(run)
    record.note(count=len(compared.verdicts))
    totals = {
        currency: "agrees with the source" if verdict["agrees"] else "differs from the source"
        for currency, verdict in compared.verdicts.items()
    }
    facts: dict[str, Any] = {f"control_total_{currency}": words for currency, words in totals.items()}
    because: dict[str, Any] = {"source_reports": compared.source_reports, **totals}
    return Outcome(facts, passed=compared.agrees, because=because)


SOURCE = Layer("source_organization", "connect", "base_currency_is_known", _connect)
CUSTOMERS = Layer("customers", "customers", "rows_add_up", _landing("customers"))
INVOICES = Layer("invoices", "invoices", "rows_add_up", _landing("invoices"))
CREDIT_MEMOS = Layer("credit_memos", "credit_memos", "rows_add_up", _landing("credit_memos"))
PAYMENTS = Layer("payments", "payments", "rows_add_up", _landing("payments"))
LEDGER = Layer("ledger", "publish", "no_deletions_are_held", _publish)
AGING = Layer("aging", "compare", "totals_agree_with_source", _compare)
LAYERS = (SOURCE, CUSTOMERS, INVOICES, CREDIT_MEMOS, PAYMENTS, LEDGER, AGING)
STEPS = tuple(layer.step for layer in LAYERS)
