"""Can Unified.to forget a connection? Its access to the accounting system ends there, with its subscriptions."""

from aging.ingest.client import MissingApiKey, client_from_settings
from aging.unified.errors import UnifiedError
from tenants.models import Connection


def remove_at_source(connection: Connection) -> str:
    """An empty text; otherwise what is to be removed by hand, and why. One that is gone already is as good."""
    try:
        client_from_settings().delete_connection(connection.external_id)
    except (UnifiedError, MissingApiKey) as error:
        return f"{connection.external_id} ({connection.integration_name}): {type(error).__name__}"
    return ""
