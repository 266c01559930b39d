"""Which accounting systems can be connected? Those the workspace at Unified.to has switched on.

The list changes rarely and is the same for every company, so it is kept for ten minutes.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from aging.ingest.client import MissingApiKey, interactive_client
from aging.unified.client import WrongAddress
from aging.unified.errors import UnifiedError

KEPT_SECONDS = 600


class CatalogueUnavailable(Exception):
    """The list cannot be had now; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class System:
    type: str
    name: str
    is_beta: bool = False


def list_systems() -> tuple[System, ...]:
    """By name. Raises CatalogueUnavailable."""
    key = f"systems:{settings.UNIFIED_API_URL}:{settings.UNIFIED_WORKSPACE_ID}:{settings.UNIFIED_ENV}"
    kept = cache.get(key)
    if kept is None:
        kept = [(one.type, one.name, one.is_beta) for one in _fetch()]
        cache.set(key, kept, KEPT_SECONDS)
    return tuple(System(*one) for one in kept)


def get_system(kind: str) -> System | None:
    return next((one for one in list_systems() if one.type == kind), None)


def _fetch() -> list[System]:
    if not settings.UNIFIED_WORKSPACE_ID:
        raise CatalogueUnavailable("UNIFIED_WORKSPACE_ID is not set, so no accounting system can be connected.")
    try:
        offered = interactive_client().list_integrations(settings.UNIFIED_WORKSPACE_ID)
    except MissingApiKey as error:
        raise CatalogueUnavailable("UNIFIED_API_KEY is not set, so no accounting system can be connected.") from error
    except (UnifiedError, WrongAddress) as error:
        raise CatalogueUnavailable("The list of accounting systems cannot be loaded now. Try again shortly.") from error
    usable = [one for one in offered if one.is_active is not False and not one.in_progress]
    found = [System(one.type, one.name or one.type, one.beta) for one in usable]
    return sorted(found, key=lambda one: one.name.casefold())
