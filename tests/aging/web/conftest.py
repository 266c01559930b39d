"""The templates as the product renders them, with route names in place of addresses."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from config.jinja import environment
from sandbox.testing import serve
from tenants.context import tenant_context
from tests.aging.web.sources import _sandbox, admin, finance, launched, member, unified  # noqa: F401  # fixtures
from tests.aging.web.synced import SyncedCompany, read_from, sync_new_company

TEMPLATES = Path(__file__).parents[3] / "templates"
TOKEN = Markup('<input type="hidden" name="csrfmiddlewaretoken" value="token">')

Render = Callable[..., str]


@pytest.fixture(scope="session")
def jinja() -> Environment:
    env = environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.globals["url"] = lambda name, *args, **kwargs: f"/{name}"
    env.globals["static"] = lambda path: f"/static/{path}"
    return env


@pytest.fixture
def render(jinja: Environment) -> Render:
    def rendered(template: str, **context: Any) -> str:
        return jinja.get_template(template).render({"request": None, "csrf_input": TOKEN, **context})

    return rendered


@pytest.fixture(scope="session")
def _synced(django_db_setup: None, django_db_blocker: Any) -> Iterator[SyncedCompany]:
    with django_db_blocker.unblock():
        with serve() as sandbox, read_from(sandbox):
            synced = sync_new_company(sandbox, "mid")
        synced.hide()
    yield synced
    with django_db_blocker.unblock():
        synced.remove()


@pytest.fixture
def synced_company(_synced: SyncedCompany, db: None) -> SyncedCompany:
    """A company whose books were read once, with real commits, from a sandbox: 250 customers in four currencies."""
    _synced.show()
    return _synced


@pytest.fixture
def in_synced(synced_company: SyncedCompany) -> Iterator[SyncedCompany]:
    with tenant_context(synced_company.company):
        yield synced_company
