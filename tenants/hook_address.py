"""Where does Unified.to send its webhooks?

To one path on the bare domain that nobody can guess and that follows from SECRET_KEY, so that every process knows it
without storing it. The signature inside a delivery is what admits it; the path only keeps strangers from trying. After
SECRET_KEY is rotated, the paths of the keys in SECRET_KEY_FALLBACKS are still listened on until subscriptions move.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from django.conf import settings

PATH = "/hooks/unified/"


def secret_segment(key: str | None = None) -> str:
    return hmac.new((key or settings.SECRET_KEY).encode(), b"unified.to webhook path", hashlib.sha256).hexdigest()[:40]


def is_secret_segment(segment: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(secret_segment(key).encode(), segment.encode()) for key in keys)


def is_ours(address: str) -> bool:
    """An address that this installation gave Unified.to, now or before its domain changed or its key was rotated."""
    path = urlsplit(address).path
    return path.startswith(PATH) and is_secret_segment(path.removeprefix(PATH).removesuffix("/"))


def webhook_address() -> str:
    """The address to give Unified.to; shown to operators only."""
    base = f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}{settings.PUBLIC_PORT_SUFFIX}"
    return f"{base}{PATH}{secret_segment()}/"
