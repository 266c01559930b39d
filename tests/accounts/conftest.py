from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_attempts_remembered() -> Iterator[None]:
    """Limits on attempts are kept in the cache, which outlives a test's transaction."""
    cache.clear()
    yield
    cache.clear()
