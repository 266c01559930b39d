"""Whose books are these, and can they be read now? Asked at the start of every sync."""

from dataclasses import dataclass

from aging.ingest.client import client_from_settings
from aging.ingest.landing import source_state
from aging.unified.connections import Health
from aging.unified.decoding import Quarantined
from aging.unified.errors import ForbiddenScope, NeedsReauth, Paused, Unsupported
from aging.unified.fetching import fetch_all
from aging.unified.reading import text
from aging.unified.reference import base_currency, days_by_term
from tenants.models import SyncRun


@dataclass(frozen=True, slots=True)
class Source:
    """What the connection says about itself, as far as a sync depends on it."""

    organization_name: str
    base_currency: str
    payment_terms: int
    permissions: tuple[str, ...]


def open_source(run: SyncRun) -> Source:
    """Check the connection at the API and keep what its documents rely on. Raises aging.unified.errors."""
    external_id = run.connection.external_id
    info = client_from_settings().get_connection(external_id)
    if info.health is Health.PAUSED:
        raise Paused()
    if info.health is Health.UNHEALTHY:
        raise NeedsReauth()
    organizations = _optional(external_id, "organization")
    terms = days_by_term(_optional(external_id, "paymentterm"))
    currency = base_currency(organizations) or ""
    name = next((text(one.name) or text(one.legal_name) for one in organizations), "")
    state = source_state(run.connection_id)
    state.organization = {
        "ids": sorted(text(one.id) for one in organizations),
        "name": name,
        "base_currency": currency or None,
        "terms": terms,
    }
    state.pending = {}
    state.save(update_fields=["organization", "pending"])
    return Source(name, currency, len(terms), info.permissions)


def _optional(external_id: str, name: str) -> list:  # type: ignore[type-arg]  # the struct of that object type
    """All records of a kind that a sync can do without; none where the source does not offer or grant it."""
    try:
        pages = fetch_all(client_from_settings(), external_id, name, workers=1)
        return [row for page in pages for row in page if not isinstance(row, Quarantined)]
    except (Unsupported, ForbiddenScope):
        return []
