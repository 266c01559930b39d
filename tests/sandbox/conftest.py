"""One sandbox over real HTTP for all of these tests; each test connects companies of its own."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import requests

from sandbox.testing import Sandbox, serve

TODAY = date(2026, 3, 18)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with serve(today=TODAY) as running:
        yield running


@pytest.fixture
def get(sandbox: Sandbox) -> Callable[..., requests.Response]:
    """GET a path as the key's holder; keywords are query parameters."""

    def fetch(path: str, **params: Any) -> requests.Response:
        return requests.get(f"{sandbox.url}{path}", params=params, headers=sandbox.headers, timeout=30)

    return fetch


@pytest.fixture
def send(sandbox: Sandbox) -> Callable[..., requests.Response]:
    """Send JSON with any other method as the key's holder."""

    def deliver(method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        url = f"{sandbox.url}{path}"
        return requests.request(method, url, json=body, params=params, headers=sandbox.headers, timeout=30)

    return deliver
