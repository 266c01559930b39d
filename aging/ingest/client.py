"""Which Unified.to workspace do we speak for? The one of the settings; one client a process, safe for threads."""

from functools import lru_cache

from django.conf import settings

from aging.unified.client import UnifiedClient
from aging.unified.transport import Limits


class MissingApiKey(RuntimeError):
    """There is no UNIFIED_API_KEY."""

    sentence = (
        "UNIFIED_API_KEY is not set. Copy the workspace's API token from Unified.to's settings into the environment."
    )

    def __str__(self) -> str:
        return self.sentence


# A person waits for the answer, and a web process with them.
INTERACTIVE = Limits(connect_timeout=3, read_timeout=10, deadline=10, budget=15, longest_wait=2)


def client_from_settings(limits: Limits | None = None) -> UnifiedClient:
    if not settings.UNIFIED_API_KEY:
        raise MissingApiKey
    return _client(settings.UNIFIED_API_URL, settings.UNIFIED_API_KEY, settings.UNIFIED_ENV, limits)


def interactive_client() -> UnifiedClient:
    return client_from_settings(INTERACTIVE)


@lru_cache(maxsize=4)
def _client(base_url: str, api_key: str, environment: str, limits: Limits | None) -> UnifiedClient:
    return UnifiedClient(base_url, api_key, environment=environment, limits=limits)
