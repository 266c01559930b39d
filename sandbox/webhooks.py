"""Who wants to hear of changes, and what exactly is sent to them?

The vendor signs the JSON text of `data` followed by the nonce; the encoding of the digest is not visible in
anything published, so it is base64 by default with a switch for hex. Deliveries run on threads of their
own: they must not hold up the requests of the very client that receives them. A virtual webhook does not
wait for its interval here.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import requests

from sandbox.books import CATEGORIES
from sandbox.clock import Clock
from sandbox.connections import Connection
from sandbox.wire import Object, encode, stamp

ATTEMPTS = 4  # one try and the three immediate retries of the vendor's current guide
PAGE = 100


class UnknownWebhook(LookupError):
    """No webhook of that id."""


class BadWebhook(ValueError):
    """The subscription asks for something the vendor answers with 400."""


@dataclass(frozen=True, slots=True)
class Delivery:
    webhook_id: str
    url: str
    type: str
    nonce: str
    body: bytes
    status: int  # 0 when nobody answered


def signature(secret: str, data: bytes, nonce: str, *, algorithm: str = "sha256", encoding: str = "base64") -> str:
    digest = hmac.new(secret.encode(), data + nonce.encode(), getattr(hashlib, algorithm)).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def object_type(kind: str) -> str:
    return f"{CATEGORIES[kind]}_{kind}"


@dataclass(slots=True)
class Webhooks:
    secret: str
    clock: Clock
    encoding: str = "base64"
    deliveries: list[Delivery] = field(default_factory=list)
    _webhooks: dict[str, Object] = field(default_factory=dict)
    _pending: set["Future[None]"] = field(default_factory=set)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "webhook"))

    def all(self) -> list[Object]:
        return list(self._webhooks.values())

    def get(self, webhook_id: str) -> Object:
        if webhook_id not in self._webhooks:
            raise UnknownWebhook(f"No webhook {webhook_id!r}.")
        return self._webhooks[webhook_id]

    def create(self, wishes: Object, connection: Connection) -> Object:
        kinds = {object_type(kind) for kind in CATEGORIES}
        if wishes.get("event") not in ("created", "updated", "deleted") or wishes.get("object_type") not in kinds:
            raise BadWebhook("event and object_type have to be known ones")
        if wishes.get("webhook_type", "virtual") != "virtual":
            raise BadWebhook("this integration supports virtual webhooks only")
        now = stamp(self.clock.now())
        found: Object = {
            "environment": "Production",
            "interval": 60,
            "webhook_type": "virtual",
            **wishes,
            "id": secrets.token_hex(12),
            "workspace_id": connection.workspace_id,
            "integration_type": connection.integration.type,
            "is_healthy": True,
            "is_paused": False,
            "created_at": now,
            "updated_at": now,
            "checked_at": now,
        }
        self._webhooks[found["id"]] = found
        return found

    def restore(self, found: Object) -> None:
        self._webhooks[found["id"]] = found

    def change(self, webhook_id: str, wishes: Object) -> Object:
        fixed = ("id", "workspace_id", "integration_type", "created_at", "is_healthy", "connection_id", "webhook_type")
        found = self.get(webhook_id)
        found.update({key: value for key, value in wishes.items() if key not in fixed})
        found["updated_at"] = stamp(self.clock.now())
        return found

    def checked(self, found: Object) -> None:
        found["checked_at"] = stamp(self.clock.now())

    def resume(self, webhook_id: str) -> Object:
        found = self.get(webhook_id)
        found["is_healthy"] = True
        return found

    def remove(self, webhook_id: str) -> None:
        self.get(webhook_id)
        del self._webhooks[webhook_id]

    def remove_of(self, connection_id: str) -> None:
        for found in self.all():
            if found["connection_id"] == connection_id:
                del self._webhooks[found["id"]]

    def announce(self, connection: Connection, kind: str, event: str, changed: Object) -> None:
        """Tell whoever listens; a subscription to updates hears of new records too."""
        heard_by = {"created": ("created", "updated"), "updated": ("updated",), "deleted": ("deleted",)}[event]
        for found in self.all():
            if (
                found["connection_id"] == connection.id
                and found["object_type"] == object_type(kind)
                and found["event"] in heard_by
            ):
                self.deliver(found, [changed], "VIRTUAL", connection.external_xref)

    def send_history(self, found: Object, rows: Iterable[Object], external_xref: str) -> None:
        """Everything there is, page by page, the last one marked complete."""
        everything = list(rows)
        pages = [everything[start : start + PAGE] for start in range(0, len(everything), PAGE)] or [[]]
        for page in pages[:-1]:
            self.deliver(found, page, "INITIAL-PARTIAL", external_xref)
        self.deliver(found, pages[-1], "INITIAL-COMPLETE", external_xref)

    def deliver(
        self, found: Object, rows: list[Object], kind: str, external_xref: str, *, times: int = 1, forged: bool = False
    ) -> str:
        """Queue one delivery and return its nonce. `times` repeats the same one; `forged` spoils its signature."""
        nonce = secrets.token_urlsafe(12)
        data = encode(rows)
        secret = f"not {self.secret}" if forged else self.secret
        rest = {
            "webhook": found,
            "nonce": nonce,
            "sig": signature(secret, data, nonce, algorithm="sha1", encoding=self.encoding),
            "sig256": signature(secret, data, nonce, encoding=self.encoding),
            "type": kind,
        }
        if external_xref:
            rest["external_xref"] = external_xref
        body = b'{"data":' + data + b"," + encode(rest)[1:]
        for _ in range(times if found.get("hook_url") and found["is_healthy"] else 0):
            future = self._pool.submit(self._post, found, kind, nonce, body)
            self._pending.add(future)
            future.add_done_callback(self._pending.discard)
        return nonce

    def _post(self, found: Object, kind: str, nonce: str, body: bytes) -> None:
        url = str(found["hook_url"])
        for _ in range(ATTEMPTS):
            status = _send(url, body)
            self.deliveries.append(Delivery(found["id"], url, kind, nonce, body, status))
            if 200 <= status < 300:
                return
        found["is_healthy"] = False

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until nothing is under way."""
        wait(list(self._pending), timeout)


def _send(url: str, body: bytes) -> int:
    try:
        answer = requests.post(
            url, data=body, headers={"content-type": "application/json"}, timeout=10, allow_redirects=False
        )
    except requests.RequestException:
        return 0
    return answer.status_code
