"""The templates as the product renders them, with route names in place of addresses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from config.jinja import environment
from tests.aging.web.sources import _sandbox, admin, finance, launched, member, unified  # noqa: F401  # fixtures

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
