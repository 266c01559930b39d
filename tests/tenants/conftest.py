"""Companies of one test alone, and migrations that exist for one test alone."""

import importlib
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tenants.models import Company
from tenants.provisioning import drop, provision, tenant_ddl

AGING_MIGRATIONS = Path(importlib.import_module("aging.migrations").__file__).parent
HEAD = """
    from django.contrib.postgres.operations import AddIndexConcurrently
    from django.db import migrations, models

    def touch(apps, schema_editor):
        Customer = apps.get_model("aging", "Customer")
        for customer in Customer.objects.using(schema_editor.connection.alias):
            customer.email = customer.name.lower() + "@customers.example"
            customer.save()

    class Migration(migrations.Migration):
        dependencies = [("aging", "{before}")]
        {attributes}
        operations = [{operations}]
"""


@pytest.fixture
def companies(committed_db: None) -> Iterator[Callable[[int], list[Company]]]:
    made: list[Company] = []

    def make(count: int) -> list[Company]:
        for _ in range(count):
            slug = f"co-{uuid4().hex[:10]}"
            made.append(provision(slug=slug, name=f"Company {slug}"))
        return made[-count:]

    yield make
    for company in Company.objects.filter(pk__in=[one.pk for one in made]):
        drop(company)


@pytest.fixture
def later(settings, tmp_path, monkeypatch) -> Iterator[Callable[..., str]]:  # type: ignore[no-untyped-def]
    """Adds a migration to those of the companies' tables, as the next release would, and names it."""
    package = tmp_path / f"later_{uuid4().hex[:8]}"
    shutil.copytree(AGING_MIGRATIONS, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.MIGRATION_MODULES = {**getattr(settings, "MIGRATION_MODULES", {}), "aging": package.name}

    def add(*operations: str, attributes: str = "") -> str:
        last = max(path.stem for path in package.glob("[0-9]*.py"))
        number = max(int(last[:4]) + 1, 9001)
        name = f"{number:04}_later"
        filled = HEAD.format(before=last, attributes=attributes, operations=", ".join(operations))
        (package / f"{name}.py").write_text(textwrap.dedent(filled))
        importlib.invalidate_caches()
        tenant_ddl.cache_clear()
        return f"aging.{name}"

    yield add
    tenant_ddl.cache_clear()
    for module in [name for name in sys.modules if name.partition(".")[0] == package.name]:
        del sys.modules[module]
