"""How do bytes get here without a call that hangs, floods or repeats for ever?

requests bounds a connect and the pause between two reads, nothing else: with a 2 s read timeout a dripping
body ran for 10 s, and 200 kB of gzip became 200 MB. So the stream itself knows the moment at which the whole
answer must be there, headers included, and the body is cut at a size counted after decompression. Redirects
are not followed: they would carry the key to a host that nobody configured.

The retry loop is ours and not urllib3's `Retry`, which knows neither a body that turns out to be cut nor a
total budget; its reading of Retry-After is used. Waits grow exponentially with full jitter, so that workers
do not come back together.
"""

import http.client
import io
import random
import socket
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.util.retry import Retry

from aging.unified.errors import (
    ForbiddenScope,
    NotFound,
    ProtocolError,
    RateLimited,
    Redirected,
    RequestRefused,
    TooLarge,
    Transient,
    Unauthorized,
    UnifiedError,
    Unreachable,
    Unsupported,
    Untrusted,
)

T = TypeVar("T")
Parameters = Sequence[tuple[str, str]]

_CHUNK = 64 * 1024
_OUR_OWN_LIMIT: Final = b"Too many requests to Unified.to"
_BY_STATUS: Final[dict[int, type[UnifiedError]]] = {
    401: Unauthorized,
    403: ForbiddenScope,
    404: NotFound,
    408: Transient,
    410: NotFound,
    425: Transient,
    429: RateLimited,
    501: Unsupported,
}
_retry_after = Retry(retry_after_max=30 * 24 * 3600)
_answer_by: ContextVar[float] = ContextVar("answer_by")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and tries. `deadline` bounds one answer, `budget` a call with all its retries."""

    connect_timeout: float = 5
    read_timeout: float = 30
    deadline: float = 60
    budget: float = 180
    longest_wait: float = 30
    first_backoff: float = 0.5
    most_bytes: int = 20 * 1024 * 1024
    without_advice: float = 300  # when to come back after a 429 that does not say


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: "requests.structures.CaseInsensitiveDict[str]"
    body: bytes


class _TimedStream(io.RawIOBase):
    """A socket's stream that stops at a moment, however steadily the other side drips."""

    def __init__(self, sock: socket.socket, stream: io.RawIOBase, answer_by: float) -> None:
        self._sock = sock
        self._stream = stream
        self._answer_by = answer_by
        self._pause = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._answer_by - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left if self._pause is None else min(left, self._pause))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_TimedStream(sock, raw, _answer_by.get()))


class _PlainConnection(HTTPConnection):
    response_class = _TimedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _TimedResponse


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _TimedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager


class _Key(AuthBase):
    """Sends the key and shows it to nobody; as `auth` it also keeps a stray .netrc from replacing it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def __repr__(self) -> str:
        return "<key>"


class Transport:
    """One pool of connections to one host. Safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        limits: Limits,
        *,
        through_proxies: bool,
        pool_size: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base_url = base_url
        self._limits = limits
        self._sleep = sleep
        self._auth = _Key(api_key)
        self._hide = api_key.encode()
        self._session = requests.Session()
        self._session.trust_env = through_proxies
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip, deflate"})
        adapter = _TimedAdapter(pool_connections=2, pool_maxsize=pool_size, max_retries=0)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def close(self) -> None:
        self._session.close()

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[Answer], T],
        *,
        params: Parameters = (),
        body: dict[str, Any] | None = None,
    ) -> T:
        """What `read` makes of the answer, after as many tries as the error and the budget allow.

        `read` runs inside the loop, because an answer that was cut short is only found out by reading it.
        """
        give_up_at = time.monotonic() + self._limits.budget
        attempt = 1
        while True:
            try:
                return read(self._once(method, path, params, body, give_up_at))
            except UnifiedError as error:
                wait = self._wait(error, attempt)
                if not self._worth_repeating(error, method, attempt, wait, give_up_at):
                    raise self._final(error, wait) from None
            self._sleep(wait)
            attempt += 1

    def _worth_repeating(self, error: UnifiedError, method: str, attempt: int, wait: float, give_up_at: float) -> bool:
        if attempt >= error.tries or wait > self._limits.longest_wait:
            return False
        if method == "POST" and not isinstance(error, RateLimited | Unreachable):
            return False  # it may have taken effect already
        return time.monotonic() + wait < give_up_at

    def _wait(self, error: UnifiedError, attempt: int) -> float:
        ceiling = min(self._limits.longest_wait, self._limits.first_backoff * 2 ** (attempt - 1))
        return max(error.retry_after or 0.0, random.uniform(0, ceiling))  # noqa: S311 (jitter, no secret)

    def _final(self, error: UnifiedError, wait: float) -> UnifiedError:
        if isinstance(error, RateLimited):
            pause = wait if error.retry_after else self._limits.without_advice
            error.retry_at = datetime.now(UTC) + timedelta(seconds=pause)
        return error

    def _once(
        self, method: str, path: str, params: Parameters, body: dict[str, Any] | None, give_up_at: float
    ) -> Answer:
        token = _answer_by.set(min(time.monotonic() + self._limits.deadline, give_up_at))
        try:
            answer = self._exchange(method, path, params, body)
        finally:
            _answer_by.reset(token)
        if isinstance(answer, UnifiedError):
            raise answer
        if not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    def _exchange(
        self, method: str, path: str, params: Parameters, body: dict[str, Any] | None
    ) -> Answer | UnifiedError:
        """Failures are returned and not raised: as a context, the library's own would carry the request and its key."""
        try:
            response = self._session.request(
                method,
                self._base_url + path,
                params=list(params),
                json=body,
                auth=self._auth,
                timeout=(self._limits.connect_timeout, self._limits.read_timeout),
                allow_redirects=False,
                stream=True,
            )
            with response:
                return Answer(response.status_code, response.headers, self._body(response))
        except (requests.RequestException, HTTPError, OSError) as error:
            return _as_ours(error)

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.raw.stream(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._limits.most_bytes:
                raise TooLarge(f"more than {self._limits.most_bytes} bytes")
        return bytes(body)

    def _refusal(self, answer: Answer) -> UnifiedError:
        status = answer.status
        if 300 <= status < 400:
            return Redirected(f"status {status}", status=status)
        kind = _BY_STATUS.get(status) or (Transient if status >= 500 else RequestRefused)
        said = answer.body.replace(self._hide, b"***")[:200].decode("utf-8", "replace")
        detail = " ".join(f"status {status}: {said}".split())
        error = kind(detail, status=status, retry_after=_advised_wait(answer))
        if isinstance(error, RateLimited):
            error.whole_workspace = _OUR_OWN_LIMIT in answer.body
        return error


def _advised_wait(answer: Answer) -> float | None:
    advice = answer.headers.get("Retry-After")
    if advice is None:
        return None
    try:
        return _retry_after.parse_retry_after(advice)
    except (InvalidHeader, ValueError, OverflowError):
        return None


def _as_ours(error: Exception) -> UnifiedError:
    """Told apart by whether anything was sent: only then may a call that is no plain read be repeated."""
    kind = type(error).__name__
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return Untrusted(kind)
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return Unreachable(kind)
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Unreachable(type(reason).__name__)
    if isinstance(error, urllib3.exceptions.DecodeError | requests.exceptions.ContentDecodingError):
        return ProtocolError(kind)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return RequestRefused(kind)
    return Transient(kind)
