"""What went wrong at Unified.to, and who can put it right?

One class for each thing that somebody does differently: wait, reconnect, grant a permission, call the
operator. Every class carries a sentence for people; the technical detail is kept beside it. Neither ever
holds the key or the customer's data: bodies of refusals are quoted to 200 characters, and the API publishes
no schema for them to branch on.
"""

from datetime import datetime
from typing import ClassVar


class UnifiedError(Exception):
    """A call to Unified.to that did not give what was asked for."""

    sentence: ClassVar[str] = "The accounting connection service did not answer as expected."
    tries: ClassVar[int] = 1  # how often the same call may be made before the error stands

    def __init__(self, detail: str = "", *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.sentence} ({self.detail})" if self.detail else self.sentence


class Unauthorized(UnifiedError):
    sentence = "Unified.to refused our API key. Every connection is affected until the operator sets a valid one."


class NeedsReauth(UnifiedError):
    sentence = "The accounting system no longer accepts this connection. Reconnect it to sync again."


class ForbiddenScope(UnifiedError):
    sentence = "The connection lacks a permission that the sync needs. Reconnect it and grant what is asked for."


class ConnectionGone(UnifiedError):
    sentence = "The connection no longer exists at Unified.to. Connect the accounting system again."


class Paused(UnifiedError):
    sentence = "Unified.to has paused this connection, as it does when a plan's monthly limit is used up."


class Unsupported(UnifiedError):
    sentence = "This accounting system does not offer that kind of record."


class NotFound(UnifiedError):
    """404 before anybody has looked whether the record or the whole connection is gone."""

    sentence = "Unified.to does not know what was asked for."


class RequestRefused(UnifiedError):
    sentence = "Unified.to refused the request as malformed."


class RateLimited(UnifiedError):
    """Asked to wait longer than a run should: `retry_at` is when to come back.

    `whole_workspace` tells Unified.to's own limit, which every company shares, from the accounting system's.
    """

    sentence = "The accounting system asks us to slow down. The sync continues by itself."
    tries = 5
    retry_at: datetime | None = None
    whole_workspace = False


class Transient(UnifiedError):
    sentence = "Unified.to or the accounting system has a passing problem. The sync will be tried again."
    tries = 5


class Unreachable(Transient):
    """Nothing was sent: no address, nobody listening, or no trustworthy certificate."""

    sentence = "Unified.to cannot be reached."


class Untrusted(Unreachable):
    sentence = "Unified.to could not prove its identity, so nothing was sent."
    tries = 1


class ProtocolError(UnifiedError):
    """An answer that is no answer. It is never read as "no records"."""

    sentence = "Unified.to sent an answer that cannot be read."
    tries = 2


class Redirected(ProtocolError):
    sentence = "Unified.to pointed to another address. We do not follow it, because the key would go along."
    tries = 1


class TooLarge(ProtocolError):
    sentence = "Unified.to sent an answer larger than we accept."
    tries = 1


class PagingLoop(ProtocolError):
    sentence = "The accounting system keeps sending the same records, so the list cannot be read to its end."
    tries = 1
