"""No call hangs, floods, repeats for ever or gives away the key."""

import gzip
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from aging.unified.client import UnifiedClient
from aging.unified.errors import (
    PagingLoop,
    ProtocolError,
    RateLimited,
    Redirected,
    TooLarge,
    Transient,
    UnifiedError,
    Unreachable,
    Untrusted,
)
from aging.unified.transport import Limits
from tests.aging.unified.scripted import KEY, Play, Scripted, raw, reply, scripted

ROW = {"id": "i1", "total_amount": 10, "currency": "USD"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Talk:
    """A client of a scripted server; waits are noted instead of waited."""

    def __init__(self, server: Scripted, client: UnifiedClient, waits: list[float]) -> None:
        self.server = server
        self.client = client
        self.waits = waits

    def ask(self) -> list[object]:
        return list(self.client.list_page("c1", "invoice").rows)


@contextmanager
def talk(*plays: Play, **limits: float) -> Iterator[Talk]:
    waits: list[float] = []
    with scripted(*plays) as server:
        chosen = Limits(**limits)  # type: ignore[arg-type]
        with UnifiedClient(server.url, KEY, limits=chosen, sleep=waits.append) as client:
            yield Talk(server, client, waits)


def drip(*start: bytes) -> Play:
    return raw(*start, *[b" "] * 400, pause=0.02)


@pytest.mark.parametrize(
    "play",
    [
        drip(HEAD + b"Content-Length: 4000\r\n\r\n[", b"{"),
        drip(HEAD + b"X-Slow: "),
        raw(b"", pause=8),
    ],
    ids=["in the body", "in the headers", "before the first byte"],
)
def test_an_answer_that_drips_is_given_up_at_its_deadline(play: Play) -> None:
    with talk(play, deadline=0.3, budget=0.3) as t:
        began = time.monotonic()
        with pytest.raises(Transient):
            t.ask()
        assert time.monotonic() - began < 1.3


def test_retries_together_stay_within_the_budget() -> None:
    with talk(drip(HEAD + b"Content-Length: 4000\r\n\r\n["), deadline=0.4, budget=1.0, first_backoff=0) as t:
        began = time.monotonic()
        with pytest.raises(Transient):
            t.ask()
        assert time.monotonic() - began < 1.9  # five tries would take 2
        assert len(t.server.asked) >= 2


def test_a_small_gzip_that_unpacks_beyond_the_cap_is_refused_once() -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    assert len(bomb) < 10_000
    with talk(reply(body=bomb, headers={"Content-Encoding": "gzip"}), most_bytes=1_000_000) as t:
        with pytest.raises(TooLarge):
            t.ask()
        assert len(t.server.asked) == 1


def test_a_compressed_answer_below_the_cap_is_read() -> None:
    body = gzip.compress(b'[{"id": "i1"}]')
    with talk(reply(body=body, headers={"Content-Encoding": "gzip"})) as t:
        assert [row.id for row in t.ask()] == ["i1"]  # type: ignore[attr-defined]


def test_a_broken_compression_is_a_protocol_error() -> None:
    with talk(reply(body=b"not gzip", headers={"Content-Encoding": "gzip"})) as t, pytest.raises(ProtocolError):
        t.ask()


def test_a_redirect_is_not_followed_because_the_key_would_go_along() -> None:
    with scripted(reply(body=[ROW])) as elsewhere:
        with talk(reply(302, b"", {"Location": f"{elsewhere.url}/steal"})) as t:
            with pytest.raises(Redirected):
                t.ask()
            assert len(t.server.asked) == 1
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "play",
    [
        raw(HEAD + b'Content-Length: 500\r\n\r\n[{"id": "i0"}'),
        raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n[{"id\r\n'),
        raw(HEAD + b"Content-Length: 500\r\n\r\n[", then_reset=True),
        raw(HEAD + b'Connection: close\r\n\r\n[{"id": "i0"}, {"i'),
        raw(b"", then_reset=True),
    ],
    ids=["short of its length", "within a chunk", "reset", "without a length", "before the answer"],
)
def test_a_cut_answer_is_asked_for_again_and_never_used_in_part(play: Play) -> None:
    with talk(play, reply(body=[ROW])) as t:
        assert [row.id for row in t.ask()] == ["i1"]  # type: ignore[attr-defined]
        assert len(t.server.asked) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><h1>Maintenance</h1>",
        b'{"error": "rate limited"}',
        b'"rate limited"',
        b"null",
        b"",
        b"\xef\xbb\xbf[]",
        b'[{"id": "i1"}',
        b"[] []",
        b"[" * 100_000,
    ],
    ids=["HTML", "object", "text", "null", "empty", "BOM", "truncated", "two documents", "deeply nested"],
)
def test_an_answer_that_is_no_list_is_asked_for_once_more_and_then_an_error(body: bytes) -> None:
    with talk(reply(body=body)) as t:
        with pytest.raises(ProtocolError):
            t.ask()
        assert len(t.server.asked) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408])
def test_a_passing_failure_is_tried_five_times_and_then_told(status: int) -> None:
    with talk(reply(status, b"oops")) as t:
        with pytest.raises(Transient) as caught:
            t.ask()
        assert caught.value.status == status
        assert len(t.server.asked) == 5


def test_waits_grow_but_stay_within_full_jitter() -> None:
    with talk(reply(500), first_backoff=1.0, longest_wait=3.0) as t:
        with pytest.raises(Transient):
            t.ask()
        assert len(t.waits) == 4
        assert all(0 <= wait <= ceiling for wait, ceiling in zip(t.waits, (1, 2, 3, 3), strict=True))


def test_success_after_a_failure_is_success() -> None:
    with talk(reply(503), reply(body=[ROW])) as t:
        assert len(t.ask()) == 1


def test_retry_after_in_seconds_is_waited_for() -> None:
    with talk(reply(429, headers={"Retry-After": "7"}), reply(body=[ROW])) as t:
        t.ask()
        assert len(t.waits) == 1
        assert 7 <= t.waits[0] < 8


def test_retry_after_as_a_date_is_waited_for() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    with talk(reply(503, headers={"Retry-After": then}), reply(body=[ROW])) as t:
        t.ask()
        assert 17 < t.waits[0] <= 20


@pytest.mark.parametrize("advice", ["0", "soon", "-5", ""])
def test_advice_that_says_nothing_leaves_the_usual_wait(advice: str) -> None:
    with talk(reply(429, headers={"Retry-After": advice}), reply(body=[ROW]), first_backoff=1.0) as t:
        t.ask()
        assert 0 <= t.waits[0] <= 1


def test_a_wait_beyond_what_a_run_should_spend_is_handed_back_with_its_moment() -> None:
    with talk(reply(429, headers={"Retry-After": "86400"})) as t:
        with pytest.raises(RateLimited) as caught:
            t.ask()
        assert len(t.server.asked) == 1
        assert t.waits == []
        in_a_day = datetime.now(UTC) + timedelta(days=1)
        assert caught.value.retry_at is not None
        assert abs(caught.value.retry_at - in_a_day) < timedelta(seconds=30)


def test_a_429_that_never_ends_says_when_to_come_back() -> None:
    with talk(reply(429)) as t:
        with pytest.raises(RateLimited) as caught:
            t.ask()
        assert len(t.server.asked) == 5
        assert caught.value.retry_at is not None
        assert caught.value.retry_at > datetime.now(UTC) + timedelta(minutes=4)


@pytest.mark.parametrize(
    ("message", "whole_workspace"), [(b"Too many requests to Unified.to", True), (b"QuickBooks says no", False)]
)
def test_unified_to_s_own_limit_is_told_from_the_accounting_system_s(message: bytes, whole_workspace: bool) -> None:
    with talk(reply(429, message)) as t:
        with pytest.raises(RateLimited) as caught:
            t.ask()
        assert caught.value.whole_workspace is whole_workspace


def test_nobody_listening_is_unreachable() -> None:
    with scripted(reply()) as server:
        url = server.url
    with UnifiedClient(url, KEY, sleep=lambda _: None) as client, pytest.raises(Unreachable):
        client.list_page("c1", "invoice")


def test_a_server_without_a_trustworthy_certificate_gets_nothing() -> None:
    with scripted(reply()) as server:
        url = server.url.replace("http://", "https://")
        with UnifiedClient(url, KEY, sleep=lambda _: None) as client, pytest.raises(Untrusted):
            client.list_page("c1", "invoice")
        assert all(KEY not in str(asked) for asked in server.asked)


def test_a_subscription_whose_fate_is_unknown_is_not_made_twice() -> None:
    with talk(raw(b"", then_reset=True)) as t:
        with pytest.raises(Transient):
            t.client.create_webhook("c1", "invoice", "updated", "https://example.com/hook")
        assert len(t.server.asked) == 1


def test_the_key_is_sent_as_a_bearer_token_and_shown_nowhere() -> None:
    with talk(reply(500, f"no such key {KEY}".encode())) as t:
        with pytest.raises(Transient) as caught:
            t.ask()
        assert t.server.asked[0].headers["authorization"] == f"Bearer {KEY}"
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(t.client)
        assert KEY not in told
        assert KEY not in repr(vars(t.client))
        assert caught.value.__cause__ is None


def test_an_error_does_not_drag_the_request_and_its_key_along() -> None:
    with talk(raw(b"", then_reset=True)) as t:
        with pytest.raises(Transient) as caught:
            t.ask()
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_a_deadline_that_is_over_before_the_answer_begins_is_a_timeout() -> None:
    with talk(reply(body=[ROW]), deadline=0, first_backoff=0) as t, pytest.raises(Transient):
        t.ask()


def test_every_error_has_a_sentence_of_its_own() -> None:
    def every(kind: type[UnifiedError]) -> Iterator[type[UnifiedError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from every(child)

    sentences = [kind.sentence for kind in every(UnifiedError)]
    assert PagingLoop.sentence in sentences
    assert len(sentences) == len(set(sentences))
