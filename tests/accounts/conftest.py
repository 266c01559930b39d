from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_attempts_remembered() -> Iterator[None]:
    """Limits on attempts are kept in the cache, which outlives a test's transaction."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _served_on_port_8000(settings: Any) -> None:
    """Addresses in mails and forms carry the port people type, whatever PORT is where the tests run."""
    settings.PUBLIC_PORT_SUFFIX = ":8000"
