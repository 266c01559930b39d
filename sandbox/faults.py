"""Which requests go wrong, and how?

A plan is a list of rules. A rule says whom it concerns (connection, object), which of the requests that it
concerns are hit (from the first to the last, counted by the rule itself, so that two rules do not disturb
each other), and what happens instead of the answer. New ways to fail are one function and one entry in
`_WAYS`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import msgspec
from starlette.types import Receive, Send

Answer = Callable[[], Awaitable[tuple[int, dict[str, str], bytes]]]


class UnknownFault(ValueError):
    """The plan asks for a way of failing that does not exist."""


class Rule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: str = ""
    way: str = "status"
    connection_id: str = "*"
    object: str = "*"
    first: int = 1  # the first matching request that is hit
    times: int | None = 1  # how many in a row; None for ever
    status: int = 500
    retry_after: str | None = None
    message: str = "The sandbox was told to fail here."
    body: str = ""
    content_type: str = "application/json"
    seconds: float = 30.0
    keep: float = 0.5  # share of the body that arrives before the cut
    seen: int = 0

    def concerns(self, connection_id: str, kind: str) -> bool:
        return self.connection_id in ("*", connection_id) and self.object in ("*", kind)

    def strikes(self) -> bool:
        self.seen += 1
        return self.seen >= self.first and (self.times is None or self.seen < self.first + self.times)


@dataclass(slots=True)
class FaultPlan:
    rules: list[Rule] = field(default_factory=list)
    _count: int = 0

    def add(self, rule: Rule) -> Rule:
        if rule.way not in _WAYS:
            raise UnknownFault(f"No fault {rule.way!r}; there are {', '.join(_WAYS)}.")
        self._count += 1
        rule.id = rule.id or f"fault-{self._count}"
        self.rules.append(rule)
        return rule

    def remove(self, rule_id: str) -> None:
        self.rules = [rule for rule in self.rules if rule.id != rule_id]

    def clear(self) -> None:
        self.rules.clear()

    def for_request(self, connection_id: str, kind: str) -> Rule | None:
        """The first rule that strikes; every rule that concerns the request counts it."""
        struck = [rule for rule in self.rules if rule.concerns(connection_id, kind) and rule.strikes()]
        return struck[0] if struck else None


async def fail(rule: Rule, answer: Answer, receive: Receive, send: Send) -> int:
    """Send what the rule says instead of, or with a part of, the real answer; returns the status that went out."""
    return await _WAYS[rule.way](rule, answer, receive, send)


async def _status(rule: Rule, _answer: Answer, _receive: Receive, send: Send) -> int:
    headers = {"content-type": "text/plain; charset=utf-8"}
    if rule.retry_after is not None:
        headers["retry-after"] = rule.retry_after
    await send_whole(send, rule.status, headers, rule.message.encode())
    return rule.status


async def _body(rule: Rule, _answer: Answer, _receive: Receive, send: Send) -> int:
    await send_whole(send, 200, {"content-type": rule.content_type}, rule.body.encode())
    return 200


async def _html(_rule: Rule, _answer: Answer, _receive: Receive, send: Send) -> int:
    page = b"<!doctype html><title>Maintenance</title><h1>We will be right back</h1>"
    await send_whole(send, 200, {"content-type": "text/html; charset=utf-8"}, page)
    return 200


async def _hang(rule: Rule, answer: Answer, receive: Receive, send: Send) -> int:
    """Say nothing for a while, but stop waiting as soon as the client has gone."""
    gone = asyncio.ensure_future(_until_disconnected(receive))
    await asyncio.wait({gone}, timeout=rule.seconds)
    gone.cancel()
    status, headers, body = await answer()
    await send_whole(send, status, headers, body)
    return status


async def _truncated(rule: Rule, answer: Answer, _receive: Receive, send: Send) -> int:
    """Promise the whole length, send a part, and let the server close the connection."""
    status, headers, body = await answer()
    await send(_start(status, headers | {"content-length": str(len(body))}))
    part = body[: int(len(body) * rule.keep)]
    await send({"type": "http.response.body", "body": part, "more_body": True})
    raise ConnectionAbortedError("cut off as the fault plan says")


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


_WAYS: dict[str, Callable[[Rule, Answer, Receive, Send], Awaitable[int]]] = {
    "status": _status,
    "body": _body,
    "html": _html,
    "hang": _hang,
    "truncated": _truncated,
}


def _start(status: int, headers: dict[str, str]) -> dict[str, object]:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


async def send_whole(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    await send(_start(status, headers | {"content-length": str(len(body))}))
    await send({"type": "http.response.body", "body": body})
