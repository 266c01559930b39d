"""Which Unified.to workspace do we speak for? The one of the settings; one client a process, safe for threads."""

from functools import lru_cache

from django.conf import settings

from aging.unified.client import UnifiedClient


class MissingApiKey(RuntimeError):
    """There is no UNIFIED_API_KEY."""

    sentence = (
        "UNIFIED_API_KEY is not set. Copy the workspace's API token from Unified.to's settings into the environment."
    )

    def __str__(self) -> str:
        return self.sentence


def client_from_settings() -> UnifiedClient:
    if not settings.UNIFIED_API_KEY:
        raise MissingApiKey
    return _client(settings.UNIFIED_API_URL, settings.UNIFIED_API_KEY, settings.UNIFIED_ENV)


@lru_cache(maxsize=4)
def _client(base_url: str, api_key: str, environment: str) -> UnifiedClient:
    return UnifiedClient(base_url, api_key, environment=environment)
