"""What does a new company cost when there are N already, against django-tenants' migrate_schemas of one empty schema?

    python -m bench.provisioning [--companies 1000] [--rounds 9] [--json]

Both in the same run on the same server, in turns. The rival gets an empty schema and runs our migrations in it; that
it makes no role, no rights and no company is in its favour.
"""

import argparse
import json
import sys
import time
from statistics import median
from typing import Any

from bench.scratch import scratch_database


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--companies", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with scratch_database():
        found = measure(options.companies, options.rounds)
    sys.stdout.write(json.dumps(found) + "\n" if options.json else sentence(found))


def measure(companies: int, rounds: int) -> dict[str, Any]:
    filling = [_provision(f"filling-{number}") for number in range(companies)]
    ours, rivals = [], []
    for number in range(rounds):
        ours.append(_provision(f"measured-{number}"))
        rivals.append(_migrate(f"rival_{number}"))
    return {
        "companies": companies,
        "rounds": rounds,
        "first_ten_ms": round(median(filling[1:11]), 1) if companies > 10 else None,
        "provision_ms": round(median(ours), 1),
        "provision_best_ms": round(min(ours), 1),
        "migrate_schemas_ms": round(median(rivals), 1),
        "migrate_schemas_best_ms": round(min(rivals), 1),
        "ratio": round(median(rivals) / median(ours), 1),
    }


def sentence(found: dict[str, Any]) -> str:
    return (
        f"With {found['companies']} companies, median of {found['rounds']} in turns:\n"
        f"  provision                      {found['provision_ms']:8.1f} ms (best {found['provision_best_ms']:.1f})\n"
        f"  django-tenants migrate_schemas {found['migrate_schemas_ms']:8.1f} ms"
        f" (best {found['migrate_schemas_best_ms']:.1f})\n"
        f"  ratio {found['ratio']}\n"
    )


def _provision(slug: str) -> float:
    from tenants.provisioning import provision

    begun = time.perf_counter()
    provision(slug=slug, name=slug)
    return (time.perf_counter() - begun) * 1000


def _migrate(schema: str) -> float:
    from django.core.management import call_command
    from django.db import connections
    from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

    owner = connections["owner"]
    owner.set_schema_to_public()
    begun = time.perf_counter()
    with owner.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
    call_command(
        MigrateSchemasCommand(), tenant=True, schema_name=schema, database="owner", interactive=False, verbosity=0
    )
    taken = (time.perf_counter() - begun) * 1000
    with owner.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f'"{schema}".customer'])
        if cursor.fetchone() != (True,):
            raise RuntimeError("The rival made no tables; its time means nothing.")
    return taken


if __name__ == "__main__":
    main()
