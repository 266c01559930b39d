"""What do the walls between companies cost a request, against the same view on the same tables without companies?

    python -m bench.walls [--requests 300] [--rounds 9] [--json]

A view with one query, called in this process, its connection given back to a pool after each request as Django does.
Ours finds the company by its host and takes on its role and schema before the query; the rival is Django's own engine,
logged in to that schema for good. The two take turns; the median of the rounds counts.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.scratch import PLAIN_ALIAS, scratch_database


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=300, help="in each round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with scratch_database():
        found = measure(options.requests, options.rounds)
    sys.stdout.write(json.dumps(found) + "\n" if options.json else sentence(found))


def measure(requests: int, rounds: int) -> dict[str, Any]:
    with_walls, without = _views()
    for view in (with_walls, without):
        _round(view, 20)
    walls, plain = [], []
    for _ in range(rounds):
        walls.append(_round(with_walls, requests))
        plain.append(_round(without, requests))
    found: dict[str, Any] = {"requests": requests, "rounds": rounds}
    for measured, ours, theirs in zip(
        ("wall_ms", "cpu_ms"), zip(*walls, strict=True), zip(*plain, strict=True), strict=True
    ):
        found[f"with_walls_{measured}"] = round(median(ours), 3)
        found[f"without_{measured}"] = round(median(theirs), 3)
        found[f"{measured.removesuffix('_ms')}_ratio"] = round(median(ours) / median(theirs), 2)
    return found


def sentence(found: dict[str, Any]) -> str:
    return (
        f"A request with one query, median of {found['rounds']} rounds of {found['requests']} in turns:\n"
        "                             wall        this process's CPU\n"
        f"  with companies and walls  {found['with_walls_wall_ms']:7.3f} ms  {found['with_walls_cpu_ms']:7.3f} ms\n"
        f"  Django without companies  {found['without_wall_ms']:7.3f} ms  {found['without_cpu_ms']:7.3f} ms\n"
        f"  ratio                     {found['wall_ratio']:7.2f}     {found['cpu_ratio']:7.2f}\n"
    )


def _views() -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    from django.conf import settings
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory

    from aging.models import Customer
    from tenants.context import tenant_context
    from tenants.middleware import CompanyMiddleware
    from tenants.provisioning import host_for, provision

    company = provision(slug="measured", name="Measured")
    with tenant_context(company):
        Customer.objects.create(connection_id=1, source_id="1", name="Only customer")
    settings.DATABASES[PLAIN_ALIAS]["OPTIONS"]["options"] = f"-c search_path={company.schema_name}"

    def answer(alias: str) -> Callable[[HttpRequest], HttpResponse]:
        return lambda _request: HttpResponse(Customer.objects.using(alias).get(source_id="1").name)

    entered, plain, host = CompanyMiddleware(answer("default")), answer(PLAIN_ALIAS), host_for(company.slug)
    return (
        lambda: entered(RequestFactory().get("/", headers={"host": host})).content,
        lambda: plain(RequestFactory().get("/", headers={"host": host})).content,
    )


def _round(view: Callable[[], bytes], requests: int) -> tuple[float, float]:
    """Milliseconds per request: on the clock, and of this process's CPU."""
    from django.db import close_old_connections

    begun, begun_cpu = time.perf_counter(), time.process_time()
    for _ in range(requests):
        if view() != b"Only customer":
            raise RuntimeError("A view answered something else; its time means nothing.")
        close_old_connections()
    return (time.perf_counter() - begun) * 1000 / requests, (time.process_time() - begun_cpu) * 1000 / requests


if __name__ == "__main__":
    main()
